//! Writes visits as a sealed file.

use parquet::{
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type},
    errors::ParquetError,
    file::writer::{SerializedFileWriter, SerializedRowGroupWriter},
};
use tokio_util::bytes::Bytes;

use super::{
    columns::{Flag, Int, Text},
    error::Unfit,
    schema::{PROPERTIES, Version},
    seal,
    stats::{FileStats, StatsOfVisits},
};
use crate::model::{Thirds, Visit, VisitId};

/// Visits in one row group, which bounds the memory of a scan. With half as many, a visit takes half a byte more, because
/// each row group has its own dictionaries.
pub(super) const ROWS_PER_GROUP: usize = 32_768;

/// A whole file, and what is known of it without opening it.
#[derive(Clone, Debug)]
pub struct EncodedFile {
    /// The file.
    pub bytes: Bytes,
    /// Its statistics.
    pub stats: FileStats,
}

/// Writes visits as one file. Their ids must ascend. The same visits give the same bytes.
pub fn encode(visits: &[Visit]) -> Result<EncodedFile, Unfit> {
    let mut encoder = Encoder::new()?;
    for visit in visits {
        encoder.push(visit.clone())?;
    }
    encoder.finish()
}

/// Writes a file from visits that arrive one by one. Holds one row group of them.
pub(super) struct Encoder {
    writer: SerializedFileWriter<Vec<u8>>,
    rows: Vec<Visit>,
    last: Option<VisitId>,
    stats: StatsOfVisits,
}

impl Encoder {
    pub(super) fn new() -> Result<Self, Unfit> {
        let mut writer =
            SerializedFileWriter::new(Vec::new(), Version::WRITTEN.schema().clone(), PROPERTIES.clone())?;
        seal::reserve(&mut writer)?;
        Ok(Self { writer, rows: Vec::new(), last: None, stats: StatsOfVisits::default() })
    }

    pub(super) fn push(&mut self, visit: Visit) -> Result<(), Unfit> {
        if self.last.is_some_and(|last| last >= visit.id) {
            return Err(Unfit::Order);
        }
        i64::try_from(visit.id.recorded_at).map_err(|_| Unfit::Time)?;
        self.last = Some(visit.id);
        self.stats.add(&visit);
        self.rows.push(visit);
        if self.rows.len() == ROWS_PER_GROUP { self.flush() } else { Ok(()) }
    }

    pub(super) fn finish(mut self) -> Result<EncodedFile, Unfit> {
        if !self.rows.is_empty() {
            self.flush()?;
        }
        let bytes = seal::close(self.writer.into_inner()?);
        let stats = self.stats.finish(bytes.len()).ok_or(Unfit::Empty)?;
        Ok(EncodedFile { bytes: bytes.into(), stats })
    }

    fn flush(&mut self) -> Result<(), Unfit> {
        let visits = std::mem::take(&mut self.rows);
        let mut group = self.writer.next_row_group()?;
        for column in Int::ALL {
            write::<Int64Type>(&mut group, visits.iter().map(|visit| column.of(visit)))?;
        }
        for column in Text::ALL {
            let texts = visits.iter().map(|visit| column.of(visit));
            write::<ByteArrayType>(&mut group, texts.map(|text| text.map(|text| ByteArray::from(&*text))))?;
        }
        for column in Flag::ALL {
            write::<BoolType>(&mut group, visits.iter().map(|visit| column.of(visit)))?;
        }
        write_pages(&mut group, &visits)?;
        write_clicked(&mut group, &visits)?;
        write::<BoolType>(&mut group, visits.iter().map(|visit| visit.printed.then_some(true)))?;
        write::<BoolType>(&mut group, visits.iter().map(|visit| visit.email_verified.then_some(true)))?;
        let active_after =
            |visit: &Visit| (visit.active_after_ms > 0).then(|| visit.active_after_ms.cast_signed());
        write::<Int64Type>(&mut group, visits.iter().map(active_after))?;
        group.close()?;
        Ok(())
    }
}

/// Writes the next column; a required one has a value in every row.
fn write<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    rows: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for row in rows {
        levels.push(i16::from(row.is_some()));
        values.extend(row);
    }
    write_column::<T>(group, &values, &levels, None)
}

/// Writes the three columns of the pages. Definition levels: 0 not recorded, 1 no page, 2 a page; of the thirds: 2 the
/// whole page, 3 thirds of it. Repetition levels: 0 the first page of a visit, 1 another.
fn write_pages(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    visits: &[Visit],
) -> Result<(), ParquetError> {
    let (mut numbers, mut times, mut definitions, mut repetitions) = (vec![], vec![], vec![], vec![]);
    let (mut thirds, mut definitions_of_thirds) = (vec![], vec![]);
    for visit in visits {
        let pages = visit.pages.as_deref().unwrap_or_default();
        if pages.is_empty() {
            definitions.push(i16::from(visit.pages.is_some()));
            definitions_of_thirds.push(i16::from(visit.pages.is_some()));
            repetitions.push(0);
        }
        for (index, page) in pages.iter().enumerate() {
            definitions.push(2);
            repetitions.push(i16::from(index > 0));
            numbers.push(i64::from(page.page));
            times.push(page.visible_ms.cast_signed());
            let known = (page.thirds != Thirds::WHOLE).then(|| i64::from(u8::from(page.thirds)));
            definitions_of_thirds.push(2 + i16::from(known.is_some()));
            thirds.extend(known);
        }
    }
    write_column::<Int64Type>(group, &numbers, &definitions, Some(&repetitions))?;
    write_column::<Int64Type>(group, &times, &definitions, Some(&repetitions))?;
    write_column::<Int64Type>(group, &thirds, &definitions_of_thirds, Some(&repetitions))
}

/// Writes the links opened. Definition levels: 0 none, 2 a link. Repetition levels as of pages.
fn write_clicked(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    visits: &[Visit],
) -> Result<(), ParquetError> {
    let (mut links, mut definitions, mut repetitions) = (vec![], vec![], vec![]);
    for visit in visits {
        if visit.clicked.is_empty() {
            definitions.push(0);
            repetitions.push(0);
        }
        for (index, address) in visit.clicked.iter().enumerate() {
            definitions.push(2);
            repetitions.push(i16::from(index > 0));
            links.push(ByteArray::from(address.as_str()));
        }
    }
    write_column::<ByteArrayType>(group, &links, &definitions, Some(&repetitions))
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    definitions: &[i16],
    repetitions: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("the schema has fewer columns than are written".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values, Some(definitions), repetitions)?;
    column.close()
}
