# Builds and starts, again after each change; open pages reload themselves.
#
# The site has a folder of its own, so that a running release keeps its files. File names carry no hash: cargo-leptos
# computes it in the first build only, and pages would then ask for files of the previous one.
set -eu
target=$(sh tasks/target-dir.sh)
rm -f "$target/debug/hash.txt"
export LEPTOS_HASH_FILES=false LEPTOS_SITE_ROOT=target/site-watch
exec cargo leptos watch -- serve "$@"
