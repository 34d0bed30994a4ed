# Prints how far a build is, by the logs of tasks/build.sh, until it is killed: on a terminal one line that is written anew,
# elsewhere a line a minute. The time left is that of this machine: the seconds that a crate has taken so far, on average,
# times what is left.
set -eu
logs=$1
start=$(date +%s)

# Our own code takes as long as this many crates of others: measured, in seconds of processor time.
own_server=140 own_program=40

# crates OPTION...: how many crates a build compiles, ours left out.
crates() { cargo tree --locked --prefix none --edges normal,build --format '{p}' "$@" 2>/dev/null | sort -u | grep -vc '^sightline '; }
server_total=$(crates --features ssr)
site_total=$(crates --features hydrate --target wasm32-unknown-unknown)

# count KIND LOG: crates of others, compiled so far, or kept from an earlier build. own LOG: how often our own has begun.
count() { grep "^ *$1 " "$logs/$2" 2>/dev/null | grep -v ' sightline ' | sort -u | wc -l; }
own() { grep -c '^ *Compiling sightline ' "$logs/$1" 2>/dev/null || true; }

# left_of LOG TOTAL: crates of others that are left; our own begins after the last of them.
left_of() {
    if grep -Eq '^ *(Compiling sightline|Finished) ' "$logs/$1" 2>/dev/null; then echo 0; else echo $(($2 - $(count Compiling "$1") - $(count Fresh "$1"))); fi
}

describe() {
    elapsed=$(($(date +%s) - start))
    done_so_far=$(($(count Compiling server) + $(count Compiling site)))
    crates_left=$(($(left_of server "$server_total") + $(left_of site "$site_total")))
    own_left=$((own_server * (1 - $(own server)) + own_program * (2 - $(own site))))
    printf '%d min %d s: ' $((elapsed / 60)) $((elapsed % 60))
    if [ "$crates_left" -eq 0 ]; then
        printf '%d crates compiled, Sightline itself is left' "$done_so_far"
    else
        printf '%d crates compiled, %d and Sightline itself are left' "$done_so_far" "$crates_left"
        # A few crates say nothing of the machine.
        if [ "$done_so_far" -ge 40 ]; then
            left=$((elapsed * (crates_left + own_left) / done_so_far))
            printf ', about %d min' $(((left + 59) / 60))
        fi
    fi
}

if [ -t 2 ]; then
    while sleep 2; do printf '\r\033[K    %s' "$(describe)" >&2; done
else
    while sleep 60; do printf '    %s\n' "$(describe)" >&2; done
fi
