# Builds the release: the server, and its site in target/site. Does nothing while neither the sources nor the results have
# changed since the last build.
#
# A build writes checksums of its sources and its results to target/release.built; the next one is skipped while both
# match. The file lies in ./target, beside target/site, even when cargo builds elsewhere: worktrees may share one
# CARGO_TARGET_DIR, and the last one to build leaves its results there.
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
mkdir -p target
logs=target/build-logs
rm -rf "$logs"
mkdir -p "$logs"

# `--verbose` names the crates that are fresh, for build-progress.sh.
# Side by side: the last third of a build of the server or of a browser's program keeps one core busy. The site's is in the
# foreground, so that Ctrl-C reaches its compilers; a command in the background does not receive it.
cargo build --locked --release --features ssr --bin sightline --verbose --color never 2>"$logs/server" &
server=$!
sh tasks/build-progress.sh "$logs" &
progress=$!
trap 'kill "$server" "$progress" 2>/dev/null' EXIT
trap 'exit 130' INT TERM
failed=''
sh tasks/build-site.sh >"$logs/site" 2>&1 || failed=site
wait "$server" || failed=server
trap - EXIT
kill "$progress"
if [ -t 2 ]; then printf '\r\033[K' >&2; fi
if [ -n "$failed" ]; then
    grep -v '^ *\(Running\|Fresh\) ' "$logs/$failed" | tail -n 60 >&2
    echo "sightline: building the $failed failed; its whole output is in $logs/$failed" >&2
    exit 1
fi
printf '%s\n%s\n' "$sources" "$(result_sums)" >"$stamp"
seconds=$(($(date +%s) - start))
echo "    done in $((seconds / 60)) min $((seconds % 60)) s" >&2
