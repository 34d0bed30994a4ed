//! The cookie of a visitor whose code is on its way: sent to the link's page, and to where codes are given.

use axum::http::HeaderValue;
use axum_extra::extract::cookie::{Cookie, Key, SignedCookieJar};

use super::{cookie, headers};
use crate::{
    model::{LinkId, address},
    server::services::gate::PendingEntry,
};

/// How long a browser keeps the cookie, in seconds. It holds when it expires.
const LIFE: i64 = 10 * 60;
/// Where codes are given.
const FUNCTIONS: &str = "/sfn";

fn name(is_secure: bool) -> &'static str {
    if is_secure { "__Secure-sightline-entry-" } else { "sightline-entry-" }
}

/// The entries that a request brings, expired ones included. Each scheme reads its own.
pub fn entries(cookies: &SignedCookieJar, is_secure: bool) -> Vec<(LinkId, PendingEntry)> {
    cookies.iter().filter_map(|cookie| entry(&cookie, name(is_secure))).collect()
}

fn entry(cookie: &Cookie<'_>, name: &str) -> Option<(LinkId, PendingEntry)> {
    let named = cookie.name().strip_prefix(name)?;
    let mut parts = cookie.value().splitn(6, ' ');
    let mut next = || parts.next();
    let (kind, link, gate, code, ends_at, email) = (next()?, next()?, next()?, next()?, next()?, next()?);
    let entry = PendingEntry {
        ends_at: ends_at.parse().ok()?,
        gate: gate.to_owned(),
        code: code.to_owned(),
        email: email.to_owned(),
    };
    (kind == "entry" && link == named).then_some((link.parse().ok()?, entry))
}

/// The headers that set the cookies of a link; `None` clears them.
pub fn set_entry(
    key: &Key,
    link: &LinkId,
    entry: Option<&PendingEntry>,
    is_secure: bool,
) -> Vec<HeaderValue> {
    let text = entry.map(|PendingEntry { ends_at, gate, code, email }| {
        format!("entry {link} {gate} {code} {ends_at} {email}")
    });
    let life = if text.is_some() { LIFE } else { 0 };
    let text = text.unwrap_or_default();
    let mut set = Vec::new();
    for path in [address::viewer(link), FUNCTIONS.to_owned()] {
        let mut cookie = cookie(format!("{}{link}", name(is_secure)), text.clone(), life, is_secure);
        cookie.set_path(path);
        set.extend(headers(SignedCookieJar::new(key.clone()).add(cookie)));
    }
    set
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{jar, renamed},
        *,
    };

    #[test]
    fn entry_is_read_for_its_link_as_signed() {
        let key = Key::generate();
        let link: LinkId = "l1".parse().expect("a link id");
        let entry = PendingEntry {
            ends_at: 7,
            gate: "g".to_owned(),
            code: "c".to_owned(),
            email: "a b@example.org".to_owned(),
        };
        for is_secure in [false, true] {
            let set = set_entry(&key, &link, Some(&entry), is_secure);
            assert_eq!(entries(&jar(&key, &set[..1]), is_secure), [(link.clone(), entry.clone())]);
            assert_eq!(entries(&jar(&key, &set[..1]), !is_secure), []);
            assert_eq!(entries(&jar(&Key::generate(), &set[..1]), is_secure), []);
            let moved = renamed(&set[..1], "entry-l1=", "entry-l2=");
            assert_eq!(entries(&jar(&key, &moved), is_secure), [], "of another link");
        }
    }
}
