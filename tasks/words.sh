# Refuses words that the project does not use, in every tracked text file: in code, comments, texts and names.
#
#   sh tasks/words.sh [FOLDER]
#
# tasks/words.allowed lists true uses, one a line: a path, a space, and the fixed string that may stand there. An
# entry that nothing needs is refused as well. tasks/words-test.sh tests this file.
set -eu
cd "${1:-.}"

# Without git, as in an archive of the sources, everything but what tasks make.
files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git -c core.quotePath=false ls-files
    else
        find . \( -name .git -o -name node_modules -o -name test-results -o -name playwright-report -o -path ./target \
            -o -path ./data \) -prune -o -type f -print | sed 's|^\./||' | LC_ALL=C sort
    fi
}

files | LC_ALL=C awk -v list=tasks/words.allowed '
    # The halves of the first word may stand on two lines, the second one behind the signs of a comment.
    function refused(line, before) {
        return line ~ words || (before ~ half && line ~ other_half)
    }
    function without_allowed(line, file,    i, at) {
        for (i = 1; i <= count; i++) {
            if (path[i] != file) continue
            while (at = index(line, text[i])) {
                line = substr(line, 1, at - 1) "\001" substr(line, at + length(text[i]))
                used[i] = 1
            }
        }
        return line
    }
    BEGIN {
        while ((getline entry < list) > 0) {
            if (entry ~ /^(#|$)/) continue
            count += 1
            path[count] = entry
            sub(/ .*/, "", path[count])
            text[count] = substr(entry, length(path[count]) + 2)
        }
        edge = "[^a-z0-9_]"
        words = "(^|" edge ")(can[ \t]+not|whoever|somebody|nobody|anybody)(" edge "|$)"
        half = "(^|" edge ")can[ \t]*$"
        other_half = "^[ \t/!*#>|<-]*not(" edge "|$)"
    }
    /\.(gz|png|jpg|pdf|ico|woff2|lock)$/ || /package-lock\.json$/ || /^tasks\/words/ { next }
    {
        before = ""
        for (number = 1; (getline line < $0) > 0; number++) {
            rest = tolower(without_allowed(line, $0))
            if (refused(rest, before)) {
                print "    " $0 ":" number ": " line
                found += 1
            }
            before = rest
        }
        close($0)
    }
    END {
        for (i = 1; i <= count; i++) {
            if (used[i]) continue
            print "    " list ": nothing needs: " path[i] " " text[i]
            found += 1
        }
        if (!found) exit
        print found " refused: write \"cannot\", and name who acts (visitor, reader, owner, client, server)."
        exit 1
    }' >&2
