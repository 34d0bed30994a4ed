//! Which requests the limits pass, which they refuse, and for how long.

use std::time::Duration;

use governor::clock::FakeRelativeClock;

use super::{
    guessing::{DELAY_STEP, LONGEST_DELAY_STEPS},
    *,
};

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

fn owner(text: &str) -> OwnerId {
    text.parse().expect("an owner id")
}

fn passes(times: usize, mut request: impl FnMut() -> Result<(), AppError>) -> bool {
    (0..times).all(|_| request().is_ok())
}

/// A wrong password at a gate, or at the sign-in to an account.
async fn guess(
    limits: &RateLimits<FakeRelativeClock>,
    client: RateLimitKey,
    link: &LinkId,
) -> Result<(), AppError> {
    limits.gate(client, link, async { Err(AppError::WrongPassword) }).await
}

async fn guess_account(
    limits: &RateLimits<FakeRelativeClock>,
    client: RateLimitKey,
    email: &str,
) -> Result<(), AppError> {
    limits.sign_in(client, email, None, async { Err(AppError::WrongCredentials) }).await
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
    for (kind, burst, rate) in [
        (ActionKind::Entry, 1_000, 20),
        (ActionKind::Join, 1_000, 20),
        (ActionKind::Leave, 1_000, 20),
        (ActionKind::Heartbeat, 2_000, 100),
    ] {
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

#[tokio::test]
async fn ipv6_subnet_shares_a_limit() {
    let (limits, _) = limits();
    for host in 0..10 {
        let client = client(&format!("2001:db8:0:1::{host:x}"));
        assert_eq!(guess(&limits, client, &link("guide")).await, Err(AppError::WrongPassword), "{host}");
    }
    assert_eq!(guess(&limits, client("2001:db8:0:1::ff"), &link("guide")).await, ATTEMPTS(60));
    assert_eq!(guess(&limits, client("2001:db8:0:2::1"), &link("guide")).await, Err(AppError::WrongPassword));
}

#[tokio::test]
async fn account_allows_an_address_ten_wrong_passwords() {
    let (limits, clock) = limits();
    let (attacker, owner) = (client("192.0.2.1"), client("192.0.2.2"));
    for email in ["ada@example.org", " Ada@Example.org"].repeat(5) {
        assert_eq!(guess_account(&limits, attacker, email).await, Err(AppError::WrongCredentials));
    }
    for work in [Ok(()), Err(AppError::WrongCredentials)] {
        let refused = limits.sign_in(attacker, "ada@example.org", None, async { work }).await;
        assert_eq!(refused, ATTEMPTS(60), "the right password too");
    }
    assert_eq!(guess_account(&limits, attacker, "bob@example.org").await, Err(AppError::WrongCredentials));
    assert!(limits.sign_in(owner, "ada@example.org", None, async { Ok(()) }).await.is_ok());
    clock.advance(Duration::from_secs(60));
    assert_eq!(guess_account(&limits, attacker, "ada@example.org").await, Err(AppError::WrongCredentials));
    assert_eq!(guess_account(&limits, attacker, "ada@example.org").await, ATTEMPTS(60));
}

#[tokio::test]
async fn address_allows_thirty_wrong_passwords() {
    let (limits, clock) = limits();
    let ours = client("192.0.2.1");
    for account in 0..30 {
        let email = format!("{account}@example.org");
        assert_eq!(guess_account(&limits, ours, &email).await, Err(AppError::WrongCredentials), "{account}");
    }
    assert_eq!(guess_account(&limits, ours, "new@example.org").await, ATTEMPTS(20));
    clock.advance(Duration::from_secs(20));
    assert_eq!(guess_account(&limits, ours, "new@example.org").await, Err(AppError::WrongCredentials));
}

#[tokio::test]
async fn right_passwords_cost_no_attempt() {
    let (limits, _) = limits();
    let (office, guide) = (client("192.0.2.1"), link("guide"));
    for time in 0..150 {
        assert!(limits.sign_in(office, "ada@example.org", None, async { Ok(()) }).await.is_ok(), "{time}");
        assert!(limits.gate(office, &guide, async { Ok(()) }).await.is_ok(), "{time}");
        assert!(limits.confirm(&owner("o"), async { Ok(()) }).await.is_ok(), "{time}");
    }
    for failure in [AppError::Unavailable, AppError::Internal] {
        for _ in 0..11 {
            let failed = limits.gate(office, &guide, async { Err::<(), _>(failure.clone()) }).await;
            assert_eq!(failed, Err(failure.clone()), "a fault of the server is no guess");
        }
    }
}

#[tokio::test]
async fn open_attempts_are_waited_for() {
    let (limits, _) = limits();
    let (office, guide) = (client("192.0.2.1"), link("guide"));
    // All at once, each answered only after all the others have asked.
    let together = async |work: fn() -> Result<(), AppError>| {
        let requests = (0..100).map(|_| {
            limits.gate(office, &guide, async move {
                tokio::task::yield_now().await;
                work()
            })
        });
        futures::future::join_all(requests).await
    };
    assert!(together(|| Ok(())).await.iter().all(Result::is_ok), "a hundred right ones");
    let wrong = together(|| Err(AppError::WrongPassword)).await;
    let looked_at = wrong.iter().filter(|answer| **answer == Err(AppError::WrongPassword)).count();
    assert_eq!(looked_at, 10, "guessing at once gains nothing");
}

#[tokio::test]
async fn abandoned_attempt_counts_as_wrong() {
    let (limits, _) = limits();
    let (ours, guide) = (client("192.0.2.1"), link("guide"));
    for _ in 0..10 {
        tokio::select! {
            biased;
            _ = limits.gate::<()>(ours, &guide, std::future::pending()) => unreachable!("it is never answered"),
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(limits.gate(ours, &guide, async { Ok(()) }).await, ATTEMPTS(60));
}

#[tokio::test(start_paused = true)]
async fn guesses_from_everywhere_only_slow_an_account() {
    let (limits, _) = limits();
    let waited = async |host: u32, device: Option<&str>| {
        let (before, client) = (tokio::time::Instant::now(), client(&format!("198.51.100.{host}")));
        let done = limits.sign_in(client, "ada@example.org", device, async { Ok(()) }).await;
        assert!(done.is_ok(), "{host}");
        before.elapsed()
    };
    for host in 0..20 {
        guess_account(&limits, client(&format!("192.0.2.{host}")), "ada@example.org")
            .await
            .expect_err("it is wrong");
    }
    assert_eq!(waited(1, None).await, Duration::ZERO);
    guess_account(&limits, client("192.0.2.20"), "ada@example.org").await.expect_err("it is wrong");
    assert_eq!(waited(2, None).await, DELAY_STEP);
    for host in 21..250 {
        guess_account(&limits, client(&format!("192.0.2.{host}")), "ada@example.org")
            .await
            .expect_err("it is wrong");
    }
    assert_eq!(waited(3, None).await, DELAY_STEP * LONGEST_DELAY_STEPS);
    assert_eq!(waited(4, Some("a known browser")).await, Duration::ZERO);
    let other = limits.sign_in(client("192.0.2.1"), "bob@example.org", None, async { Ok(()) });
    assert!(tokio::time::timeout(Duration::ZERO, other).await.is_ok(), "another account");
}

#[tokio::test]
async fn known_browser_has_attempts_of_its_own() {
    let (limits, _) = limits();
    let office = client("192.0.2.1");
    for _ in 0..10 {
        guess_account(&limits, office, "ada@example.org").await.expect_err("it is wrong");
    }
    let sign_in =
        async |device, work| limits.sign_in(office, "ada@example.org", Some(device), async { work }).await;
    for _ in 0..10 {
        assert_eq!(sign_in("one", Err(AppError::WrongCredentials)).await, Err(AppError::WrongCredentials));
    }
    assert_eq!(sign_in("one", Ok(())).await, ATTEMPTS(60), "then it counts like any other");
    assert_eq!(sign_in("two", Ok(())).await, Ok(()));
}

#[tokio::test]
async fn gate_is_limited_per_address_and_per_link() {
    let (limits, clock) = limits();
    let (ours, guide) = (client("192.0.2.1"), link("guide"));
    for _ in 0..10 {
        assert_eq!(guess(&limits, ours, &guide).await, Err(AppError::WrongPassword));
    }
    assert_eq!(guess(&limits, ours, &guide).await, ATTEMPTS(60));
    assert_eq!(guess(&limits, ours, &link("other")).await, Err(AppError::WrongPassword));
    let everywhere = |host: u32| client(&format!("198.51.{}.{}", host / 250, host % 250));
    for host in 0..290 {
        assert_eq!(guess(&limits, everywhere(host), &guide).await, Err(AppError::WrongPassword), "{host}");
    }
    assert_eq!(guess(&limits, everywhere(290), &guide).await, ATTEMPTS(1));
    clock.advance(Duration::from_secs(1));
    assert_eq!(guess(&limits, everywhere(291), &guide).await, Err(AppError::WrongPassword));
}

#[tokio::test]
async fn confirmations_are_limited_apart_from_sign_in() {
    let (limits, _) = limits();
    let ours = client("192.0.2.1");
    for _ in 0..10 {
        let wrong = limits.confirm(&owner("o"), async { Err::<(), _>(AppError::WrongPassword) }).await;
        assert_eq!(wrong, Err(AppError::WrongPassword));
    }
    assert_eq!(limits.confirm(&owner("o"), async { Ok(()) }).await, ATTEMPTS(60));
    assert_eq!(limits.confirm(&owner("p"), async { Ok(()) }).await, Ok(()));
    assert_eq!(limits.sign_in(ours, "o@example.org", None, async { Ok(()) }).await, Ok(()));
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

#[tokio::test]
async fn tidy_removes_only_full_counters() {
    let (limits, clock) = limits();
    let counters = limits.0.as_ref().expect("limits that count");
    let guide = link("guide");
    for host in 0..200 {
        let client = client(&format!("192.0.2.{host}"));
        assert!(limits.action(client, &guide, ActionKind::Heartbeat).is_ok());
    }
    let attacker = client("198.51.100.1");
    for _ in 0..10 {
        guess(&limits, attacker, &guide).await.expect_err("it is wrong");
    }
    clock.advance(Duration::from_secs(30));
    limits.tidy();
    assert_eq!(counters.heartbeats.len(), 0);
    assert_eq!(counters.gate_from_address.len(), 1);
    assert_eq!(guess(&limits, attacker, &guide).await, ATTEMPTS(30));
    clock.advance(Duration::from_secs(3_600));
    limits.tidy();
    assert_eq!(counters.gate_from_address.len() + counters.gate_of_link.len(), 0);
}

#[tokio::test]
async fn no_limits_pass_everything() {
    let limits = RateLimits::none();
    let (ours, guide, owner) = (client("192.0.2.1"), link("guide"), owner("o"));
    assert!(passes(5_000, || limits.action(ours, &guide, ActionKind::Join)));
    for _ in 0..300 {
        let wrong =
            limits.sign_in(ours, "ada@example.org", None, async { Err::<(), _>(AppError::WrongCredentials) });
        assert_eq!(wrong.await, Err(AppError::WrongCredentials));
        let wrong = limits.gate(ours, &guide, async { Err::<(), _>(AppError::WrongPassword) });
        assert_eq!(wrong.await, Err(AppError::WrongPassword));
    }
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
