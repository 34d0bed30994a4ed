//! Events in a sentence: for chats, and for notifications of browsers.

use serde_json::json;

use super::event::Event;
use crate::model::{NoticeKind, ReaderId};

/// The sentence of an event. `quote` writes a text of other people: a title, a label, an e-mail address.
fn sentence(event: &Event, quote: impl Fn(&str) -> String) -> String {
    let reader = match &event.reader {
        Some(ReaderId::Email(email)) => quote(email),
        Some(ReaderId::Mark(name)) => name.label(),
        None => "Someone".to_owned(),
    };
    let title = quote(&event.title);
    let link = quote(&event.link_name);
    let viewers = event.numbers.viewers.unwrap_or_default();
    match event.kind {
        NoticeKind::VisitStarted => format!("{reader} is reading {title}."),
        NoticeKind::VisitFinished => {
            let time = in_words(event.numbers.seconds.unwrap_or_default());
            let pages = event.numbers.completion.map(|percent| format!(", {percent} % of the pages"));
            format!("{reader} has read {title}: {time}{}.", pages.unwrap_or_default())
        }
        NoticeKind::ReaderFirstSeen => format!("{reader} has opened {title} for the first time."),
        NoticeKind::LinkDownloaded => format!("{reader} has downloaded {title}."),
        NoticeKind::LinkBusy => format!("{viewers} people are reading {title} at once, by the link {link}."),
        NoticeKind::LinkCalm => format!("The link {link} to {title} is calm again: {viewers} are reading."),
        NoticeKind::GateLocked => {
            format!(
                "Too many wrong passwords for the link {link} to {title}: it refuses some visitors for now."
            )
        }
        NoticeKind::WebhookTest => "This is a test. Notices of Sightline arrive here.".to_owned(),
    }
}

fn in_words(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// The body for an incoming webhook of Slack and of those that take the same.
///
/// What other people wrote stands in a code span, where no chat makes a mention, a link or anything else of it; and the
/// characters that Slack gives a meaning are escaped
/// ([formatting](https://docs.slack.dev/messaging/formatting-message-text/#escaping)).
pub fn slack(event: &Event) -> String {
    let text = format!("{}\n{}", sentence(event, code_span), event.url);
    json!({ "text": text }).to_string()
}

fn code_span(text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c == '`' { '\'' } else { c }).filter(|c| !c.is_control()).collect();
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // A span of nothing would be two backticks.
    if text.trim().is_empty() { "`-`".to_owned() } else { format!("`{text}`") }
}

/// The message for browsers: what a notification shows, and where it leads. `id` is the same each time that the event is told.
pub fn for_browsers(event: &Event, id: &str) -> String {
    let body = sentence(event, |text| format!("\u{2068}{text}\u{2069}"));
    json!({ "id": id, "type": event.kind, "at": event.at, "body": body, "url": event.url }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: NoticeKind, title: &str, reader: &str) -> Event {
        let reader = Some(ReaderId::Email(reader.to_owned()));
        let numbers =
            super::super::event::Numbers { viewers: Some(7), seconds: Some(130), completion: Some(40) };
        let link_name = "Board".to_owned();
        Event {
            kind,
            title: title.to_owned(),
            link_name,
            reader,
            numbers,
            ..Event::test(0, "https://s.example")
        }
    }

    #[test]
    fn every_event_is_a_sentence() {
        for (kind, expected) in [
            (NoticeKind::VisitStarted, "`a@b.c` is reading `Plan`."),
            (NoticeKind::VisitFinished, "`a@b.c` has read `Plan`: 2 min 10 s, 40 % of the pages."),
            (NoticeKind::ReaderFirstSeen, "`a@b.c` has opened `Plan` for the first time."),
            (NoticeKind::LinkDownloaded, "`a@b.c` has downloaded `Plan`."),
            (NoticeKind::LinkBusy, "7 people are reading `Plan` at once, by the link `Board`."),
            (NoticeKind::LinkCalm, "The link `Board` to `Plan` is calm again: 7 are reading."),
            (
                NoticeKind::GateLocked,
                "Too many wrong passwords for the link `Board` to `Plan`: it refuses some visitors for now.",
            ),
            (NoticeKind::WebhookTest, "This is a test. Notices of Sightline arrive here."),
        ] {
            let text: serde_json::Value =
                serde_json::from_str(&slack(&event(kind, "Plan", "a@b.c"))).expect("JSON");
            assert_eq!(text["text"], format!("{expected}\nhttps://s.example/settings/notices"), "{kind}");
        }
    }

    #[test]
    fn texts_of_others_stay_text() {
        for (typed, shown) in [
            ("<!channel>", "`&lt;!channel&gt;`"),
            ("@here", "`@here`"),
            ("<https://evil.example|click>", "`&lt;https://evil.example|click&gt;`"),
            ("`<!here>`", "`'&lt;!here&gt;'`"),
            ("a&b", "`a&amp;b`"),
            ("two\nlines\u{7}", "`twolines`"),
            ("``", "`''`"),
            ("", "`-`"),
        ] {
            assert_eq!(code_span(typed), shown, "{typed:?}");
        }
    }
}
