//! Files of the first version of the schema.

use super::*;

/// `tests/files/sealed-visits-1.parquet` was written by a server of the release that wrote version 1.
#[tokio::test]
async fn file_of_version_1_is_read_and_becomes_4() {
    let sealed = Sealed::new();
    let (old, path) =
        sealed.add_old_file("sealed-visits-1.parquet", "1795950657135-0_1795950657671-0_70b7eef6").await;
    let before = sealed.read(&old).await;
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
    assert_eq!(sealed.read(&merged).await[3..], before);
    assert_eq!(sealed.read(&rewritten).await, before);
    assert_eq!(std::fs::read(&path).map(|bytes| version(&bytes)).expect("a file"), "1");
    for file in [&merged, &rewritten] {
        assert_eq!(version(&std::fs::read(sealed.path(file)).expect("a file")), "4");
    }
}
