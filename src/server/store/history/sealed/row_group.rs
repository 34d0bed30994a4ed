//! One row group of a sealed file. A column is decoded when it is read first.

use std::{cell::OnceCell, ops::Range};

use parquet::{
    column::reader::{ColumnReaderImpl, get_typed_column_reader},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type},
    file::reader::RowGroupReader,
};

use super::{
    columns::{ACTIVE_AFTER, CLICKED, EMAIL_VERIFIED, Flag, Int, PAGES, PRINTED, THIRDS, Text},
    error::Damage,
    row::SealedRow,
    schema::Version,
};
use crate::model::{PageTime, Thirds};

/// The values of a column, one for each row.
type Values<T> = OnceCell<Vec<Option<T>>>;

/// The decoded columns of a row group.
pub(super) struct RowGroup<'a> {
    reader: Box<dyn RowGroupReader + 'a>,
    version: Version,
    rows: usize,
    ints: [Values<i64>; Int::ALL.len()],
    texts: [Values<ByteArray>; Text::ALL.len()],
    flags: [Values<bool>; Flag::ALL.len()],
    pages: OnceCell<Lists<PageTime>>,
    clicked: OnceCell<Lists<String>>,
    printed: Values<bool>,
    email_verified: Values<bool>,
    active_after: Values<i64>,
}

/// The lists of all rows.
struct Lists<T> {
    items: Vec<T>,
    /// Where those of a row stand; `None`: not recorded.
    of_row: Vec<Option<Range<usize>>>,
}

/// A column of lists with its levels, which [`mod@super::encode`] explains.
struct ListColumn<T> {
    values: Vec<T>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

impl<'a> RowGroup<'a> {
    /// A row group of a file with the schema of this version.
    pub(super) fn new(reader: Box<dyn RowGroupReader + 'a>, version: Version, rows: usize) -> Self {
        Self {
            reader,
            version,
            rows,
            ints: Default::default(),
            texts: Default::default(),
            flags: Default::default(),
            pages: OnceCell::new(),
            clicked: OnceCell::new(),
            printed: OnceCell::new(),
            email_verified: OnceCell::new(),
            active_after: OnceCell::new(),
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
        text.transpose().map_err(|_| not_utf_8())
    }

    pub(super) fn flag(&self, column: Flag, row: usize) -> Result<Option<bool>, Damage> {
        let values = load(&self.flags[column as usize], || self.decode::<BoolType>(column.leaf()))?;
        Ok(values[row])
    }

    pub(super) fn pages(&self, row: usize) -> Result<Option<&[PageTime]>, Damage> {
        Ok(load(&self.pages, || self.decode_pages())?.of(row))
    }

    pub(super) fn clicked(&self, row: usize) -> Result<&[String], Damage> {
        if self.version == Version::One {
            return Ok(&[]);
        }
        Ok(load(&self.clicked, || self.decode_clicked())?.of(row).unwrap_or_default())
    }

    pub(super) fn printed(&self, row: usize) -> Result<bool, Damage> {
        if self.version == Version::One {
            return Ok(false);
        }
        Ok(load(&self.printed, || self.decode::<BoolType>(PRINTED))?[row].unwrap_or(false))
    }

    pub(super) fn email_verified(&self, row: usize) -> Result<bool, Damage> {
        if matches!(self.version, Version::One | Version::Two) {
            return Ok(false);
        }
        Ok(load(&self.email_verified, || self.decode::<BoolType>(EMAIL_VERIFIED))?[row].unwrap_or(false))
    }

    pub(super) fn active_after(&self, row: usize) -> Result<i64, Damage> {
        if self.version != Version::Four {
            return Ok(0);
        }
        Ok(load(&self.active_after, || self.decode::<Int64Type>(ACTIVE_AFTER))?[row].unwrap_or(0))
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

    fn decode_pages(&self) -> Result<Lists<PageTime>, Damage> {
        let numbers = self.decode_list::<Int64Type>(PAGES)?;
        let of_row = self.rows_of(&numbers)?;
        let times = self.decode_list::<Int64Type>(PAGES + 1)?.values;
        let thirds = match self.version {
            Version::One => vec![Thirds::WHOLE; times.len()],
            Version::Two | Version::Three | Version::Four => self.decode_thirds()?,
        };
        if numbers.values.len() != times.len() || thirds.len() != times.len() {
            return Err(Damage::new("the columns of the pages differ in length"));
        }
        let pages = numbers.values.into_iter().zip(times).zip(thirds);
        let items = pages.map(|((page, time), thirds)| {
            Ok(PageTime { page: narrowed(page)?, visible_ms: time.cast_unsigned(), thirds })
        });
        Ok(Lists { items: items.collect::<Result<_, Damage>>()?, of_row })
    }

    /// The thirds of all pages; a page without any is whole.
    fn decode_thirds(&self) -> Result<Vec<Thirds>, Damage> {
        let ListColumn { values, definitions, .. } = self.decode_list::<Int64Type>(THIRDS)?;
        let mut values = values.into_iter();
        let pages = definitions.into_iter().filter(|&level| level >= 2);
        let known = pages.map(|level| if level == 3 { values.next() } else { None });
        known.map(|sum| sum.map_or(Ok(Thirds::WHOLE), thirds_of)).collect()
    }

    fn decode_clicked(&self) -> Result<Lists<String>, Damage> {
        let column = self.decode_list::<ByteArrayType>(CLICKED)?;
        let of_row = self.rows_of(&column)?;
        let text = |value: ByteArray| String::from_utf8(value.data().to_vec());
        let items = column.values.into_iter().map(text).collect::<Result<_, _>>();
        Ok(Lists { items: items.map_err(|_| not_utf_8())?, of_row })
    }

    /// Where the items of each row stand.
    fn rows_of<T>(&self, column: &ListColumn<T>) -> Result<Vec<Option<Range<usize>>>, Damage> {
        let mut of_row: Vec<Option<Range<usize>>> = Vec::with_capacity(self.rows);
        let mut end = 0;
        for (&definition, &repetition) in column.definitions.iter().zip(&column.repetitions) {
            let begin = end;
            end += usize::from(definition == 2);
            match of_row.last_mut() {
                Some(Some(range)) if repetition == 1 => range.end = end,
                _ => of_row.push((definition > 0).then_some(begin..end)),
            }
        }
        self.check(of_row.len())?;
        Ok(of_row)
    }

    fn decode_list<T: DataType>(&self, leaf: usize) -> Result<ListColumn<T::T>, Damage> {
        let mut column = self.column::<T>(leaf)?;
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

impl<T> Lists<T> {
    fn of(&self, row: usize) -> Option<&[T]> {
        self.of_row[row].clone().map(|range| &self.items[range])
    }
}

fn thirds_of(sum: i64) -> Result<Thirds, Damage> {
    let thirds = u8::try_from(sum).ok().and_then(|sum| Thirds::try_from(sum).ok());
    thirds.ok_or_else(|| Damage::new("the thirds of a page are not a sum of 1, 2 and 4"))
}

fn not_utf_8() -> Damage {
    Damage::new("a text is not UTF-8")
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
