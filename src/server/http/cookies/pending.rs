//! The cookie of a sign-in whose password was right, until its code follows.

use axum::http::HeaderValue;
use axum_extra::extract::cookie::{Key, SignedCookieJar};

use super::{cookie, headers};
use crate::server::services::PendingSignIn;

/// How long a browser keeps the cookie, in seconds. It holds when it expires.
const LIFE: i64 = 10 * 60;

/// The browser's sign-in that waits for a code, expired or not. Each scheme reads its own.
pub fn pending_sign_in(cookies: &SignedCookieJar, is_secure: bool) -> Option<PendingSignIn> {
    let cookie = cookies.get(name(is_secure))?;
    let mut words = cookie.value().strip_prefix("pending ")?.split(' ');
    let (owner, mark, ends_at) = (words.next()?, words.next()?, words.next()?);
    Some(PendingSignIn { owner: owner.parse().ok()?, mark: mark.to_owned(), ends_at: ends_at.parse().ok()? })
}

/// The headers that set the cookie; `None` clears it.
pub fn set_pending_sign_in(key: &Key, pending: Option<&PendingSignIn>, is_secure: bool) -> Vec<HeaderValue> {
    let text =
        pending.map(|PendingSignIn { owner, mark, ends_at }| format!("pending {owner} {mark} {ends_at}"));
    let life = if text.is_some() { LIFE } else { 0 };
    let set = cookie(name(is_secure).to_owned(), text.unwrap_or_default(), life, is_secure);
    headers(SignedCookieJar::new(key.clone()).add(set))
}

fn name(is_secure: bool) -> &'static str {
    if is_secure { "__Host-sightline-sign-in" } else { "sightline-sign-in" }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::jar, *};

    #[test]
    fn pending_sign_in_is_read_as_signed() {
        let key = Key::generate();
        let owner = "o1".parse().expect("an owner id");
        let pending = PendingSignIn { owner, mark: "m".to_owned(), ends_at: 7 };
        for is_secure in [false, true] {
            let set = set_pending_sign_in(&key, Some(&pending), is_secure);
            assert_eq!(pending_sign_in(&jar(&key, &set), is_secure), Some(pending.clone()));
            assert_eq!(pending_sign_in(&jar(&key, &set), !is_secure), None);
            assert_eq!(pending_sign_in(&jar(&Key::generate(), &set), is_secure), None);
        }
    }
}
