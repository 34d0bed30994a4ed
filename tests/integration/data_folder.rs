//! What lies in the data folder: whose it is, what a full disk does, and when deleted data leaves it.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde_json::json;
use tokio::process::Command;

use crate::support::{
    PROGRAM,
    pdf::Pdf,
    polling::until,
    program::{DataDir, Server, data_with_document, run_ok, sightline},
};

/// The folders and files that Sightline keeps, the data folder first.
fn kept(data: &Path) -> Vec<PathBuf> {
    let mut kept = vec![data.to_owned()];
    let mut left: Vec<_> =
        ["files", "incoming", "pages", "redis", "secret"].map(|name| data.join(name)).into();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        }
        kept.extend(path.exists().then_some(path));
    }
    kept
}

/// Those of them that others may do something with.
fn open_to_others(data: &Path) -> Vec<PathBuf> {
    let mut kept = kept(data);
    // What is being replaced meanwhile has no mode.
    kept.retain(|path| fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0));
    kept
}

/// The program with everything allowed to everyone.
fn with_open_umask(arguments: &[&str], data: &Path) -> Command {
    let program = sightline(arguments, data);
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$0\" \"$@\"", PROGRAM]).args(arguments).kill_on_drop(true);
    for (name, value) in program.as_std().get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

#[tokio::test]
async fn data_is_private_whatever_the_umask() {
    let data = DataDir::new();
    fs::set_permissions(data.path(), Permissions::from_mode(0o777)).expect("a mode");
    let file = data.path().join("small.pdf");
    fs::write(&file, Pdf::with_pages(2).bytes()).expect("a file");
    let share = ["share", file.to_str().expect("a plain path"), "--id", "doc"];
    run_ok(&mut with_open_umask(&share, data.path())).await;
    assert_eq!(open_to_others(data.path()), [] as [PathBuf; 0], "made by a command");
    let server = Server::start_as(with_open_umask(&["serve"], data.path())).await;
    server.get("/v/doc/pages/2").await.ok();
    server.act_ok("doc", "join", "s1").await;
    assert_eq!(open_to_others(data.path()), [] as [PathBuf; 0], "made by the server");
    assert!(kept(data.path()).len() > 12, "{:?}", kept(data.path()));
}

#[tokio::test]
async fn open_data_is_closed_with_a_warning() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    assert!(!log.contains("open to other users"), "nothing was open: {log}");
    let kept = kept(data.path());
    let opened: Vec<_> = kept.iter().filter(|path| !path.ends_with("secret")).collect();
    for path in &opened {
        let mode = fs::metadata(path).expect("it is there").permissions().mode();
        fs::set_permissions(path, Permissions::from_mode(mode | 0o055)).expect("a mode");
    }
    let mut command = sightline(&["serve"], data.path());
    let server = Server::start_as({
        command.env("NO_COLOR", "1");
        command
    })
    .await;
    assert_eq!(open_to_others(data.path()), [] as [PathBuf; 0]);
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    let told: Vec<_> = log.lines().filter(|line| line.contains("were open to other users")).collect();
    assert!(told.len() == 1 && told[0].contains(&format!("count={}", opened.len())), "{opened:#?} {log}");
}

/// All of the append-only file.
fn append_only_file(data: &DataDir) -> Vec<u8> {
    let parts = fs::read_dir(data.path().join("redis/appendonlydir")).expect("a folder");
    // A part may be removed while the folder is read.
    parts.flat_map(|part| fs::read(part.expect("a part").path()).unwrap_or_default()).collect()
}

#[tokio::test]
async fn deleted_data_leaves_the_append_only_file_within_a_day() {
    const TITLE: &str = "A title to be forgotten";
    let data = data_with_document().await;
    let has_title = || append_only_file(&data).windows(TITLE.len()).any(|part| part == TITLE.as_bytes());
    let server = Server::start(&data).await;
    let document = server.get("/api/documents").await.ok().json()["documents"][0]["documentId"].take();
    let path = format!("/api/documents/{}", document.as_str().expect("an id"));
    server.send("PATCH", &path, &json!({ "title": TITLE }).to_string()).await.ok();
    server.send("DELETE", &path, "").await.ok();
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    assert!(has_title() && !log.contains("written anew"), "{log}");

    let yesterday = SystemTime::now() - Duration::from_secs(24 * 60 * 60);
    for part in fs::read_dir(data.path().join("redis/appendonlydir")).expect("a folder") {
        let part = fs::File::options().write(true).open(part.expect("a part").path()).expect("a part");
        part.set_modified(yesterday).expect("a time");
    }
    let server = Server::start(&data).await;
    server.wait_for_log("the append-only file is written anew").await;
    until("the title is in no file", || !has_title()).await;
}
