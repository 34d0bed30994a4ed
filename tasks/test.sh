# Everything, in the order in which it fails fastest, each step with its time.
#
# Check and test builds share the dev profile, the site and the browser tests share the release; nothing
# is compiled twice for the same profile.
set -eu
logs=target/test-logs
rm -rf "$logs"
mkdir -p "$logs"

# What `tee` would swallow comes back through a file.
step() {
    printf '\n==> %s\n' "$1"
    step_began=$(date +%s)
    rm -f "$logs/passed"
    {
        sh tasks/run.sh "$1" 2>&1 && touch "$logs/passed"
    } | tee "$logs/$1.log"
    step_took=$(($(date +%s) - step_began))
    if [ ! -e "$logs/passed" ]; then
        printf '==> %s failed after %d min %d s\n' "$1" $((step_took / 60)) $((step_took % 60))
        exit 1
    fi
    printf '==> %s took %d min %d s\n' "$1" $((step_took / 60)) $((step_took % 60))
}

for task in walls fmt guide-is-printed types clippy-server clippy-browser rustdoc unit integration build size e2e; do
    step "$task"
done

# Counted from what the runners themselves say.
cat "$logs/unit.log" "$logs/integration.log" |
    sed -n 's/^test result: [a-z]*\. \([0-9]*\) passed; \([0-9]*\) failed;.*/\1 \2/p' >"$logs/counts"
# shellcheck disable=SC2016 # JavaScript's own braces
node -p 'const { stats } = JSON.parse(require("node:fs").readFileSync("end2end/test-results/results.json"));
    `${stats.expected} ${stats.unexpected + stats.flaky}`' >>"$logs/counts"
echo
awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed }' "$logs/counts"
