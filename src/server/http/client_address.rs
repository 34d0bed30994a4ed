//! Where a request comes from, and how it reached us.
//!
//! An address is only ever compared and counted with: it is not stored, and [`Client`] has no `Debug` by
//! which it could come into a log.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use super::HttpSettings;

/// RFC 7239's `Forwarded` is not read for an address: a proxy fills one of the two and passes the other on as
/// the client wrote it, so that whoever believes both believes the client.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Who asks, as far as the connection and the proxies that are trusted can tell.
#[derive(Clone)]
pub struct Client {
    /// The connection's address, or the one that a trusted proxy names.
    pub address: IpAddr,
    /// Whether the client's own connection is https, as a trusted proxy says: this server speaks http.
    pub secure: bool,
    /// The host, with its port if any, that the client asked for.
    pub host: Option<String>,
    direct: bool,
}

impl Client {
    /// `peer` is the connection's address. Forwarding headers are believed only where it lies in `trusted`.
    pub fn new(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let peer = peer.to_canonical();
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let direct = peer.is_loopback() && !headers.keys().any(is_of_a_proxy);
        if !trusts(trusted, peer) {
            return Self { address: peer, secure: false, host: host.and_then(plain_host), direct };
        }
        let proto = nearest(headers, &FORWARDED_PROTO);
        let forwarded_host = nearest(headers, &FORWARDED_HOST).and_then(plain_host);
        Self {
            address: forwarded_address(peer, headers, trusted),
            secure: proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https")),
            host: forwarded_host.or_else(|| host.and_then(plain_host)),
            direct,
        }
    }

    /// Whether the request comes straight from this machine: from a loopback address, and by no proxy that
    /// says that it is one.
    pub fn is_local(&self) -> bool {
        self.direct
    }

    /// Scheme and host as this client knows them: as configured, else as it asked, else where the server listens.
    pub fn origin(&self, settings: &HttpSettings) -> String {
        match (&settings.public_url, &self.host) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(host)) if self.secure => format!("https://{host}"),
            (None, Some(host)) => format!("http://{host}"),
            (None, None) => format!("http://{}", settings.addr),
        }
    }
}

fn is_of_a_proxy(name: &HeaderName) -> bool {
    matches!(name.as_str(), "forwarded" | "via" | "x-real-ip") || name.as_str().starts_with("x-forwarded-")
}

fn trusts(trusted: &[IpNet], address: IpAddr) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// Each proxy adds, on the right, the address that it was called from. What is left of the first address that
/// is not a proxy of ours was written by that one, and may be anything.
fn forwarded_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut address = peer;
    for line in headers.get_all(&FORWARDED_FOR).iter().rev() {
        let Ok(line) = line.to_str() else { return address };
        for entry in line.rsplit(',') {
            let Some(named) = parse_address(entry.trim()) else { return address };
            address = named;
            if !trusts(trusted, address) {
                return address;
            }
        }
    }
    address
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address =
        bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(address.to_canonical())
}

/// The last value of a list: what the nearest proxy wrote.
fn nearest<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next().map(str::trim)
}

/// A host that may stand in an address which is shown: letters, digits and what separates them.
fn plain_host(host: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    (!host.is_empty() && host.len() <= 255 && host.bytes().all(plain)).then(|| host.to_owned())
}

#[cfg(test)]
mod tests;
