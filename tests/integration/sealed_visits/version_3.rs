//! Files of the third version of the schema.

use super::*;

/// `tests/files/sealed-visits-3.parquet` was written by a server of the release that wrote version 3.
#[tokio::test]
async fn file_of_version_3_is_read_and_becomes_4() {
    let sealed = Sealed::new();
    let (old, path) =
        sealed.add_old_file("sealed-visits-3.parquet", "1795990819075-0_1795990821179-0_71300a89").await;
    let before = sealed.read(&old).await;
    assert!(
        before.len() >= 3 && before.iter().any(|visit| visit.email.as_deref() == Some("ada@example.org"))
    );
    assert!(before.iter().all(|visit| visit.active_after_ms == 0), "not recorded");

    let to = old.name.renewed().expect("a name");
    let longer = |visit: Visit| Some(Visit { active_after_ms: 300_000, ..visit });
    let rewritten = sealed.visits.rewrite(&sealed.link, &old.name, to, longer).await.expect("a file");
    let rewritten = rewritten.file.expect("all are left");
    let expected: Vec<Visit> = before.into_iter().filter_map(longer).collect();
    assert_eq!(sealed.read(&rewritten).await, expected);
    assert_eq!(std::fs::read(&path).map(|bytes| version(&bytes)).expect("a file"), "3");
    assert_eq!(version(&std::fs::read(sealed.path(&rewritten)).expect("a file")), "4");
}
