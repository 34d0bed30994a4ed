//! What cannot be backed up or restored, and that nothing is written then.

use std::fs;

use super::{back_up, backup_file};
use crate::support::program::{DataDir, data_with_document, run};

/// The error message of the program, which must fail.
pub(super) async fn refusal(data: &DataDir, arguments: &[&str], redis_url: Option<&str>) -> String {
    let output = run(&mut data.command(arguments, redis_url)).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn damaged_or_foreign_file_is_refused_untouched() {
    let data = data_with_document().await;
    let whole = fs::read(back_up(&data, None).await).expect("the backup");
    let mut flipped = whole.clone();
    // In the copy of Redis: what lies between the entries belongs to none.
    let begins = |at: &usize| whole[*at..].starts_with(b"REDIS0") || whole[*at..].starts_with(b"VALKEY");
    let copy = (0..whole.len()).find(begins).expect("the copy of Redis");
    flipped[copy + 40] ^= 1;
    let foreign = {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(4);
        header.set_mode(0o600);
        tar.append_data(&mut header, "somewhere/else", &b"text"[..]).expect("memory");
        tar.into_inner().expect("memory")
    };
    for (what, bytes) in [
        ("flipped", flipped),
        ("cut off", whole[..whole.len() * 2 / 3].to_vec()),
        ("cut off before its end", whole[..whole.len() - 2_048].to_vec()),
        ("a text", b"not an archive".to_vec()),
        ("empty", Vec::new()),
        ("another archive", foreign),
    ] {
        let place = DataDir::new();
        let file = backup_file(&place);
        fs::write(&file, bytes).expect("a file");
        let said = refusal(&place, &["restore", file.to_str().expect("a path")], None).await;
        assert!(said.contains("cannot be restored: it is damaged, or no backup"), "{what}: {said}");
        assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 1, "{what}: nothing is written");
    }
    let said = refusal(&DataDir::new(), &["restore", "/nowhere/backup.tar"], None).await;
    assert!(said.contains("No such file"), "{said}");
}

#[tokio::test]
async fn place_with_data_is_not_restored_into() {
    let data = data_with_document().await;
    let file = back_up(&data, None).await;
    let file = file.to_str().expect("a path");
    for name in ["redis/x", "files/x", "visits/x", "documents/x", "secret"] {
        let place = DataDir::new();
        let path = place.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, "theirs").expect("a file");
        let said = refusal(&place, &["restore", file], None).await;
        assert!(said.contains("is there already") && said.contains("empty place"), "{name}: {said}");
        assert_eq!(fs::read_to_string(&path).expect("the file"), "theirs");
    }
    let redis = crate::support::redis_server::RedisServer::start();
    redis.query::<()>("SET theirs 1");
    let said = refusal(&DataDir::new(), &["restore", file], Some(&redis.url())).await;
    assert!(said.contains("This Redis has data already"), "{said}");
    assert_eq!(redis.query::<u64>("DBSIZE"), 1);
}

#[tokio::test]
async fn what_a_backup_cannot_copy_is_told() {
    let data = data_with_document().await;
    let file = backup_file(&data);
    let path = file.to_str().expect("a path");
    for (url, said) in [
        ("redis-cluster://127.0.0.1:1", "Redis cannot be copied"),
        ("redis-sentinel://127.0.0.1:1/mymaster", "Redis cannot be copied"),
        ("rediss://127.0.0.1:1", "Redis cannot be copied"),
        ("rediss://127.0.0.1:1/#insecure", "a certificate has to be checked"),
        ("redis://127.0.0.1:1/3", "Redis cannot be copied"),
        ("redis://127.0.0.1:1", "Redis cannot be copied"),
        ("redis:127.0.0.1", "SIGHTLINE_REDIS_URL: "),
    ] {
        let told = refusal(&data, &["backup", path], Some(url)).await;
        assert!(told.contains(said), "{url}: {told}");
        assert!(!file.exists(), "{url}");
        assert!(!data.path().join("backup").exists(), "{url}: nothing is held any more");
    }
    fs::write(&file, "theirs").expect("a file");
    let told = refusal(&data, &["backup", path], None).await;
    assert!(told.contains("there is such a file already"), "{told}");
    assert_eq!(fs::read_to_string(&file).expect("the file"), "theirs");
    let told = refusal(&data, &["backup", "/nowhere/x.tar"], None).await;
    assert!(told.contains("cannot be written"), "{told}");
}

#[tokio::test]
async fn half_restored_folder_does_not_start() {
    let data = DataDir::new();
    fs::create_dir(data.path().join("restoring")).expect("a folder");
    for arguments in [&["serve"][..], &["owner", "list"]] {
        let said = refusal(&data, arguments, None).await;
        assert!(said.contains("was not restored to its end"), "{said}");
    }
}

#[tokio::test]
async fn newer_format_asks_for_its_program() {
    let place = DataDir::new();
    let file = backup_file(&place);
    // With an entry that this program does not know.
    let mut tar = tar::Builder::new(Vec::new());
    let manifest = br#"{"format":3,"version":"9.1.0","takenAt":0,"storage":null}"#;
    for (name, content) in [("manifest.json", &manifest[..]), ("something-new", b"text")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        tar.append_data(&mut header, name, content).expect("memory");
    }
    fs::write(&file, tar.into_inner().expect("memory")).expect("a file");
    let said = refusal(&place, &["restore", file.to_str().expect("a path")], None).await;
    assert!(said.contains("made by a newer Sightline, 9.1.0. Install that"), "{said}");
}
