//! Where a visit comes from: browser, system and device by the `User-Agent`, and the country of the address.

use std::{net::IpAddr, path::Path};

use axum::http::{HeaderMap, HeaderName};
use maxminddb::{Reader, path};
use woothee::parser::{Parser, WootheeResult};

use crate::{
    model::{Browser, ClientKind, Country, Device, System},
    server::start_error::StartError,
};

/// The kind of client that a `User-Agent` names; `None` for one that names none.
pub fn client_kind(user_agent: &str) -> Option<ClientKind> {
    let parsed = Parser::new().parse(user_agent).filter(|parsed| parsed.category != "UNKNOWN")?;
    Some(ClientKind {
        browser: browser(&parsed),
        system: system(&parsed),
        device: device(&parsed, user_agent),
    })
}

fn browser(parsed: &WootheeResult) -> Browser {
    match parsed.name {
        "Chrome" => Browser::Chrome,
        "Safari" => Browser::Safari,
        "Firefox" => Browser::Firefox,
        "Edge" => Browser::Edge,
        "Opera" => Browser::Opera,
        "SamsungBrowser" => Browser::Samsung,
        _ => Browser::Other,
    }
}

fn system(parsed: &WootheeResult) -> System {
    match parsed.os {
        "Mac OSX" => System::MacOs,
        "iPhone" | "iPad" | "iPod" | "iOS" => System::Ios,
        "Android" => System::Android,
        "Linux" => System::Linux,
        "ChromeOS" => System::ChromeOs,
        os if os.starts_with("Windows") => System::Windows,
        _ => System::Other,
    }
}

/// An Android device that does not call itself mobile is a tablet
/// ([Chrome's user agents](https://developer.chrome.com/docs/multidevice/user-agent)). An iPad that asks for desktop
/// pages calls itself a Mac, and counts as one.
fn device(parsed: &WootheeResult, user_agent: &str) -> Device {
    match (parsed.category, parsed.os) {
        (_, "iPad") => Device::Tablet,
        ("smartphone", "Android") if !user_agent.contains("Mobile") => Device::Tablet,
        ("smartphone" | "mobilephone", _) => Device::Phone,
        ("pc", _) => Device::Desktop,
        _ => Device::Other,
    }
}

/// Finds the country of a request: from a header that a trusted proxy sets, else from a database of addresses. Without
/// either no country is known.
#[derive(Default)]
pub struct Countries {
    header: Option<HeaderName>,
    database: Option<Reader<Vec<u8>>>,
}

impl Countries {
    /// Reads the database, a file in MaxMind's format, into memory. [`StartError`] when it or the header's name is
    /// invalid.
    pub fn open(header: Option<&str>, database: Option<&Path>) -> Result<Self, StartError> {
        let header = header.map(|name| {
            let invalid = |_| StartError::new(format!("SIGHTLINE_COUNTRY_HEADER is not a header: {name}"));
            name.parse().map_err(invalid)
        });
        let database = database.map(|file| {
            let unusable = |error| StartError::new(format!("{} cannot be used: {error}", file.display()));
            Reader::open_readfile(file).map_err(unusable)
        });
        Ok(Self { header: header.transpose()?, database: database.transpose()? })
    }

    /// What the header says of the country, if a trusted proxy sent the request.
    pub fn named(&self, headers: &HeaderMap, is_from_proxy: bool) -> Option<Country> {
        let header = self.header.as_ref().filter(|_| is_from_proxy)?;
        headers.get(header)?.to_str().ok()?.parse().ok()
    }

    /// The country of an address.
    pub fn of_address(&self, address: IpAddr) -> Option<Country> {
        let found = self.database.as_ref()?.lookup(address).ok()?;
        found.decode_path::<&str>(&path!["country", "iso_code"]).ok()??.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents_of_common_browsers_are_told_apart() {
        use {Browser as B, Device as D, System as S};
        const WEBKIT: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";
        const IPHONE: &str =
            "(iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (user_agent, browser, system, device) in [
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36"), B::Chrome, S::Windows, D::Desktop),
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"), B::Edge, S::Windows, D::Desktop),
            (format!("Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36 OPR/115.0.0.0"), B::Opera, S::Linux, D::Desktop),
            ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0".to_owned(), B::Firefox, S::Linux, D::Desktop),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15".to_owned(), B::Safari, S::MacOs, D::Desktop),
            (format!("Mozilla/5.0 {IPHONE} Version/18.1 Mobile/15E148 Safari/604.1"), B::Safari, S::Ios, D::Phone),
            (format!("Mozilla/5.0 {IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1"), B::Chrome, S::Ios, D::Phone),
            (format!("Mozilla/5.0 {IPHONE} FxiOS/132.0 Mobile/15E148 Safari/605.1.15"), B::Firefox, S::Ios, D::Phone),
            ("Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1".to_owned(), B::Safari, S::Ios, D::Tablet),
            (format!("Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36"), B::Chrome, S::Android, D::Phone),
            (format!("Mozilla/5.0 (Linux; Android 13; SM-X900) {WEBKIT} Chrome/131.0.0.0 Safari/537.36"), B::Chrome, S::Android, D::Tablet),
            (format!("Mozilla/5.0 (Linux; Android 14; SM-S918B) {WEBKIT} SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36"), B::Samsung, S::Android, D::Phone),
            (format!("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/131.0.0.0 Safari/537.36"), B::Chrome, S::ChromeOs, D::Desktop),
        ] {
            assert_eq!(client_kind(&user_agent), Some(ClientKind { browser, system, device }), "{user_agent}");
        }
    }

    #[test]
    fn programs_have_no_kind() {
        for nothing in ["", "x", "???"] {
            assert_eq!(client_kind(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn countries_header_counts_from_a_trusted_proxy_only() {
        let countries = Countries::open(Some("cf-ipcountry"), None).expect("a header");
        let mut headers = HeaderMap::new();
        assert_eq!(countries.named(&headers, true), None);
        headers.insert("cf-ipcountry", "DE".parse().expect("a value"));
        assert_eq!(countries.named(&headers, true), "DE".parse().ok());
        assert_eq!(countries.named(&headers, false), None);
        assert_eq!(Countries::default().named(&headers, true), None, "no header is configured");
        for unknown in ["XX1", "t1", "", "Germany"] {
            headers.insert("cf-ipcountry", unknown.parse().expect("a value"));
            assert_eq!(countries.named(&headers, true), None, "{unknown}");
        }
    }

    #[test]
    fn unusable_settings_fail_at_start() {
        assert!(Countries::open(Some("not a header"), None).is_err());
        assert!(Countries::open(None, Some(Path::new("/nowhere/geo.mmdb"))).is_err());
        assert!(Countries::open(None, Some(Path::new("Cargo.toml"))).is_err(), "not a database");
    }
}
