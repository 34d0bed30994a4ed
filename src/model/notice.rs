//! What an owner can be told of, the moment it happens.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Invalid;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $letter:literal, $words:literal;)*) => {
        /// The kind of an event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum NoticeKind {
            $($(#[$doc])* $kind,)*
        }

        impl NoticeKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name on the wire: the `type` of a webhook's body.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// The letter in the outbox.
            pub fn letter(self) -> char {
                match self { $(Self::$kind => $letter,)* }
            }

            /// As people read it.
            pub fn words(self) -> &'static str {
                match self { $(Self::$kind => $words,)* }
            }
        }
    };
}

kinds! {
    /// A new visit was counted.
    VisitStarted = "visit.started", 's', "Someone begins to read";
    /// A visit is over, and can no longer be resumed.
    VisitFinished = "visit.finished", 'f', "A visit is over";
    /// A visit by an e-mail address or a mark that has not read the document before.
    ReaderFirstSeen = "reader.first_seen", 'r', "A reader opens a document for the first time";
    /// A visitor downloaded the file.
    LinkDownloaded = "link.downloaded", 'd', "The file is downloaded";
    /// The link has as many active viewers as its owner finds many.
    LinkBusy = "link.busy", 'b', "A link has many viewers at once";
    /// It had fewer than four fifths of that for ten minutes.
    LinkCalm = "link.calm", 'c', "The link is calm again";
    /// A visitor was refused after too many wrong passwords.
    GateLocked = "gate.locked", 'g', "Too many wrong passwords at a link";
    /// The owner tries a webhook.
    WebhookTest = "webhook.test", 't', "A test";
}

impl NoticeKind {
    /// The kinds that an owner can choose: all but the test, which they ask for.
    pub fn choosable() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| *kind != Self::WebhookTest)
    }

    /// The letters of the events that the outbox of a link needs, so that these kinds can be told: that a reader is new is
    /// found out from the visit that has started.
    pub fn letters(kinds: impl IntoIterator<Item = Self>) -> String {
        let needed = |kind| if kind == Self::ReaderFirstSeen { Self::VisitStarted } else { kind };
        let mut letters: Vec<char> = kinds.into_iter().map(|kind| needed(kind).letter()).collect();
        letters.sort_unstable();
        letters.dedup();
        letters.into_iter().collect()
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for NoticeKind {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::choosable().map(Self::as_str).collect();
            Invalid::new("events", format!("must be of {}", names.join(", ")))
        })
    }
}

text_on_the_wire!(NoticeKind, "The name of an event, such as visit.started.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_back_as_written() {
        for kind in NoticeKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
            assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.as_str());
        }
        assert_eq!("visit".parse::<NoticeKind>().map_err(|error| error.field), Err("events".to_owned()));
    }

    #[test]
    fn new_reader_needs_the_started_visit() {
        assert_eq!(NoticeKind::letters([NoticeKind::ReaderFirstSeen, NoticeKind::VisitStarted]), "s");
        assert_eq!(NoticeKind::letters([NoticeKind::VisitFinished, NoticeKind::LinkBusy]), "bf");
        assert_eq!(NoticeKind::letters([]), "");
    }
}
