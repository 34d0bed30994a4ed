//! Visits as files: read back by real parsers, and made with memory that does not grow with their number.

use std::ops::Range;

use axum::http::Method;
use csv::StringRecord;
use serde_json::{Value, json};
use sightline::{
    model::{DocumentId, LinkId, PageTime, ReaderName, Visit, VisitId},
    server::store::clock::system_now,
};
use tokio::io::AsyncBufReadExt;

use super::{app_with_visits, of_link};
use crate::support::{
    program::{Server, data_with_document_on},
    redis_server::RedisServer,
    sealed_file::seal,
    test_app::TestApp,
};

/// Texts, and how a CSV file has them: before one that a spreadsheet would run as a formula stands a quote.
const HOSTILE: [(&str, &str); 24] = [
    ("=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"),
    ("+1+1@b.c", "'+1+1@b.c"),
    ("-1+1@b.c", "'-1+1@b.c"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1+1", "'\t=1+1"),
    ("\r=1+1", "'\r=1+1"),
    ("\n=1+1", "'\n=1+1"),
    ("\"=1+1\"", "\"=1+1\""),
    ("ann=1@b.c", "ann=1@b.c"),
    ("a,b@b.c", "a,b@b.c"),
    ("a;b@b.c", "a;b@b.c"),
    ("\"q\"@b.c", "\"q\"@b.c"),
    ("\"\"\"", "\"\"\""),
    ("'q'@b.c", "'q'@b.c"),
    ("two\nlines", "two\nlines"),
    ("two\r\nlines", "two\r\nlines"),
    ("two\rlines", "two\rlines"),
    ("an end\r\n", "an end\r\n"),
    (" blanks around ", " blanks around "),
    ("שלום@דואר.co.il", "שלום@דואר.co.il"),
    ("مرحبا@بريد.com", "مرحبا@بريد.com"),
    ("\u{202e}moc.elpmaxe@\u{200f}", "\u{202e}moc.elpmaxe@\u{200f}"),
    ("👩‍👩‍👧📈🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👩‍👧📈🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
    ("", ""),
];

/// The rows of a CSV file, and its columns by name.
struct Csv {
    head: StringRecord,
    rows: Vec<StringRecord>,
}

impl Csv {
    fn read(body: &[u8]) -> Self {
        let mut reader = csv::Reader::from_reader(body);
        let head = reader.headers().expect("a head").clone();
        Self { head, rows: reader.records().map(|row| row.expect("a row")).collect() }
    }

    fn column(&self, name: &str) -> Vec<&str> {
        let column = self.head.iter().position(|head| head == name);
        let column = column.unwrap_or_else(|| panic!("no {name} in {:?}", self.head));
        self.rows.iter().map(|row| &row[column]).collect()
    }
}

/// A visit that began at so many minutes after `from`, in Unix milliseconds, and ended a minute later.
fn visit(link: &LinkId, document: &DocumentId, from: i64, number: usize) -> Visit {
    let joined_at = from + number as i64 * 60_000;
    let id = VisitId { recorded_at: joined_at.cast_unsigned() + 60_000, sequence: 0 };
    Visit {
        version: Some("version".to_owned()),
        page_count: Some(12),
        reader: Some(ReaderName::of_text(&format!("mark-of-reader-{}", number % 5_000))),
        email: Some(format!("reader{number}@example.com")),
        joined_at,
        ended_at: joined_at + 60_000,
        visible_ms: 40_000,
        pages: Some((1..=4).map(|page| PageTime::whole(page, 10_000)).collect()),
        exit_page: Some(4),
        referrer: Some(String::new()),
        ..Visit::of(id, link.clone(), document.clone())
    }
}

#[tokio::test]
async fn hostile_texts_are_read_back() {
    let app = TestApp::new().await;
    let from = app.now() - HOSTILE.len() as i64 * 60_000;
    let visits = HOSTILE.iter().enumerate().map(|(number, (given, _))| Visit {
        email: Some((*given).to_owned()),
        referrer: Some((*given).to_owned()),
        ..visit(&app.link, &app.document, from, number)
    });
    seal(&app.redis, app.data_dir(), visits.collect()).await;
    let zone = json!({ "zone": "Asia/Kathmandu" }).to_string();
    app.send(Method::POST, "/sfn/note_time_zone", zone).await.ok();

    let reply = app.get(&of_link(&app, "visits.csv")).await.ok();
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"visits-v2.csv\"");
    let csv = Csv::read(&reply.body);
    let safe: Vec<&str> = HOSTILE.iter().rev().map(|(_, safe)| *safe).collect();
    assert_eq!(csv.column("email"), safe);
    assert_eq!(csv.column("referrer"), safe);
    assert_eq!(csv.column("started_utc")[0], "2026-03-18T11:59:00Z");
    assert_eq!(csv.column("started (Asia/Kathmandu)")[0], "2026-03-18T17:44:00+05:45");
    assert_eq!(csv.column("country")[0], "", "not recorded");
    assert_eq!(csv.column("visible_seconds")[0], "40");

    let lines = app.get(&of_link(&app, "visits.ndjson")).await.ok().text();
    let read: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let given: Vec<&str> = HOSTILE.iter().rev().map(|(given, _)| *given).collect();
    assert!(read.iter().map(|visit| &visit["email"]).eq(given), "as they are: {lines}");
}

/// The same texts as far as a join takes them.
#[tokio::test]
async fn hostile_addresses_of_joins_are_read_back() {
    let app = TestApp::new().await;
    let taken = ["=cmd|x@b.c", "a,b@b.c", "\"q\"@b.c", "-1+1@b.c", "\u{202e}rtl@b.c", "📈@b.c", "ann@b.c"];
    for (session, email) in taken.iter().enumerate() {
        app.join_with(&format!("s{session}"), json!({ "email": email })).await;
        app.leave(&format!("s{session}")).await;
    }
    let csv = Csv::read(&app.get(&of_link(&app, "visits.csv")).await.ok().body);
    let mut read = csv.column("email");
    read.reverse();
    let safe = ["'=cmd|x@b.c", "a,b@b.c", "\"q\"@b.c", "'-1+1@b.c", "\u{202e}rtl@b.c", "📈@b.c", "ann@b.c"];
    assert_eq!(read, safe);
}

#[tokio::test]
async fn export_of_pages_has_a_row_for_each() {
    let app = app_with_visits().await;
    let lines = app.get(&of_link(&app, "visit-pages.ndjson")).await.ok().text();
    let pages: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(pages.len(), 3 + 1 + 6);
    assert!(pages.iter().all(|page| page["visible_ms"] == 20_000));
    let csv = Csv::read(&app.get(&of_link(&app, "visit-pages.csv")).await.ok().body);
    assert_eq!(csv.column("visible_ms"), ["20000"; 10]);
    assert_eq!(csv.column("page")[..7], ["1", "2", "3", "4", "5", "6", "1"], "the newest visit first");
}

/// Visits of each file. A scan holds one file and one row group, so that memory is the same for any number of files.
const PER_FILE: usize = 20_000;

#[tokio::test(flavor = "multi_thread")]
async fn export_of_ten_times_the_visits_takes_no_more_memory() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let server = Server::start_as(data.command(&["serve"], Some(&redis.url()))).await;
    let link = server.get("/api/links/doc").await.ok().json();
    let document = link["link"]["documentId"].as_str().expect("an id").parse().expect("an id");
    let link = "doc".parse().expect("a link id");
    let from = system_now() - 200_000 * 60_000;

    let idle = server.memory();
    let growth = async |files: Range<usize>| {
        let exported = files.end * PER_FILE;
        for file in files {
            let numbers = file * PER_FILE..(file + 1) * PER_FILE;
            let visits = numbers.map(|number| visit(&link, &document, from, number));
            seal(&redis, data.path(), visits.collect()).await;
        }
        server.forget_peak_memory();
        for (kind, rows_of_head) in [("csv", 1), ("ndjson", 0)] {
            let Exported { rows, first, last } = Exported::read(&server, kind, rows_of_head).await;
            assert_eq!(rows, exported, "{kind}");
            let email = |number: usize| format!("reader{number}@example.com");
            assert!(first.contains(&email(exported - 1)), "{kind}: {first}");
            assert!(last.contains(&email(0)), "{kind}: {last}");
        }
        (server.peak_memory() - idle) / 1_024
    };
    let (few, many) = (growth(0..1).await, growth(1..10).await);
    assert!(many < 2 * few, "memory grew by {few} kB for 20,000 visits, by {many} kB for 200,000");
}

/// What is kept of an exported file while it is read.
#[derive(Default)]
struct Exported {
    rows: usize,
    first: String,
    last: String,
}

impl Exported {
    /// Reads a file in which no field holds a line end.
    async fn read(server: &Server, kind: &str, rows_of_head: usize) -> Self {
        let mut lines = server.export(&format!("/api/links/doc/visits.{kind}?range=all")).await.lines();
        for _ in 0..rows_of_head {
            lines.next_line().await.expect("the server answers").expect("a head");
        }
        let mut exported = Self::default();
        while let Some(line) = lines.next_line().await.expect("the server answers") {
            if exported.rows == 0 {
                exported.first.clone_from(&line);
            }
            exported.rows += 1;
            exported.last = line;
        }
        exported
    }
}
