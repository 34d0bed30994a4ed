//! Visits as rows of a file: what columns there are, and what they hold. docs/export.md lists them.
//!
//! A change of a column's name, meaning or place is a new [`VERSION`].

use serde_json::{Map, Value, json};

use super::Zone;
use crate::{
    error::AppError,
    model::{PageTime, Visit},
};

/// The version of the columns.
pub const VERSION: u32 = 2;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportRows {
    /// A visit.
    Visits,
    /// A page of a visit.
    VisitPages,
}

impl ExportRows {
    /// The names of the columns.
    pub fn columns(self, zone: &Zone) -> Vec<String> {
        let names: &[&str] = match self {
            Self::Visits => &[
                "visit_id",
                "link_id",
                "document_id",
                "file_version",
                "started_utc",
                "started",
                "ended_utc",
                "visible_seconds",
                "completion_percent",
                "pages_seen",
                "furthest_page",
                "page_count",
                "email",
                "reader",
                "returning",
                "downloaded_utc",
                "device",
                "browser",
                "system",
                "country",
                "referrer",
                "clicked",
                "printed",
                "email_verified",
            ],
            Self::VisitPages => {
                &["visit_id", "link_id", "document_id", "file_version", "page", "visible_ms", "thirds"]
            }
        };
        let named = |name: &&str| match *name {
            "started" => format!("started ({})", zone.name()),
            name => name.to_owned(),
        };
        names.iter().map(named).collect()
    }

    /// The rows of a visit. `null` stands for what was not recorded, never 0.
    pub fn of(self, visit: &Visit, zone: &Zone) -> Vec<Vec<Value>> {
        let of_visit = [json!(visit.id), json!(visit.link), json!(visit.document), json!(visit.version)];
        match self {
            Self::Visits => vec![[&of_visit[..], &visit_values(visit, zone)].concat()],
            Self::VisitPages => {
                let of_page =
                    |page: &PageTime| [json!(page.page), json!(page.visible_ms), json!(page.thirds)];
                let pages = visit.pages.iter().flatten();
                pages.map(|page| [&of_visit[..], &of_page(page)].concat()).collect()
            }
        }
    }
}

fn visit_values(visit: &Visit, zone: &Zone) -> [Value; 20] {
    let utc = |time: i64| Zone::utc().rfc_3339(time).replace("+00:00", "Z");
    [
        json!(utc(visit.joined_at)),
        json!(zone.rfc_3339(visit.joined_at)),
        json!(utc(visit.ended_at)),
        json!(visit.visible_ms / 1_000),
        json!(visit.completion()),
        json!(visit.pages_seen()),
        json!(visit.furthest_page()),
        json!(visit.page_count),
        json!(visit.email),
        json!(visit.reader),
        json!(visit.returning),
        json!(visit.downloaded_at.map(utc)),
        json!(visit.client.map(|client| client.device.label())),
        json!(visit.client.map(|client| client.browser.label())),
        json!(visit.client.map(|client| client.system.label())),
        json!(visit.country),
        json!(visit.referrer),
        // No address has a blank in it.
        json!(visit.clicked.join(" ")),
        json!(visit.printed),
        json!(visit.email_verified),
    ]
}

/// A value as a field of a CSV file. A spreadsheet runs a text that begins like a formula
/// ([OWASP](https://owasp.org/www-community/attacks/CSV_Injection)): a quote before it makes it text. Numbers stay.
pub fn csv_field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// One line of [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180).
pub fn csv_line(fields: impl IntoIterator<Item = String>) -> Result<Vec<u8>, AppError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(fields).map_err(|_| AppError::Internal)?;
    writer.into_inner().map_err(|_| AppError::Internal)
}

/// A row as an object.
pub fn object(columns: &[String], row: Vec<Value>) -> Value {
    Value::Object(columns.iter().cloned().zip(row).collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        for (value, field) in [
            (json!("=1+1"), "'=1+1"),
            (json!("+49"), "'+49"),
            (json!("-a@b.c"), "'-a@b.c"),
            (json!("@sum"), "'@sum"),
            (json!("\t=1"), "'\t=1"),
            (json!("a=b"), "a=b"),
            (json!(-5), "-5"),
            (json!(true), "true"),
            (Value::Null, ""),
        ] {
            assert_eq!(csv_field(&value), field);
        }
    }
}
