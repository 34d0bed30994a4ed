//! The columns of a sealed file, and which part of a visit each of them holds.

use std::borrow::Cow;

use crate::model::Visit;

/// A column of whole numbers. Unsigned ones keep their bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Int {
    JoinedAt,
    VisibleMs,
    AwayMs,
    RecordedAfterMs,
    Sequence,
    PageCount,
    ExitPage,
    DownloadedAt,
}

/// A column of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Link,
    Document,
    Version,
    Reader,
    Email,
    Referrer,
    Browser,
    System,
    Device,
    Country,
}

/// A column of yes and no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flag {
    Returning,
    Archived,
}

/// The leaf column of the page numbers; that of their times stands behind it.
pub(super) const PAGES: usize = Flag::ALL[0].leaf() + Flag::ALL.len();
/// The leaf column of the thirds of pages, from version 2 on.
pub(super) const THIRDS: usize = PAGES + 2;
/// The leaf column of the links opened, from version 2 on.
pub(super) const CLICKED: usize = THIRDS + 1;
/// The leaf column of printing, from version 2 on.
pub(super) const PRINTED: usize = CLICKED + 1;
/// The leaf column of verified e-mail addresses, from version 3 on.
pub(super) const EMAIL_VERIFIED: usize = PRINTED + 1;
/// The leaf column of how long a viewer counted as active behind the end, from version 4 on.
pub(super) const ACTIVE_AFTER: usize = EMAIL_VERIFIED + 1;

impl Int {
    pub(super) const ALL: [Self; 8] = [
        Self::JoinedAt,
        Self::VisibleMs,
        Self::AwayMs,
        Self::RecordedAfterMs,
        Self::Sequence,
        Self::PageCount,
        Self::ExitPage,
        Self::DownloadedAt,
    ];

    /// Its place among the leaf columns of the schema.
    pub(super) const fn leaf(self) -> usize {
        self as usize
    }

    pub(super) fn of(self, visit: &Visit) -> Option<i64> {
        match self {
            Self::JoinedAt => Some(visit.joined_at),
            Self::VisibleMs => Some(visit.visible_ms.cast_signed()),
            Self::AwayMs => {
                let open = visit.ended_at.wrapping_sub(visit.joined_at);
                Some(open.wrapping_sub(visit.visible_ms.cast_signed()))
            }
            Self::RecordedAfterMs => Some(visit.id.recorded_at.cast_signed().wrapping_sub(visit.ended_at)),
            Self::Sequence => Some(visit.id.sequence.cast_signed()),
            Self::PageCount => visit.page_count.map(i64::from),
            Self::ExitPage => visit.exit_page.map(i64::from),
            Self::DownloadedAt => visit.downloaded_at,
        }
    }
}

impl Text {
    pub(super) const ALL: [Self; 10] = [
        Self::Link,
        Self::Document,
        Self::Version,
        Self::Reader,
        Self::Email,
        Self::Referrer,
        Self::Browser,
        Self::System,
        Self::Device,
        Self::Country,
    ];

    /// See [`Int::leaf`].
    pub(super) const fn leaf(self) -> usize {
        Int::ALL.len() + self as usize
    }

    pub(super) fn of(self, visit: &Visit) -> Option<Cow<'_, str>> {
        let text = match self {
            Self::Link => visit.link.as_str(),
            Self::Document => visit.document.as_str(),
            Self::Version => visit.version.as_deref()?,
            Self::Reader => visit.reader.as_ref()?.as_str(),
            Self::Email => visit.email.as_deref()?,
            Self::Referrer => visit.referrer.as_deref()?,
            Self::Browser => visit.client?.browser.label(),
            Self::System => visit.client?.system.label(),
            Self::Device => visit.client?.device.label(),
            Self::Country => return Some(visit.country?.to_string().into()),
        };
        Some(text.into())
    }
}

impl Flag {
    pub(super) const ALL: [Self; 2] = [Self::Returning, Self::Archived];

    /// See [`Int::leaf`].
    pub(super) const fn leaf(self) -> usize {
        Int::ALL.len() + Text::ALL.len() + self as usize
    }

    pub(super) fn of(self, visit: &Visit) -> Option<bool> {
        match self {
            Self::Returning => visit.returning,
            Self::Archived => Some(visit.archived),
        }
    }
}
