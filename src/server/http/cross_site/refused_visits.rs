//! Visits that the cross-site check refuses by mistake: a proxy asks this server for another host than readers see.
//!
//! Their pages work, and no view is counted. So the log says it, and the pages of owners.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    response::Response,
};
use ipnet::IpNet;
use tower_http::csrf::ProtectionError;

use super::super::client_address::{forwarded_host, plain_host};
use crate::model::address::is_viewer;

/// How long owners are told after the last refusal.
const TOLD_FOR: Duration = Duration::from_secs(3_600);

/// The last refused visit, in this process.
#[derive(Default)]
pub struct RefusedVisits(Mutex<Option<(Instant, String)>>);

impl RefusedVisits {
    /// What is wrong and what to do, in sentences for owners and operators; `None` unless a visit was refused within the
    /// last hour.
    pub fn notice(&self) -> Option<String> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(at, _)| at.elapsed() < TOLD_FOR).map(|(_, notice)| notice.clone())
    }

    /// Notes what the cross-site check has refused of our own pages.
    pub fn note(&self, Mismatch { seen, asked }: &Mismatch, response: &Response) {
        if response.extensions().get::<ProtectionError>().is_none() {
            return;
        }
        let notice = format!(
            "Visits are being refused: readers see the host {seen}, and the proxy asks this server for {asked}. Have the \
             proxy pass the Host header unchanged, or set SIGHTLINE_PUBLIC_URL to the address that readers use."
        );
        tracing::error!("{notice}");
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), notice));
    }
}

/// Sets the host to the one that a trusted proxy forwards: the check compares `Origin` with it, and the rest of the server
/// believes it, too.
pub fn believe_proxy(peer: IpAddr, headers: &mut HeaderMap, trusted: &[IpNet]) {
    let host = forwarded_host(peer, headers, trusted);
    if let Some(host) = host.and_then(|host| HeaderValue::from_str(&host).ok()) {
        headers.insert(header::HOST, host);
    }
}

/// The host that a reader sees, and the one that the proxy asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Mismatch {
    seen: String,
    asked: String,
}

impl Mismatch {
    /// Of a request that our own page may have sent: by `Referrer-Policy` a browser names the page to its own origin
    /// alone. Another site's page could write the same, so this is a hint and decides nothing.
    pub fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let link = uri.path().strip_prefix("/api/send/realtime/")?;
        let page: Uri = text(header::REFERER)?.parse().ok()?;
        let is_of_the_page =
            is_viewer(page.path()) && page.path().split('/').nth(2) == Some(link) && method == Method::POST;
        let origin: Uri = text(header::ORIGIN)?.parse().ok()?;
        let seen = origin.authority().filter(|_| is_of_the_page && origin.authority() == page.authority())?;
        Some(Self { seen: plain_host(seen.as_str())?, asked: plain_host(text(header::HOST)?)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_requests_of_a_viewer_page_are_ours() {
        let ours = "http://read.example/v/abc?p=3";
        for (path, origin, referer, is_ours) in [
            ("/api/send/realtime/abc", "http://read.example", ours, true),
            ("/api/send/realtime/abc", "http://read.example", "http://read.example/v/other", false),
            ("/api/send/realtime/abc", "http://read.example", "http://read.example/blog/abc", false),
            ("/api/send/realtime/abc", "http://evil.example", ours, false),
            ("/api/send/realtime/abc", "null", ours, false),
            ("/api/send/realtime/abc", "http://read.example", "", false),
            ("/api/links/abc", "http://read.example", ours, false),
        ] {
            let headers = [(header::ORIGIN, origin), (header::REFERER, referer), (header::HOST, "app:3000")];
            let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
            let found = Mismatch::of(&Method::POST, &Uri::from_static(path), &headers.into_iter().collect());
            let expected = Mismatch { seen: "read.example".to_owned(), asked: "app:3000".to_owned() };
            assert_eq!(found, is_ours.then_some(expected), "{path} {origin} {referer}");
        }
    }
}
