//! Which headers count for a client's address, scheme and host.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::{Client, HttpSettings};

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// A request from `peer` to a server that trusts 10.0.0.0/8 and the proxy at 2001:db8::7.
fn client(peer: &str, lines: &[(&'static str, &str)]) -> Client {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"));
    }
    let trusted = ["10.0.0.0/8", "2001:db8::7/128"].map(|network| network.parse().expect("a network"));
    Client::new(address(peer), &headers, &trusted)
}

fn settings(public_url: Option<&str>) -> HttpSettings {
    HttpSettings {
        public_url: public_url.map(str::to_owned),
        addr: ([127, 0, 0, 1], 3_000).into(),
        site_root: "public".into(),
        log_requests: false,
        trusted_proxies: Vec::new(),
        test_clock: false,
    }
}

#[test]
fn forwarding_headers_of_a_client_are_ignored() {
    let client = client(
        "192.0.2.1",
        &[
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "evil.example"),
            ("host", "read.example:8080"),
        ],
    );
    assert_eq!(client.address, address("192.0.2.1"));
    assert_eq!((client.secure, client.host.as_deref()), (false, Some("read.example:8080")));
}

#[test]
fn rightmost_untrusted_address_counts() {
    for (lines, expected) in [
        (&["203.0.113.9"][..], "203.0.113.9"),
        // The client wrote the first one itself.
        (&["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        (&["198.51.100.1, 203.0.113.9, 10.0.0.2,10.0.0.3"], "203.0.113.9"),
        // Several lines are one list.
        (&["198.51.100.1", "203.0.113.9, 10.0.0.2", "10.0.0.3"], "203.0.113.9"),
        (&["203.0.113.9:4711"], "203.0.113.9"),
        (&["2001:db8::9"], "2001:db8::9"),
        (&["[2001:db8::9]:4711"], "2001:db8::9"),
        (&["[2001:db8::9]"], "2001:db8::9"),
        (&["::ffff:203.0.113.9"], "203.0.113.9"),
        (&["203.0.113.9, 2001:db8::7"], "203.0.113.9"),
        // All are trusted proxies: the farthest counts.
        (&["10.0.0.4, 10.0.0.2"], "10.0.0.4"),
        // An invalid entry ends the search at the last valid address.
        (&["203.0.113.9, rubbish, 10.0.0.2"], "10.0.0.2"),
        (&["203.0.113.9, unknown"], "10.0.0.1"),
        (&["203.0.113.9,"], "10.0.0.1"),
        (&[""], "10.0.0.1"),
        (&["203.0.113.9", "ä"], "10.0.0.1"),
        (&[], "10.0.0.1"),
    ] {
        let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        assert_eq!(client("10.0.0.1", &lines).address, address(expected), "{lines:?}");
        assert_eq!(client("::ffff:10.0.0.1", &lines).address, address(expected), "{lines:?}, mapped");
    }
}

#[test]
fn forwarded_header_is_ignored() {
    let client = client("10.0.0.1", &[("forwarded", "for=203.0.113.9;proto=https")]);
    assert_eq!(client.address, address("10.0.0.1"));
    assert!(!client.secure);
}

#[test]
fn nearest_proxy_sets_scheme_and_host() {
    let of = |proto, host| client("10.0.0.1", &[("x-forwarded-proto", proto), ("x-forwarded-host", host)]);
    let client = of("http, HTTPS", "evil.example, read.example");
    assert_eq!((client.secure, client.host.as_deref()), (true, Some("read.example")));
    assert_eq!(client.origin(&settings(None)), "https://read.example");
    let client = of("https, http", "\"><script>");
    assert_eq!((client.secure, client.host), (false, None));
}

#[test]
fn configured_address_overrides_the_requested_host() {
    let asked = client("192.0.2.1", &[("host", "internal:3000")]);
    assert_eq!(asked.origin(&settings(None)), "http://internal:3000");
    assert_eq!(asked.origin(&settings(Some("https://read.example/"))), "https://read.example");
    assert_eq!(client("192.0.2.1", &[]).origin(&settings(None)), "http://127.0.0.1:3000");
}

#[test]
fn only_direct_loopback_requests_are_local() {
    for peer in ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"] {
        assert!(client(peer, &[("host", "localhost:3000"), ("accept", "*/*")]).is_local(), "{peer}");
    }
    assert!(!client("192.0.2.1", &[]).is_local());
    assert!(!client("10.0.0.1", &[]).is_local());
    for name in ["forwarded", "via", "x-real-ip", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-port"]
    {
        assert!(!client("127.0.0.1", &[(name, "127.0.0.1")]).is_local(), "{name}");
    }
}
