//! Documents in a bucket stay there: a backup names it, and a restore may name another.

use std::fs;

use tokio::process::Command;

use super::{backup_file, refused::refusal};
use crate::support::{
    pdf::Pdf,
    program::{DataDir, Server, run_ok},
    s3::S3,
};

/// The program with its files below this prefix of the bucket.
fn on(s3: &S3, data: &DataDir, arguments: &[&str], prefix: &str) -> Command {
    let mut command = data.command(arguments, None);
    command.envs([
        ("SIGHTLINE_STORAGE", format!("s3://bucket/{prefix}")),
        ("AWS_ENDPOINT", s3.address().to_owned()),
        ("AWS_ALLOW_HTTP", "true".to_owned()),
        ("AWS_REGION", "anywhere".to_owned()),
        ("AWS_ACCESS_KEY_ID", "id".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
    ]);
    command
}

#[tokio::test]
async fn bucket_may_be_another_one_after_a_restore() {
    let (s3, data) = (S3::start().await, DataDir::new());
    data.add_owner(None).await;
    let pdf = data.path().join("small.pdf");
    fs::write(&pdf, Pdf::with_box("[0 0 10 10]").bytes()).expect("a file");
    let share = ["share", pdf.to_str().expect("a path"), "--id", "doc"];
    run_ok(&mut on(&s3, &data, &share, "one")).await;
    let file = backup_file(&data);
    let path = file.to_str().expect("a path");
    let said = run_ok(&mut on(&s3, &data, &["backup", path], "one")).await;
    assert!(said.contains("are in s3://bucket/one: copy the bucket too"), "{said}");
    let said = refusal(&DataDir::new(), &["restore", path], None).await;
    assert!(
        said.contains("are in s3://bucket/one. Set SIGHTLINE_STORAGE to that, or to a copy of it"),
        "{said}"
    );
    let restored = DataDir::new();
    let said = run_ok(&mut on(&s3, &restored, &["restore", path], "two")).await;
    assert!(said.contains("were in s3://bucket/one, and are read from s3://bucket/two: copy them"), "{said}");
    s3.copy("one/", "two/");
    let server = Server::start_as(on(&s3, &restored, &["serve"], "two")).await;
    server.get("/v/doc/pages/1").await.ok();
    // The same place needs no copy, and says nothing of it.
    let same = run_ok(&mut on(&s3, &DataDir::new(), &["restore", path], "one")).await;
    assert!(same.contains("Restored as of") && !same.contains("copy"), "{same}");
    // A backup with the documents cannot be restored where they are looked for elsewhere.
    let (own, place) = (super::data_with_document().await, DataDir::new());
    let file = super::back_up(&own, None).await;
    let output = on(&s3, &place, &["restore", file.to_str().expect("a path")], "two").output().await;
    let said = String::from_utf8_lossy(&output.expect("it runs").stderr).into_owned();
    assert!(said.contains("This backup has the documents itself: leave SIGHTLINE_STORAGE unset"), "{said}");
}
