# Builds target/site: what browsers load. It is what `cargo leptos build` does for one program, done for two, and without
# cargo-leptos, which takes longer to compile than Sightline itself.
#
# The owner's pages load a program with all islands; visitors load one of their own, without what only owners see
# (docs/decisions/7-program-for-visitors.md). Built files are named by their content, so that browsers may keep them for
# ever; the server reads their names from hash.txt and visitors.txt beside it.
set -eu
target=$(sh tasks/target-dir.sh)
site=target/site-new
wasm=wasm32-unknown-unknown
rm -rf "$site"
mkdir -p "$site/pkg" "$target/release"
cp -R public/. "$site/"

# content_hash FILE: 128 bits of its SHA-256.
content_hash() {
    if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi <"$1" | cut -c 1-32
}

# minify FILE OUTPUT OPTION...: esbuild has no option that makes an error of a warning.
minify() {
    file=$1 output=$2
    shift 2
    warnings=$(esbuild "$file" --minify --log-level=warning --log-limit=0 --outfile="$output" "$@" 2>&1)
    if [ -n "$warnings" ]; then
        printf '%s\n' "$warnings" >&2
        exit 1
    fi
}

# program FEATURE STYLE NAMES: builds a program and its style sheet, and writes their names.
program() {
    feature=$1 style=$2 names=$3
    work=target/site-work/$feature
    rm -rf "$work"
    mkdir -p "$work"
    cargo build --locked --profile wasm-release --target "$wasm" --lib --features "$feature" --verbose --color never
    wasm-bindgen --target web --no-typescript --omit-default-module-path --out-name program --out-dir "$work" \
        "$target/$wasm/wasm-release/sightline.wasm"
    sh tasks/wasm-opt.sh "$work/program_bg.wasm" "$work/sightline.wasm"
    minify "$work/program.js" "$work/sightline.js" --format=esm
    minify "$style" "$work/sightline.css" --bundle
    for kind in js wasm css; do
        hash=$(content_hash "$work/sightline.$kind")
        cp "$work/sightline.$kind" "$site/pkg/sightline.$hash.$kind"
        printf '%s: %s\n' "$kind" "$hash"
    done >"$target/release/$names"
}

program hydrate style/visitors.css visitors.txt
program owner style/main.css hash.txt

# The server sends these as they are; compressing at the highest level takes too long for a request.
find "$site" -type f -exec brotli --quality=11 --keep --force {} + -exec gzip -9 --keep --no-name --force {} +

rm -rf target/site
mv "$site" target/site
