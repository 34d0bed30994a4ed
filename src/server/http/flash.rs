//! The cookie that tells a page how a form went: encrypted, because it may hold a new API key, for one page, and read once.

use axum::http::{HeaderValue, Method, request::Parts};
use axum_extra::extract::cookie::{Cookie, Key, PrivateCookieJar};
use leptos::prelude::{provide_context, use_context};
use sha2::{Digest, Sha256};

use super::{AppState, context, cookies, requester::Identity};
use crate::{
    error::AppError,
    model::{Flash, FormOutcome},
};

/// How long a browser keeps the cookie, in seconds: as long as it may take to follow a redirect.
const LIFE: i64 = 60;
/// The longest `Set-Cookie` header. Browsers refuse a cookie of more than 4,096 bytes, name and attributes included
/// (RFC 6265bis, section 5.6).
const MAX_HEADER: usize = 4_000;

const FLASH: &str = "sightline-flash-";
/// As for the session's cookie: http cannot set it.
const SECURE_FLASH: &str = "__Host-sightline-flash-";

/// Puts the flash of the page that is rendered into Leptos' context, and clears its cookie. Runs once per page.
pub fn provide() {
    let (Some(state), Some(parts)) = (use_context::<AppState>(), use_context::<Parts>()) else { return };
    if parts.method != Method::GET {
        return;
    }
    // A page that reads itself again, by a script, leaves the flash to the page that the form leads to. The header:
    // https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header
    if parts.headers.get("sec-fetch-dest").is_some_and(|shown_as| shown_as != "document") {
        return;
    }
    let Ok(identity) = Identity::of(&parts.extensions) else { return };
    let is_secure = identity.is_secure();
    let jar = PrivateCookieJar::from_headers(&parts.headers, state.cookie_key.clone());
    let page = parts.uri.path();
    if let Some(flash) = read(&jar, page, is_secure) {
        context::set_cookies(cleared(&state.cookie_key, page, is_secure));
        provide_context(flash);
    }
}

/// Sends a flash to the page that it names.
pub fn send(flash: Flash) -> Result<(), AppError> {
    let is_secure = context::identity()?.is_secure();
    context::set_cookies(set(&context::state()?.cookie_key, flash, is_secure));
    Ok(())
}

/// The flash for a page, if the browser brought one.
pub fn read(jar: &PrivateCookieJar, page: &str, is_secure: bool) -> Option<Flash> {
    let cookie = jar.get(&name(page, is_secure))?;
    let flash: Flash = serde_json::from_str(cookie.value().strip_prefix("flash ")?).ok()?;
    (flash.page == page).then_some(flash)
}

/// The cookie of a flash. Where it would be too large, the field with the longest text is left out.
pub fn set(key: &Key, mut flash: Flash, is_secure: bool) -> Vec<HeaderValue> {
    loop {
        let text = serde_json::to_string(&flash).unwrap_or_default();
        let cookie = cookies::cookie(name(&flash.page, is_secure), format!("flash {text}"), LIFE, is_secure);
        let set = headers(key, cookie);
        let is_too_large = set.iter().any(|header| header.len() > MAX_HEADER);
        if !is_too_large || !shorten(&mut flash) {
            return if is_too_large { Vec::new() } else { set };
        }
    }
}

fn cleared(key: &Key, page: &str, is_secure: bool) -> Vec<HeaderValue> {
    headers(key, cookies::cookie(name(page, is_secure), String::new(), 0, is_secure))
}

fn headers(key: &Key, cookie: Cookie<'static>) -> Vec<HeaderValue> {
    cookies::headers(PrivateCookieJar::new(key.clone()).add(cookie))
}

/// One name per page: forms in two tabs do not overwrite each other's answer.
fn name(page: &str, is_secure: bool) -> String {
    let digest = Sha256::digest(page.as_bytes());
    let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{}{digest}", if is_secure { SECURE_FLASH } else { FLASH })
}

/// Leaves out the field with the longest text, which then shows what is saved; `false` where there is none.
fn shorten(flash: &mut Flash) -> bool {
    let FormOutcome::Refused(refusal) = &mut flash.outcome else { return false };
    let longest = (0..refusal.typed.len()).max_by_key(|&index| refusal.typed[index].1.len());
    longest.map(|index| refusal.typed.remove(index)).is_some()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header};
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;
    use crate::model::{Done, Refusal};

    const PAGE: &str = "/documents/a";

    fn done(page: &str) -> Flash {
        let outcome = FormOutcome::Done(Done::new("Renamed."));
        Flash { page: page.to_owned(), form: "/sfn/rename_document".to_owned(), outcome }
    }

    fn refused(typed: &[(&str, String)]) -> Flash {
        let typed = typed.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
        let message = "The title must have 1 to 200 characters.".to_owned();
        let refusal = Refusal { field: Some("title".to_owned()), message, typed };
        Flash { outcome: FormOutcome::Refused(refusal), ..done(PAGE) }
    }

    fn jar(key: &Key, pairs: &[String]) -> PrivateCookieJar {
        let mut headers = HeaderMap::new();
        for pair in pairs {
            headers.append(header::COOKIE, pair.parse().expect("a header"));
        }
        PrivateCookieJar::from_headers(&headers, key.clone())
    }

    fn pairs(set: &[HeaderValue]) -> Vec<String> {
        let pair = |set: &HeaderValue| set.to_str().expect("text").split(';').next().map(str::to_owned);
        set.iter().filter_map(pair).collect()
    }

    #[test]
    fn flash_is_read_on_its_page_only() {
        let key = Key::generate();
        for is_secure in [false, true] {
            let kept = [pairs(&set(&key, done(PAGE), is_secure)), pairs(&set(&key, done("/"), is_secure))];
            let jar = jar(&key, &kept.concat());
            assert_eq!(read(&jar, PAGE, is_secure), Some(done(PAGE)));
            assert_eq!(read(&jar, "/", is_secure), Some(done("/")));
            assert_eq!(read(&jar, "/documents/b", is_secure), None);
            assert_eq!(read(&jar, PAGE, !is_secure), None);
        }
    }

    #[test]
    fn flash_of_another_page_or_key_is_refused() {
        let key = Key::generate();
        let kept = pairs(&set(&key, done("/"), false));
        let value = kept[0].split_once('=').expect("a pair").1;
        let moved = format!("{}={value}", name(PAGE, false));
        assert_eq!(read(&jar(&key, &[moved]), PAGE, false), None);
        let forged = pairs(&set(&Key::generate(), done(PAGE), false));
        assert_eq!(read(&jar(&key, &forged), PAGE, false), None);
    }

    #[test]
    fn flash_cannot_be_read_in_its_cookie() {
        for is_secure in [false, true] {
            let outcome = FormOutcome::Done(Done::key("sl_a-new-key"));
            let set = set(&Key::generate(), Flash { outcome, ..done(PAGE) }, is_secure);
            let text = set[0].to_str().expect("text");
            let value = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair").1;
            let value = value.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/");
            let decoded = STANDARD.decode(&value).expect("nothing but what is encrypted");
            for bytes in [text.as_bytes(), &decoded] {
                let holds = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
                assert!(
                    !holds(b"sl_a-new-key") && !holds(b"new_api_key") && !holds(PAGE.as_bytes()),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn flash_is_short_lived_and_kept_from_scripts() {
        for is_secure in [false, true] {
            let set = set(&Key::generate(), done(PAGE), is_secure);
            let text = set[0].to_str().expect("text");
            for flag in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=60"] {
                assert!(text.contains(flag), "{flag} in {text}");
            }
            assert_eq!((text.contains("Secure"), text.starts_with("__Host-")), (is_secure, is_secure));
        }
    }

    #[test]
    fn too_large_flash_loses_its_longest_field() {
        let key = Key::generate();
        let flash = refused(&[("label", "kept".to_owned()), ("title", "\u{e4}".repeat(2_000))]);
        let set = set(&key, flash, false);
        assert!(set[0].len() <= MAX_HEADER);
        let expected = refused(&[("label", "kept".to_owned())]);
        assert_eq!(read(&jar(&key, &pairs(&set)), PAGE, false), Some(expected));
    }
}
