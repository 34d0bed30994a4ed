//! One visit in a sealed file, read column by column.

use super::{
    columns::{Flag, Int, Text},
    error::Damage,
    row_group::{RowGroup, narrowed},
};
use crate::model::{Browser, ClientKind, Country, Device, PageTime, ReaderName, System, Visit, VisitId};

/// One visit in a sealed file. Only the columns are decoded whose methods are called, so that a question pays for
/// what it reads. What a method returns is what the field of [`Visit`] with its name holds.
#[derive(Clone, Copy)]
pub struct SealedRow<'a> {
    pub(super) group: &'a RowGroup<'a>,
    pub(super) index: usize,
}

#[expect(missing_docs, reason = "each is a field of Visit")]
impl<'a> SealedRow<'a> {
    pub fn id(&self) -> Result<VisitId, Damage> {
        Ok(VisitId {
            recorded_at: self.ended_at()?.wrapping_add(self.required(Int::RecordedAfterMs)?).cast_unsigned(),
            sequence: self.required(Int::Sequence)?.cast_unsigned(),
        })
    }

    pub fn link(&self) -> Result<&'a str, Damage> {
        self.group.text(Text::Link, self.index)?.ok_or_else(missing)
    }

    pub fn document(&self) -> Result<&'a str, Damage> {
        self.group.text(Text::Document, self.index)?.ok_or_else(missing)
    }

    pub fn version(&self) -> Result<Option<&'a str>, Damage> {
        self.group.text(Text::Version, self.index)
    }

    pub fn page_count(&self) -> Result<Option<u32>, Damage> {
        self.group.int(Int::PageCount, self.index)?.map(narrowed).transpose()
    }

    pub fn reader(&self) -> Result<Option<ReaderName>, Damage> {
        self.group.text(Text::Reader, self.index)?.map(parsed).transpose()
    }

    pub fn email(&self) -> Result<Option<&'a str>, Damage> {
        self.group.text(Text::Email, self.index)
    }

    pub fn email_verified(&self) -> Result<bool, Damage> {
        self.group.email_verified(self.index)
    }

    pub fn joined_at(&self) -> Result<i64, Damage> {
        self.required(Int::JoinedAt)
    }

    pub fn ended_at(&self) -> Result<i64, Damage> {
        let open = self.required(Int::VisibleMs)?.wrapping_add(self.required(Int::AwayMs)?);
        Ok(self.joined_at()?.wrapping_add(open))
    }

    pub fn active_after_ms(&self) -> Result<u64, Damage> {
        Ok(self.group.active_after(self.index)?.cast_unsigned())
    }

    pub fn visible_ms(&self) -> Result<u64, Damage> {
        Ok(self.required(Int::VisibleMs)?.cast_unsigned())
    }

    pub fn pages(&self) -> Result<Option<&'a [PageTime]>, Damage> {
        self.group.pages(self.index)
    }

    pub fn exit_page(&self) -> Result<Option<u32>, Damage> {
        self.group.int(Int::ExitPage, self.index)?.map(narrowed).transpose()
    }

    pub fn downloaded_at(&self) -> Result<Option<i64>, Damage> {
        self.group.int(Int::DownloadedAt, self.index)
    }

    pub fn clicked(&self) -> Result<&'a [String], Damage> {
        self.group.clicked(self.index)
    }

    pub fn printed(&self) -> Result<bool, Damage> {
        self.group.printed(self.index)
    }

    pub fn referrer(&self) -> Result<Option<&'a str>, Damage> {
        self.group.text(Text::Referrer, self.index)
    }

    pub fn client(&self) -> Result<Option<ClientKind>, Damage> {
        let label = |column| self.group.text(column, self.index);
        let (Some(browser), Some(system), Some(device)) =
            (label(Text::Browser)?, label(Text::System)?, self.device()?)
        else {
            return Ok(None);
        };
        // A label of a newer version is one that this server does not tell apart.
        Ok(Some(ClientKind {
            browser: find(Browser::ALL, |kind| kind.label() == browser).unwrap_or(Browser::Other),
            system: find(System::ALL, |kind| kind.label() == system).unwrap_or(System::Other),
            device,
        }))
    }

    /// The device of the client: one column of three.
    pub fn device(&self) -> Result<Option<Device>, Damage> {
        let device = |label| find(Device::ALL, |kind| kind.label() == label).unwrap_or(Device::Other);
        Ok(self.group.text(Text::Device, self.index)?.map(device))
    }

    pub fn country(&self) -> Result<Option<Country>, Damage> {
        self.group.text(Text::Country, self.index)?.map(parsed).transpose()
    }

    pub fn returning(&self) -> Result<Option<bool>, Damage> {
        self.group.flag(Flag::Returning, self.index)
    }

    pub fn archived(&self) -> Result<bool, Damage> {
        self.group.flag(Flag::Archived, self.index)?.ok_or_else(missing)
    }

    /// The whole visit, which decodes every column.
    pub fn visit(&self) -> Result<Visit, Damage> {
        Ok(Visit {
            id: self.id()?,
            link: parsed(self.link()?)?,
            document: parsed(self.document()?)?,
            version: self.version()?.map(str::to_owned),
            page_count: self.page_count()?,
            reader: self.reader()?,
            email: self.email()?.map(str::to_owned),
            email_verified: self.email_verified()?,
            joined_at: self.joined_at()?,
            ended_at: self.ended_at()?,
            active_after_ms: self.active_after_ms()?,
            visible_ms: self.visible_ms()?,
            pages: self.pages()?.map(<[PageTime]>::to_vec),
            exit_page: self.exit_page()?,
            downloaded_at: self.downloaded_at()?,
            clicked: self.clicked()?.to_vec(),
            printed: self.printed()?,
            referrer: self.referrer()?.map(str::to_owned),
            client: self.client()?,
            country: self.country()?,
            returning: self.returning()?,
            archived: self.archived()?,
        })
    }

    fn required(&self, column: Int) -> Result<i64, Damage> {
        self.group.int(column, self.index)?.ok_or_else(missing)
    }
}

fn find<T: Copy>(all: &[T], is: impl Fn(T) -> bool) -> Option<T> {
    all.iter().copied().find(|kind| is(*kind))
}

fn parsed<T: std::str::FromStr<Err = crate::model::Invalid>>(text: &str) -> Result<T, Damage> {
    text.parse().map_err(|error: crate::model::Invalid| Damage::new(error.to_string()))
}

fn missing() -> Damage {
    Damage::new("a required value is missing")
}
