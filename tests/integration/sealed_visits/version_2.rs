//! Files of the second version of the schema.

use super::{version_1::version, *};

/// `tests/files/sealed-visits-2.parquet` was written by a server of the release that wrote version 2.
#[tokio::test]
async fn file_of_version_2_is_read_and_becomes_3() {
    let sealed = Sealed::new();
    let name = "1795976379264-0_1795976439618-0_ebb7e833".parse().expect("a name");
    let path = sealed.storage.path(&format!("visits/guide/{name}.parquet"));
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files/sealed-visits-2.parquet"), &path)
        .expect("a file");

    let old = sealed.visits.inspect(&sealed.link, &name).await.expect("statistics");
    let read = async |file: &FileStats| -> Vec<Visit> {
        let visits = sealed
            .visits
            .scan(&sealed.link, vec![file.clone()], ScanBounds::default(), |row| row.visit().map(Some));
        visits.try_collect().await.expect("a whole file")
    };
    let before = read(&old).await;
    assert_eq!(before.len(), 3);
    let ada = before.iter().find(|visit| visit.email.is_some()).expect("a visit with an address");
    assert_eq!((ada.email.as_deref(), ada.email_verified), (Some("ada@example.org"), false));
    assert_eq!((&ada.clicked[..], ada.printed), (&["https://example.org/x".to_owned()][..], true));
    assert!(before.iter().all(|visit| !visit.email_verified));

    let to = old.name.renewed().expect("a name");
    let rewritten = sealed.visits.rewrite(&sealed.link, &old.name, to, Some).await.expect("a file");
    let rewritten = rewritten.file.expect("all are left");
    assert_eq!(read(&rewritten).await, before);
    assert_eq!(std::fs::read(&path).map(|bytes| version(&bytes)).expect("a file"), "2");
    assert_eq!(version(&std::fs::read(sealed.path(&rewritten)).expect("a file")), "3");
}
