# Starts the release build. Arguments and environment go to the server.
set -eu
target=$(sh tasks/target-dir.sh)
exec "$target/release/sightline" serve "$@"
