//! One row group of a sealed file. A column is decoded when it is read first.

use std::{cell::OnceCell, ops::Range};

use parquet::{
    column::reader::{ColumnReaderImpl, get_typed_column_reader},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type},
    file::reader::RowGroupReader,
};

use super::{
    columns::{Flag, Int, PAGES, Text},
    error::Damage,
    row::SealedRow,
};
use crate::model::PageTime;

/// The values of a column, one for each row.
type Values<T> = OnceCell<Vec<Option<T>>>;

/// The decoded columns of a row group.
pub(super) struct RowGroup<'a> {
    reader: Box<dyn RowGroupReader + 'a>,
    rows: usize,
    ints: [Values<i64>; Int::ALL.len()],
    texts: [Values<ByteArray>; Text::ALL.len()],
    flags: [Values<bool>; Flag::ALL.len()],
    pages: OnceCell<Pages>,
}

/// The pages of all rows.
struct Pages {
    times: Vec<PageTime>,
    /// Where those of a row stand; `None`: not recorded.
    of_row: Vec<Option<Range<usize>>>,
}

/// A column of lists with its levels, which [`mod@super::encode`] explains.
struct ListColumn {
    values: Vec<i64>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

impl<'a> RowGroup<'a> {
    /// A row group of a file with [`super::schema::SCHEMA`].
    pub(super) fn new(reader: Box<dyn RowGroupReader + 'a>, rows: usize) -> Self {
        Self {
            reader,
            rows,
            ints: Default::default(),
            texts: Default::default(),
            flags: Default::default(),
            pages: OnceCell::new(),
        }
    }

    /// Its rows, the oldest first.
    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = SealedRow<'_>> {
        (0..self.rows).map(|index| SealedRow { group: self, index })
    }

    pub(super) fn int(&self, column: Int, row: usize) -> Result<Option<i64>, Damage> {
        let values = load(&self.ints[column as usize], || self.decode::<Int64Type>(column.leaf()))?;
        Ok(values[row])
    }

    pub(super) fn text(&self, column: Text, row: usize) -> Result<Option<&str>, Damage> {
        let values = load(&self.texts[column as usize], || self.decode::<ByteArrayType>(column.leaf()))?;
        let text = values[row].as_ref().map(|value| std::str::from_utf8(value.data()));
        text.transpose().map_err(|_| Damage::new("a text is not UTF-8"))
    }

    pub(super) fn flag(&self, column: Flag, row: usize) -> Result<Option<bool>, Damage> {
        let values = load(&self.flags[column as usize], || self.decode::<BoolType>(column.leaf()))?;
        Ok(values[row])
    }

    pub(super) fn pages(&self, row: usize) -> Result<Option<&[PageTime]>, Damage> {
        let pages = load(&self.pages, || self.decode_pages())?;
        Ok(pages.of_row[row].clone().map(|range| &pages.times[range]))
    }

    fn decode<T: DataType>(&self, leaf: usize) -> Result<Vec<Option<T::T>>, Damage> {
        let mut column = self.column::<T>(leaf)?;
        let (mut values, mut levels) = (Vec::with_capacity(self.rows), Vec::new());
        let (records, _, _) = column.read_records(self.rows, Some(&mut levels), None, &mut values)?;
        self.check(records)?;
        // A required column has no levels.
        if levels.is_empty() {
            return Ok(values.into_iter().map(Some).collect());
        }
        let mut values = values.into_iter();
        Ok(levels.iter().map(|&level| if level == 1 { values.next() } else { None }).collect())
    }

    fn decode_pages(&self) -> Result<Pages, Damage> {
        let ListColumn { values: numbers, definitions, repetitions } = self.decode_list(PAGES)?;
        let times = self.decode_list(PAGES + 1)?.values;
        if numbers.len() != times.len() {
            return Err(Damage::new("the columns of the pages differ in length"));
        }
        let mut of_row: Vec<Option<Range<usize>>> = Vec::with_capacity(self.rows);
        let mut end = 0;
        for (definition, repetition) in definitions.into_iter().zip(repetitions) {
            let begin = end;
            end += usize::from(definition == 2);
            match of_row.last_mut() {
                Some(Some(range)) if repetition == 1 => range.end = end,
                _ => of_row.push((definition > 0).then_some(begin..end)),
            }
        }
        self.check(of_row.len())?;
        let times = numbers
            .into_iter()
            .zip(times)
            .map(|(page, time)| Ok(PageTime { page: narrowed(page)?, visible_ms: time.cast_unsigned() }));
        Ok(Pages { times: times.collect::<Result<_, Damage>>()?, of_row })
    }

    fn decode_list(&self, leaf: usize) -> Result<ListColumn, Damage> {
        let mut column = self.column::<Int64Type>(leaf)?;
        let (mut values, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
        let (records, _, _) =
            column.read_records(self.rows, Some(&mut definitions), Some(&mut repetitions), &mut values)?;
        self.check(records)?;
        Ok(ListColumn { values, definitions, repetitions })
    }

    fn column<T: DataType>(&self, leaf: usize) -> Result<ColumnReaderImpl<T>, Damage> {
        Ok(get_typed_column_reader(self.reader.get_column_reader(leaf)?))
    }

    fn check(&self, records: usize) -> Result<(), Damage> {
        if records == self.rows { Ok(()) } else { Err(Damage::new("a column is too short")) }
    }
}

/// A page number, which is stored wider than it is.
pub(super) fn narrowed(page: i64) -> Result<u32, Damage> {
    u32::try_from(page).map_err(|_| Damage::new("a page number is too large"))
}

fn load<T>(cell: &OnceCell<T>, decode: impl FnOnce() -> Result<T, Damage>) -> Result<&T, Damage> {
    if let Some(value) = cell.get() {
        return Ok(value);
    }
    let value = decode()?;
    Ok(cell.get_or_init(|| value))
}
