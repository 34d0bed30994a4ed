# Proves the walls of the house: who may import whom, where `cfg(feature)` may stand, where a colour may be
# named. Each rule says in its own words what is wrong, and where.
#
# It reads text, not Rust: line comments are taken out first, and a `use` over several lines is read as one.
set -eu
cd "${1:-.}"
broken=$(mktemp)
trap 'rm -f "$broken"' EXIT

# rust PLACE...: the Rust files in these places, of those that exist.
rust() {
    for place in "$@"; do
        [ ! -e "$place" ] || find "$place" -name '*.rs'
    done | sort
}

# outside PATTERN: of the files on standard input, those that do not match.
outside() { grep -vE "^src/($1)" || true; }

# report RULE FOUND
report() {
    [ -z "$2" ] || printf '%s\n%s\n' "$1" "$2" | sed '2,$s/^/    /' >>"$broken"
}

# lines: of the files on standard input, FILE:LINE: and the text without comments. Block comments are rare
# enough in this code to be read as code.
lines() {
    while IFS= read -r file; do
        awk -v file="$file" '
            { sub(/(^|[ \t])\/\/.*/, "") }
            use == "" && /^[ \t]*(pub(\([a-z]+\))? )?use / { use = " "; first = NR; joined = "" }
            use != "" {
                sub(/^[ \t]+/, joined == "" ? "&" : " ")
                joined = joined $0
                if (joined !~ /;/) next
                print file ":" first ": " joined
                use = ""
                next
            }
            NF { print file ":" NR ": " $0 }' "$file"
    done
}

# never RULE PATTERN: no line of the files on standard input may match.
never() { report "$1" "$(lines | grep -E "$2" || true)"; }

# A crate used by a path that begins with its name; one of our own rooms, at the root of the crate.
crates() { printf '(^|[^A-Za-z0-9_:])(%s)::' "$1"; }
rooms() { printf '(crate|sightline)::([{](.*[ {])?)?(%s)($|[^A-Za-z0-9_])' "$1"; }
# Functions of Leptos by bare name or by its path; `fn document(` and `address::document(` are others.
leptos_calls() { printf '((^|[^A-Za-z0-9_: ]|[^A-Za-z0-9_n] |(^|[^f])n )|(leptos|prelude)::)(%s)[(]' "$1"; }
calls() { printf '(^|[^A-Za-z0-9_])(%s)[(]' "$1"; }

# ---- two walled gardens and a shared middle -------------------------------------------------------

# pages/not_found.rs is where a page's status is set.
rust src | outside 'main[.]rs|server[.]rs|server/|pages/not_found[.]rs' | never \
    'Only src/server and src/main.rs know Redis, Axum or Tokio:' \
    "$(crates 'redis|axum|tokio|tokio_util|tower|tower_http|leptos_axum|hayro|clap|tracing')"
rust src | outside 'lib[.]rs|browser[.]rs|browser/' | never \
    'Only src/browser knows the crates of the browser:' \
    "$(crates 'gloo_timers|web_sys|js_sys|wasm_bindgen|send_wrapper')"
rust src | outside 'main[.]rs|api[.]rs|server[.]rs|server/' | never \
    'Only src/main.rs and the bodies of server functions name the server:' "$(rooms server)"
rust src/api.rs | never \
    'src/api.rs names the server only inside the body of a server function:' \
    ": (pub )?use $(rooms server)"
rust src | outside 'app[.]rs|pages[.]rs|pages/|server[.]rs|server/|main[.]rs|lib[.]rs' | never \
    'Only the server knows the app, and only the app knows the pages:' "$(rooms 'app|pages')"

# ---- 1. the words ---------------------------------------------------------------------------------

rust src/model.rs src/model src/format.rs src/format | never \
    'Rule 1: model and format know neither Leptos nor Redis:' \
    "$(crates 'leptos|leptos_[a-z]+|server_fn|redis')"
rust src/model.rs src/model | never \
    'Rule 1: model imports nothing else of the crate:' \
    "$(rooms 'api|app|browser|components|error|format|hooks|pages|server')"
rust src/format.rs src/format | never \
    'Rule 1: format imports nothing else of the crate:' \
    "$(rooms 'api|app|browser|components|error|hooks|model|pages|server')"
rust src/error.rs | never \
    'Rule 1: error imports only the words of model:' \
    "$(rooms 'api|app|browser|components|format|hooks|pages|server')"
report 'Rule 1: error knows of Leptos only how a server function error crosses the wire:' "$(
    rust src/error.rs | lines | grep -E "$(crates 'leptos|leptos_[a-z]+|server_fn')" |
        grep -vE 'use leptos::[{] ?(prelude|FromServerFnError|ServerFnErrorErr|server_fn|codec|JsonEncoding|[:{}, ])+;' || true
)"

# ---- 2. the analytics -----------------------------------------------------------------------------

rust src/server/analytics.rs src/server/analytics | never \
    'Rule 2: server::analytics never sees Leptos or Axum:' \
    "$(crates 'leptos|leptos_[a-z]+|server_fn|axum|tower|tower_http')"
rust src/server/analytics.rs src/server/analytics | never \
    'Rule 2: server::analytics is a leaf, which knows of the crate only model and error:' \
    "$(rooms 'api|app|browser|components|format|hooks|pages|server::(config|documents|live|redis|rest)')"

# ---- 3. the browser -------------------------------------------------------------------------------

rust src | outside 'lib[.]rs|browser[.]rs|browser/|hooks[.]rs|hooks/' | never \
    'Rule 3: browser is called only by hooks:' "$(rooms browser)"
rust src | outside 'main[.]rs|server[.]rs|server/|browser[.]rs|browser/' | never \
    'Rule 3: timers, the window and the document are behind src/browser:' \
    "$(calls '(set_interval|set_timeout|request_animation_frame|request_idle_callback)(_[a-z_]+)?|window_event_listener(_[a-z]+)?')|$(leptos_calls 'window|document')"
rust src/browser.rs src/browser | never \
    'Rule 3: browser knows none of those who call it:' \
    "$(rooms 'api|app|components|hooks|pages|server')"
rust src/hooks.rs src/hooks | never \
    'Rule 3: hooks know nothing of what is drawn:' "$(rooms 'app|components|pages')|view! *[{]"

# ---- 4. the components ----------------------------------------------------------------------------

rust src/components.rs src/components | never \
    'Rule 4: components take props and call nothing:' \
    "$(rooms 'api|browser|server')|$(calls '(Resource|OnceResource|LocalResource|Action|ServerAction)::new(_[a-z]+)?')"
rust src/components.rs src/components | outside 'components/realtime_analytics_widget[.]rs' | never \
    'Rule 4: only the container of the widget calls a hook; others may name what one returns:' \
    "$(calls 'use_[a-z_]+(::<[^(]*>)?')|$(rooms hooks).*[^A-Za-z_]use_[a-z]"

# ---- 5. two builds --------------------------------------------------------------------------------

rust src | outside 'main[.]rs|lib[.]rs|browser[.]rs|browser/|pages/not_found[.]rs' | never \
    'Rule 5: cfg(feature) stands only in main.rs, lib.rs, browser and where a status is set:' \
    'cfg(_attr)?!?[(].*feature *='

# ---- and the colours ------------------------------------------------------------------------------

# values: of the style sheets on standard input, FILE:LINE: and what declarations say, without comments.
values() {
    while IFS= read -r file; do
        awk -v file="$file" '
            {
                line = $0
                text = ""
                while (line != "") {
                    at = index(line, comment ? "*/" : "/*")
                    if (!comment) text = text (at ? substr(line, 1, at - 1) : line)
                    if (!at) break
                    comment = !comment
                    line = substr(line, at + 2)
                }
                # A selector ends in a brace or a comma; what remains has a colon, or continues a value.
                if (text ~ /[{]/ && text !~ /[;}]/) { value = 0; next }
                sub(/^.*[{]/, "", text)
                if (!value && !sub(/^[^:]*:/, ":", text)) next
                value = text !~ /[;}]/
                print file ":" NR text
            }' "$file"
    done
}

named='white|black|red|green|blue|gr[ae]y|orange|yellow|purple'
[ ! -d style ] || report 'Colours are named in style/tokens.css alone; elsewhere they are var(--…):' "$(
    find style -name '*.css' ! -name tokens.css | sort | values |
        grep -E "#[0-9a-fA-F]{3}|(^|[^a-z-])(rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)[(]|[ :,(]($named)([ ,;)]|\$)" || true
)"

cat "$broken" >&2
[ ! -s "$broken" ]
