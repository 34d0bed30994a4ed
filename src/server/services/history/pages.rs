//! How each page of a file was read.

use std::collections::HashMap;

use super::numbers::{median, seconds};
use crate::{
    model::{DocumentId, MAX_PAGES, PageReport},
    server::store::history::VisitFacts,
};

/// Counts the pages of visits, by the version of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages {
    document: Option<String>,
    has_several_documents: bool,
    versions: HashMap<String, VersionPages>,
}

/// The visits of one version.
#[derive(Clone, Debug, Default)]
struct VersionPages {
    /// When the newest of them began.
    newest: Option<i64>,
    page_count: u32,
    /// How many visits there are.
    visits: u64,
    pages: Vec<OnePage>,
}

#[derive(Clone, Debug, Default)]
struct OnePage {
    /// Milliseconds in view of each visit that saw it.
    times: Vec<u64>,
    total_ms: u64,
    exits: u64,
}

impl Pages {
    /// Counts a visit. One whose pages or version were not recorded does not count.
    pub(super) fn add<V: VisitFacts>(&mut self, visit: &V) -> Result<(), V::Error> {
        self.note_document(visit.document()?);
        if self.has_several_documents {
            return Ok(());
        }
        let (Some(version), Some(pages)) = (visit.version()?, visit.pages()?) else { return Ok(()) };
        let of_version = match self.versions.get_mut(version) {
            Some(of_version) => of_version,
            None => self.versions.entry(version.to_owned()).or_default(),
        };
        of_version.newest = of_version.newest.max(Some(visit.joined_at()?));
        of_version.page_count = of_version.page_count.max(visit.page_count()?.unwrap_or(0)).min(MAX_PAGES);
        of_version.visits += 1;
        for time in pages {
            let Some(page) = of_version.page(time.page) else { continue };
            page.total_ms += time.visible_ms;
            if time.is_seen() {
                page.times.push(time.visible_ms);
            }
        }
        if let Some(page) = visit.exit_page()?.and_then(|page| of_version.page(page)) {
            page.exits += 1;
        }
        Ok(())
    }

    /// Counts the visits of others.
    pub(super) fn add_all(&mut self, other: &Self) {
        let Some(document) = &other.document else { return };
        self.note_document(document);
        self.has_several_documents |= other.has_several_documents;
        if self.has_several_documents {
            return;
        }
        for (version, read) in &other.versions {
            self.versions.entry(version.clone()).or_default().add_all(read);
        }
    }

    /// Roughly its memory, in bytes.
    pub(super) fn size(&self) -> usize {
        let pages = self.versions.values().flat_map(|version| &version.pages);
        pages.map(|page| 8 * page.times.len() + size_of::<OnePage>()).sum()
    }

    fn note_document(&mut self, document: &str) {
        match &self.document {
            Some(other) => self.has_several_documents |= other != document,
            None => self.document = Some(document.to_owned()),
        }
    }

    /// The pages of the version that was read last; empty where several documents were read. `address` is that of the
    /// visits that saw a page, `picture` that of its picture.
    pub(super) fn report(
        self,
        address: impl Fn(u32) -> String,
        picture: impl Fn(&DocumentId, u32, &str) -> String,
    ) -> Vec<PageReport> {
        let document = self.document.filter(|_| !self.has_several_documents);
        let Some(document) = document.and_then(|document| document.parse().ok()) else { return vec![] };
        let newest = self
            .versions
            .into_iter()
            .max_by(|(a, of_a), (b, of_b)| of_a.newest.cmp(&of_b.newest).then_with(|| a.cmp(b)));
        let Some((version, mut read)) = newest else { return vec![] };
        let pages = read.page_count.max(read.pages.len() as u32);
        read.pages.resize_with(pages as usize, OnePage::default);
        let visits = read.visits;
        let report = |(page, mut read): (u32, OnePage)| PageReport {
            page,
            visits: read.times.len() as u64,
            reached_percent: (100 * read.times.len() as u64 / visits) as u8,
            median_seconds: median(&mut read.times).map(seconds),
            total_seconds: seconds(read.total_ms),
            exits: read.exits,
            address: address(page),
            picture: picture(&document, page, &version),
        };
        (1..).zip(read.pages).map(report).collect()
    }
}

impl VersionPages {
    fn add_all(&mut self, other: &Self) {
        self.newest = self.newest.max(other.newest);
        self.page_count = self.page_count.max(other.page_count);
        self.visits += other.visits;
        if self.pages.len() < other.pages.len() {
            self.pages.resize_with(other.pages.len(), OnePage::default);
        }
        for (page, read) in self.pages.iter_mut().zip(&other.pages) {
            page.times.extend(&read.times);
            page.total_ms += read.total_ms;
            page.exits += read.exits;
        }
    }

    /// A page from 1; `None` for one that no document has.
    fn page(&mut self, page: u32) -> Option<&mut OnePage> {
        let index = (1..=MAX_PAGES).contains(&page).then(|| page as usize - 1)?;
        if self.pages.len() <= index {
            self.pages.resize_with(index + 1, OnePage::default);
        }
        self.pages.get_mut(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{PageTime, Visit},
        server::services::history::sample::visit,
    };

    fn report(visits: &[Visit]) -> Vec<PageReport> {
        let mut pages = Pages::default();
        for visit in visits {
            let Ok(()) = pages.add(visit);
        }
        pages.report(|page| format!("?page={page}"), |_, page, version| format!("{version}/{page}"))
    }

    fn read(joined_at: i64, version: &str, times: &[(u32, u64)]) -> Visit {
        let pages: Vec<PageTime> =
            times.iter().map(|&(page, visible_ms)| PageTime::whole(page, visible_ms)).collect();
        Visit {
            version: Some(version.to_owned()),
            page_count: Some(3),
            exit_page: pages.last().map(|time| time.page),
            pages: Some(pages),
            ..visit(joined_at)
        }
    }

    #[test]
    fn each_page_of_the_file_has_its_numbers() {
        let visits = [
            read(1, "v", &[(1, 5_000), (2, 999)]),
            read(2, "v", &[(2, 9_500), (1, 7_000)]),
            read(3, "v", &[]),
        ];
        let pages = report(&visits);
        let numbers: Vec<_> = pages
            .iter()
            .map(|page| {
                (page.visits, page.reached_percent, page.median_seconds, page.total_seconds, page.exits)
            })
            .collect();
        assert_eq!(numbers, [(2, 66, Some(6), 12, 1), (1, 33, Some(9), 10, 1), (0, 0, None, 0, 0)]);
        assert_eq!((pages[2].page, &*pages[2].address, &*pages[2].picture), (3, "?page=3", "v/3"));
    }

    #[test]
    fn versions_never_mix() {
        let visits = [
            read(1, "old", &[(1, 5_000)]),
            read(9, "new", &[(2, 5_000)]),
            read(2, "old", &[(1, 5_000)]),
            Visit { version: None, ..read(10, "", &[(3, 5_000)]) },
        ];
        let seen: Vec<u64> = report(&visits).iter().map(|page| page.visits).collect();
        assert_eq!(seen, [0, 1, 0]);
    }

    #[test]
    fn nothing_is_said_of_several_documents_or_unrecorded_pages() {
        let other = Visit { document: "other".parse().expect("an id"), ..read(2, "v", &[(1, 5_000)]) };
        assert_eq!(report(&[read(1, "v", &[(1, 5_000)]), other]), []);
        assert_eq!(report(&[Visit { pages: None, ..visit(1) }]), []);
        assert_eq!(report(&[]), []);
    }

    #[test]
    fn page_that_no_document_has_is_ignored() {
        let seen = report(&[read(1, "v", &[(0, 5_000), (4_000_000_000, 5_000)])]);
        assert_eq!(seen.iter().map(|page| page.visits).collect::<Vec<_>>(), [0, 0, 0]);
    }
}
