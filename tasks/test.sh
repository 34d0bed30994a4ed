# Runs every check and test, fastest failure first, with the time of each step.
#
# Check and test builds share the dev profile, the site and the browser tests share the release: nothing is compiled
# twice for one profile.
set -eu
logs=target/test-logs
rm -rf "$logs"
mkdir -p "$logs"

# A pipe ends with the status of `tee`, so the task's success is a file.
step() {
    printf '\n==> %s\n' "$1"
    step_start=$(date +%s)
    rm -f "$logs/passed"
    {
        sh tasks/run.sh "$1" 2>&1 && touch "$logs/passed"
    } | tee "$logs/$1.log"
    step_seconds=$(($(date +%s) - step_start))
    if [ ! -e "$logs/passed" ]; then
        printf '==> %s failed after %d min %d s\n' "$1" $((step_seconds / 60)) $((step_seconds % 60))
        exit 1
    fi
    printf '==> %s took %d min %d s\n' "$1" $((step_seconds / 60)) $((step_seconds % 60))
}

for task in words walls fmt guide-is-printed types deny clippy-server clippy-browser rustdoc unit integration fidelity build size package e2e; do
    step "$task"
done

# The runners' own counts.
cat "$logs/unit.log" "$logs/integration.log" |
    sed -n 's/^test result: [a-z]*\. \([0-9]*\) passed; \([0-9]*\) failed;.*/\1 \2/p' >"$logs/counts"
# shellcheck disable=SC2016 # the braces are JavaScript's
node -p 'const { stats } = JSON.parse(require("node:fs").readFileSync("end2end/test-results/results.json"));
    `${stats.expected} ${stats.unexpected + stats.flaky}`' >>"$logs/counts"
echo
awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed }' "$logs/counts"
