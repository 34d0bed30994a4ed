//! Sealed visits in a folder and in S3: written, read, merged, erased, removed.

mod version_1;
mod version_2;
mod version_3;

use std::{path::PathBuf, sync::Arc};

use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStoreExt, path::Path};
use parquet::file::reader::{FileReader, SerializedFileReader};
use sightline::{
    model::{LinkId, PageTime, ReaderName, Visit, VisitId},
    server::store::history::sealed::{
        Damage, FileName, FileStats, Person, Rewritten, ScanBounds, SealedError, SealedRow, SealedVisits,
        Unfit,
    },
};
use tokio_util::bytes::Bytes;

use crate::support::{s3::S3, storage::Storage};

/// Sealed visits of one link in a temporary folder.
struct Sealed {
    storage: Storage,
    visits: SealedVisits,
    link: LinkId,
}

impl Sealed {
    fn new() -> Self {
        Self::over(Storage::new())
    }

    fn over(storage: Storage) -> Self {
        let visits = SealedVisits::new(storage.files.objects());
        Self { storage, visits, link: "guide".parse().expect("a link id") }
    }

    /// Seals visits, one for each number.
    async fn write(&self, numbers: std::ops::Range<u64>) -> FileStats {
        let visits: Vec<Visit> = numbers.map(|number| self.visit(number)).collect();
        let name = FileName::new(visits[0].id, visits[visits.len() - 1].id).expect("a name");
        self.visits.write(&self.link, name, visits).await.expect("a file")
    }

    /// Adds a file of `tests/files`, which an earlier release wrote. Returns what it holds, and its path.
    async fn add_old_file(&self, file: &str, name: &str) -> (FileStats, PathBuf) {
        let name: FileName = name.parse().expect("a name");
        let path = self.storage.path(&format!("visits/guide/{name}.parquet"));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(file);
        std::fs::copy(from, &path).expect("a file");
        (self.visits.inspect(&self.link, &name).await.expect("statistics"), path)
    }

    /// All visits of a file.
    async fn read(&self, file: &FileStats) -> Vec<Visit> {
        let visits = self
            .visits
            .scan(&self.link, vec![file.clone()], ScanBounds::default(), |row| row.visit().map(Some));
        visits.try_collect().await.expect("a whole file")
    }

    /// A visit that begins at `number` seconds and ends in the same one. Ten readers take turns.
    fn visit(&self, number: u64) -> Visit {
        let (joined_at, reader) = (number as i64 * 1_000, number % 10);
        Visit {
            id: VisitId { recorded_at: number * 1_000 + 900, sequence: 0 },
            link: self.link.clone(),
            document: self.storage.document.clone(),
            version: Some("version".to_owned()),
            page_count: Some(12),
            reader: Some(ReaderName::of_text(&format!("mark-of-reader-{reader}"))),
            email: Some(format!("Reader{reader}@example.com")),
            email_verified: reader % 2 == 1,
            active_after_ms: if reader % 3 == 0 { 300_000 } else { 0 },
            joined_at,
            ended_at: joined_at + 900,
            visible_ms: 800,
            pages: Some(vec![PageTime::whole(1, 800)]),
            exit_page: Some(1),
            downloaded_at: None,
            referrer: Some(format!("referrer{reader}.example.com")),
            client: None,
            country: None,
            returning: Some(number >= 10),
            archived: false,
            clicked: Vec::new(),
            printed: false,
        }
    }

    /// The numbers of the visits within bounds, in the order of the scan.
    async fn scan(&self, files: &[FileStats], bounds: ScanBounds) -> Result<Vec<u64>, SealedError> {
        self.visits.scan(&self.link, files.to_vec(), bounds, number).try_collect().await
    }

    /// Merges files to a new one.
    async fn merge(&self, files: &[FileStats]) -> Result<FileStats, SealedError> {
        let name = FileName::new(files[0].name.first, files[files.len() - 1].name.last).expect("a name");
        self.visits.merge(&self.link, name, files).await
    }

    /// Writes a file anew without the visits of a person.
    async fn without(&self, file: &FileStats, person: &Person) -> Result<Rewritten, SealedError> {
        let (name, person) = (file.name.renewed().expect("a name"), person.clone());
        let change = move |visit: Visit| (!person.made(&visit)).then_some(visit);
        self.visits.rewrite(&self.link, &file.name, name, change).await
    }

    async fn numbers(&self, files: &[FileStats]) -> Vec<u64> {
        self.scan(files, ScanBounds::default()).await.expect("whole files")
    }

    /// The path of a file on the disk.
    fn path(&self, file: &FileStats) -> PathBuf {
        self.storage.path(&format!("visits/{}/{}.parquet", self.link, file.name))
    }
}

fn number(row: &SealedRow<'_>) -> Result<Option<u64>, Damage> {
    Ok(Some(row.joined_at()? as u64 / 1_000))
}

fn newest_first(numbers: std::ops::Range<u64>) -> Vec<u64> {
    numbers.rev().collect()
}

fn person(reader: u64) -> Person {
    Person::Email(format!("READER{reader}@example.COM"))
}

#[tokio::test]
async fn scan_returns_visits_newest_first_within_bounds() {
    let sealed = Sealed::new();
    let files = [sealed.write(0..50).await, sealed.write(50..80).await, sealed.write(80..100).await];
    assert_eq!(sealed.numbers(&files).await, newest_first(0..100));

    let scan = |bounds| sealed.scan(&files, bounds);
    let before = Some(VisitId { recorded_at: 70_900, sequence: 0 });
    let page = scan(ScanBounds { before, limit: Some(30), ..ScanBounds::default() }).await;
    assert_eq!(page.expect("whole files"), newest_first(40..70));
    let (from, until) = (Some(45_000), Some(55_000));
    let range = scan(ScanBounds { joined_from: from, joined_before: until, ..ScanBounds::default() }).await;
    assert_eq!(range.expect("whole files"), newest_first(45..55));
    let one = scan(ScanBounds { person: Some(person(3)), limit: Some(3), ..ScanBounds::default() }).await;
    assert_eq!(one.expect("whole files"), [93, 83, 73]);
    let none = scan(ScanBounds { limit: Some(0), ..ScanBounds::default() }).await;
    assert!(none.expect("nothing is read").is_empty());

    let whole: Vec<Visit> = sealed
        .visits
        .scan(&sealed.link, files[2..].to_vec(), ScanBounds::default(), |row| row.visit().map(Some))
        .try_collect()
        .await
        .expect("whole files");
    assert!(whole.into_iter().eq((80..100).rev().map(|number| sealed.visit(number))));
}

#[tokio::test]
async fn only_files_that_can_answer_are_opened() {
    let s3 = S3::start().await;
    let sealed = Sealed::over(Storage::with(|_| {}, Some(Arc::new(s3.client()))));
    let mut files = Vec::new();
    for begin in (0..100).step_by(10) {
        files.push(sealed.write(begin..begin + 10).await);
    }
    let oldest = s3.objects().into_iter().find(|(path, _)| path.contains("/900-0_9900-0_"));
    assert_eq!(oldest.expect("a file").0, format!("some/prefix/visits/guide/{}.parquet", files[0].name));

    let newest = ScanBounds { limit: Some(15), ..ScanBounds::default() };
    assert_eq!(sealed.scan(&files, newest).await.expect("whole files"), newest_first(85..100));
    assert_eq!(s3.gets(), 2, "the two newest");
    let day = ScanBounds { joined_from: Some(30_000), joined_before: Some(40_000), ..ScanBounds::default() };
    assert_eq!(sealed.scan(&files, day).await.expect("whole files"), newest_first(30..40));
    assert_eq!(s3.gets(), 3, "the one of that time");
    let stranger = ScanBounds { person: Some(person(77)), ..ScanBounds::default() };
    assert!(sealed.scan(&files, stranger).await.expect("whole files").is_empty());
    assert_eq!(s3.gets(), 3, "none knows them");

    let merged = sealed.merge(&files).await.expect("one file");
    let left = sealed.without(&merged, &person(3)).await.expect("a file");
    assert_eq!(left.removed, 10);
    sealed.visits.remove_all(&sealed.link).await.expect("they are removed");
    assert_eq!(s3.objects(), []);
}

#[tokio::test]
async fn damaged_and_missing_files_are_told_and_skipped() {
    let sealed = Sealed::new();
    let files = [sealed.write(0..5).await, sealed.write(5..10).await, sealed.write(10..15).await];
    let bytes = std::fs::read(sealed.path(&files[1])).expect("a file");
    std::fs::write(sealed.path(&files[1]), &bytes[..bytes.len() / 2]).expect("a working disk");
    std::fs::remove_file(sealed.path(&files[0])).expect("a working disk");

    let scan = sealed.visits.scan(&sealed.link, files.to_vec(), ScanBounds::default(), number);
    let (mut read, mut told) = (Vec::new(), Vec::new());
    for found in scan.collect::<Vec<_>>().await {
        match found {
            Ok(number) => read.push(number),
            Err(error) => told.push(error),
        }
    }
    assert_eq!(read, newest_first(10..15));
    let names = files.each_ref().map(|file| format!("visits/guide/{}.parquet", file.name));
    match &told[..] {
        [SealedError::Damaged { file: damaged, .. }, SealedError::Missing { file: missing, .. }] => {
            assert_eq!([missing, damaged], [&names[0], &names[1]]);
        }
        other => panic!("{other:?}"),
    }
    let failed = sealed.merge(&files).await.expect_err("nothing is left out unsaid");
    assert!(matches!(failed, SealedError::Missing { .. }), "{failed}");
    let failed = sealed.without(&files[1], &person(7)).await.expect_err("nothing is erased");
    assert!(matches!(failed, SealedError::Damaged { .. }), "{failed}");
}

#[tokio::test]
async fn merged_file_holds_every_visit_once() {
    let sealed = Sealed::new();
    let files = [sealed.write(0..7).await, sealed.write(7..8).await, sealed.write(8..40).await];
    let merged = sealed.merge(&files).await.expect("one file");
    let again = FileStats { name: merged.name, ..sealed.write(0..40).await };
    assert_eq!(merged, again, "as if they had been sealed together");
    assert_eq!(sealed.numbers(std::slice::from_ref(&merged)).await, newest_first(0..40));

    let listed = sealed.visits.list(&sealed.link).await.expect("a list");
    assert_eq!(listed.len(), 5, "the old files stay until they are removed");
    let others: Vec<_> = listed.into_iter().filter(|name| *name != merged.name).collect();
    sealed.visits.remove(&sealed.link, &others).await.expect("removed");
    assert_eq!(sealed.visits.list(&sealed.link).await.expect("a list"), [merged.name]);
    assert_eq!(sealed.visits.inspect(&sealed.link, &merged.name).await.expect("statistics"), merged);

    let overlapping = [merged, sealed.write(39..41).await];
    let failed = sealed.merge(&overlapping).await.expect_err("visit 39 is in both");
    assert!(matches!(failed, SealedError::Unfit(Unfit::Order)), "{failed}");
}

#[tokio::test]
async fn erased_person_leaves_no_byte() {
    let sealed = Sealed::new();
    // Reader 0 has the first visit, reader 9 the last one.
    let mut file = sealed.write(0..100).await;
    for (person, reader, left) in [
        (person(0), 0, 90),
        (person(9), 9, 80),
        (Person::Reader(ReaderName::of_text("mark-of-reader-5")), 5, 70),
    ] {
        assert!(sealed.visits.knows(&sealed.link, &file, &person).await.expect("a file"));
        let done = sealed.without(&file, &person).await.expect("a file");
        let stats = done.file.expect("others are left");
        assert_eq!((done.removed, stats.visits), (10, left));
        assert_eq!((stats.name.first, stats.name.last), (file.name.first, file.name.last));
        assert!(!stats.may_know(&person), "nor does the filter know them");
        file = stats;
        let bytes = std::fs::read(sealed.path(&file)).expect("a file");
        for trace in [
            ReaderName::of_text(&format!("mark-of-reader-{reader}")).to_string(),
            format!("Reader{reader}@"),
            format!("referrer{reader}.example.com"),
        ] {
            let found = traces(&bytes, trace.as_bytes());
            assert!(!found, "{trace}");
        }
        assert!(!sealed.visits.knows(&sealed.link, &file, &person).await.expect("a file"));
    }
    let name = file.name.renewed().expect("a name");
    let all = sealed.visits.rewrite(&sealed.link, &file.name, name, |_| None).await.expect("no file");
    assert_eq!((all.removed, all.file), (70, None));
}

/// Whether a text is in the file as it lies on the disk, or in any page of it decompressed.
fn traces(file: &[u8], text: &[u8]) -> bool {
    let holds = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(file)).expect("a file");
    let mut pages = Vec::new();
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).expect("a row group");
        for column in 0..group.num_columns() {
            let column = group.get_column_page_reader(column).expect("a column");
            pages.extend(column.map(|page| page.expect("a page").buffer().clone()));
        }
    }
    assert!(pages.iter().any(|page| holds(page, b"@example.com")), "others are left");
    holds(file, text) || pages.iter().any(|page| holds(page, text))
}

#[tokio::test]
async fn change_reaches_every_visit_of_a_file() {
    let sealed = Sealed::new();
    let file = sealed.write(0..20).await;
    let archive = |visit: Visit| Some(Visit { archived: visit.joined_at >= 10_000, ..visit });
    let name = file.name.renewed().expect("a name");
    let done = sealed.visits.rewrite(&sealed.link, &file.name, name, archive).await.expect("a file");
    let stats = done.file.expect("all are left");
    assert_eq!((done.removed, stats.visits), (0, 20));
    let archived = |row: &SealedRow<'_>| Ok(row.archived()?.then_some(()));
    let found = sealed.visits.scan(&sealed.link, vec![stats], ScanBounds::default(), archived);
    assert_eq!(found.try_collect::<Vec<()>>().await.expect("a whole file").len(), 10);
}

#[tokio::test]
async fn removing_a_link_leaves_other_links_and_documents() {
    let sealed = Sealed::new();
    let (other, file) = ("guide-2".parse().expect("a link id"), sealed.write(0..3).await);
    let visit = sealed.visit(1);
    let name = FileName::new(visit.id, visit.id).expect("a name");
    sealed.visits.write(&other, name, vec![visit]).await.expect("a file");
    let objects = sealed.storage.files.objects();
    objects.store().put(&Path::from("files/document/version"), "x".into()).await.expect("a document");
    sealed.visits.remove_all(&sealed.link).await.expect("they are removed");
    sealed.visits.remove(&sealed.link, &[file.name]).await.expect("a missing file is no error");
    let left = sealed.storage.all_files();
    assert_eq!(left, ["files/document/version", format!("visits/guide-2/{name}.parquet").as_str()]);
}

/// The version of the schema in the metadata of a file.
fn version(file: &[u8]) -> String {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(file)).expect("a file");
    let entries = reader.metadata().file_metadata().key_value_metadata().expect("metadata");
    let entry = entries.iter().find(|entry| entry.key == "sightline.visits").expect("a version");
    entry.value.clone().expect("a version")
}
