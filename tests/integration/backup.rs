//! `sightline backup` and `sightline restore`, and the version of the data.

mod bucket;
mod kinds;
mod refused;
mod schema;
mod shared_server;
mod tls;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
};

use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::support::{
    pdf::Pdf,
    program::{DataDir, Server, data_with_document, data_with_document_on, run, run_ok, sightline},
    redis_server::RedisServer,
};

/// The path of a backup beside the data folder's files.
fn backup_file(data: &DataDir) -> PathBuf {
    data.path().join("backup.tar")
}

async fn back_up(data: &DataDir, redis_url: Option<&str>) -> PathBuf {
    let file = backup_file(data);
    let said = run_ok(&mut data.command(&["backup", file.to_str().expect("a path")], redis_url)).await;
    assert!(said.contains("holds everything as of"), "{said}");
    file
}

/// Restores into a new data folder, in which servers are asked with the same API key.
async fn restore(file: &Path, from: &DataDir, redis_url: Option<&str>) -> Arc<DataDir> {
    let data = DataDir::new();
    let said = run_ok(&mut data.command(&["restore", file.to_str().expect("a path")], redis_url)).await;
    assert!(said.contains("Restored as of") && said.contains("1 owner, 1 document"), "{said}");
    let key = fs::read_to_string(from.path().join("api-key")).expect("the key");
    data.keep_key(&key);
    data
}

async fn serve(data: &DataDir, redis_url: Option<&str>) -> Server {
    let mut command = data.command(&["serve"], redis_url);
    // Visits are sealed at once, so that a backup has such files too.
    command
        .env("SIGHTLINE_SEAL_FROM", "1")
        .env("SIGHTLINE_RESUME_WITHIN", "0")
        .env("SIGHTLINE_SWEEP_INTERVAL_MS", "50");
    Server::start_as(command).await
}

/// All that an owner reads of a link, without what goes on by itself.
async fn seen(server: &Server) -> BTreeMap<&'static str, String> {
    let mut live = server.get("/api/send/realtime/doc").await.ok().json();
    live["asOf"].take();
    for viewer in live["activeViewers"].as_array_mut().expect("viewers") {
        viewer["duration"].take();
    }
    let mut visits = server.get("/api/links/doc/visits?range=all").await.ok().json();
    visits["asOf"].take();
    let seen = [
        ("live", live.to_string()),
        ("visits", visits.to_string()),
        ("csv", server.get("/api/links/doc/visits.csv?range=all").await.ok().text()),
        ("documents", server.get("/api/documents").await.ok().json()["documents"].to_string()),
        ("page", server.get("/v/doc/pages/1").await.ok().body.len().to_string()),
    ];
    // Addresses hold the port.
    let here = server.addr().to_string();
    seen.into_iter().map(|(what, text)| (what, text.replace(&here, "here"))).collect()
}

/// The files of a folder below the data folder, and their bytes.
fn files(data: &DataDir, below: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let (root, mut found) = (data.path().join(below), BTreeMap::new());
    let mut left = vec![root.clone()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if path.is_file() {
            let name = path.strip_prefix(&root).expect("below").to_owned();
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
    found
}

/// Some readers: two who have left, whose visits are sealed, and one who reads on.
async fn read_by_some(server: &Server) {
    for session in ["left-1", "left-2"] {
        server.act_ok("doc", "join", session).await;
        server.act_ok("doc", "leave", session).await;
    }
    server.act_ok("doc", "join", "active").await;
    // The sealer has written its file, and Redis names it.
    loop {
        let visits = server.get("/api/links/doc/visits?range=all").await.ok().json();
        if visits["visits"].as_array().is_some_and(|visits| visits.len() == 2) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn restored_server_shows_every_number_and_login() {
    let data = data_with_document().await;
    let server = serve(&data, None).await;
    read_by_some(&server).await;
    let (before, secret) = (seen(&server).await, fs::read(data.path().join("secret")).expect("the secret"));
    let file = back_up(&data, None).await;
    // What comes later is not in it.
    server.act_ok("doc", "join", "later").await;
    let restored = restore(&file, &data, None).await;
    let second = serve(&restored, None).await;
    assert_eq!(seen(&second).await, before);
    assert_eq!(fs::read(restored.path().join("secret")).expect("the secret"), secret, "sessions go on");
    assert_eq!(files(&restored, "files"), files(&data, "files"));
    second.act_ok("doc", "heartbeat", "active").await;
    assert_eq!(second.act("doc", "heartbeat", "later").await.status, 404);
    assert!(!data.path().join("backup").exists(), "nothing is held any more");
}

#[tokio::test]
async fn backup_works_while_the_server_is_stopped() {
    let data = data_with_document().await;
    let server = serve(&data, None).await;
    read_by_some(&server).await;
    let before = seen(&server).await;
    server.signal("TERM").await;
    server.wait_for_exit().await;
    let file = back_up(&data, None).await;
    let restored = restore(&file, &data, None).await;
    assert_eq!(seen(&serve(&restored, None).await).await, before);
}

#[tokio::test]
async fn backup_under_load_is_one_moment() {
    let data = data_with_document().await;
    back_up_under_load(&data, None).await;
}

/// Backs up while readers come and go; restores into a managed Redis, and looks that it is one moment of the link.
async fn back_up_under_load(data: &DataDir, redis_url: Option<&str>) -> PathBuf {
    let server = Arc::new(serve(data, redis_url).await);
    let (joined, is_done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let readers: Vec<_> = (0..4)
        .map(|reader| {
            let (server, joined, is_done) = (server.clone(), joined.clone(), is_done.clone());
            tokio::spawn(async move {
                let mut count = 0;
                while !is_done.load(SeqCst) {
                    let session = format!("r{reader}-{count}");
                    server.act_ok("doc", "join", &session).await;
                    joined.fetch_add(1, SeqCst);
                    server.act_ok("doc", "heartbeat", &session).await;
                    server.act_ok("doc", "leave", &session).await;
                    count += 1;
                }
            })
        })
        .collect();
    while joined.load(SeqCst) < 50 {
        tokio::task::yield_now().await;
    }
    let before = joined.load(SeqCst);
    let file = back_up(data, redis_url).await;
    let after = joined.load(SeqCst);
    is_done.store(true, SeqCst);
    for reader in readers {
        reader.await.expect("no failure under load");
    }
    let restored = restore(&file, data, None).await;
    // It seals nothing meanwhile.
    let second = Server::start(&restored).await;
    let live = second.metrics("doc").await;
    let (total, active) = (live["totalViews"].as_u64(), live["activeViewers"].as_u64());
    let (total, active) = (total.expect("a number"), active.expect("a number"));
    // A join that was counted may not have been answered yet.
    assert!((before..=after + 4).contains(&total), "{before} {total} {after}");
    let csv = second.get("/api/links/doc/visits.csv?range=all").await.ok().text();
    // A visit a line, between those with the lengths of chunks.
    let visits = csv.lines().filter_map(|line| line.split_once(",doc,"));
    let visits: Vec<&str> = visits.map(|(id, _)| id).collect();
    let finished = visits.iter().collect::<BTreeSet<_>>().len() as u64;
    assert_eq!(finished, visits.len() as u64, "no visit is there twice: {csv}");
    assert_eq!(total, active + finished, "every view is active or a visit: {live}");
    file
}

#[tokio::test]
async fn file_deleted_after_the_moment_is_still_in_the_backup() {
    let data = data_with_document().await;
    let server = serve(&data, None).await;
    let document = server.get("/api/documents").await.ok().json()["documents"][0]["documentId"]
        .as_str()
        .map(str::to_owned);
    let document = document.expect("an id");
    // A Redis that answers late: the files are held, the moment has not come.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("redis://{}", listener.local_addr().expect("an address"));
    let file = backup_file(&data);
    let mut command = data.command(&["backup", file.to_str().expect("a path")], Some(&url));
    let running = command.spawn().expect("the program starts");
    let (mut connection, _) = listener.accept().await.expect("it connects");
    assert_eq!(server.send("DELETE", &format!("/api/documents/{document}"), "").await.status, 200);
    assert!(files(&data, "files").is_empty(), "it is deleted");
    connection.write_all(b"$0\r\n\r\n").await.expect("it reads");
    // It asks for the databases before and after, each time by a connection of its own.
    for answer in [&b"\n\n$5\r\nREDIS"[..], b"$0\r\n\r\n"] {
        let (mut connection, _) = listener.accept().await.expect("it connects");
        connection.write_all(answer).await.expect("it reads");
    }
    let ended = running.wait_with_output().await.expect("it ends");
    assert!(ended.status.success(), "{ended:?}");
    let archive = fs::read(&file).expect("the backup");
    let name = format!("files/{document}/");
    assert!(archive.windows(name.len()).any(|window| window == name.as_bytes()));
}

#[tokio::test]
async fn killed_backup_leaves_no_half_file() {
    let data = data_with_document().await;
    // It never answers: the backup stays in the middle.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("redis://{}", listener.local_addr().expect("an address"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("backup.tar");
    let mut command = data.command(&["backup", file.to_str().expect("a path")], Some(&url));
    let mut running = command.spawn().expect("the program starts");
    let (_connection, _) = listener.accept().await.expect("it connects");
    assert!(data.path().join("backup/files").is_dir(), "the files are held");
    let second = run(&mut data.command(&["backup", file.to_str().expect("a path")], Some(&url))).await;
    assert!(String::from_utf8_lossy(&second.stderr).contains("Another backup"), "{second:?}");
    running.kill().await.expect("it is killed");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "neither whole nor half");
    // The next start lets go of what was held.
    let server = serve(&data, None).await;
    assert!(!data.path().join("backup").exists());
    server.get("/v/doc/pages/1").await.ok();
}

#[tokio::test]
async fn own_redis_is_backed_up_and_restored() {
    let (from, to) = (RedisServer::start(), RedisServer::start());
    let data = data_with_document_on(Some(&from.url())).await;
    let server = serve(&data, Some(&from.url())).await;
    read_by_some(&server).await;
    let before = seen(&server).await;
    // Its background work makes keys that pass, and would go on while they are counted.
    drop(server);
    let file = back_up(&data, Some(&from.url())).await;
    let restored = restore(&file, &data, Some(&to.url())).await;
    assert!(!restored.path().join("restoring").exists() && !restored.path().join("redis").exists());
    assert_eq!(to.query::<u64>("DBSIZE"), from.query::<u64>("DBSIZE"));
    assert_eq!(seen(&serve(&restored, Some(&to.url())).await).await, before);
}

#[tokio::test]
async fn owner_is_exported_in_open_formats() {
    let data = data_with_document().await;
    let server = serve(&data, None).await;
    read_by_some(&server).await;
    for action in ["join", "leave"] {
        let body = format!(r#"{{"action":"{action}","sessionId":"ann","email":"ann@example.com"}}"#);
        server.send("POST", "/api/send/realtime/doc", &body).await.ok();
    }
    let path = "/api/corrections?of=reader:ann@example.com&range=all";
    assert_eq!(server.send("POST", path, "").await.status, 201);
    let file = data.path().join("owner.tar");
    let path = file.to_str().expect("a path");
    let said = run_ok(&mut data.command(&["export-owner", "owner@example.com", path], None)).await;
    assert!(said.contains("1 document"), "{said}");
    let mut archive = tar::Archive::new(fs::File::open(&file).expect("the export"));
    let mut entries = BTreeMap::new();
    for entry in archive.entries().expect("a tar file") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").display().to_string();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).expect("its content");
        entries.insert(name, content);
    }
    let text = |name: &str| String::from_utf8_lossy(&entries[name]).into_owned();
    assert_eq!(text("visits.csv").lines().count(), 3, "a head and two visits");
    let left_out = text("visits-left-out.csv");
    assert_eq!(left_out.lines().count(), 2, "a head and the visit of the correction: {left_out}");
    assert!(left_out.contains("ann@example.com"), "{left_out}");
    let account: serde_json::Value = serde_json::from_str(&text("account.json")).expect("JSON");
    assert_eq!(account["email"], "owner@example.com");
    assert_eq!(account["corrections"][0]["words"], "ann@example.com · all time");
    assert!(!text("account.json").contains("hash"), "no secret: {account}");
    let (name, pdf) = entries.iter().find(|(name, _)| name.starts_with("documents/")).expect("the document");
    assert!(name.ends_with("/small.pdf"), "{name}");
    assert_eq!(*pdf, Pdf::with_box("[0 0 10 10]").bytes());
    let unknown = run(&mut sightline(&["export-owner", "no@example.com", "x.tar"], data.path())).await;
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("There is no owner"), "{unknown:?}");
}
