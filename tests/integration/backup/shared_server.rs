//! A server that other programs use too: their data are neither in a backup nor restored.

use std::{fs, time::Duration};

use super::{back_up, restore};
use crate::support::{
    cluster::Node,
    program::{DataDir, data_with_document_on, run_ok},
    redis_server::Running,
};

/// Short: Redis writes short texts as they are, and longer ones may be packed.
const OURS: &str = "ours-4f1c";
const THEIRS: &str = "theirs-9d07";

fn has(archive: &[u8], text: &str) -> bool {
    archive.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn other_databases_are_not_backed_up() {
    let server = Node::start(&["--databases", "40"]);
    for (own, others) in [(0, &[5][..]), (7, &[0]), (7, &[0, 8, 39]), (39, &[0, 7])] {
        server.query::<()>("FLUSHALL");
        let url = format!("redis://{}/{own}", server.address());
        let data = data_with_document_on(Some(&url)).await;
        let mut connection = server.connect();
        let mut set = |database: i64, text: &str| {
            let mut commands = redis::pipe();
            commands.cmd("SELECT").arg(database).ignore().cmd("SET").arg(format!("send:{text}")).arg(text);
            commands.exec(&mut connection).expect("the server answers");
        };
        others.iter().for_each(|database| set(*database, THEIRS));
        set(own, OURS);
        let file = back_up(&data, Some(&url)).await;
        let archive = fs::read(&file).expect("the backup");
        assert!(has(&archive, OURS), "{own} {others:?}");
        assert!(!has(&archive, THEIRS), "{own} {others:?}");
        assert!(!data.path().join("backup").exists(), "nor is it left beside it");
        let restored = restore(&file, &data, None).await;
        let server = super::serve(&restored, None).await;
        let keys = restored.redis_command("INFO keyspace").expect("it runs");
        assert_eq!(keys.matches("\ndb").count(), 1, "{keys}");
        assert!(keys.contains("\ndb0:"), "{keys}");
        drop(server);
    }
}

#[tokio::test]
async fn server_of_a_killed_backup_is_ended() {
    let data = DataDir::new();
    let folder = data.path().join("backup/0/redis");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(data.path().join("backup/lock"), "").expect("a file");
    let socket = folder.join("redis.sock");
    let path = socket.to_str().expect("a plain path");
    let left = Running::start(&folder, &["--port", "0", "--unixsocket", path], "ready to accept connections");
    let mut connection = std::os::unix::net::UnixStream::connect(&socket).expect("it runs");
    connection.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
    run_ok(&mut data.command(&["owner", "list"], None)).await;
    // It closes every connection as it ends.
    let end = std::io::Read::read(&mut connection, &mut [0; 8]).expect("the end");
    assert_eq!(end, 0);
    assert!(!data.path().join("backup").exists());
    drop(left);
}
