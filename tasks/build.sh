# Builds the release with cargo-leptos, unless nothing has changed since the last build.
#
# Visitors load a program and a style sheet of their own, without what only owners see. cargo-leptos builds one site at a
# time, so theirs is built into target/site-visitors first; its files, whose names differ by their hashes, then join the
# others in target/site/pkg. The names are in visitors.txt beside the server, as the others are in hash.txt.
#
# cargo-leptos minifies, optimises and compresses the whole site on every run. So a build writes checksums of its
# sources and its results to target/release.built, and the next one is skipped while both still match. The file lies
# in ./target, beside target/site, even when cargo builds elsewhere: worktrees may share one CARGO_TARGET_DIR, and the
# last one to build leaves its results there.
set -eu
target=$(sh tasks/target-dir.sh)
stamp=target/release.built
data=${SIGHTLINE_DATA_DIR:-data}

# All files but those that no build reads: a new folder counts until it is left out here.
source_sums() {
    printf '%s\n' "$target" "${RUSTUP_TOOLCHAIN:-}" "${RUSTFLAGS:-}" "${CARGO_ENCODED_RUSTFLAGS:-}"
    find . \( -name .git -o -path ./target -o -path ./data -o -path "./${data#./}" -o -path ./end2end \
        -o -path ./tests -o -path ./benches -o -path ./.ci -o -path ./.github -o -path ./docs/decisions -o -path "./docs/*.png" \
        -o -name '*.md' -o -name 'LICENSE-*' \) -prune -o \
        -type f -exec cksum {} + | LC_ALL=C sort -k 3
}

result_sums() {
    find target/site "$target/release/sightline" "$target/release/hash.txt" "$target/release/visitors.txt" -type f -exec cksum {} + 2>&1 |
        LC_ALL=C sort -k 3
}

sources=$(source_sums)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sources
$(result_sums)" ]; then
    exit 0
fi

echo '==> Building the release' >&2
start=$(date +%s)
rm -f "$stamp"
SIGHTLINE_WASM_OPT=$(command -v wasm-opt)
PATH=$PWD/tasks/bin:$PATH
export SIGHTLINE_WASM_OPT PATH
mkdir -p target
# Assets are those of the main site.
mkdir -p target/no-assets
LEPTOS_SITE_ROOT=target/site-visitors LEPTOS_STYLE_FILE=style/visitors.css LEPTOS_ASSETS_DIR=target/no-assets \
    LEPTOS_HASH_FILE_NAME=visitors.txt \
    cargo leptos build --release --precompress --cargo-locked --frontend-only --lib-features hydrate
cargo leptos build --release --precompress --cargo-locked
cp target/site-visitors/pkg/* target/site/pkg/
printf '%s\n%s\n' "$sources" "$(result_sums)" >"$stamp"
seconds=$(($(date +%s) - start))
echo "    done in $((seconds / 60)) min $((seconds % 60)) s" >&2
