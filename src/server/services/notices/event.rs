//! Events as channels tell them: what happened, to which document, by whom.

use serde_json::{Map, Value, json};

use crate::{
    error::AppError,
    model::{ClientKind, Country, LinkId, NoticeKind, ReaderId, ReaderName, Visit, address},
    server::store::{catalogue::LinkedDocument, mail::HeldVisit},
};

/// The largest body of a request, in bytes.
const MAX_BODY: usize = 20_000;

/// An event of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: NoticeKind,
    /// When, Unix milliseconds.
    pub at: i64,
    /// The title of the document.
    pub title: String,
    /// What the owner calls the link, or its id.
    pub link_name: String,
    /// Where the owner sees more.
    pub url: String,
    /// The reader, as far as they are known.
    pub reader: Option<ReaderId>,
    /// All names of the reader, in small letters.
    pub names: Vec<String>,
    /// Numbers that a sentence about the event holds.
    pub numbers: Numbers,
    /// The rest of what is told.
    pub(super) data: Map<String, Value>,
}

/// Numbers in an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Active viewers.
    pub viewers: Option<u64>,
    /// Whole seconds that the document was in view.
    pub seconds: Option<u64>,
    /// Percent of the pages that were seen.
    pub completion: Option<u8>,
}

/// A visitor, as the outbox names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventVisitor {
    email: Option<String>,
    is_verified: bool,
    mark: Option<ReaderName>,
    client: Option<ClientKind>,
    country: Option<Country>,
    returning: Option<bool>,
    referrer: Option<String>,
}

impl EventVisitor {
    /// Reads `traits fingerprint referrer email` (`analytics/outbox.lua`); what is not known there is not known here.
    pub fn parse(text: &str) -> Self {
        let mut fields = text.split(' ').map(|field| Some(field).filter(|field| !field.is_empty()));
        let mut next = || fields.next().flatten();
        let (traits, mark, referrer, email) = (next().unwrap_or_default(), next(), next(), next());
        let is_verified = next() == Some("v");
        let part = |from: usize, to: usize| traits.get(from..to).unwrap_or_default();
        Self {
            email: email.map(str::to_owned),
            is_verified,
            mark: mark.and_then(|mark| ReaderName::of_record(mark).ok()),
            client: ClientKind::of_code(part(0, 3)),
            country: part(3, 5).parse().ok(),
            returning: match part(5, 6) {
                "1" => Some(true),
                "0" => Some(false),
                _ => None,
            },
            referrer: referrer.map(str::to_owned),
        }
    }

    /// Their name: by the e-mail address, else by the mark.
    pub fn reader(&self) -> Option<ReaderId> {
        self.names().next()
    }

    /// All their names: the e-mail address, and the mark.
    pub fn names(&self) -> impl Iterator<Item = ReaderId> {
        ReaderId::all_of(self.email.as_deref(), self.mark)
    }

    /// The same as a mail tells of their visit to a link, which began at `at`, in Unix milliseconds.
    pub fn held(&self, link: LinkId, at: i64) -> HeldVisit {
        HeldVisit { link, at, email: self.email.clone(), verified: self.is_verified, mark: self.mark }
    }

    fn data(&self) -> Map<String, Value> {
        let mut data = reader_data(self.email.as_deref(), self.is_verified, self.mark);
        data.insert("client".to_owned(), json!(self.client));
        data.insert("country".to_owned(), json!(self.country));
        data.insert("returning".to_owned(), json!(self.returning));
        data.insert("referrer".to_owned(), json!(self.referrer));
        data
    }
}

fn names(email: Option<&str>, mark: Option<ReaderName>) -> Vec<String> {
    ReaderId::all_of(email, mark).map(|reader| reader.to_string().to_lowercase()).collect()
}

fn reader_data(email: Option<&str>, is_verified: bool, mark: Option<ReaderName>) -> Map<String, Value> {
    let name = ReaderId::all_of(email, mark).next().map(|reader| reader.label());
    let reader = json!({ "name": name, "email": email, "emailVerified": is_verified, "mark": mark });
    Map::from_iter([("reader".to_owned(), reader)])
}

impl Event {
    /// An event of a link that says no more than that it happened.
    pub fn of_link(kind: NoticeKind, at: i64, linked: &LinkedDocument, origin: &str) -> Self {
        let LinkedDocument { link, document } = linked;
        let named = |link: &LinkId| json!({ "id": link, "label": linked.link.label });
        let document_data = json!({ "id": document.id, "title": document.title });
        let url = address::absolute(origin, address::dashboard(&link.id));
        let data = Map::from_iter([
            ("document".to_owned(), document_data),
            ("link".to_owned(), named(&link.id)),
            ("url".to_owned(), json!(url)),
        ]);
        let link_name = link.name();
        let numbers = Numbers::default();
        Self {
            kind,
            at,
            title: document.title.clone(),
            link_name,
            url,
            reader: None,
            names: Vec::new(),
            numbers,
            data,
        }
    }

    /// The test of a channel.
    pub fn test(at: i64, origin: &str) -> Self {
        let url = address::absolute(origin, address::NOTICES);
        Self {
            kind: NoticeKind::WebhookTest,
            at,
            title: String::new(),
            link_name: String::new(),
            data: Map::from_iter([("url".to_owned(), json!(url))]),
            url,
            reader: None,
            names: Vec::new(),
            numbers: Numbers::default(),
        }
    }

    /// The same, by a visitor.
    pub fn by(mut self, visitor: &EventVisitor) -> Self {
        self.reader = visitor.reader();
        self.names = names(visitor.email.as_deref(), visitor.mark);
        self.data.extend(visitor.data());
        self
    }

    /// The same, with so many active viewers.
    pub fn with_viewers(mut self, viewers: Option<u64>) -> Self {
        self.numbers.viewers = viewers;
        self.data.insert("activeViewers".to_owned(), json!(viewers));
        self
    }

    /// The same, of a visit.
    pub fn of_visit(mut self, visit: &Visit, origin: &str) -> Self {
        self.reader = ReaderId::of(visit);
        self.names = names(visit.email.as_deref(), visit.reader);
        self.numbers.seconds = Some(visit.visible_ms / 1_000);
        self.numbers.completion = visit.completion();
        self.url = address::absolute(origin, address::visit(&visit.link, &visit.id));
        self.data.insert("url".to_owned(), json!(self.url));
        self.data.extend(reader_data(visit.email.as_deref(), visit.email_verified, visit.reader));
        self.data.insert("visit".to_owned(), json!(visit));
        self.data.insert("completion".to_owned(), json!(visit.completion()));
        self
    }

    /// The body of a webhook: `{"type", "timestamp", "data"}`. A visit whose pages would make it too large is told without
    /// them, and `data.shortened` says so.
    pub fn body(&self) -> Result<String, AppError> {
        let timestamp = jiff::Timestamp::from_millisecond(self.at).map_err(|_| AppError::Internal)?;
        let mut data = self.data.clone();
        let text = |data: &Map<String, Value>| {
            json!({ "type": self.kind, "timestamp": timestamp.to_string(), "data": data }).to_string()
        };
        let body = text(&data);
        if body.len() <= MAX_BODY {
            return Ok(body);
        }
        if let Some(Value::Object(visit)) = data.get_mut("visit") {
            for long in ["pages", "clicked"] {
                visit.remove(long);
            }
        }
        data.insert("shortened".to_owned(), Value::Bool(true));
        Ok(text(&data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PageTime;

    fn visit() -> Visit {
        let id = "1-0".parse().expect("an id");
        let (link, document) = ("l".parse().expect("a link id"), "d".parse().expect("a document's id"));
        Visit { email: Some("ada@example.org".to_owned()), ..Visit::of(id, link, document) }
    }

    #[test]
    fn visitor_is_read_as_the_outbox_has_them() {
        let known = EventVisitor::parse("fldNP1p;3/7>https://a.b k7f2m9xq news.example.org ada@example.org");
        assert_eq!(known.reader(), Some(ReaderId::Email("ada@example.org".to_owned())));
        assert_eq!((known.returning, known.referrer.as_deref()), (Some(true), Some("news.example.org")));
        assert_eq!(known.country.map(|country| country.to_string()).as_deref(), Some("NP"));
        assert!(!known.is_verified);
        let verified = EventVisitor::parse("------   ada@example.org v");
        assert!(verified.is_verified && verified.reader() == known.reader());
        let anonymous = EventVisitor::parse("------ k7f2m9xq  ");
        assert_eq!(anonymous.reader().map(|reader| reader.to_string()).as_deref(), Some("k7f2m9xq"));
        for unknown in ["------   ", "", "-"] {
            assert_eq!(EventVisitor::parse(unknown), EventVisitor::default(), "{unknown:?}");
        }
    }

    #[test]
    fn body_stays_below_twenty_kilobytes() {
        let event = |pages: u32| {
            let pages = (1..=pages).map(|page| PageTime::whole(page, 1_000)).collect();
            let visit = Visit { pages: Some(pages), page_count: Some(5_000), ..visit() };
            Event::test(0, "https://s.example").of_visit(&visit, "https://s.example").body().expect("a body")
        };
        let (short, long) = (event(100), event(5_000));
        assert!(short.len() < 20_000 && short.contains("\"pages\":[") && !short.contains("shortened"));
        assert!(long.len() < 20_000 && !long.contains("\"pages\":[") && long.contains("\"shortened\":true"));
        assert!(long.contains("\"completion\":100"), "{long}");
    }

    #[test]
    fn timestamp_is_of_the_event() {
        let body = Event::test(1_773_835_200_000, "https://s.example").body().expect("a body");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(
            (body["type"].as_str(), body["timestamp"].as_str()),
            (Some("webhook.test"), Some("2026-03-18T12:00:00Z"))
        );
    }
}
