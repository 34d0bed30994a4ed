# Tests that need no Redis, then the examples in the documentation, README.md included. Arguments go to both runs.
set -eu
cargo test --locked --features ssr --lib "$@"
cargo test --locked --features ssr --doc "$@"
