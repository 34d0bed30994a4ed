//! Files of the second version of the schema.

use super::*;

/// `tests/files/sealed-visits-2.parquet` was written by a server of the release that wrote version 2.
#[tokio::test]
async fn file_of_version_2_is_read_and_becomes_4() {
    let sealed = Sealed::new();
    let (old, path) =
        sealed.add_old_file("sealed-visits-2.parquet", "1795976379264-0_1795976439618-0_ebb7e833").await;
    let before = sealed.read(&old).await;
    assert_eq!(before.len(), 3);
    let ada = before.iter().find(|visit| visit.email.is_some()).expect("a visit with an address");
    assert_eq!((ada.email.as_deref(), ada.email_verified), (Some("ada@example.org"), false));
    assert_eq!((&ada.clicked[..], ada.printed), (&["https://example.org/x".to_owned()][..], true));
    assert!(before.iter().all(|visit| !visit.email_verified));

    let to = old.name.renewed().expect("a name");
    let rewritten = sealed.visits.rewrite(&sealed.link, &old.name, to, Some).await.expect("a file");
    let rewritten = rewritten.file.expect("all are left");
    assert_eq!(sealed.read(&rewritten).await, before);
    assert_eq!(std::fs::read(&path).map(|bytes| version(&bytes)).expect("a file"), "2");
    assert_eq!(version(&std::fs::read(sealed.path(&rewritten)).expect("a file")), "4");
}
