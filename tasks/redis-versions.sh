# Tests of the router against the system's Redis and each other server that `./make` installed beside its tools, one after
# the other, and a line for each at the end. Arguments go to the tests.
set -u
logs=target/redis-versions
rm -rf "$logs"
mkdir -p "$logs"
cargo test --locked --features ssr --test integration --no-run || exit 1
status=0
for server in "$(command -v redis-server)" \
    $(find "${CARGO_HOME:-$HOME/.cargo}/sightline/redis-versions" -type f -name '*-server' -size +500k); do
    version=$("$server" --version | sed 's/ sha=.*//')
    log=$logs/$(printf %s "$version" | tr -c 'A-Za-z0-9.\n' -).log
    printf '==> %s\n' "$version"
    if SIGHTLINE_TEST_REDIS=$server sh tasks/integration.sh "$@" >"$log" 2>&1; then result=passed; else result=failed status=1; fi
    printf '%s\n' "$result: $version, $(grep '^test result' "$log" | sed 's/test result: //; s/; finished.*//')" | tee -a "$logs/results"
    grep ' \.\.\. FAILED$' "$log"
done
echo
cat "$logs/results"
exit "$status"
