//! The client of a request: its address, scheme and host, also behind proxies.
//!
//! An address serves only comparison and rate limits: it is not stored, and [`Client`] has no `Debug` with which it
//! could reach a log.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use super::HttpSettings;
use crate::server::config::address_to_open;

/// Read instead of `Forwarded` ([RFC 7239](https://www.rfc-editor.org/rfc/rfc7239)), never beside it: a proxy sets one
/// of the two and passes the other on as the client wrote it, so trusting both would be trusting the client.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The client, as the connection and the trusted proxies describe it.
#[derive(Clone)]
pub struct Client {
    /// The connection's address, or the one that a trusted proxy names.
    pub address: IpAddr,
    /// Whether the client's connection is https, which only a trusted proxy can tell: this server speaks http.
    pub secure: bool,
    /// The host that the client asked for, with its port if any.
    pub host: Option<String>,
    /// Whether the request came from a loopback address and through no proxy.
    direct: bool,
    /// Whether a trusted proxy sent the request.
    pub is_from_proxy: bool,
}

impl Client {
    /// `peer` is the connection's address. Forwarding headers count only if it is in `trusted`.
    pub fn new(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let peer = peer.to_canonical();
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let direct = peer.is_loopback() && !headers.keys().any(is_of_a_proxy);
        if !is_trusted(trusted, peer) {
            let host = host.and_then(plain_host);
            return Self { address: peer, secure: false, host, direct, is_from_proxy: false };
        }
        let proto = nearest(headers, &FORWARDED_PROTO);
        let forwarded_host = forwarded_host(peer, headers, trusted);
        Self {
            address: forwarded_address(peer, headers, trusted),
            secure: proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https")),
            host: forwarded_host.or_else(|| host.and_then(plain_host)),
            direct,
            is_from_proxy: true,
        }
    }

    /// Whether the request comes directly from this machine: from a loopback address, without any header of a proxy.
    pub fn is_local(&self) -> bool {
        self.direct
    }

    /// Whether the client uses https, as far as a proxy or the configured address tells.
    pub fn is_secure(&self, settings: &HttpSettings) -> bool {
        self.secure || settings.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// Scheme and host of this server as the client sees them: as configured, else as requested, else the address that
    /// the server listens on.
    pub fn origin(&self, settings: &HttpSettings) -> String {
        match (&settings.public_url, &self.host) {
            (Some(url), _) => url.trim_end_matches('/').to_owned(),
            (None, Some(host)) if self.secure => format!("https://{host}"),
            (None, Some(host)) => format!("http://{host}"),
            (None, None) => address_to_open(settings.addr),
        }
    }
}

/// The host that the nearest proxy forwards, if that is trusted.
pub fn forwarded_host(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Option<String> {
    nearest(headers, &FORWARDED_HOST).filter(|_| is_trusted(trusted, peer)).and_then(plain_host)
}

fn is_of_a_proxy(name: &HeaderName) -> bool {
    matches!(name.as_str(), "forwarded" | "via" | "x-real-ip") || name.as_str().starts_with("x-forwarded-")
}

/// Whether an address is one of the trusted proxies.
pub fn is_trusted(trusted: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// The rightmost address that is not a trusted proxy. Each proxy appends, on the right, the address that called it;
/// everything left of the first untrusted address was written by that client, and may be false.
fn forwarded_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut address = peer;
    for line in headers.get_all(&FORWARDED_FOR).iter().rev() {
        let Ok(line) = line.to_str() else { return address };
        for entry in line.rsplit(',') {
            let Some(named) = parse_address(entry.trim()) else { return address };
            address = named;
            if !is_trusted(trusted, address) {
                return address;
            }
        }
    }
    address
}

/// Parses `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address =
        bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(address.to_canonical())
}

/// The last value of a list, which the nearest proxy wrote.
fn nearest<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next().map(str::trim)
}

/// A host that is safe to show in an address: letters, digits and separators, at most 255 bytes.
pub fn plain_host(host: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    (!host.is_empty() && host.len() <= 255 && host.bytes().all(plain)).then(|| host.to_owned())
}

#[cfg(test)]
mod tests;
