# Runs every check and test, fastest failure first, with the time of each step.
#
# Check and test builds share the dev profile, the site and the browser tests share the release: nothing is compiled
# twice for one profile.
set -eu
logs=target/test-logs
rm -rf "$logs"
mkdir -p "$logs"

# The release takes longest and waits for no other step, so it is built from the start, at a low priority: a compiler
# at its last crate leaves a core idle, and so do tests that wait. In a process group of its own, which ends with its
# compilers when another step fails.
python3 -c 'import os, sys; os.nice(10); os.setpgid(0, 0); os.execvp(sys.argv[1], sys.argv[1:])' \
    sh tasks/build.sh </dev/null >"$logs/release.log" 2>&1 &
release=$!
trap 'kill -- "-$release" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM

# A pipe ends with the status of `tee`, so the task's success is a file.
step() {
    printf '\n==> %s\n' "$1"
    step_start=$(date +%s)
    rm -f "$logs/passed"
    if [ "$1" = build ]; then
        # Where it failed, the task tries again and tells why.
        wait "$release" || true
        trap - EXIT
    fi
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
