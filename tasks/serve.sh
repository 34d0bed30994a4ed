# Starts the release build; arguments and environment are the server's own.
set -eu
target=$(sh tasks/target-dir.sh)
exec "$target/release/sightline" serve "$@"
