# Tests of the router against a Redis: redis-server of the PATH, or the server that SIGHTLINE_TEST_REDIS names, such as
# another version's or valkey-server. Arguments go to the tests.
set -eu
if [ -n "${SIGHTLINE_TEST_REDIS:-}" ]; then
    "$SIGHTLINE_TEST_REDIS" --version
    # Under the name that the tests and the program look for first.
    servers=$PWD/target/test-redis
    mkdir -p "$servers"
    ln -sf "$(realpath "$SIGHTLINE_TEST_REDIS")" "$servers/redis-server"
    # The same program repairs its file, when it is called so.
    ln -sf redis-server "$servers/redis-check-aof"
    PATH=$servers:$PATH
    export PATH
fi
# They wait for servers a good part of their time: two for each core.
RUST_TEST_THREADS=${RUST_TEST_THREADS:-$((2 * $(getconf _NPROCESSORS_ONLN)))}
export RUST_TEST_THREADS
exec cargo test --locked --features ssr --test integration "$@"
