//! What keeps the program from starting, and that its error says what to do.

use std::path::PathBuf;

use tokio::{process::Command, task::JoinSet};

use crate::support::{
    program::{DataDir, Server, data_with_document, data_with_document_on, run, sightline, write_script},
    redis_server::RedisServer,
};

/// The error message of the program, which must fail to start.
async fn startup_error(command: &mut Command) -> String {
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn second_server_on_one_folder_is_refused() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    let said = startup_error(&mut sightline(&["serve"], data.path())).await;
    assert!(
        said.contains("Another Sightline is running on") && said.contains("SIGHTLINE_DATA_DIR"),
        "{said}"
    );
    server.get("/readyz").await.ok();
}

#[tokio::test]
async fn missing_redis_says_how_to_install_it() {
    let data = DataDir::new();
    let said = startup_error(sightline(&["serve"], data.path()).env("PATH", data.path())).await;
    assert!(said.contains("apt-get install redis-server") && said.contains("SIGHTLINE_REDIS_URL"), "{said}");
}

#[tokio::test]
async fn outdated_redis_is_named() {
    let data = DataDir::new();
    write_script(&data.path().join("redis-server"), "echo 'Redis server v=6.2.14 sha=0:0'").await;
    let said = startup_error(sightline(&["serve"], data.path()).env("PATH", data.path())).await;
    assert!(
        said.contains("too old") && said.contains("6.2.14") && said.contains("Redis 7.0 or newer"),
        "{said}"
    );
}

#[tokio::test]
async fn valkey_is_used_when_redis_is_missing() {
    let data = data_with_document().await;
    link_redis_as("valkey-server", &data).await;
    let mut command = sightline(&["serve"], data.path());
    command.env("PATH", data.path());
    Server::start_as(command).await.act_ok("doc", "join", "s1").await;
}

/// A program of this name in the data folder, which is redis-server.
async fn link_redis_as(name: &str, data: &DataDir) {
    let found = Command::new("sh").args(["-c", "command -v redis-server"]).output().await.expect("sh runs");
    let real = PathBuf::from(String::from_utf8(found.stdout).expect("a path").trim());
    std::os::unix::fs::symlink(real, data.path().join(name)).expect("a link");
}

#[tokio::test]
async fn folder_is_opened_by_the_program_that_wrote_it() {
    let data = data_with_document().await;
    // The test's own folder was written by redis-server.
    std::fs::remove_file(data.path().join("redis/program")).expect("a file");
    link_redis_as("valkey-server", &data).await;
    let mut command = sightline(&["serve"], data.path());
    command.env("PATH", data.path());
    let server = Server::start_as(command).await;
    server.act_ok("doc", "join", "s1").await;
    server.signal("TERM").await;
    assert_eq!(server.wait_for_exit().await.0, Some(0));
    // One that cannot read what the other has written.
    write_script(
        &data.path().join("redis-server"),
        "test \"$1\" = --version && echo 'Redis server v=7.0.15 sha=0:0' && exit; exit 1",
    )
    .await;
    let mut command = sightline(&["serve"], data.path());
    command.env("PATH", data.path());
    let server = Server::start_as(command).await;
    assert_eq!(server.metrics("doc").await["totalViews"], 1);
}

#[tokio::test]
async fn damaged_append_only_file_says_how_to_repair_it() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    server.act_ok("doc", "join", "s1").await;
    server.signal("TERM").await;
    assert_eq!(server.wait_for_exit().await.0, Some(0));
    let folder = data.path().join("redis/appendonlydir");
    let increments =
        std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let increment =
        increments.into_iter().find(|path| path.to_string_lossy().ends_with(".incr.aof")).expect("a file");
    let checked = Command::new("redis-check-aof").arg(folder.join("appendonly.aof.manifest")).output().await;
    let mut bytes = std::fs::read(&increment).expect("a file");
    let middle = bytes.len() / 2;
    bytes.splice(middle..middle, *b"damage\n");
    std::fs::write(&increment, bytes).expect("a file");
    let said = startup_error(&mut sightline(&["serve"], data.path())).await;
    for part in
        ["damaged", "cp -a ", "redis-check-aof --fix ", "appendonly.aof.manifest", "Copy the folder first"]
    {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let repair = said.lines().find(|line| line.trim().starts_with("redis-check-aof")).expect("a command");
    if !checked.expect("the program runs").status.success() {
        // That of Valkey 9.1 refuses every file whose beginning Valkey wrote, sound ones too.
        return;
    }
    let repaired =
        Command::new("sh").arg("-c").arg(format!("yes | {repair}")).output().await.expect("sh runs");
    assert!(repaired.status.success(), "{repaired:?}");
    // What stood behind the damage is lost, and the server runs.
    Server::start(&data).await.get("/readyz").await.ok();
}

#[tokio::test]
async fn public_url_below_a_path_is_refused() {
    let data = data_with_document().await;
    let mut command = sightline(&["serve"], data.path());
    let said = startup_error(command.env("SIGHTLINE_PUBLIC_URL", "https://example.org/read")).await;
    assert!(said.contains("below a path") && said.contains("a host of its own"), "{said}");
}

#[tokio::test]
async fn folder_too_deep_for_a_socket_is_refused() {
    let data = DataDir::new();
    let deep = data.path().join("x".repeat(100));
    let said = startup_error(&mut sightline(&["serve"], &deep)).await;
    assert!(said.contains("too long for a socket") && said.contains("SIGHTLINE_DATA_DIR"), "{said}");
}

#[tokio::test]
async fn address_in_use_is_named_before_redis_starts() {
    let data = data_with_document().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = taken.local_addr().expect("an address").to_string();
    let said = startup_error(sightline(&["serve"], data.path()).env("SIGHTLINE_ADDR", &addr)).await;
    assert!(said.contains(&addr) && said.contains("be listened on"), "{said}");
    assert_eq!(data.redis_command("PING"), None);
}

#[tokio::test]
async fn external_redis_is_used_and_its_faults_logged() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    redis.query::<()>("CONFIG SET maxmemory-policy allkeys-lru");
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_REDIS_URL", redis.url());
    let server = Server::start_as(command).await;
    server.wait_for_log("maxmemory-policy is allkeys-lru").await;
    server.act_ok("doc", "join", "s1").await;
    assert_eq!(redis.query::<u64>("GET send:views:{doc}"), 1);
    server.signal("TERM").await;
    assert_eq!(server.wait_for_exit().await.0, Some(0));
    assert_eq!(redis.query::<String>("PING"), "PONG", "an external Redis is not stopped");
    assert!(!data.socket().exists(), "no managed Redis was started");
}

#[tokio::test]
async fn invalid_redis_url_is_named() {
    let data = DataDir::new();
    let said =
        startup_error(sightline(&["serve"], data.path()).env("SIGHTLINE_REDIS_URL", "localhost")).await;
    assert!(said.contains("SIGHTLINE_REDIS_URL") && said.contains("be used"), "{said}");
}

#[tokio::test]
async fn settings_out_of_bounds_are_named() {
    let data = DataDir::new();
    for (name, value) in [
        ("SIGHTLINE_ADDR", "nowhere"),
        ("SIGHTLINE_INACTIVE_AFTER", "5"),
        ("SIGHTLINE_RESUME_WITHIN", "-1"),
        ("SIGHTLINE_SAMPLE", "perhaps"),
    ] {
        let output = run(sightline(&["serve"], data.path()).env(name, value)).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let flag = name.trim_start_matches("SIGHTLINE_").to_lowercase().replace('_', "-");
        assert!(!output.status.success() && said.contains(&flag) && said.contains(value), "{name}: {said}");
    }
}

#[tokio::test]
async fn servers_started_at_once_share_one_sample() {
    let (data, redis) = (DataDir::new(), RedisServer::start());
    let mut starting = JoinSet::new();
    for _ in 0..4 {
        let command = data.command(&["serve"], Some(&redis.url()));
        starting.spawn(Server::start_as(command));
    }
    let servers = starting.join_all().await;
    for server in &servers {
        server.get("/readyz").await.ok();
        server.get("/v/user-guide/pages/1").await.ok();
    }
    let documents: Vec<String> = redis.query("SMEMBERS send:documents:{-}");
    assert_eq!(documents.len(), 1, "{documents:?}");
    let records: Vec<String> = redis.query("KEYS send:document:*");
    assert_eq!(records.len(), 1, "{records:?}");
    let folders: Vec<_> = std::fs::read_dir(data.path().join("files")).expect("a folder").collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
}
