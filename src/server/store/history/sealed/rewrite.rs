//! Writes sealed visits anew: files merged into one, and a file without what was erased.

use std::pin::pin;

use futures::TryStreamExt;

use super::{
    SealedVisits,
    encode::{EncodedFile, Encoder},
    error::{Damage, SealedError, Unfit},
    file::SealedFile,
    scan::ScanBounds,
    stats::{FileRange, FileStats, Person},
};
use crate::model::{LinkId, Visit};

/// What became of a file that was written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// How many visits are gone.
    pub removed: u64,
    /// The file under its old name; `None`: no visit is left, and the file is gone.
    pub file: Option<FileStats>,
}

impl SealedVisits {
    /// Writes the visits of files of a link as one file. The old files stay until the caller removes them, once its
    /// list names the new one. Memory holds the new file, and one old one at a time.
    pub async fn merge(&self, link: &LinkId, files: &[FileStats]) -> Result<FileStats, SealedError> {
        let mut ranges: Vec<_> = files.iter().map(|file| file.range).collect();
        ranges.sort();
        let [first, .., last] = ranges[..] else { return Err(Unfit::Few.into()) };
        let mut encoder = Encoder::new()?;
        for range in &ranges {
            let file = self.open(link, range).await?;
            let copied = self.blocking(move || append(encoder, &file)).await?;
            encoder = copied.map_err(|error| self.failed(link, range, error))?;
        }
        let mut merged = self.blocking(move || encoder.finish()).await??;
        // Also where the first or the last visit was erased before.
        merged.stats.range = FileRange { first: first.first, last: last.last };
        self.put(link, merged).await
    }

    /// Removes the visits of a person from a file, as [`SealedVisits::rewrite`] does. No byte of the new file comes from
    /// them. A file without them is not written: of it, one column is read.
    pub async fn erase(
        &self,
        link: &LinkId,
        file: &FileStats,
        person: &Person,
    ) -> Result<Rewritten, SealedError> {
        let bounds = ScanBounds { person: Some(person.clone()), limit: Some(1), ..ScanBounds::default() };
        let mut theirs = pin!(self.scan(link, vec![file.clone()], bounds, |_| Ok(Some(()))));
        if theirs.try_next().await?.is_none() {
            return Ok(Rewritten { removed: 0, file: Some(file.clone()) });
        }
        let person = person.clone();
        self.rewrite(link, &file.range, move |visit| (!person.made(&visit)).then_some(visit)).await
    }

    /// Passes every visit of a file through `change`, which returns it as it shall be, or removes it. It must not change
    /// an id. The file keeps its name and is replaced in one step, so that a scan reads the old or the new one.
    pub async fn rewrite(
        &self,
        link: &LinkId,
        range: &FileRange,
        change: impl FnMut(Visit) -> Option<Visit> + Send + 'static,
    ) -> Result<Rewritten, SealedError> {
        let file = self.open(link, range).await?;
        let changed = self.blocking(move || changed(&file, change)).await?;
        let (removed, file) = changed.map_err(|error| self.failed(link, range, error))?;
        let Some(mut file) = file else {
            self.remove(link, &[*range]).await?;
            return Ok(Rewritten { removed, file: None });
        };
        file.stats.range = *range;
        Ok(Rewritten { removed, file: Some(self.put(link, file).await?) })
    }

    fn failed(&self, link: &LinkId, range: &FileRange, error: RewriteError) -> SealedError {
        match error {
            RewriteError::Damage(damage) => self.damaged(link, range, damage),
            RewriteError::Unfit(unfit) => unfit.into(),
        }
    }
}

/// Why visits of one file could not be written to another.
#[derive(Debug, thiserror::Error)]
enum RewriteError {
    #[error(transparent)]
    Damage(#[from] Damage),
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

fn append(mut encoder: Encoder, file: &SealedFile) -> Result<Encoder, RewriteError> {
    file.each(|visit| encoder.push(visit).map_err(RewriteError::from))?;
    Ok(encoder)
}

/// How many visits `change` removes, and the file with the others, if there are any.
fn changed(
    file: &SealedFile,
    mut change: impl FnMut(Visit) -> Option<Visit>,
) -> Result<(u64, Option<EncodedFile>), RewriteError> {
    let mut encoder = Encoder::new()?;
    let mut removed = 0;
    file.each(|visit| match change(visit) {
        Some(visit) => encoder.push(visit).map_err(RewriteError::from),
        None => {
            removed += 1;
            Ok(())
        }
    })?;
    match encoder.finish() {
        Ok(file) => Ok((removed, Some(file))),
        Err(Unfit::Empty) => Ok((removed, None)),
        Err(error) => Err(error.into()),
    }
}
