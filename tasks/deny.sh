# Checks the dependencies as deny.toml says: licences, bans and sources, and the advisories against RustSec's database. That
# lies on GitHub; where it cannot be fetched and never was, the advisories alone are left out, in words.
set -eu
cargo deny --locked --all-features check licenses bans sources
if cargo deny --locked --all-features fetch db || ls "${CARGO_HOME:-$HOME/.cargo}"/advisory-dbs/*/crates >/dev/null 2>&1; then
    cargo deny --locked --all-features --offline check advisories
else
    echo 'Advisories: not checked, because their database cannot be fetched.'
fi
