# Prints what a browser loads before a page can be used: script, WebAssembly and style, compressed by brotli. Fails above
# the limit of the page, in bytes.
set -eu
target=$(sh tasks/target-dir.sh)
site=target/site
failed=0

# names HASHES: the built files whose hashes cargo-leptos wrote to a file beside the server.
names() {
    found=$(sed -n 's,^\(js\|wasm\|css\): *\(.*\)$,pkg/sightline.\2.\1,p' "$target/release/$1")
    if [ "$(printf '%s\n' "$found" | wc -l)" -ne 3 ]; then
        echo "sightline: $target/release/$1 does not name a script, WebAssembly and style; run ./make build first." >&2
        exit 1
    fi
    printf '%s\n' "$found"
}

# page NAME LIMIT FILES...
page() {
    name=$1 limit=$2
    shift 2
    printf '%-52s %10s %10s\n' "$name" 'bytes' 'brotli'
    total=0
    for file; do
        size=$(wc -c <"$site/$file")
        compressed=$(wc -c <"$site/$file.br")
        printf '    %-48s %10d %10d\n' "$file" "$size" "$compressed"
        total=$((total + compressed))
    done
    printf '    %-48s %10s %10d\n\n' "total, at most $limit" '' "$total"
    if [ "$total" -gt "$limit" ]; then
        echo "sightline: $name: $((total - limit)) bytes more than the limit of $limit." >&2
        failed=1
    fi
}

visitors=$(names visitors.txt)
owner=$(names hash.txt)
analytics=$(cd "$site" && find analytics -name '*.css' -o -name '*.js' | LC_ALL=C sort)

# shellcheck disable=SC2086 # lists of files
{
    page 'The viewer page, before the document' 150000 $visitors viewer/plain.js
    # They hold all islands, the visitors' too, for the preview of a document.
    page "The owner's pages" 238000 $owner
    page "The owner's pages of analytics" 246000 $owner $analytics
}
exit "$failed"
