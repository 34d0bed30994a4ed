//! What calculations ask of a finished visit, wherever it is kept, and who takes visits one by one.

use std::{convert::Infallible, ops::ControlFlow};

use super::sealed::{Damage, SealedRow};
use crate::model::{ClientKind, Country, Device, PageTime, PagesRead, ReaderName, Visit, VisitId, is_view};

/// What a visit tells, fact by fact: a [`Visit`], or a row of a sealed file, which decodes only what it is asked. Each
/// fact is what the field or method of [`Visit`] with its name holds.
#[expect(missing_docs, reason = "each is a field or a method of Visit")]
pub trait VisitFacts {
    /// Why a fact cannot be read.
    type Error;

    fn id(&self) -> Result<VisitId, Self::Error>;
    fn link(&self) -> Result<&str, Self::Error>;
    fn document(&self) -> Result<&str, Self::Error>;
    fn version(&self) -> Result<Option<&str>, Self::Error>;
    fn page_count(&self) -> Result<Option<u32>, Self::Error>;
    fn reader(&self) -> Result<Option<ReaderName>, Self::Error>;
    fn email(&self) -> Result<Option<&str>, Self::Error>;
    fn joined_at(&self) -> Result<i64, Self::Error>;
    fn ended_at(&self) -> Result<i64, Self::Error>;
    fn active_after_ms(&self) -> Result<u64, Self::Error>;
    fn visible_ms(&self) -> Result<u64, Self::Error>;
    fn pages(&self) -> Result<Option<&[PageTime]>, Self::Error>;
    fn exit_page(&self) -> Result<Option<u32>, Self::Error>;
    fn downloaded_at(&self) -> Result<Option<i64>, Self::Error>;
    fn clicked(&self) -> Result<&[String], Self::Error>;
    fn printed(&self) -> Result<bool, Self::Error>;
    fn referrer(&self) -> Result<Option<&str>, Self::Error>;
    fn client(&self) -> Result<Option<ClientKind>, Self::Error>;
    /// The device of the client, without its browser and system.
    fn device(&self) -> Result<Option<Device>, Self::Error>;
    fn country(&self) -> Result<Option<Country>, Self::Error>;
    fn returning(&self) -> Result<Option<bool>, Self::Error>;
    fn archived(&self) -> Result<bool, Self::Error>;
    /// All of it.
    fn to_visit(&self) -> Result<Visit, Self::Error>;

    fn pages_seen(&self) -> Result<Option<u32>, Self::Error> {
        Ok(self.pages()?.map(|pages| PagesRead(pages).seen()))
    }

    /// Whether a page was in view for at least a second; `false` where pages were not recorded.
    fn saw_page(&self, page: u32) -> Result<bool, Self::Error> {
        Ok(self.pages()?.is_some_and(|pages| PagesRead(pages).saw(page)))
    }

    fn furthest_page(&self) -> Result<Option<u32>, Self::Error> {
        Ok(self.pages()?.and_then(|pages| PagesRead(pages).furthest()))
    }

    fn completion(&self) -> Result<Option<u8>, Self::Error> {
        let Some(page_count) = self.page_count()? else { return Ok(None) };
        Ok(self.pages()?.and_then(|pages| PagesRead(pages).completion(page_count)))
    }

    fn is_view(&self) -> Result<bool, Self::Error> {
        is_view(self.joined_at()?, self.downloaded_at()?, || Ok((self.ended_at()?, self.pages()?)))
    }

    /// Whether both are the same visit: ids are unique within a link only.
    fn is(&self, other: &Visit) -> Result<bool, Self::Error> {
        Ok(self.id()? == other.id && self.link()? == other.link.as_str())
    }

    /// Whether both are by one reader, as far as is known: by one browser, or with one e-mail address. What the other does
    /// not know is not asked for.
    fn has_reader_of(&self, other: &Visit) -> Result<bool, Self::Error> {
        if other.reader.is_some() && self.reader()? == other.reader {
            return Ok(true);
        }
        match &other.email {
            Some(email) => Ok(self.email()? == Some(email)),
            None => Ok(false),
        }
    }
}

/// Takes visits one by one.
///
/// Those of a link come the newest id first, one link after the other; a sink is right in any order, but may end a link
/// too early in another one. After an error it may have counted a part of that visit.
pub trait VisitSink {
    /// Takes a visit. [`ControlFlow::Break`]: no further visit of this link makes a difference.
    fn take<V: VisitFacts>(&mut self, visit: &V) -> Result<ControlFlow<()>, V::Error>;
}

impl VisitFacts for Visit {
    type Error = Infallible;

    fn id(&self) -> Result<VisitId, Infallible> {
        Ok(self.id)
    }

    fn link(&self) -> Result<&str, Infallible> {
        Ok(self.link.as_str())
    }

    fn document(&self) -> Result<&str, Infallible> {
        Ok(self.document.as_str())
    }

    fn version(&self) -> Result<Option<&str>, Infallible> {
        Ok(self.version.as_deref())
    }

    fn page_count(&self) -> Result<Option<u32>, Infallible> {
        Ok(self.page_count)
    }

    fn reader(&self) -> Result<Option<ReaderName>, Infallible> {
        Ok(self.reader)
    }

    fn email(&self) -> Result<Option<&str>, Infallible> {
        Ok(self.email.as_deref())
    }

    fn joined_at(&self) -> Result<i64, Infallible> {
        Ok(self.joined_at)
    }

    fn ended_at(&self) -> Result<i64, Infallible> {
        Ok(self.ended_at)
    }

    fn active_after_ms(&self) -> Result<u64, Infallible> {
        Ok(self.active_after_ms)
    }

    fn visible_ms(&self) -> Result<u64, Infallible> {
        Ok(self.visible_ms)
    }

    fn pages(&self) -> Result<Option<&[PageTime]>, Infallible> {
        Ok(self.pages.as_deref())
    }

    fn exit_page(&self) -> Result<Option<u32>, Infallible> {
        Ok(self.exit_page)
    }

    fn downloaded_at(&self) -> Result<Option<i64>, Infallible> {
        Ok(self.downloaded_at)
    }

    fn clicked(&self) -> Result<&[String], Infallible> {
        Ok(&self.clicked)
    }

    fn printed(&self) -> Result<bool, Infallible> {
        Ok(self.printed)
    }

    fn referrer(&self) -> Result<Option<&str>, Infallible> {
        Ok(self.referrer.as_deref())
    }

    fn client(&self) -> Result<Option<ClientKind>, Infallible> {
        Ok(self.client)
    }

    fn device(&self) -> Result<Option<Device>, Infallible> {
        Ok(self.client.map(|client| client.device))
    }

    fn country(&self) -> Result<Option<Country>, Infallible> {
        Ok(self.country)
    }

    fn returning(&self) -> Result<Option<bool>, Infallible> {
        Ok(self.returning)
    }

    fn archived(&self) -> Result<bool, Infallible> {
        Ok(self.archived)
    }

    fn to_visit(&self) -> Result<Visit, Infallible> {
        Ok(self.clone())
    }
}

/// Facts that a row has under their name.
macro_rules! columns {
    ($($fact:ident: $value:ty,)*) => {
        $(fn $fact(&self) -> Result<$value, Damage> {
            SealedRow::$fact(self)
        })*
    };
}

impl VisitFacts for SealedRow<'_> {
    type Error = Damage;

    columns! {
        id: VisitId,
        link: &str,
        document: &str,
        version: Option<&str>,
        page_count: Option<u32>,
        reader: Option<ReaderName>,
        email: Option<&str>,
        joined_at: i64,
        ended_at: i64,
        active_after_ms: u64,
        visible_ms: u64,
        pages: Option<&[PageTime]>,
        exit_page: Option<u32>,
        downloaded_at: Option<i64>,
        clicked: &[String],
        printed: bool,
        referrer: Option<&str>,
        client: Option<ClientKind>,
        device: Option<Device>,
        country: Option<Country>,
        returning: Option<bool>,
        archived: bool,
    }

    fn to_visit(&self) -> Result<Visit, Damage> {
        self.visit()
    }
}
