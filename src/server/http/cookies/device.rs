//! The cookie of a browser in which owners have signed in: their next sign-in there is not held up by others' guesses
//! ([OWASP, device cookies](https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies)).
//!
//! It opens nothing, and holds digests of e-mail addresses rather than addresses.

use axum::http::HeaderValue;
use axum_extra::extract::cookie::{Key, SignedCookieJar};

use super::{cookie, headers};
use crate::server::services::Device;

/// How long a browser keeps the cookie after a sign-in, in seconds.
const LIFE: i64 = 365 * 24 * 60 * 60;

/// The browser's device, if an owner has signed in there. Each scheme reads its own.
pub fn device(cookies: &SignedCookieJar, is_secure: bool) -> Option<Device> {
    let cookie = cookies.get(name(is_secure))?;
    let (id, accounts) = cookie.value().strip_prefix("device ")?.split_once(' ')?;
    Some(Device { id: id.to_owned(), accounts: accounts.split(',').map(str::to_owned).collect() })
}

/// The headers that set the cookie.
pub fn set_device(key: &Key, device: &Device, is_secure: bool) -> Vec<HeaderValue> {
    let text = format!("device {} {}", device.id, device.accounts.join(","));
    let set = cookie(name(is_secure).to_owned(), text, LIFE, is_secure);
    headers(SignedCookieJar::new(key.clone()).add(set))
}

fn name(is_secure: bool) -> &'static str {
    if is_secure { "__Host-sightline-device" } else { "sightline-device" }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::jar, *};

    #[test]
    fn device_is_read_where_this_server_signed_it() {
        let key = Key::generate();
        let device = Device { id: "d1".to_owned(), accounts: vec!["a".to_owned(), "b".to_owned()] };
        for is_secure in [false, true] {
            let set = set_device(&key, &device, is_secure);
            assert_eq!(super::device(&jar(&key, &set), is_secure), Some(device.clone()));
            assert_eq!(super::device(&jar(&key, &set), !is_secure), None, "the other scheme");
            assert_eq!(super::device(&jar(&Key::generate(), &set), is_secure), None, "another key");
        }
    }
}
