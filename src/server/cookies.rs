//! The cookies that we make. Each is signed, and says in its signed text what it is for: what was made as one
//! can not be shown as another.

use axum::{
    http::{HeaderValue, header},
    response::IntoResponse,
};
use axum_extra::extract::cookie::{Cookie, SameSite, SignedCookieJar};

use crate::model::LinkId;

/// How long a visitor who passed the gate of a link need not pass it again, in milliseconds.
pub const GRANT_LIFE: i64 = 24 * 60 * 60 * 1_000;
/// How long a browser keeps the session's cookie, in seconds. The session itself ends by Redis' clock, which
/// starts anew with each use.
const SESSION_KEPT: i64 = 365 * 24 * 60 * 60;

const SESSION: &str = "sightline-session";
/// Over https the name itself forbids other hosts and plain http to set it.
const SECURE_SESSION: &str = "__Host-sightline-session";

/// What is noted of a visitor who passed the gate of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// When it ends, Unix milliseconds.
    pub ends_at: i64,
    /// Which state of the gate was passed.
    pub gate: String,
    /// The e-mail address that was given. Nobody has verified it.
    pub email: Option<String>,
}

/// The token of the session, if the browser has one.
pub fn session(cookies: &SignedCookieJar) -> Option<String> {
    let cookie = cookies.get(SECURE_SESSION).or_else(|| cookies.get(SESSION))?;
    cookie.value().strip_prefix("session ").map(str::to_owned)
}

/// Opens a session in the browser, or ends it with `None`. `secure` is whether the browser came over https.
pub fn set_session(cookies: SignedCookieJar, token: Option<&str>, secure: bool) -> Vec<HeaderValue> {
    let name = if secure { SECURE_SESSION } else { SESSION };
    let kept = if token.is_some() { SESSION_KEPT } else { 0 };
    let text = token.map_or(String::new(), |token| format!("session {token}"));
    headers(cookies.add(cookie(name.to_owned(), text, kept, secure)))
}

/// What the browser has for this link, if it is not over.
pub fn grant(cookies: &SignedCookieJar, link: &LinkId, now: i64) -> Option<Grant> {
    let cookie = cookies.get(&grant_name(link))?;
    let mut parts = cookie.value().splitn(5, ' ');
    let mut next = || parts.next();
    let (kind, of, gate, ends_at, email) = (next()?, next()?, next()?, next()?, next()?);
    let grant = Grant {
        ends_at: ends_at.parse().ok()?,
        gate: gate.to_owned(),
        email: (!email.is_empty()).then(|| email.to_owned()),
    };
    (kind == "grant" && of == link.as_str() && grant.ends_at > now).then_some(grant)
}

/// Notes in the browser that the gate of a link was passed.
pub fn set_grant(cookies: SignedCookieJar, link: &LinkId, grant: &Grant, secure: bool) -> Vec<HeaderValue> {
    let Grant { ends_at, gate, email } = grant;
    let email = email.as_deref().unwrap_or_default();
    let text = format!("grant {link} {gate} {ends_at} {email}");
    headers(cookies.add(cookie(grant_name(link), text, GRANT_LIFE / 1_000, secure)))
}

fn grant_name(link: &LinkId) -> String {
    format!("sightline-grant-{link}")
}

/// `Lax`: a link in a mail opens a document whose gate was passed, and an owner's dashboard.
fn cookie(name: String, text: String, kept: i64, secure: bool) -> Cookie<'static> {
    Cookie::build((name, text))
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(kept))
        .build()
}

/// What the jar has to say to the browser.
fn headers(cookies: SignedCookieJar) -> Vec<HeaderValue> {
    let response = (cookies, ()).into_response();
    response.headers().get_all(header::SET_COOKIE).iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use axum_extra::extract::cookie::Key;

    use super::*;

    fn jar(key: &Key, set: &[HeaderValue]) -> SignedCookieJar {
        let mut headers = HeaderMap::new();
        for cookie in set {
            let pair = cookie.to_str().expect("text").split(';').next().expect("a pair").to_owned();
            headers.append(header::COOKIE, pair.parse().expect("a header"));
        }
        SignedCookieJar::from_headers(&headers, key.clone())
    }

    fn link(text: &str) -> LinkId {
        text.parse().expect("a link id")
    }

    #[test]
    fn a_grant_holds_for_its_link_and_its_time_alone() {
        let key = Key::generate();
        let grant_of_a =
            Grant { ends_at: 1_000, gate: "g1".to_owned(), email: Some("a \"b\";c@d,e".to_owned()) };
        let set = set_grant(jar(&key, &[]), &link("a"), &grant_of_a, false);
        assert_eq!(grant(&jar(&key, &set), &link("a"), 999), Some(grant_of_a));
        assert_eq!(grant(&jar(&key, &set), &link("a"), 1_000), None, "it is over");
        assert_eq!(grant(&jar(&Key::generate(), &set), &link("a"), 0), None, "somebody else signed it");
        let renamed = set[0].to_str().expect("text").replace("grant-a", "grant-b");
        let renamed = [renamed.parse().expect("a header")];
        assert_eq!(grant(&jar(&key, &renamed), &link("b"), 0), None, "it is another link's");
    }

    #[test]
    fn what_was_made_as_one_cookie_can_not_be_shown_as_another() {
        let key = Key::generate();
        let given = Grant { ends_at: 1_000, gate: "g".to_owned(), email: None };
        let set = set_grant(jar(&key, &[]), &link("a"), &given, false);
        let renamed = set[0].to_str().expect("text").replace("sightline-grant-a", SESSION);
        assert_eq!(session(&jar(&key, &[renamed.parse().expect("a header")])), None);
    }

    #[test]
    fn cookies_are_kept_from_scripts_from_other_sites_and_over_https_from_plain_http() {
        let key = Key::generate();
        for (secure, expected) in [(false, false), (true, true)] {
            let set = set_session(jar(&key, &[]), Some("token"), secure);
            let text = set[0].to_str().expect("text");
            assert!(text.contains("HttpOnly") && text.contains("SameSite=Lax") && text.contains("Path=/"));
            assert_eq!(text.contains("Secure"), expected, "{text}");
            assert_eq!(text.starts_with("__Host-"), expected, "{text}");
            assert_eq!(session(&jar(&key, &set)).as_deref(), Some("token"));
        }
        assert!(set_session(jar(&key, &[]), None, false)[0].to_str().expect("text").contains("Max-Age=0"));
    }
}
