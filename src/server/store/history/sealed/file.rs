//! A sealed file in memory.

use parquet::file::{
    metadata::RowGroupMetaData,
    reader::{FileReader, SerializedFileReader},
    statistics::Statistics,
};
use tokio_util::bytes::Bytes;

use super::{
    columns::Int,
    encode::ROWS_PER_GROUP,
    error::Damage,
    row_group::RowGroup,
    schema::{VERSION_KEY, Version},
    seal,
    stats::{FileStats, StatsOfVisits},
};
use crate::model::Visit;

/// A checked file, of which row groups are decoded one at a time.
pub(super) struct SealedFile {
    reader: SerializedFileReader<Bytes>,
    version: Version,
}

impl SealedFile {
    /// Checks the checksum, the schema and its version.
    pub(super) fn open(bytes: Bytes) -> Result<Self, Damage> {
        seal::check(&bytes)?;
        let reader = SerializedFileReader::new(bytes)?;
        let metadata = reader.metadata().file_metadata();
        let entries = metadata.key_value_metadata().map(Vec::as_slice).unwrap_or_default();
        let version = entries.iter().find(|entry| entry.key == VERSION_KEY);
        let version = version.and_then(|entry| entry.value.as_deref()).unwrap_or("none");
        match Version::of(version, metadata.schema()) {
            Some(version) => Ok(Self { reader, version }),
            None => {
                let newest = Version::WRITTEN.name();
                Err(Damage::new(format!("its schema is {version}; this server reads 1 to {newest}")))
            }
        }
    }

    pub(super) fn groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    /// The earliest and the latest join in a row group, as far as its statistics tell.
    pub(super) fn joined(&self, group: usize) -> (i64, i64) {
        match self.group_metadata(group).column(Int::JoinedAt.leaf()).statistics() {
            Some(Statistics::Int64(joined)) => {
                (joined.min_opt().copied().unwrap_or(i64::MIN), joined.max_opt().copied().unwrap_or(i64::MAX))
            }
            _ => (i64::MIN, i64::MAX),
        }
    }

    pub(super) fn group(&self, group: usize) -> Result<RowGroup<'_>, Damage> {
        let rows = usize::try_from(self.group_metadata(group).num_rows()).unwrap_or(usize::MAX);
        if rows > ROWS_PER_GROUP {
            return Err(Damage::new("a row group is too large"));
        }
        Ok(RowGroup::new(self.reader.get_row_group(group)?, self.version, rows))
    }

    /// Passes every visit to `take`, the oldest first.
    pub(super) fn each<E: From<Damage>>(
        &self,
        mut take: impl FnMut(Visit) -> Result<(), E>,
    ) -> Result<(), E> {
        for group in 0..self.groups() {
            for row in self.group(group)?.rows() {
                take(row.visit()?)?;
            }
        }
        Ok(())
    }

    /// The statistics that the file was written with.
    pub(super) fn stats(&self, bytes: usize) -> Result<Option<FileStats>, Damage> {
        let mut stats = StatsOfVisits::default();
        self.each(|visit| {
            stats.add(&visit);
            Ok::<_, Damage>(())
        })?;
        Ok(stats.finish(bytes))
    }

    fn group_metadata(&self, group: usize) -> &RowGroupMetaData {
        self.reader.metadata().row_group(group)
    }
}
