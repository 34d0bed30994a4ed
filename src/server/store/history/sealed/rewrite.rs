//! Writes sealed visits anew: files merged into one, and a file without what was erased.

use std::pin::pin;

use futures::TryStreamExt;

use super::{
    SealedVisits,
    encode::{EncodedFile, Encoder},
    error::{Damage, SealedError, Unfit},
    file::SealedFile,
    scan::ScanBounds,
    stats::{FileName, FileStats, Person},
};
use crate::model::{LinkId, Visit};

/// What became of a file that was written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// How many visits are gone.
    pub removed: u64,
    /// The new file; `None`: no visit is left.
    pub file: Option<FileStats>,
}

impl SealedVisits {
    /// Writes the visits of files of a link as one file. Memory holds the new file, and one old one at a time.
    pub async fn merge(
        &self,
        link: &LinkId,
        name: FileName,
        files: &[FileStats],
    ) -> Result<FileStats, SealedError> {
        let mut names: Vec<_> = files.iter().map(|file| file.name).collect();
        names.sort();
        if names.len() < 2 {
            return Err(Unfit::Few.into());
        }
        let mut encoder = Encoder::new()?;
        for name in &names {
            let file = self.open(link, name).await?;
            let copied = self.blocking(move || append(encoder, &file)).await?;
            encoder = copied.map_err(|error| self.failed(link, name, error))?;
        }
        let merged = self.blocking(move || encoder.finish()).await??;
        self.put(link, name, merged).await
    }

    /// Whether a file holds a visit of a person. Reads one column.
    pub async fn knows(&self, link: &LinkId, file: &FileStats, person: &Person) -> Result<bool, SealedError> {
        let bounds = ScanBounds { person: Some(person.clone()), limit: Some(1), ..ScanBounds::default() };
        let mut theirs = pin!(self.scan(link, vec![file.clone()], bounds, |_| Ok(Some(()))));
        Ok(theirs.try_next().await?.is_some())
    }

    /// Passes every visit of a file through `change`, which returns it as it shall be, or removes it, and writes what is
    /// left to a file of another name, unless nothing is. `change` must not change an id. No byte of the new file comes
    /// from a removed visit.
    pub async fn rewrite(
        &self,
        link: &LinkId,
        from: &FileName,
        to: FileName,
        change: impl FnMut(Visit) -> Option<Visit> + Send + 'static,
    ) -> Result<Rewritten, SealedError> {
        let file = self.open(link, from).await?;
        let changed = self.blocking(move || changed(&file, change)).await?;
        let (removed, file) = changed.map_err(|error| self.failed(link, from, error))?;
        let file = match file {
            Some(file) => Some(self.put(link, to, file).await?),
            None => None,
        };
        Ok(Rewritten { removed, file })
    }

    fn failed(&self, link: &LinkId, name: &FileName, error: RewriteError) -> SealedError {
        match error {
            RewriteError::Damage(damage) => self.damaged(link, name, damage),
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
