# What a visitor's browser loads before the document: script, WebAssembly and style, as brotli sends them.
set -eu
limit=220000
site=target/site/pkg

printf '%-52s %10s %10s\n' 'file' 'bytes' 'brotli'
total=0
for file in $(find "$site" -type f \( -name '*.js' -o -name '*.wasm' -o -name '*.css' \) | sort); do
    plain=$(wc -c <"$file")
    packed=$(wc -c <"$file.br")
    printf '%-52s %10d %10d\n' "${file#"$site"/}" "$plain" "$packed"
    total=$((total + packed))
done
printf '%-52s %10s %10d\n' "together, at most $limit" '' "$total"

if [ "$total" -eq 0 ]; then
    echo "sightline: nothing in $site; build first." >&2
    exit 1
fi
if [ "$total" -gt "$limit" ]; then
    echo "sightline: the viewer page loads $((total - limit)) bytes more than its limit of $limit." >&2
    exit 1
fi
