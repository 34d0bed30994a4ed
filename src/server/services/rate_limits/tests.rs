//! Which requests the limits pass, which they refuse, and for how long.

use std::time::Duration;

use governor::clock::FakeRelativeClock;

use super::*;

/// Limits with a clock that stands still until a test advances it.
fn limits() -> (RateLimits<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (RateLimits::with_clock(&clock), clock)
}

fn client(address: &str) -> RateLimitKey {
    RateLimitKey::of(address.parse().expect("an address"))
}

fn link(text: &str) -> LinkId {
    text.parse().expect("a link id")
}

fn passes(times: usize, mut request: impl FnMut() -> Result<(), AppError>) -> bool {
    (0..times).all(|_| request().is_ok())
}

const REQUESTS: fn(u32) -> Result<(), AppError> =
    |retry_after| Err(AppError::TooManyRequests { retry_after });
const ATTEMPTS: fn(u32) -> Result<(), AppError> =
    |retry_after| Err(AppError::TooManyAttempts { retry_after });

#[test]
fn five_hundred_viewers_behind_one_address_reach_no_limit() {
    let (limits, clock) = limits();
    let (office, link) = (client("192.0.2.1"), link("guide"));
    assert!(passes(1_000, || limits.action(office, &link, ActionKind::Join)), "they open it, and reload");
    for half_minute in 0..120 {
        // The worst case, all at once: one heartbeat each, and one for each of two page turns.
        assert!(passes(1_500, || limits.action(office, &link, ActionKind::Heartbeat)), "{half_minute}");
        clock.advance(Duration::from_secs(30));
    }
    assert!(passes(1_000, || limits.action(office, &link, ActionKind::Leave)));
}

#[test]
fn flood_of_actions_is_refused_with_a_wait() {
    for (kind, burst, rate) in
        [(ActionKind::Join, 1_000, 20), (ActionKind::Leave, 1_000, 20), (ActionKind::Heartbeat, 2_000, 100)]
    {
        let (limits, clock) = limits();
        let (ours, guide) = (client("192.0.2.1"), link("guide"));
        let act = || limits.action(ours, &guide, kind);
        assert!(passes(burst, act), "{kind:?}");
        assert_eq!(act(), REQUESTS(1), "{kind:?}");
        assert!(limits.action(client("192.0.2.2"), &guide, kind).is_ok(), "another address");
        assert!(limits.action(ours, &link("other"), kind).is_ok(), "another link");
        clock.advance(Duration::from_secs(1));
        assert!(passes(rate, act), "{kind:?}");
        assert!(act().is_err(), "{kind:?}");
    }
}

#[test]
fn each_action_has_its_own_limit() {
    let (limits, _) = limits();
    let (ours, link) = (client("192.0.2.1"), link("guide"));
    assert!(!passes(1_001, || limits.action(ours, &link, ActionKind::Join)));
    assert!(limits.action(ours, &link, ActionKind::Heartbeat).is_ok());
    assert!(limits.action(ours, &link, ActionKind::Leave).is_ok());
}

#[test]
fn ipv6_subnet_shares_a_limit() {
    let (limits, _) = limits();
    let mut host = 0;
    let attempt = || {
        host += 1;
        limits.gate(client(&format!("2001:db8:0:1::{host:x}")), &link("guide"))
    };
    assert!(!passes(11, attempt));
    assert!(limits.gate(client("2001:db8:0:2::1"), &link("guide")).is_ok());
}

#[test]
fn account_allows_ten_sign_ins_then_one_a_minute() {
    let (limits, clock) = limits();
    let mut host = 0;
    let mut attempt = |email: &str| {
        host += 1;
        limits.sign_in(client(&format!("192.0.2.{host}")), email)
    };
    assert!(passes(5, || attempt("ada@example.org")));
    assert!(passes(5, || attempt(" Ada@Example.org")), "the same account");
    assert_eq!(attempt("ada@example.org"), ATTEMPTS(60));
    assert!(attempt("bob@example.org").is_ok());
    clock.advance(Duration::from_secs(60));
    assert!(attempt("ada@example.org").is_ok());
    assert_eq!(attempt("ada@example.org"), ATTEMPTS(60));
}

#[test]
fn address_allows_thirty_sign_ins_then_one_per_twenty_seconds() {
    let (limits, clock) = limits();
    let ours = client("192.0.2.1");
    let mut account = 0;
    let mut attempt = || {
        account += 1;
        limits.sign_in(ours, &format!("{account}@example.org"))
    };
    assert!(passes(30, &mut attempt));
    assert_eq!(attempt(), ATTEMPTS(20));
    assert!(limits.sign_in(client("192.0.2.2"), "1@example.org").is_ok());
    clock.advance(Duration::from_secs(20));
    assert!(attempt().is_ok());
}

#[test]
fn sign_in_refused_by_address_spares_the_account() {
    let (limits, _) = limits();
    let attacker = client("192.0.2.1");
    assert!(passes(30, || limits.sign_in(attacker, "eve@example.org").or(Ok(()))));
    for _ in 0..100 {
        assert!(limits.sign_in(attacker, "ada@example.org").is_err());
    }
    assert!(limits.sign_in(client("192.0.2.2"), "ada@example.org").is_ok());
}

#[test]
fn gate_is_limited_per_address_and_per_link() {
    let (limits, clock) = limits();
    let (ours, guide) = (client("192.0.2.1"), link("guide"));
    assert!(passes(10, || limits.gate(ours, &guide)));
    assert_eq!(limits.gate(ours, &guide), ATTEMPTS(60));
    assert!(limits.gate(ours, &link("other")).is_ok());
    let mut host = 0;
    let mut from_everywhere = || {
        host += 1;
        limits.gate(client(&format!("198.51.{}.{}", host / 250, host % 250)), &guide)
    };
    assert!(passes(290, &mut from_everywhere));
    assert_eq!(from_everywhere(), ATTEMPTS(1));
    clock.advance(Duration::from_secs(1));
    assert!(from_everywhere().is_ok());
}

/// A document of 5,000 pages, scrolled through fast and back.
#[test]
fn pictures_allow_10000_then_300_a_second() {
    let (limits, clock) = limits();
    let (ours, guide) = (client("192.0.2.1"), link("guide"));
    assert!(passes(10_000, || limits.action(ours, &guide, ActionKind::Picture)));
    assert!(limits.action(ours, &guide, ActionKind::Picture).is_err());
    clock.advance(Duration::from_secs(1));
    assert!(passes(300, || limits.action(ours, &guide, ActionKind::Picture)));
    assert!(limits.action(ours, &guide, ActionKind::Picture).is_err());
}

#[test]
fn set_up_allows_ten_attempts_then_one_a_minute() {
    let (limits, _) = limits();
    assert!(passes(10, || limits.set_up(client("192.0.2.1"))));
    assert_eq!(limits.set_up(client("192.0.2.1")), ATTEMPTS(60));
}

#[test]
fn tidy_removes_only_full_counters() {
    let (limits, clock) = limits();
    let counters = limits.0.as_ref().expect("limits that count");
    let guide = link("guide");
    for host in 0..200 {
        let client = client(&format!("192.0.2.{host}"));
        assert!(limits.action(client, &guide, ActionKind::Heartbeat).is_ok());
    }
    let attacker = client("198.51.100.1");
    assert!(!passes(11, || limits.gate(attacker, &guide)));
    clock.advance(Duration::from_secs(30));
    limits.tidy();
    assert_eq!(counters.heartbeats.len(), 0);
    assert_eq!(counters.gate_from_address.len(), 1);
    assert_eq!(limits.gate(attacker, &guide), ATTEMPTS(30));
    clock.advance(Duration::from_secs(3_600));
    limits.tidy();
    assert_eq!(counters.gate_from_address.len() + counters.gate_of_link.len(), 0);
}

#[test]
fn no_limits_pass_everything() {
    let limits = RateLimits::none();
    let (ours, guide, owner) = (client("192.0.2.1"), link("guide"), "o".parse().expect("an owner id"));
    assert!(passes(5_000, || limits.action(ours, &guide, ActionKind::Join)));
    assert!(passes(100, || limits.sign_in(ours, "ada@example.org").and(limits.gate(ours, &guide))));
    let uploads: Vec<_> = (0..9).map(|_| limits.upload(&owner)).collect();
    assert!(uploads.iter().all(Result::is_ok));
}

#[test]
fn one_ipv6_network_counts_as_one_address() {
    for (one, other) in [("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"), ("192.0.2.1", "::ffff:192.0.2.1")] {
        assert!(client(one) == client(other), "{one} {other}");
    }
    for (one, other) in [("2001:db8:0:1::1", "2001:db8:0:2::1"), ("192.0.2.1", "192.0.2.2")] {
        assert!(client(one) != client(other), "{one} {other}");
    }
}
