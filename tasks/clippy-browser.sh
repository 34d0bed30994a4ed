# Checks both of the browser's programs: that of the owner's pages, and that of visitors.
set -eu
for program in owner hydrate; do
    cargo clippy --locked --features "$program" --lib --target wasm32-unknown-unknown -- -D warnings
done
