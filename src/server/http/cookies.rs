//! The cookies that the server sets. Each is signed, and its signed text names its purpose, so that one cannot stand in
//! for another. That of a [flash](super::flash) is encrypted too.

mod device;
mod entry;
mod grants;
mod pending;

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, IntoResponseParts},
};
use axum_extra::extract::cookie::{Cookie, Key, PrivateCookieJar, SameSite, SignedCookieJar};

pub use self::{
    device::{device, set_device},
    entry::{entries, set_entry},
    grants::{grants, set_grant},
    pending::{pending_sign_in, set_pending_sign_in},
};

/// How long a browser keeps the session's cookie, in seconds. The session itself expires in Redis, counted from its last
/// use.
const SESSION_MAX_AGE_SECONDS: i64 = 365 * 24 * 60 * 60;

/// The name of the cookie over http.
pub(super) const SESSION: &str = "sightline-session";
/// Browsers accept the prefix `__Host-` from this host over https only
/// ([RFC 6265bis, section 4.1.3.2](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis)).
const SECURE_SESSION: &str = "__Host-sightline-session";
/// How the names of cookies begin over https.
pub(super) const HOST_PREFIX: &str = "__Host-";

/// The token of the browser's session. Over https only the `__Host-` cookie is read, over http only the other.
pub fn session(cookies: &SignedCookieJar, is_secure: bool) -> Option<String> {
    let cookie = cookies.get(session_name(is_secure))?;
    cookie.value().strip_prefix("session ").map(str::to_owned)
}

/// The headers that set a session's cookie. `None` clears the cookies of both schemes.
pub fn set_session(key: &Key, token: Option<&str>, is_secure: bool) -> Vec<HeaderValue> {
    let jar = SignedCookieJar::new(key.clone());
    headers(match token {
        Some(token) => {
            let name = session_name(is_secure).to_owned();
            jar.add(cookie(name, format!("session {token}"), SESSION_MAX_AGE_SECONDS, is_secure))
        }
        // Browsers accept a `__Host-` cookie only as secure, also when it is cleared.
        None => jar.add(cookie(SESSION.to_owned(), String::new(), 0, is_secure)).add(cookie(
            SECURE_SESSION.to_owned(),
            String::new(),
            0,
            true,
        )),
    })
}

/// Whether a request brings a cookie of this server, signed or encrypted.
pub fn has_any(headers: &HeaderMap, key: &Key) -> bool {
    SignedCookieJar::from_headers(headers, key.clone()).iter().next().is_some()
        || PrivateCookieJar::from_headers(headers, key.clone()).iter().next().is_some()
}

fn session_name(is_secure: bool) -> &'static str {
    if is_secure { SECURE_SESSION } else { SESSION }
}

/// `Lax` rather than `Strict`: a link in a mail must open a document whose gate was passed, and an owner's dashboard.
pub(super) fn cookie(name: String, text: String, max_age: i64, is_secure: bool) -> Cookie<'static> {
    Cookie::build((name, text))
        .path("/")
        .http_only(true)
        .secure(is_secure)
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(max_age))
        .build()
}

/// The `Set-Cookie` headers of a jar, signed or private.
pub(super) fn headers(cookies: impl IntoResponseParts) -> Vec<HeaderValue> {
    let response = (cookies, ()).into_response();
    response.headers().get_all(header::SET_COOKIE).iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn jar(key: &Key, set: &[HeaderValue]) -> SignedCookieJar {
        let mut headers = HeaderMap::new();
        for cookie in set.iter().filter(|set| !set.to_str().is_ok_and(|set| set.contains("Max-Age=0"))) {
            let pair = cookie.to_str().expect("text").split(';').next().expect("a pair").to_owned();
            headers.append(header::COOKIE, pair.parse().expect("a header"));
        }
        SignedCookieJar::from_headers(&headers, key.clone())
    }

    #[test]
    fn cookies_are_kept_from_scripts_and_sites() {
        let key = Key::generate();
        for is_secure in [false, true] {
            let set = set_session(&key, Some("token"), is_secure);
            let text = set[0].to_str().expect("text");
            assert!(text.contains("HttpOnly") && text.contains("SameSite=Lax") && text.contains("Path=/"));
            assert_eq!(text.contains("Secure"), is_secure, "{text}");
            assert_eq!(text.starts_with("__Host-"), is_secure, "{text}");
            assert_eq!(session(&jar(&key, &set), is_secure).as_deref(), Some("token"));
        }
    }

    #[test]
    fn each_scheme_reads_its_own_session_cookie() {
        let key = Key::generate();
        for is_secure in [false, true] {
            let set = set_session(&key, Some("token"), is_secure);
            assert_eq!(session(&jar(&key, &set), !is_secure), None);
        }
    }

    #[test]
    fn signing_out_clears_both_session_cookies() {
        for is_secure in [false, true] {
            let set = set_session(&Key::generate(), None, is_secure);
            let cleared = |name: &str| {
                let begins = format!("{name}=");
                set.iter()
                    .filter_map(|cookie| cookie.to_str().ok())
                    .any(|cookie| cookie.starts_with(&begins) && cookie.contains("Max-Age=0"))
            };
            assert!(cleared(SESSION) && cleared(SECURE_SESSION), "{set:?}");
        }
    }

    pub(super) fn renamed(set: &[HeaderValue], from: &str, to: &str) -> Vec<HeaderValue> {
        let text = set[0].to_str().expect("text").replace(from, to);
        vec![text.parse().expect("a header")]
    }
}
