//! The cookies of grants. Each is sent to its own link's addresses alone, so that the header stays short however many
//! gates a browser has passed.
//!
//! A cookie has one path, and a link has three, so a grant has three cookies. Browsers keep 150 or more cookies of a
//! site and then drop some; so that they never come to that, one more cookie lists the links, and a grant too many
//! clears the oldest.

use axum::http::HeaderValue;
use axum_extra::extract::cookie::{Cookie, Key, SignedCookieJar};

use super::{cookie, headers};
use crate::{
    model::{LinkId, address},
    server::services::gate::{GRANT_LIFE_MS, Grant},
};

/// How many grants a browser keeps.
const GRANTS_KEPT: usize = 40;
/// Where gates are passed: only there the list is sent.
const LIST_PATH: &str = "/sfn/pass_gate";

/// What a grant begins with; one whose e-mail address is verified has a word of its own.
const GRANT: &str = "grant";
const VERIFIED: &str = "verified-grant";

/// Browsers accept both names over https only; `__Host-` cannot be used where a cookie has a path
/// ([RFC 6265bis, section 4.1.3](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis)).
fn names(is_secure: bool) -> (&'static str, &'static str) {
    if is_secure {
        ("__Secure-sightline-grant-", "__Secure-sightline-granted")
    } else {
        ("sightline-grant-", "sightline-granted")
    }
}

/// The grants that a request brings, expired ones included. Each scheme reads its own.
pub fn grants(cookies: &SignedCookieJar, is_secure: bool) -> Vec<(LinkId, Grant)> {
    cookies.iter().filter_map(|cookie| grant(&cookie, names(is_secure).0)).collect()
}

fn grant(cookie: &Cookie<'_>, name: &str) -> Option<(LinkId, Grant)> {
    let named = cookie.name().strip_prefix(name)?;
    let mut parts = cookie.value().splitn(5, ' ');
    let mut next = || parts.next();
    let (kind, link, gate, ends_at, email) = (next()?, next()?, next()?, next()?, next()?);
    let grant = Grant {
        ends_at: ends_at.parse().ok()?,
        gate: gate.to_owned(),
        email: (!email.is_empty()).then(|| email.to_owned()),
        is_verified: kind == VERIFIED,
    };
    ([GRANT, VERIFIED].contains(&kind) && link == named).then_some((link.parse().ok()?, grant))
}

/// The headers that set the cookies of a grant for a link. `had` are the cookies of the request that passed the gate.
pub fn set_grant(
    key: &Key,
    had: &SignedCookieJar,
    link: &LinkId,
    grant: &Grant,
    is_secure: bool,
) -> Vec<HeaderValue> {
    let (name, list_name) = names(is_secure);
    let mut links: Vec<LinkId> = had
        .get(list_name)
        .and_then(|list| {
            Some(list.value().strip_prefix("granted ")?.split(' ').flat_map(str::parse).collect())
        })
        .unwrap_or_default();
    links.retain(|had| had != link);
    links.push(link.clone());
    let dropped: Vec<LinkId> = links.drain(..links.len().saturating_sub(GRANTS_KEPT)).collect();

    let mut set = Vec::new();
    let mut add = |name: String, text: String, life: i64, path: String| {
        let mut cookie = cookie(name, text, life, is_secure);
        cookie.set_path(path);
        set.extend(headers(SignedCookieJar::new(key.clone()).add(cookie)));
    };
    let Grant { ends_at, gate, email, is_verified } = grant;
    let kind = if *is_verified { VERIFIED } else { GRANT };
    let text = format!("{kind} {link} {gate} {ends_at} {}", email.as_deref().unwrap_or_default());
    let life = GRANT_LIFE_MS / 1_000;
    let listed: Vec<&str> = links.iter().map(LinkId::as_str).collect();
    for path in paths(link) {
        add(format!("{name}{link}"), text.clone(), life, path);
    }
    for link in &dropped {
        for path in paths(link) {
            add(format!("{name}{link}"), String::new(), 0, path);
        }
    }
    add(list_name.to_owned(), format!("granted {}", listed.join(" ")), life, LIST_PATH.to_owned());
    set
}

/// Where a link's grant is sent: its page with pictures and download, its texts, and its reports.
fn paths(link: &LinkId) -> [String; 3] {
    [address::viewer(link), address::link_record(link), address::realtime(link)]
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            SESSION, session,
            tests::{jar, renamed},
        },
        *,
    };

    fn link(text: &str) -> LinkId {
        text.parse().expect("a link id")
    }

    fn given(key: &Key, grant: &Grant, is_secure: bool) -> Vec<HeaderValue> {
        set_grant(key, &SignedCookieJar::new(key.clone()), &link("a"), grant, is_secure)
    }

    fn grant_of(email: Option<&str>) -> Grant {
        let email = email.map(str::to_owned);
        Grant { ends_at: 1_000, gate: "g1".to_owned(), is_verified: email.is_some(), email }
    }

    #[test]
    fn grant_is_read_for_its_own_link_only() {
        let key = Key::generate();
        let grant = grant_of(Some("a \"b\";c@d,e"));
        for is_secure in [false, true] {
            let set = given(&key, &grant, is_secure);
            assert_eq!(grants(&jar(&key, &set), is_secure), [(link("a"), grant.clone())]);
            assert_eq!(grants(&jar(&key, &set), !is_secure), [], "the other scheme");
            assert_eq!(grants(&jar(&Key::generate(), &set), is_secure), [], "another key signed it");
            let renamed = renamed(&set, "grant-a", "grant-b");
            assert_eq!(grants(&jar(&key, &renamed), is_secure), [], "the name of another link");
        }
    }

    #[test]
    fn one_cookie_cannot_stand_for_another() {
        let key = Key::generate();
        let set = given(&key, &grant_of(None), false);
        assert_eq!(session(&jar(&key, &renamed(&set, "sightline-grant-a", SESSION)), false), None);
    }

    #[test]
    fn oldest_grant_makes_room() {
        let key = Key::generate();
        let mut had = SignedCookieJar::new(key.clone());
        for number in 0..=GRANTS_KEPT {
            let set = set_grant(&key, &had, &link(&format!("l{number}")), &grant_of(None), false);
            let cleared: Vec<&str> = set
                .iter()
                .filter_map(|set| set.to_str().ok())
                .filter(|set| set.starts_with("sightline-grant-l0=") && set.contains("Max-Age=0"))
                .collect();
            assert_eq!(cleared.len(), if number == GRANTS_KEPT { 3 } else { 0 }, "{number}: {set:?}");
            had = jar(&key, &set);
        }
    }
}
