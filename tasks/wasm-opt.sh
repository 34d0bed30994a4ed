# Optimises a WebAssembly file for size, INPUT OUTPUT, with the installed wasm-opt, and repairs its output.
#
# Binaryen before 110 (Debian 12 has 108) exports every table as table 0. wasm-bindgen's table of JavaScript values is
# table 1, and with the wrong one the page fails at its start: "failed to grow table by 4".
# https://github.com/WebAssembly/binaryen/issues/4711
set -eu
input=$1 output=$2

# Twice, control flow is built anew from its blocks and optimised for size: 1 % smaller than -Oz alone.
round='--flatten --rereloop -Oz -Oz'
# Functions that are called once are not inlined: they resemble each other, so brotli compresses them better.
# Functions that are hardly longer than their call are inlined.
# Memory starts as zeros, and nothing lies below 1,024: the stack comes first, and that is its far end.
assume='--one-caller-inline-max-function-size=0 --always-inline-max-function-size=7
    --zero-filled-memory --low-memory-unused'
features='--enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals
    --enable-reference-types --enable-multivalue'
# shellcheck disable=SC2086 # lists of words
wasm-opt $features $assume $round $round -Oz "$input" -o "$output"

version=$(wasm-opt --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
if [ "$version" -ge 110 ]; then exit 0; fi
# An export is its name, 1 for a table, and the table's index.
LC_ALL=C sed 's/__wbindgen_externrefs\x01\x00/__wbindgen_externrefs\x01\x01/' "$output" >"$output.repaired"
if cmp -s "$output" "$output.repaired"; then
    echo "sightline: the output of wasm-opt $version cannot be repaired. Install Binaryen 110 or newer." >&2
    exit 1
fi
mv "$output.repaired" "$output"
