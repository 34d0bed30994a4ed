# Prints what a visitor's browser loads before the document: script, WebAssembly and style, compressed by brotli.
# Fails above the limit, in bytes.
set -eu
limit=215000
site=target/site/pkg

printf '%-52s %10s %10s\n' 'file' 'bytes' 'brotli'
total=0
for file in $(find "$site" -type f \( -name '*.js' -o -name '*.wasm' -o -name '*.css' \) | sort); do
    size=$(wc -c <"$file")
    compressed=$(wc -c <"$file.br")
    printf '%-52s %10d %10d\n' "${file#"$site"/}" "$size" "$compressed"
    total=$((total + compressed))
done
printf '%-52s %10s %10d\n' "total, at most $limit" '' "$total"

if [ "$total" -eq 0 ]; then
    echo "sightline: $site is empty; run ./make build first." >&2
    exit 1
fi
if [ "$total" -gt "$limit" ]; then
    echo "sightline: the viewer page loads $((total - limit)) bytes more than the limit of $limit." >&2
    exit 1
fi
