//! Reads finished visits as `analytics` packs them.

use std::collections::HashMap;

use super::observed::add_observed;
use crate::model::{ClientKind, Country, DocumentId, LinkId, PageTime, ReaderName, Visit, VisitId};

/// How many characters the traits have.
const TRAITS_LENGTH: usize = 6;
/// Tells the ids of downloads without a visit, which are of another stream, from those of visits.
const DOWNLOAD: u64 = 1 << 32;

/// Something of the stream of visits and of that of downloads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Streams<T> {
    pub(super) visits: T,
    pub(super) downloads: T,
}

/// The ids in both streams of what the owner's pages show as visits.
pub(super) fn entries_of(visits: &[VisitId]) -> Streams<Vec<String>> {
    let (downloads, visits): (Vec<&VisitId>, Vec<&VisitId>) =
        visits.iter().partition(|visit| visit.sequence & DOWNLOAD != 0);
    let entry = |visit: &&VisitId| VisitId { sequence: visit.sequence & !DOWNLOAD, ..**visit }.to_string();
    Streams { visits: visits.iter().map(entry).collect(), downloads: downloads.iter().map(entry).collect() }
}

/// What entries of a link mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a> {
    pub(super) link: &'a LinkId,
    pub(super) document: &'a DocumentId,
    /// Those that the link has shared.
    pub(super) versions: &'a [String],
}

impl Reading<'_> {
    /// A finished visit, as this release or an earlier one packed it; `None` for anything else.
    pub(super) fn visit(self, id: &str, fields: Vec<String>) -> Option<Visit> {
        let (id, fields) = (id.parse().ok()?, pairs(fields));
        match fields.get("v") {
            Some(packed) => {
                let observed = fields.get("o").map(String::as_str);
                unpack(id, self.link, self.document, (packed, observed), self.versions)
            }
            None => of_earlier_release(id, self.link, self.document, &fields),
        }
    }

    /// A download without a visit: a visit that begins and ends with it; `None` for anything else.
    pub(super) fn download(self, id: &str, fields: Vec<String>) -> Option<Visit> {
        let id: VisitId = id.parse().ok()?;
        let id = VisitId { sequence: id.sequence | DOWNLOAD, ..id };
        download_of(id, self.link, self.document, pairs(fields).get("d")?)
    }
}

fn pairs(fields: Vec<String>) -> HashMap<String, String> {
    let mut fields = fields.into_iter();
    std::iter::from_fn(|| Some((fields.next()?, fields.next()?))).collect()
}

/// Reads a packed download; `None` for anything else.
fn download_of(id: VisitId, link: &LinkId, document: &DocumentId, packed: &str) -> Option<Visit> {
    // Further fields are a newer version's, here and below.
    let fields: Vec<&str> = packed.split(' ').collect();
    let [at, traits, email, ref more @ ..] = fields[..] else { return None };
    let (at, (client, country, _)) = (at.parse().ok()?, read_traits(traits)?);
    Some(Visit {
        email: text(email),
        email_verified: is_verified(more),
        joined_at: at,
        ended_at: at,
        pages: Some(Vec::new()),
        downloaded_at: Some(at),
        client,
        country,
        ..Visit::of(id, link.clone(), document.clone())
    })
}

/// Reads a packed visit, and what its client observed; `None` for anything else. `versions` are those that the link has
/// shared.
fn unpack(
    id: VisitId,
    link: &LinkId,
    document: &DocumentId,
    (packed, observed): (&str, Option<&str>),
    versions: &[String],
) -> Option<Visit> {
    let fields: Vec<&str> = packed.split(' ').collect();
    let [
        joined,
        lasted,
        visible,
        exit,
        version,
        traits,
        downloaded,
        pages,
        reader,
        referrer,
        email,
        ref more @ ..,
    ] = fields[..]
    else {
        return None;
    };
    let (joined_at, lasted): (i64, i64) = (joined.parse().ok()?, lasted.parse().ok()?);
    let version = match version {
        "-" => None,
        place => versions.get(place.parse::<usize>().ok()?)?.split_once(' '),
    };
    // An earlier release packs what it does not know behind the traits.
    let (traits, unknown) = traits.split_at_checked(TRAITS_LENGTH)?;
    let (client, country, returning) = read_traits(traits)?;
    let exit: u32 = exit.parse().ok()?;
    let mut visit = Visit {
        version: version.map(|(version, _)| version.to_owned()),
        page_count: version.map(|(_, pages)| pages.parse().ok()).unwrap_or_default(),
        reader: if reader.is_empty() { None } else { Some(ReaderName::of_record(reader).ok()?) },
        email: text(email),
        email_verified: is_verified(more),
        joined_at,
        ended_at: joined_at + lasted,
        active_after_ms: active_after(more)?,
        visible_ms: visible.parse().ok()?,
        pages: read_pages(pages)?,
        exit_page: (exit > 0).then_some(exit),
        downloaded_at: match downloaded {
            "-" => None,
            after => Some(joined_at + after.parse::<i64>().ok()?),
        },
        referrer: Some(referrer.to_owned()),
        client,
        country,
        returning,
        ..Visit::of(id, link.clone(), document.clone())
    };
    add_observed(&mut visit, observed.unwrap_or(unknown));
    Some(visit)
}

/// Reads a visit that an earlier release wrote, one field for each fact. What it did not record stays unknown.
fn of_earlier_release(
    id: VisitId,
    link: &LinkId,
    document: &DocumentId,
    fields: &HashMap<String, String>,
) -> Option<Visit> {
    let exit: u32 = fields.get("page")?.parse().ok()?;
    Some(Visit {
        email: text(fields.get("email")?),
        joined_at: fields.get("joined")?.parse().ok()?,
        ended_at: fields.get("ended")?.parse().ok()?,
        visible_ms: 1_000 * fields.get("seconds")?.parse::<u64>().ok()?,
        exit_page: (exit > 0).then_some(exit),
        ..Visit::of(id, link.clone(), document.clone())
    })
}

/// What stands behind the e-mail address of one that is verified.
fn is_verified(more: &[&str]) -> bool {
    more.first() == Some(&"v")
}

/// What stands behind it for one that expired.
fn active_after(more: &[&str]) -> Option<u64> {
    let after = more.iter().find_map(|word| word.strip_prefix('u'));
    after.map_or(Some(0), |after| after.parse().ok())
}

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `page:ms` with commas between; the outer `None` for anything else, the inner one for what was not recorded. Time
/// before the first page is left out.
fn read_pages(pages: &str) -> Option<Option<Vec<PageTime>>> {
    match pages {
        "?" => return Some(None),
        "-" => return Some(Some(Vec::new())),
        _ => {}
    }
    let read = |page: &str| {
        let (page, visible_ms) = page.split_once(':')?;
        Some(PageTime::whole(page.parse().ok()?, visible_ms.parse().ok()?))
    };
    let mut pages: Vec<PageTime> = pages.split(',').map(read).collect::<Option<_>>()?;
    pages.retain(|page| page.page > 0);
    Some(Some(pages))
}

/// Reads the six characters of what `analytics` knows of an arrival. A client of a newer release's kinds is not known.
fn read_traits(traits: &str) -> Option<(Option<ClientKind>, Option<Country>, Option<bool>)> {
    let (client, rest) = traits.split_at_checked(3)?;
    let (country, returning) = rest.split_at_checked(2)?;
    let returning = match returning {
        "1" => Some(true),
        "0" => Some(false),
        "-" => None,
        _ => return None,
    };
    Some((ClientKind::of_code(client), country.parse().ok(), returning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_visits_are_refused() {
        let (link, document) = ("l".parse().expect("a link id"), "d".parse().expect("a document's id"));
        let read = |packed: &str| {
            unpack("1-0".parse().expect("an id"), &link, &document, (packed, None), &["v1 12".to_owned()])
        };
        assert!(read("1 2 3 4 0 cwdDE1 - 1:5,2:0 mark host a@b.c").is_some());
        assert!(read("1 2 3 0 - ------ - ?   ").is_some());
        let expired = |packed: &str| read(packed).map(|visit| (visit.email_verified, visit.active_after_ms));
        assert_eq!(expired("1 2 3 0 - ------ - ?   "), Some((false, 0)));
        assert_eq!(expired("1 2 3 0 - ------ - ?    u300000"), Some((false, 300_000)));
        assert_eq!(expired("1 2 3 0 - ------ - ?   a@b.c v u5 newer"), Some((true, 5)));
        for damaged in [
            "",
            "1 2 3 4 0 cwdDE1 - 1:5 mark host",
            "x 2 3 4 0 cwdDE1 - 1:5 mark host a@b.c",
            "1 2 -3 4 0 cwdDE1 - 1:5 mark host a@b.c",
            "1 2 3 4 1 cwdDE1 - 1:5 mark host a@b.c",
            "1 2 3 4 0 cwdDE - 1:5 mark host a@b.c",
            "1 2 3 4 0 cwdDEx - 1:5 mark host a@b.c",
            "1 2 3 4 0 cwdDE1 x 1:5 mark host a@b.c",
            "1 2 3 4 0 cwdDE1 - 1;5 mark host a@b.c",
            "1 2 3 4 0 cwdDE1 - 1:5 m<rk host a@b.c",
        ] {
            assert!(read(damaged).is_none(), "{damaged}");
        }
    }
}
