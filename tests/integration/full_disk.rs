//! A server whose disk is full: a small one of its own, in memory.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use crate::support::{
    PROGRAM,
    pdf::Pdf,
    program::{Server, sightline},
};

/// Mounts the disk where only its children see it, prepares an owner and a document on it, and serves.
const SERVE: &str = r#"
    mount -t tmpfs -o size=24m tmpfs "$SIGHTLINE_DATA_DIR" &&
    echo 'correct horse battery' | "$0" owner add owner@example.com &&
    "$0" key new owner@example.com >"$1" &&
    "$0" share "$2" --id doc &&
    exec "$0" serve
"#;

/// A server, and its disk as seen from here.
async fn serve_on_small_disk(folder: &Path) -> (Server, PathBuf) {
    let [data, key, file] = ["data", "key", "small.pdf"].map(|name| folder.join(name));
    fs::create_dir(&data).expect("a folder");
    fs::write(&file, Pdf::with_pages(3).bytes()).expect("a file");
    let program = sightline(&["serve"], &data);
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "sh", "-c", SERVE, PROGRAM])
        .args([&key, &file])
        .kill_on_drop(true);
    for (name, value) in program.as_std().get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let server = Server::start_as(command).await;
    let key = fs::read_to_string(key).expect("a key");
    let disk = Path::new("/proc")
        .join(server.id())
        .join("root")
        .join(data.strip_prefix("/").expect("an absolute path"));
    (server.with_key(key.trim()), disk)
}

/// Writes until nothing more fits.
fn fill(path: &Path) {
    let mut file = File::create(path).expect("a file");
    for size in [1 << 20, 1 << 12, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

#[tokio::test]
async fn full_disk_is_told_and_reading_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, disk) = serve_on_small_disk(folder.path()).await;
    let path = "/api/documents?title=Large";
    let large = String::from_utf8(Pdf::of_size(30 << 20)).expect("text");
    for _ in 0..2 {
        let said = server.send("POST", path, &large).await.refused(507, "no_room");
        assert!(said.contains("no room"), "{said}");
    }
    assert_eq!(fs::read_dir(disk.join("incoming")).expect("a folder").count(), 0, "its part is removed");

    fill(&disk.join("filler"));
    for page in [2, 3, 3] {
        server.get(&format!("/v/doc/pages/{page}")).await.ok();
        server.get(&format!("/api/links/doc/pages/{page}/text")).await.ok();
    }
    // What Redis acknowledged before it noticed is written once there is room.
    let mut refused = 0;
    while refused == 0 {
        refused += usize::from(server.act("doc", "join", "s1").await.status == 503);
    }
    server.get("/v/doc").await.ok();
    fs::remove_file(disk.join("filler")).expect("room again");
    while server.act("doc", "join", "s2").await.status != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let small = String::from_utf8(Pdf::with_pages(1).bytes()).expect("text");
    assert_eq!(server.send("POST", "/api/documents?title=Small", &small).await.status, 201);

    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    let told: Vec<_> = log.lines().filter(|line| line.contains("there is no room")).collect();
    assert!(told.len() == 1 && told[0].contains("/data"), "{log}");
    assert!(!log.contains("cannot be cached"), "{log}");
}
