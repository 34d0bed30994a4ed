//! Reads what is not sealed.

use std::collections::HashSet;

use super::{
    ATTEMPTS, VisitStore, overtaken,
    packed::{Reading, Streams},
    sealed::FileStats,
};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, Visit, VisitId},
};

/// How many entries of a stream one script reads: more would hold up all other commands.
const BATCH: usize = 1_000;

/// An entry of a stream: its id, and names and values of its fields in turn.
type Entry = (String, Vec<String>);
/// What the script returns.
type Reply = (String, Vec<String>, HashSet<String>, Vec<String>, Vec<Entry>, Vec<Entry>);

/// The finished visits of a link that are not sealed, and which files hold the others.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    /// The oldest first; downloads that belong to no visit are among them.
    pub(super) visits: Vec<Visit>,
    /// How many cannot be read; each is logged.
    pub(super) unreadable: u64,
    /// The sealed files, the oldest first.
    pub(super) files: Vec<FileStats>,
    /// Sessions of archived visits that go on.
    pub(super) left_out_sessions: HashSet<String>,
    /// Raised by every change but an added visit.
    pub(super) generation: String,
}

impl VisitStore {
    /// The tail and the list of files, as they were at one time. One round trip, and one for each further thousand.
    pub(super) async fn tail(&self, link: &LinkId, document: &DocumentId) -> Result<Tail, AppError> {
        for _ in 0..ATTEMPTS {
            if let Some(tail) = self.tail_if_unchanged(link, document).await? {
                return Ok(tail);
            }
        }
        Err(overtaken())
    }

    /// `None` when a visit was sealed, archived or erased between two batches.
    async fn tail_if_unchanged(
        &self,
        link: &LinkId,
        document: &DocumentId,
    ) -> Result<Option<Tail>, AppError> {
        let mut from = Streams { visits: "-".to_owned(), downloads: "-".to_owned() };
        let mut tail = Tail::default();
        loop {
            let call = self.scripts.tail_call(link, &from, BATCH);
            let (generation, versions, archived, files, visits, downloads): Reply =
                self.redis.run(&call).await?;
            if tail.generation.is_empty() {
                tail.generation = generation;
                tail.files = files_of(link, &files)?;
            } else if tail.generation != generation {
                return Ok(None);
            }
            from = Streams { visits: behind(&visits), downloads: behind(&downloads) };
            let reading = Reading { link, document, versions: &versions };
            for (id, fields) in visits {
                tail.add(link, &id, reading.visit(&id, fields));
            }
            for (id, fields) in downloads {
                tail.add(link, &id, reading.download(&id, fields));
            }
            if from == Streams::default() {
                // The same in every batch, like the generation.
                for visit in &mut tail.visits {
                    visit.archived = archived.contains(&visit.id.to_string());
                }
                tail.left_out_sessions =
                    archived.iter().filter_map(|id| id.strip_prefix("s:")).map(str::to_owned).collect();
                tail.visits.sort_unstable_by_key(|visit| visit.id);
                return Ok(Some(tail));
            }
        }
    }
}

impl Tail {
    /// The file that holds a visit, if a file does.
    pub(super) fn file_of(&self, visit: VisitId) -> Option<&FileStats> {
        self.files.iter().find(|file| file.name.spans(visit))
    }

    fn add(&mut self, link: &LinkId, id: &str, visit: Option<Visit>) {
        match visit {
            Some(visit) => self.visits.push(visit),
            None => {
                tracing::error!(%link, id, "a finished visit cannot be read and is passed over");
                self.unreadable += 1;
            }
        }
    }
}

/// Where a stream goes on behind a batch, as XRANGE has it; empty at its end.
fn behind(batch: &[Entry]) -> String {
    match batch.last() {
        Some((id, _)) if batch.len() == BATCH => format!("({id}"),
        _ => String::new(),
    }
}

fn files_of(link: &LinkId, files: &[String]) -> Result<Vec<FileStats>, AppError> {
    let read = |text: &String| {
        serde_json::from_str(text).map_err(|error| {
            tracing::error!(%link, %error, "the list of sealed files cannot be read");
            AppError::Internal
        })
    };
    let mut files: Vec<FileStats> = files.iter().map(read).collect::<Result<_, _>>()?;
    files.sort_by_key(|file| file.name);
    Ok(files)
}
