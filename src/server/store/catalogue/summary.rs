//! Documents and links as their owner sees them.

use super::{Document, Link};
use crate::model::{DocumentSummary, LinkCounts, LinkSummary, address};

impl Link {
    /// The link with its numbers, `None` where they are not known. `origin` is the scheme and
    /// host that the owner uses; `now` is in Unix milliseconds.
    pub fn summary(
        &self,
        document: &Document,
        origin: &str,
        now: i64,
        counts: Option<LinkCounts>,
    ) -> LinkSummary {
        LinkSummary {
            link_id: self.id.clone(),
            document_id: document.id.clone(),
            title: document.title.clone(),
            page_count: document.file.pages.len() as u32,
            label: self.label.clone(),
            viewer_url: address::absolute(origin, address::viewer(&self.id)),
            state: self.state(now),
            expires_at: self.expires_at,
            email: self.email,
            has_password: self.password.is_some(),
            download: self.download,
            copying: self.copying,
            busy: self.busy,
            verify_email: self.verify,
            allow: self.access.allow.entries(),
            block: self.access.block.entries(),
            mail: self.mail,
            created_at: self.created_at,
            active_viewers: counts.map(|counts| counts.active_viewers),
            total_views: counts.map(|counts| counts.total_views),
            history: counts.map(|counts| counts.history),
        }
    }
}

impl Document {
    /// The document with the given links; `last_view` is in Unix milliseconds.
    pub fn summary(
        &self,
        links: Vec<LinkSummary>,
        unreadable_links: u64,
        last_view: Option<i64>,
    ) -> DocumentSummary {
        DocumentSummary {
            document_id: self.id.clone(),
            title: self.title.clone(),
            alt: self.alt.clone(),
            kind: self.file.kind,
            page_count: self.file.pages.len() as u32,
            size: self.file.size,
            version: self.file.version.clone(),
            remarks: self.file.remarks.clone(),
            created_at: self.created_at,
            last_view,
            unreadable_links,
            links,
        }
    }
}
