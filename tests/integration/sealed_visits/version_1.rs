//! Files of the first version of the schema.

use super::*;

/// `tests/files/sealed-visits-1.parquet` was written by a server of the release that wrote version 1.
#[tokio::test]
async fn file_of_version_1_is_read_and_becomes_3() {
    let sealed = Sealed::new();
    let name = "1795950657135-0_1795950657671-0_70b7eef6".parse().expect("a name");
    let path = sealed.storage.path(&format!("visits/guide/{name}.parquet"));
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/sealed-visits-1.parquet"), &path)
        .expect("a file");

    let old = sealed.visits.inspect(&sealed.link, &name).await.expect("statistics");
    let read = async |file: &FileStats| -> Vec<Visit> {
        let visits = sealed
            .visits
            .scan(&sealed.link, vec![file.clone()], ScanBounds::default(), |row| row.visit().map(Some));
        visits.try_collect().await.expect("a whole file")
    };
    let before = read(&old).await;
    let told: Vec<_> = before.iter().map(|visit| (visit.pages.clone(), visit.completion())).collect();
    let pages =
        |times: &[(u32, u64)]| Some(times.iter().map(|&(page, ms)| PageTime::whole(page, ms)).collect());
    let expected =
        [(pages(&[(2, 512)]), Some(0)), (pages(&[]), Some(0)), (pages(&[(1, 1_313), (3, 1_209)]), Some(25))];
    assert_eq!(told, expected);
    assert!(before.iter().all(|visit| visit.clicked.is_empty() && !visit.printed));
    assert_eq!((before[2].email.as_deref(), before[2].returning), (Some("ada@example.org"), Some(false)));

    let newer = sealed.write(1_795_950_700..1_795_950_703).await;
    let merged = sealed.merge(&[old.clone(), newer]).await.expect("one file");
    let to = old.name.renewed().expect("a name");
    let rewritten = sealed.visits.rewrite(&sealed.link, &old.name, to, Some).await.expect("a file");
    let rewritten = rewritten.file.expect("all are left");
    assert_eq!(read(&merged).await[3..], before);
    assert_eq!(read(&rewritten).await, before);
    assert_eq!(std::fs::read(&path).map(|bytes| version(&bytes)).expect("a file"), "1");
    for file in [&merged, &rewritten] {
        assert_eq!(version(&std::fs::read(sealed.path(file)).expect("a file")), "3");
    }
}

/// The version of the schema in the metadata of a file.
pub(super) fn version(file: &[u8]) -> String {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(file)).expect("a file");
    let entries = reader.metadata().file_metadata().key_value_metadata().expect("metadata");
    let entry = entries.iter().find(|entry| entry.key == "sightline.visits").expect("a version");
    entry.value.clone().expect("a version")
}
