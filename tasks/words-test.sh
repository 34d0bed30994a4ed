# Tests words.sh: each refused word once, a clean folder, an allowance, and an allowance that nothing needs.
set -eu
tasks=$(cd -- "$(dirname -- "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/tasks"
# What lies around the folder is not its repository.
GIT_CEILING_DIRECTORIES=$(dirname -- "$folder")
export GIT_CEILING_DIRECTORIES

# expect STATUS WHAT: what words.sh answers for the folder as it is.
expect() {
    answer=0
    sh "$tasks/words.sh" "$folder" 2>"$folder/tasks/words.out" || answer=$?
    if [ "$answer" -ne "$1" ]; then
        echo "words-test: $2: answered $answer instead of $1" >&2
        cat "$folder/tasks/words.out" >&2
        exit 1
    fi
}

for text in 'It can not start.' 'CAN  NOT' 'Whoever asks' '/// somebody' '(nobody)' "anybody's" 'x.nobody()'; do
    printf '%s\n' "$text" >"$folder/a.md"
    expect 1 "$text"
done
printf '//! A server that can\n//! not start.\n' >"$folder/a.md"
expect 1 'two lines'

printf 'It cannot start; it can. Not a_nobody, nobody_else.\nYou can\nnote it.\n' >"$folder/a.md"
expect 0 'clean'

printf 'The novel "Nobody" is read.\nThe novel "Nobody", by nobody.\n' >"$folder/a.md"
printf '# A title.\na.md "Nobody"\n' >"$folder/tasks/words.allowed"
expect 1 'one use allowed, and one not'
printf 'The novel "Nobody" is read.\n' >"$folder/a.md"
expect 0 'allowed'
cp "$folder/a.md" "$folder/b.md"
expect 1 'allowed in another file'
rm "$folder/b.md"
printf 'The novel.\n' >"$folder/a.md"
expect 1 'an allowance that nothing needs'
rm "$folder/tasks/words.allowed"

printf 'nobody\n' >"$folder/picture.png"
expect 0 'not a text file'

(cd "$folder" && git init -q && git add a.md)
printf 'nobody\n' >"$folder/untracked.md"
expect 0 'not tracked'
(cd "$folder" && git add untracked.md)
expect 1 'tracked'
