//! A mail as the message that is sent: headers and both bodies.

use std::time::{Duration, UNIX_EPOCH};

use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

use super::{NotSent, QueuedMail};

/// The message of a queued mail. Made again for each attempt, it is the same but for the boundary of its parts.
pub(super) fn compose(queued: &QueuedMail, from: &Mailbox) -> Result<Message, NotSent> {
    let unusable = |_| NotSent::Refused { code: None };
    let mail = &queued.mail;
    let to = Mailbox::new(None, mail.to.to_lettre().map_err(|_| NotSent::Refused { code: None })?);
    let written = UNIX_EPOCH + Duration::from_millis(u64::try_from(queued.queued_at).unwrap_or(0));
    let mut builder = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(one_line(&mail.subject))
        .date(written)
        .message_id(Some(format!("<{}@{}>", queued.id, from.email.domain())))
        // No one's holiday notice answers it (RFC 3834, section 5).
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
    if let Some(address) = &mail.unsubscribe {
        builder = builder
            .raw_header(header("List-Unsubscribe", format!("<{}>", one_line(address))))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    let body = MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone());
    builder.multipart(body).map_err(unusable)
}

/// A header whose value has no characters but those of ASCII.
fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// The text without what could end a header: control characters and separators of lines become blanks. What looks like an
/// encoded word ([RFC 2047](https://www.rfc-editor.org/rfc/rfc2047#section-2)) would be decoded, and hold such again.
fn one_line(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let line: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    line.replace("=?", "= ?")
}

#[cfg(test)]
mod tests {
    use mail_parser::{HeaderValue, MessageParser, MimeHeaders};

    use super::*;
    use crate::server::store::mail::Mail;

    fn queued(subject: &str) -> QueuedMail {
        let mail = Mail {
            to: "ada@example.org".parse().expect("an address"),
            subject: subject.to_owned(),
            text: "Gr\u{fc}\u{df}e\n.\nFrom here: https://read.example/a?b=c&d".to_owned(),
            html: "<p>Gr\u{fc}\u{df}e</p>\n.\n".to_owned(),
            unsubscribe: Some("https://read.example/mail/off/abc".to_owned()),
            ends_at: 0,
            visits: None,
        };
        QueuedMail {
            id: "abc".to_owned(),
            mail,
            queued_at: 1_773_835_200_000,
            failures: 0,
            record: String::new(),
        }
    }

    fn sent(queued: &QueuedMail) -> Vec<u8> {
        let from: Mailbox = "Sightline <notes@read.example>".parse().expect("a mailbox");
        compose(queued, &from).expect("a message").formatted()
    }

    #[test]
    fn message_is_read_as_it_was_written() {
        let bytes = sent(&queued("Ada opened \u{201c}Gr\u{fc}\u{df}e\u{201d}"));
        let message = MessageParser::default().parse(&bytes).expect("a message");
        let from = message.from().and_then(|from| from.first()).expect("a sender");
        assert_eq!((from.name(), from.address()), (Some("Sightline"), Some("notes@read.example")));
        let to = message.to().and_then(|to| to.first()).expect("a recipient");
        assert_eq!((to.name(), to.address()), (None, Some("ada@example.org")));
        assert_eq!(message.subject(), Some("Ada opened \u{201c}Gr\u{fc}\u{df}e\u{201d}"));
        assert_eq!(message.message_id(), Some("abc@read.example"));
        assert_eq!(message.date().map(|date| date.to_timestamp()), Some(1_773_835_200));
        assert_eq!(message.text_body_count(), 1);
        let text = message.body_text(0).expect("a text").replace("\r\n", "\n");
        assert_eq!(text.trim_end(), queued("").mail.text);
        let html = message.body_html(0).expect("HTML");
        assert_eq!(html.replace("\r\n", "\n").trim_end(), queued("").mail.html.trim_end());
        let value = |name: &str| message.header_raw(name).map(str::trim).map(str::to_owned);
        assert_eq!(value("List-Unsubscribe").as_deref(), Some("<https://read.example/mail/off/abc>"));
        assert_eq!(value("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        assert_eq!(value("Auto-Submitted").as_deref(), Some("auto-generated"));
        assert!(message.content_type().is_some_and(|kind| kind.c_subtype.as_deref() == Some("alternative")));
    }

    #[test]
    fn subject_cannot_add_a_header_or_a_body() {
        let clean = sent(&queued("A subject"));
        let names = |bytes: &[u8]| -> Vec<String> {
            let message = MessageParser::default().parse(bytes).expect("a message");
            message.headers().iter().map(|header| header.name().to_owned()).collect()
        };
        for hostile in [
            "x\r\nBcc: eve@example.org",
            "x\nBcc: eve@example.org",
            "x\rBcc: eve@example.org",
            "x\r\n\r\n<script>",
            "x\n\n.\r\nQUIT",
            "x\u{2028}Bcc: eve@example.org",
            "x\u{85}Bcc: eve@example.org",
            "x\u{b}Bcc: eve@example.org",
            "x\u{0}\r\n Bcc: eve@example.org",
            "=?utf-8?Q?x=0D=0ABcc:_eve@example.org?=",
            "\u{fc}\r\nContent-Type: text/html",
            &"long ".repeat(400),
        ] {
            let bytes = sent(&queued(hostile));
            assert_eq!(names(&bytes), names(&clean), "{hostile:?}");
            let message = MessageParser::default().parse(&bytes).expect("a message");
            let subject = message.subject().unwrap_or_default();
            assert!(!subject.contains(['\r', '\n', '\u{2028}']), "{hostile:?}: {subject:?}");
            assert!(
                message.bcc().is_none() && !matches!(message.header("Bcc"), Some(HeaderValue::Address(_)))
            );
            let longest = bytes.split(|&byte| byte == b'\n').map(<[u8]>::len).max();
            assert!(longest.is_some_and(|longest| longest <= 998), "{hostile:?}: RFC 5322, section 2.1.1");
        }
    }
}
