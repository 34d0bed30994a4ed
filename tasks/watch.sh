# The developer's loop: builds, starts, and does both again with each change; open pages reload themselves.
#
# In a site of its own, so that a release that is running keeps its files. And without hashes in the files'
# names: cargo-leptos puts them there in its first build only, so a page would then ask for the old ones.
set -eu
target=$(sh tasks/target-dir.sh)
rm -f "$target/debug/hash.txt"
export LEPTOS_HASH_FILES=false LEPTOS_SITE_ROOT=target/site-watch
exec cargo leptos watch -- serve "$@"
