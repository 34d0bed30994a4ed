# Builds the release with cargo-leptos, unless it is there already.
#
# cargo-leptos minifies, optimises and compresses the whole site each time, changed or not. So what went
# in and what came out is written down after a build, by content: when both are still the same, there is
# nothing to do. The site lies in target/site even when cargo builds elsewhere, and so does the note, for
# several copies of the sources may share one CARGO_TARGET_DIR, where the last one to build wins.
set -eu
target=$(sh tasks/target-dir.sh)
note=target/release.built
data=${SIGHTLINE_DATA_DIR:-data}

# Everything but what no build reads. A new folder counts from the day it is there.
went_in() {
    printf '%s\n' "$target" "${RUSTUP_TOOLCHAIN:-}" "${RUSTFLAGS:-}" "${CARGO_ENCODED_RUSTFLAGS:-}"
    find . \( -name .git -o -path ./target -o -path ./data -o -path "./${data#./}" -o -path ./end2end \
        -o -path ./tests -o -path ./benches -o -path ./.ci -o -path ./README.md \) -prune -o \
        -type f -exec cksum {} + | LC_ALL=C sort -k 3
}

came_out() {
    find target/site "$target/release/sightline" "$target/release/hash.txt" -type f -exec cksum {} + 2>&1 |
        LC_ALL=C sort -k 3
}

before=$(went_in)
if [ -f "$note" ] && [ "$(cat "$note")" = "$before
$(came_out)" ]; then
    exit 0
fi

echo '==> Building the release' >&2
began=$(date +%s)
rm -f "$note"
SIGHTLINE_WASM_OPT=$(command -v wasm-opt) PATH=$PWD/tasks/bin:$PATH \
    cargo leptos build --release --precompress --cargo-locked
mkdir -p target
printf '%s\n%s\n' "$before" "$(came_out)" >"$note"
took=$(($(date +%s) - began))
echo "    done in $((took / 60)) min $((took % 60)) s" >&2
