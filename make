#!/bin/sh
# Sightline's commands: installs what a task needs and is not there yet, then runs the task.
#
#   ./make          lists the tasks
#   ./make start    installs, builds and starts Sightline on http://127.0.0.1:3000
#
# The tasks themselves are in Makefile.toml; this file only knows what each of them needs. Nothing that
# was there before is replaced: a tool that is there in another version gets the right one put beside it.
set -eu
cd -- "$(dirname -- "$0")"

cargo_make=0.37.24
# 0.3.11 asks for a newer compiler than rust-toolchain.toml names.
cargo_leptos=0.3.10
# The command and the crate must be of the same version, to the patch.
wasm_bindgen=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' Cargo.lock)
toolchain=${RUSTUP_TOOLCHAIN:-$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)}
wasm=wasm32-unknown-unknown

cargo_home=${CARGO_HOME:-$HOME/.cargo}
beside=$cargo_home/sightline
PATH=$beside/bin:$PATH:$cargo_home/bin
export PATH

# ---- saying and timing ----------------------------------------------------------------------------

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "sightline: $1"
    exit 1
}

# step WHAT COMMAND...: says what is done, and how long it took; what the command prints is shown as it
# comes on a terminal, and otherwise only when it fails.
step() {
    say "==> $1"
    shift
    step_began=$(date +%s)
    if [ -t 2 ]; then
        "$@" >&2 || return 1
    else
        step_log=$(mktemp)
        if ! "$@" >"$step_log" 2>&1; then
            tail -n 40 "$step_log" >&2
            rm -f "$step_log"
            return 1
        fi
        rm -f "$step_log"
    fi
    step_took=$(($(date +%s) - step_began))
    say "    done in $((step_took / 60)) min $((step_took % 60)) s"
}

has() { command -v "$1" >/dev/null 2>&1; }

# ---- what the system's package manager brings -----------------------------------------------------

# Filled by need_*: what is missing, and the packages that bring it.
missing='' packages=''

package_manager() {
    for manager in apt-get dnf apk pacman brew; do
        if has "$manager"; then
            printf '%s' "$manager"
            return
        fi
    done
}

# want WHAT apt-get=.. dnf=.. apk=.. pacman=.. brew=..
want() {
    missing="$missing
    $1"
    shift
    for choice in "$@"; do
        case $choice in
        "$manager="*) packages="$packages ${choice#*=}" ;;
        esac
    done
}

need_compiler() {
    has cc || want 'cc, a C compiler, which Rust links with (macOS: xcode-select --install)' \
        apt-get='gcc libc6-dev' dnf=gcc apk='gcc musl-dev' pacman=gcc
}

need_wasm_opt() {
    has wasm-opt || want 'wasm-opt, of Binaryen' \
        apt-get=binaryen dnf=binaryen apk=binaryen pacman=binaryen brew=binaryen
}

# The first of redis-server and valkey-server that is there, and its major version.
redis_major() {
    for redis in redis-server valkey-server; do
        if has "$redis"; then
            "$redis" --version | sed -n 's/.*v=\([0-9]*\)\..*/\1/p'
            return
        fi
    done
}

need_redis() {
    redis_found=$(redis_major)
    if [ -z "$redis_found" ]; then
        redis_of_dnf=redis
        if [ "$manager" = dnf ] && dnf -q info valkey >/dev/null 2>&1; then redis_of_dnf=valkey; fi
        want 'redis-server 7.0 or newer (or valkey-server)' \
            apt-get=redis-server dnf="$redis_of_dnf" apk=redis pacman=valkey brew=redis
    elif [ "$redis_found" -lt 7 ]; then
        fail "the redis-server here is version $redis_found; Sightline needs 7.0 or newer.
Install a newer Redis or Valkey, or name a server of your own in SIGHTLINE_REDIS_URL."
    fi
}

need_node() {
    if ! has node || ! has npm; then
        want 'node 20 or newer, and npm' \
            apt-get='nodejs npm' dnf='nodejs npm' apk='nodejs npm' pacman='nodejs npm' brew=node
    fi
}

# install_packages PACKAGE...
install_packages() {
    as_root=''
    if [ "$manager" != brew ] && [ "$(id -u)" != 0 ]; then as_root='sudo -n'; fi
    case $manager in
    apt-get)
        $as_root apt-get update -q &&
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
        ;;
    dnf) $as_root dnf install -y "$@" ;;
    apk) $as_root apk add "$@" ;;
    pacman) $as_root pacman -S --noconfirm --needed "$@" ;;
    brew) brew install "$@" ;;
    esac
}

how_to_install() {
    case $manager in
    apt-get) printf 'sudo apt-get install %s' "$*" ;;
    dnf) printf 'sudo dnf install %s' "$*" ;;
    apk) printf 'doas apk add %s' "$*" ;;
    pacman) printf 'sudo pacman -S %s' "$*" ;;
    brew) printf 'brew install %s' "$*" ;;
    esac
}

may_install() {
    [ "$manager" = brew ] || [ "$(id -u)" = 0 ] || { has sudo && sudo -n true 2>/dev/null; }
}

install_missing_packages() {
    if [ -z "$manager" ]; then
        fail "there is no package manager here that this script knows (apt-get, dnf, apk, pacman, brew).
Install these by hand, then run it again:$missing"
    fi
    if [ -z "$packages" ]; then
        fail "install these by hand, then run this again:$missing"
    fi
    # shellcheck disable=SC2086 # a list of package names
    set -- $packages
    if ! may_install; then
        fail "these are missing, and installing them takes rights that this user has not:$missing
Run this, then try again:
    $(how_to_install "$@")"
    fi
    step "Installing $* with $manager" install_packages "$@" ||
        fail "that did not work. Missing:$missing
Install them yourself, for example with
    $(how_to_install "$@")"
}

# ---- what rustup and cargo bring ------------------------------------------------------------------

need_rust() {
    has rustup || return 0
    if ! rustup toolchain list | grep -q "^$toolchain"; then
        step "Installing the Rust toolchain $toolchain" rustup toolchain install "$toolchain" \
            --profile minimal --component clippy,rustfmt --target "$wasm" ||
            fail "the Rust toolchain $toolchain, which rust-toolchain.toml names, can not be installed."
    fi
}

need_wasm_target() {
    if [ -d "$(rustc --print target-libdir --target "$wasm")" ]; then return; fi
    has rustup || fail "this Rust has no $wasm target, and there is no rustup to add it."
    step "Adding the $wasm target to Rust $toolchain" \
        rustup target add --toolchain "$toolchain" "$wasm" ||
        fail "the target can not be added. Try: rustup target add --toolchain $toolchain $wasm"
}

need_rust_components() {
    if cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; then return; fi
    has rustup || fail 'cargo fmt or cargo clippy is missing, and there is no rustup to add it.'
    step "Adding clippy and rustfmt to Rust $toolchain" \
        rustup component add --toolchain "$toolchain" clippy rustfmt ||
        fail "they can not be added. Try: rustup component add --toolchain $toolchain clippy rustfmt"
}

# need_tool CRATE VERSION HOW-LONG COMMAND ARGUMENT...: the command, when there, prints its version with
# the arguments.
need_tool() {
    tool=$1 version=$2 how_long=$3 command=$4
    shift 4
    if has "$command"; then
        case " $("$@" --version 2>/dev/null) " in
        *" $version "*) return ;;
        esac
        set -- --root "$beside"
    else
        set --
    fi
    if [ "$tool" = cargo-leptos ]; then set -- "$@" --features no_downloads; fi
    # Optimising a tool takes longer than it will ever save; their own build folder is thrown away.
    tools_target=${CARGO_TARGET_DIR:-target}/tools
    step "Compiling $tool $version ($how_long, once)" \
        env CARGO_TARGET_DIR="$tools_target" CARGO_PROFILE_RELEASE_LTO=off \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
        cargo install --locked "$tool" --version "$version" "$@" ||
        fail "$tool $version can not be installed. What cargo says stands above."
    rm -rf "$tools_target"
}

need_cargo_make() { need_tool cargo-make "$cargo_make" 'a minute or two' cargo-make cargo-make make; }
need_cargo_leptos() { need_tool cargo-leptos "$cargo_leptos" 'four to ten minutes' cargo-leptos cargo-leptos; }
need_wasm_bindgen() { need_tool wasm-bindgen-cli "$wasm_bindgen" 'a minute or two' wasm-bindgen wasm-bindgen; }

# ---- what npm brings ------------------------------------------------------------------------------

need_playwright() {
    node_major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
    if [ "$node_major" -lt 20 ]; then
        fail "the Node.js here is version $node_major; Playwright needs 20 or newer. Install a newer one."
    fi
    if cmp -s end2end/package-lock.json end2end/node_modules/.installed; then return; fi
    step 'Installing Playwright' npm ci --prefix end2end --no-fund --no-audit ||
        fail 'npm can not install what end2end/package-lock.json names.'
    cp end2end/package-lock.json end2end/node_modules/.installed
}

has_chromium() { node end2end/tests/support/chromium.mjs >/dev/null 2>&1; }

need_chromium() {
    if has_chromium; then return; fi
    if [ -n "$manager" ] && [ "$manager" != brew ] && may_install; then
        step "Installing chromium with $manager" install_packages chromium || true
        if has_chromium; then return; fi
    fi
    step 'Installing the Chromium of Playwright' npm exec --prefix end2end -- playwright install chromium ||
        fail 'there is no Chromium for the browser tests, and none can be downloaded.
Install the package chromium, or name a Chromium or Chrome in SIGHTLINE_CHROMIUM.'
}

# ---- what each task needs -------------------------------------------------------------------------

usage() {
    echo 'Usage: ./make TASK'
    echo
    echo 'Installs what the task needs and is not there yet, then runs it. The tasks:'
    echo
    awk '
        /^\[tasks\./ { name = $0; sub(/^\[tasks\./, "", name); sub(/\].*/, "", name) }
        /^description = / {
            text = $0; sub(/^description = "/, "", text); sub(/"$/, "", text)
            printf "  %-12s %s\n", name, text
        }' Makefile.toml
}

look_for_packages() {
    missing='' packages=''
    for it in "$@"; do
        case $it in
        compiler | wasm_opt | redis | node) "need_$it" ;;
        esac
    done
}

# need WHAT...: first what the system's package manager brings, in one go; then the rest, in this order.
need() {
    manager=$(package_manager)
    look_for_packages "$@"
    if [ -n "$missing" ]; then
        install_missing_packages
        look_for_packages "$@"
        [ -z "$missing" ] || fail "$manager brought its packages, but these are still missing:$missing"
    fi
    for it in "$@"; do
        case $it in
        compiler | wasm_opt | redis | node) ;;
        *) "need_$it" ;;
        esac
    done
}

to_compile='compiler rust'
to_build="$to_compile wasm_opt wasm_target cargo_leptos wasm_bindgen"
to_browse='node playwright chromium'
to_serve=redis
# A server of one's own makes the managed one unnecessary.
if [ -n "${SIGHTLINE_REDIS_URL:-}" ]; then to_serve=''; fi

task=${1:-help}
[ $# -eq 0 ] || shift
case $task in
help | -h | --help)
    usage
    exit
    ;;
esac

has cargo || fail 'Rust is missing. Install it with rustup (https://rustup.rs), then run this again.'
# shellcheck disable=SC2086 # lists of words
case $task in
start | watch) need $to_build $to_serve cargo_make ;;
build | size) need $to_build cargo_make ;;
fmt) need $to_compile rust_components cargo_make ;;
types) need $to_compile node playwright cargo_make ;;
lint) need $to_compile wasm_target rust_components node playwright cargo_make ;;
integration | bench) need $to_compile redis cargo_make ;;
e2e) need $to_build redis $to_browse cargo_make ;;
setup | test) need $to_build redis $to_browse rust_components cargo_make ;;
*) need $to_compile cargo_make ;;
esac

run() { sh tasks/run.sh "$@"; }

case $task in
setup) say 'Everything is there.' ;;
start)
    run build
    # The server takes this process' place, so that Ctrl-C and SIGTERM reach it and nobody else.
    exec sh tasks/serve.sh "$@"
    ;;
*) run "$task" "$@" ;;
esac
