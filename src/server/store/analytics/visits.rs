//! Reads the finished visits of a link, as `visit.lua` packs them, and downloads that belong to none.

use std::collections::{HashMap, HashSet};

use redis::cmd;

use super::{Analytics, keys};
use crate::{
    error::AppError,
    model::{ClientKind, Country, DocumentId, LinkId, PageTime, Visit, VisitId},
};

/// How many entries one command reads: more would hold up all other commands.
const BATCH: usize = 1_000;

/// An entry of a stream: its id, and names and values of its fields in turn.
type Entry = (String, Vec<String>);
/// What the script returns: versions, archived ids, the first entries of both streams.
type HistoryReply = (Vec<String>, HashSet<String>, Vec<Entry>, Vec<Entry>);

/// The finished visits of a link.
#[derive(Clone, Debug, Default)]
pub struct RecordedVisits {
    /// Those that can be read, the oldest first.
    pub visits: Vec<Visit>,
    /// How many cannot; each is logged.
    pub unreadable: u64,
}

/// Tells the ids of downloads without a visit, which are of another stream, from those of visits.
const DOWNLOAD: u64 = 1 << 32;

impl Analytics {
    /// The finished visits of a link that shares `document` in the order in which they ended, then its downloads that
    /// belong to no visit: each is a visit that begins and ends with it. One round trip, and one for each further
    /// thousand of either.
    pub async fn visits(&self, link: &LinkId, document: &DocumentId) -> Result<RecordedVisits, AppError> {
        let call = self.scripts.history_call(link, BATCH);
        let (versions, archived, visits, downloads): HistoryReply = self.redis.run(&call).await?;
        let mut recorded = RecordedVisits::default();
        let visit = |id, fields: &HashMap<String, String>| match fields.get("v") {
            Some(packed) => unpack(id, link, document, packed, &versions),
            None => of_earlier_release(id, link, document, fields),
        };
        self.read_stream(keys::visits(link), visits, &mut recorded, visit).await?;
        let download = |id: VisitId, fields: &HashMap<String, String>| {
            download_of(VisitId { sequence: id.sequence | DOWNLOAD, ..id }, link, document, fields.get("d")?)
        };
        self.read_stream(keys::downloads(link), downloads, &mut recorded, download).await?;
        for visit in &mut recorded.visits {
            visit.archived = archived.contains(&visit.id.to_string());
        }
        Ok(recorded)
    }

    /// Reads a batch of a stream and those behind it.
    async fn read_stream(
        &self,
        key: String,
        mut batch: Vec<Entry>,
        recorded: &mut RecordedVisits,
        read: impl Fn(VisitId, &HashMap<String, String>) -> Option<Visit>,
    ) -> Result<(), AppError> {
        loop {
            let last = batch.last().map(|(id, _)| id.clone()).filter(|_| batch.len() == BATCH);
            for (id, fields) in batch {
                let fields = pairs(fields);
                match id.parse().ok().and_then(|id| read(id, &fields)) {
                    Some(visit) => recorded.visits.push(visit),
                    None => {
                        tracing::error!(key, id, "an entry cannot be read and is passed over");
                        recorded.unreadable += 1;
                    }
                }
            }
            let Some(last) = last else { return Ok(()) };
            // Exclusive.
            let from = format!("({last}");
            let mut command = cmd("XRANGE");
            command.arg(&key).arg(from).arg("+").arg("COUNT").arg(BATCH);
            batch = self.redis.query(&command).await?;
        }
    }

    /// Leaves a visit out of all numbers, or takes it back. What it was before does not matter.
    pub async fn archive(&self, link: &LinkId, visit: VisitId, archived: bool) -> Result<(), AppError> {
        let mut command = cmd(if archived { "SADD" } else { "SREM" });
        let _changed: u32 =
            self.redis.query(command.arg(keys::archived(link)).arg(visit.to_string())).await?;
        Ok(())
    }

    /// Removes visits of a link for good, and what would resume them. Returns how many there were. The numbers that hold
    /// no names stay. One round trip, in time that grows with the visits of the link.
    pub async fn erase(&self, link: &LinkId, visits: &[VisitId]) -> Result<u64, AppError> {
        self.redis.run(&self.scripts.erase_call(link, visits)).await
    }
}

/// The ids of entries to erase: those in the stream of visits, those in the stream of downloads.
pub(super) fn entries_of(visits: &[VisitId]) -> (Vec<String>, Vec<String>) {
    let (downloads, visits): (Vec<&VisitId>, Vec<&VisitId>) =
        visits.iter().partition(|visit| visit.sequence & DOWNLOAD != 0);
    let entry = |visit: &&VisitId| VisitId { sequence: visit.sequence & !DOWNLOAD, ..**visit }.to_string();
    (visits.iter().map(entry).collect(), downloads.iter().map(entry).collect())
}

fn pairs(fields: Vec<String>) -> HashMap<String, String> {
    let mut fields = fields.into_iter();
    std::iter::from_fn(|| Some((fields.next()?, fields.next()?))).collect()
}

/// Reads a packed download; `None` for anything else.
fn download_of(id: VisitId, link: &LinkId, document: &DocumentId, packed: &str) -> Option<Visit> {
    let fields: Vec<&str> = packed.splitn(3, ' ').collect();
    let [at, traits, email] = fields[..] else { return None };
    let (at, (client, country, _)) = (at.parse().ok()?, read_traits(traits)?);
    Some(Visit {
        email: text(email),
        joined_at: at,
        ended_at: at,
        pages: Some(Vec::new()),
        downloaded_at: Some(at),
        client,
        country,
        ..Visit::of(id, link.clone(), document.clone())
    })
}

/// Reads a packed visit; `None` for anything else. `versions` are those that the link has shared.
fn unpack(
    id: VisitId,
    link: &LinkId,
    document: &DocumentId,
    packed: &str,
    versions: &[String],
) -> Option<Visit> {
    let fields: Vec<&str> = packed.splitn(11, ' ').collect();
    let [joined, lasted, visible, exit, version, traits, downloaded, pages, reader, referrer, email] =
        fields[..]
    else {
        return None;
    };
    let (joined_at, lasted): (i64, i64) = (joined.parse().ok()?, lasted.parse().ok()?);
    let version = match version {
        "-" => None,
        place => versions.get(place.parse::<usize>().ok()?)?.split_once(' '),
    };
    let (client, country, returning) = read_traits(traits)?;
    let exit: u32 = exit.parse().ok()?;
    Some(Visit {
        version: version.map(|(version, _)| version.to_owned()),
        page_count: version.map(|(_, pages)| pages.parse().ok()).unwrap_or_default(),
        reader: if reader.is_empty() { None } else { Some(reader.parse().ok()?) },
        email: text(email),
        joined_at,
        ended_at: joined_at + lasted,
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
    })
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
        Some(PageTime { page: page.parse().ok()?, visible_ms: visible_ms.parse().ok()? })
    };
    let mut pages: Vec<PageTime> = pages.split(',').map(read).collect::<Option<_>>()?;
    pages.retain(|page| page.page > 0);
    Some(Some(pages))
}

/// Reads the six characters of [`Arrival::traits`](super::Arrival::traits). What a newer release may have added is not known.
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
            unpack("1-0".parse().expect("an id"), &link, &document, packed, &["v1 12".to_owned()])
        };
        assert!(read("1 2 3 4 0 cwdDE1 - 1:5,2:0 mark host a@b.c").is_some());
        assert!(read("1 2 3 0 - ------ - ?   ").is_some());
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
