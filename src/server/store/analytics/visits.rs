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

/// An entry of a stream: its id and fields.
type Entry = (String, HashMap<String, String>);

/// Entries of a stream.
#[derive(Clone, Debug)]
pub struct Recorded<T> {
    /// Those that can be read, the oldest first.
    pub entries: Vec<T>,
    /// How many cannot; each is logged.
    pub unreadable: u64,
}

/// A download that belongs to no visit: its session was not active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadRecord {
    /// Unix milliseconds.
    pub downloaded_at: i64,
    /// The e-mail address that the visitor gave at the gate.
    pub email: Option<String>,
    /// Browser, system and device.
    pub client: Option<ClientKind>,
    /// The country of the request.
    pub country: Option<Country>,
}

impl Analytics {
    /// The finished visits of a link that shares `document`, in the order in which they ended. One round trip for each
    /// thousand visits, and two more.
    pub async fn visits(&self, link: &LinkId, document: &DocumentId) -> Result<Recorded<Visit>, AppError> {
        let versions: Vec<String> =
            self.redis.query(cmd("LRANGE").arg(keys::versions(link)).arg(0).arg(-1)).await?;
        let archived: HashSet<String> =
            self.redis.query(cmd("SMEMBERS").arg(keys::archived(link))).await?;
        let read = |id: &str, fields: &HashMap<String, String>| {
            let visit_id = id.parse().ok()?;
            let mut visit = match fields.get("v") {
                Some(packed) => unpack(visit_id, link, document, packed, &versions),
                None => of_earlier_release(visit_id, link, document, fields),
            }?;
            visit.archived = archived.contains(id);
            Some(visit)
        };
        self.read_stream(keys::visits(link), read).await
    }

    /// Leaves a visit out of all numbers, or takes it back. What it was before does not matter.
    pub async fn archive(&self, link: &LinkId, visit: VisitId, archived: bool) -> Result<(), AppError> {
        let mut command = cmd(if archived { "SADD" } else { "SREM" });
        let _changed: u32 =
            self.redis.query(command.arg(keys::archived(link)).arg(visit.to_string())).await?;
        Ok(())
    }

    /// Removes visits of a link for good. Returns how many there were. The numbers that have no names stay.
    pub async fn erase(&self, link: &LinkId, visits: &[VisitId]) -> Result<u64, AppError> {
        let mut erased = 0;
        for batch in visits.chunks(BATCH) {
            let ids: Vec<String> = batch.iter().map(VisitId::to_string).collect();
            erased += self.redis.query::<u64>(cmd("XDEL").arg(keys::visits(link)).arg(&ids)).await?;
            let _archived: u32 = self.redis.query(cmd("SREM").arg(keys::archived(link)).arg(&ids)).await?;
        }
        Ok(erased)
    }

    /// The downloads of a link that belong to no visit, the oldest first.
    pub async fn downloads(&self, link: &LinkId) -> Result<Recorded<DownloadRecord>, AppError> {
        self.read_stream(keys::downloads(link), |_, fields| {
            let fields: Vec<&str> = fields.get("d")?.splitn(3, ' ').collect();
            let [at, traits, email] = fields[..] else { return None };
            let (client, country, _) = read_traits(traits)?;
            Some(DownloadRecord { downloaded_at: at.parse().ok()?, email: text(email), client, country })
        })
        .await
    }

    async fn read_stream<T>(
        &self,
        key: String,
        read: impl Fn(&str, &HashMap<String, String>) -> Option<T>,
    ) -> Result<Recorded<T>, AppError> {
        let mut recorded = Recorded { entries: Vec::new(), unreadable: 0 };
        let mut from = "-".to_owned();
        loop {
            let batch: Vec<Entry> =
                self.redis.query(cmd("XRANGE").arg(&key).arg(&from).arg("+").arg("COUNT").arg(BATCH)).await?;
            for (id, fields) in &batch {
                match read(id, fields) {
                    Some(entry) => recorded.entries.push(entry),
                    None => {
                        tracing::error!(key, id, "an entry cannot be read and is passed over");
                        recorded.unreadable += 1;
                    }
                }
            }
            match batch.last() {
                // Exclusive.
                Some((id, _)) if batch.len() == BATCH => from = format!("({id}"),
                _ => return Ok(recorded),
            }
        }
    }
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
        id,
        link: link.clone(),
        document: document.clone(),
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
        archived: false,
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
        id,
        link: link.clone(),
        document: document.clone(),
        version: None,
        page_count: None,
        reader: None,
        email: text(fields.get("email")?),
        joined_at: fields.get("joined")?.parse().ok()?,
        ended_at: fields.get("ended")?.parse().ok()?,
        visible_ms: 1_000 * fields.get("seconds")?.parse::<u64>().ok()?,
        pages: None,
        exit_page: (exit > 0).then_some(exit),
        downloaded_at: None,
        referrer: None,
        client: None,
        country: None,
        returning: None,
        archived: false,
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

/// Reads the six characters of [`traits`](super::arrival::traits). What a newer release may have added is not known.
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
