//! `sightline export-owner`: everything of one owner in open formats, in one file.
//!
//! ```text
//! account.json        the account, its keys, documents, links, corrections and events
//! visits.csv, visit-pages.csv    all visits that count, with the columns of docs/export.md
//! visits-left-out.csv, visit-pages-left-out.csv    those that their owner left out of all numbers
//! documents/{document}/{title}.{pdf,png,jpg}    the current file of each document
//! sha256sums
//! ```

use std::{
    fs::File,
    io::{self, BufWriter, Seek, SeekFrom, Write},
    net::Ipv4Addr,
    path::Path,
};

use futures::{StreamExt, TryStreamExt};

use super::{
    backup::{ArchiveWriter, NewFile},
    owner_by_email,
};
use crate::{
    error::AppError,
    format,
    model::{HistoryQuery, HistoryScope, KeyScope, Owner},
    server::{
        print_line,
        services::{
            Credential, RateLimitKey, Requester, Visitor,
            history::export::{ExportRows, csv_line},
        },
        start::Application,
        start_error::StartError,
    },
};

/// Exports the owner with this e-mail address to `file`, where there must be none.
pub async fn export_owner(app: &Application, email: &str, file: &Path) -> Result<(), StartError> {
    let unwritable =
        |error: io::Error| StartError::new(format!("{} cannot be written: {error}", file.display()));
    let owner = owner_by_email(app, email).await?;
    let requester = as_requester(&owner, app.config.origin());
    let mut new = NewFile::create(file).map_err(unwritable)?;
    let mut archive = ArchiveWriter::new(BufWriter::new(new.file()));
    let account = app.services.accounts.export(&requester).await?;
    let text = serde_json::to_vec_pretty(&account).map_err(|error| unwritable(error.into()))?;
    archive.add("account.json", text.len() as u64, &text[..]).map_err(unwritable)?;
    for (name, rows, left_out) in [
        ("visits.csv", ExportRows::Visits, false),
        ("visit-pages.csv", ExportRows::VisitPages, false),
        ("visits-left-out.csv", ExportRows::Visits, true),
        ("visit-pages-left-out.csv", ExportRows::VisitPages, true),
    ] {
        let (size, content) = visits(app, rows, left_out, &requester, file).await?;
        archive.add(name, size, content).map_err(unwritable)?;
    }
    let (mut count, mut missing) = (0, Vec::new());
    for document in app.stores.catalogue.documents_of(Some(&owner.owner_id)).await? {
        let bytes = match app.stores.files.original(&document.id, &document.file).await {
            Err(AppError::FileMissing) => {
                missing.push(document.title);
                continue;
            }
            bytes => bytes?,
        };
        let mut spool = Spool::new(file).map_err(unwritable)?;
        let mut bytes = bytes.map_err(unwritable);
        while let Some(chunk) = bytes.try_next().await? {
            spool.write(&chunk).map_err(unwritable)?;
        }
        let (size, content) = spool.rewind().map_err(unwritable)?;
        let name = format!("{}.{}", file_name(&document.title), document.file.kind.extension());
        archive.add(&format!("documents/{}/{name}", document.id), size, content).map_err(unwritable)?;
        count += 1;
    }
    archive.finish().and_then(|mut out| out.flush()).map_err(unwritable)?;
    new.publish().map_err(unwritable)?;
    let documents = format::plural(count, "document", "documents");
    print_line(&format!("{} holds the account of {email} with {documents} and all visits.", file.display()));
    for title in missing {
        print_line(&format!("The file of \"{title}\" is missing on the server."));
    }
    Ok(())
}

/// All visits of the owner that count, or all that they left out, as CSV.
async fn visits(
    app: &Application,
    rows: ExportRows,
    left_out: bool,
    requester: &Requester,
    beside: &Path,
) -> Result<(u64, File), StartError> {
    let unwritable = |error: io::Error| StartError::new(format!("The visits cannot be written: {error}"));
    let all = HistoryQuery::parse(|name| (name == "range").then_some("all")).map_err(AppError::from)?;
    let query = HistoryQuery { archived: left_out, ..all };
    let (visits, zone) = app.services.history.export(&HistoryScope::Everything, &query, requester).await?;
    let mut spool = Spool::new(beside).map_err(unwritable)?;
    spool.write(&csv_line(rows.columns(&zone))?).map_err(unwritable)?;
    let mut visits = std::pin::pin!(visits);
    while let Some(visit) = visits.next().await {
        for row in rows.of(&visit?, &zone) {
            spool
                .write(&csv_line(row.iter().map(crate::server::services::history::export::csv_field))?)
                .map_err(unwritable)?;
        }
    }
    spool.rewind().map_err(unwritable)
}

/// The owner as if they asked themselves.
fn as_requester(owner: &Owner, origin: String) -> Requester {
    Requester {
        visitor: Visitor {
            rate_limit_key: RateLimitKey::of(Ipv4Addr::LOCALHOST.into()),
            grants: Vec::new(),
            entries: Vec::new(),
            device: None,
        },
        origin,
        credential: Credential::None,
        owner: Some(owner.clone()),
        scope: KeyScope::Manage,
        needs_second_factor: false,
        client: "Command line".into(),
    }
}

/// A title as the name of a file on any system: letters, digits and a few marks, at most 80 characters.
fn file_name(title: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || " -_.".contains(letter) { letter } else { '_' };
    let name: String = title.chars().map(plain).take(80).collect();
    let name = name.trim_matches([' ', '.']);
    if name.is_empty() { "document".to_owned() } else { name.to_owned() }
}

/// What is written before its size is known, in a file without a name.
struct Spool(File);

impl Spool {
    fn new(beside: &Path) -> io::Result<Self> {
        let mut name = beside.as_os_str().to_owned();
        name.push(".part");
        let file = NewFile::create(Path::new(&name))?;
        Ok(Self(file.into_unnamed()?))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn rewind(mut self) -> io::Result<(u64, File)> {
        let size = self.0.seek(SeekFrom::End(0))?;
        self.0.seek(SeekFrom::Start(0))?;
        Ok((size, self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn title_becomes_a_plain_file_name() {
        for (title, name) in [
            ("Annual report 2026", "Annual report 2026"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("Überblick: Q3/Q4", "Überblick_ Q3_Q4"),
            ("...", "document"),
            ("\u{0}\n", "__"),
        ] {
            assert_eq!(file_name(title), name);
        }
        assert_eq!(file_name(&"x".repeat(300)).len(), 80);
    }
}
