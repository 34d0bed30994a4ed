//! Which values actions may have.

use super::*;
use crate::model::Thirds;

fn session() -> SessionId {
    "s".parse().expect("a session id")
}

fn join(email: Option<&str>, current_page: Option<u32>, epoch: Option<u64>) -> ViewerAction {
    let email = email.map(str::to_owned);
    ViewerAction::Join(Join { email, current_page, epoch, ..Join::of(session()) })
}

fn referred(host: &str) -> ViewerAction {
    ViewerAction::Join(Join { referrer: Some(host.to_owned()), ..Join::of(session()) })
}

fn leave(duration: Option<u64>) -> ViewerAction {
    ViewerAction::Leave(Leave { duration, ..Leave::of(session()) })
}

fn seen(page: u32) -> Option<Vec<PageSeen>> {
    Some(vec![PageSeen { page, thirds: Thirds::WHOLE }])
}

fn clicked(address: &str) -> Option<Vec<String>> {
    Some(vec![address.to_owned()])
}

fn heartbeat(seen: Option<Vec<PageSeen>>, clicked: Option<Vec<String>>) -> ViewerAction {
    ViewerAction::Heartbeat(Heartbeat { seen, clicked, ..Heartbeat::of(session()) })
}

fn leave_with(seen: Option<Vec<PageSeen>>, clicked: Option<Vec<String>>) -> ViewerAction {
    ViewerAction::Leave(Leave { seen, clicked, ..Leave::of(session()) })
}

#[test]
fn values_within_the_limits_are_accepted() {
    let longest = format!("{}@b.c", "a".repeat(MAX_EMAIL_LENGTH - 4));
    for good in [
        join(None, None, None),
        join(Some("a@b"), Some(1), Some(0)),
        join(Some(&longest), Some(12), Some(1 << 53)),
        join(Some("<b>@x"), None, None), // always shown as text, never as HTML
        referred("news.example.org"),
        referred("[::1]:8080"),
        referred(""),
        leave(None),
        leave(Some(0)),
        leave(Some(MAX_DURATION)),
        heartbeat(seen(12), clicked("https://example.org")),
        leave_with(seen(1), clicked("mailto:ada@example.org")),
    ] {
        assert_eq!(good.check(12), Ok(()), "{good:?}");
    }
}

#[test]
fn values_over_the_limits_name_their_field() {
    let too_long = format!("{}@b.c", "a".repeat(MAX_EMAIL_LENGTH - 3));
    for (bad, field) in [
        (join(None, Some(0), None), "currentPage"),
        (join(None, Some(13), None), "currentPage"),
        (join(None, None, Some((1 << 53) + 1)), "epoch"),
        (join(Some(""), None, None), "email"),
        (join(Some("ada"), None, None), "email"),
        (join(Some("a@"), None, None), "email"),
        (join(Some("@b"), None, None), "email"),
        (join(Some("a@b@c"), None, None), "email"),
        (join(Some("a b@c"), None, None), "email"),
        (join(Some("a\n@c"), None, None), "email"),
        (join(Some(&too_long), None, None), "email"),
        (referred("https://news.example.org/"), "referrer"),
        (referred("two words"), "referrer"),
        (referred(&"a".repeat(MAX_REFERRER_LENGTH + 1)), "referrer"),
        (leave(Some(MAX_DURATION + 1)), "duration"),
        (heartbeat(seen(13), None), "seen"),
        (heartbeat(None, clicked("javascript:alert(1)")), "clicked"),
        (leave_with(seen(0), None), "seen"),
        (leave_with(None, clicked("/page")), "clicked"),
    ] {
        assert_eq!(bad.check(12).expect_err("refused").field, field, "{bad:?}");
    }
}

#[test]
fn leave_serialises_as_the_contract_says() {
    let json = serde_json::to_string(&leave(Some(7))).expect("plain data");
    assert_eq!(json, r#"{"action":"leave","sessionId":"s","duration":7,"epoch":null}"#);
}
