//! Every kind of Redis is backed up, and restored into every other.

use std::fs;

use super::{back_up, back_up_under_load, read_by_some, refused::refusal, restore, seen, serve};
use crate::support::{
    cluster::{Cluster, SentinelGroup},
    polling::wait_until,
    program::{DataDir, Server, Visitor, data_with_document, data_with_document_on},
    redis_server::RedisServer,
};

/// The names of the archive's snapshots.
fn snapshots(file: &std::path::Path) -> Vec<String> {
    let mut archive = tar::Archive::new(fs::File::open(file).expect("the backup"));
    let entries = archive.entries().expect("a tar file");
    let names = entries.map(|entry| entry.expect("an entry").path().expect("a name").display().to_string());
    names.filter(|name| name.ends_with(".rdb")).collect()
}

/// Backs up what is at `from`, under readers who come and go and when they have gone; restores it into a managed Redis,
/// where the owner sees the same and signs in.
pub async fn is_backed_up_from(from: &str, expected: &[&str]) {
    let data = data_with_document_on(Some(from)).await;
    let file = back_up_under_load(&data, Some(from)).await;
    assert_eq!(snapshots(&file), expected);
    fs::remove_file(file).expect("the backup");
    let server = serve(&data, Some(from)).await;
    server.act_ok("doc", "join", "reads-on").await;
    let before = seen(&server).await;
    let file = back_up(&data, Some(from)).await;
    let restored = restore(&file, &data, None).await;
    let second = serve(&restored, None).await;
    assert_eq!(seen(&second).await, before);
    second.act_ok("doc", "heartbeat", "reads-on").await;
    let form = "email=owner%40example.com&password=correct+horse+battery";
    let signed_in = Visitor::of(&second).form("sign_in", form).await;
    assert!(signed_in.headers.contains_key("set-cookie"), "{signed_in:?}");
    assert!(!data.path().join("backup").exists() && !restored.path().join("restoring").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn master_of_sentinel_is_backed_up() {
    let group = SentinelGroup::start();
    is_backed_up_from(&group.url(), &["redis.rdb"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_database_is_backed_up() {
    let redis = RedisServer::start();
    is_backed_up_from(&format!("{}?db=7", redis.url()), &["redis.rdb"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_master_of_a_cluster_is_backed_up() {
    let cluster = Cluster::start();
    is_backed_up_from(&cluster.url(), &["redis-1.rdb", "redis-2.rdb", "redis-3.rdb"]).await;
    let with_keys = cluster.masters.iter().filter(|master| master.query::<u64>("DBSIZE") > 0).count();
    assert!(with_keys > 1, "the data are on several masters");
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_is_restored_into_a_cluster() {
    let (from, to) = (Cluster::start(), Cluster::start());
    for url in [None, Some(from.url())] {
        let url = url.as_deref();
        for master in &to.masters {
            master.query::<()>("FLUSHALL");
        }
        let data = data_with_document_on(url).await;
        let server = serve(&data, url).await;
        read_by_some(&server).await;
        let before = seen(&server).await;
        let file = back_up(&data, url).await;
        let restored = restore(&file, &data, Some(&to.url())).await;
        let second = serve(&restored, Some(&to.url())).await;
        assert_eq!(seen(&second).await, before, "{url:?}");
        second.act_ok("doc", "heartbeat", "active").await;
        let path = file.to_str().expect("a path");
        let again = refusal(&DataDir::new(), &["restore", path], Some(&to.url())).await;
        assert!(again.contains("This Redis has data already"), "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_is_restored_under_sentinel() {
    let group = SentinelGroup::start();
    let data = data_with_document().await;
    let server = serve(&data, None).await;
    read_by_some(&server).await;
    let before = seen(&server).await;
    let file = back_up(&data, None).await;
    let restored = restore(&file, &data, Some(&group.url())).await;
    assert_eq!(seen(&serve(&restored, Some(&group.url())).await).await, before);
    assert!(group.master.query::<u64>("DBSIZE") > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_slots_refuse_a_backup() {
    let cluster = Cluster::start();
    let url = cluster.url();
    let data = data_with_document_on(Some(&url)).await;
    let file = super::backup_file(&data);
    let path = file.to_str().expect("a path").to_owned();
    let (slot, from) = (cluster.slot("doc"), cluster.master_of("doc"));
    let to = (from + 1) % 3;
    cluster.announce_move(slot, from, to);
    let said = refusal(&data, &["backup", &path], Some(&url)).await;
    assert!(said.contains("slots of the cluster are being moved"), "{said}");
    cluster.masters[from].query::<()>(&format!("CLUSTER SETSLOT {slot} STABLE"));
    // One copy takes long: a second a key.
    let last = &cluster.masters[from];
    last.query::<()>("CONFIG SET rdb-key-save-delay 1000000");
    let mut command = data.command(&["backup", &path], Some(&url));
    let running = command.stderr(std::process::Stdio::piped()).spawn().expect("the program starts");
    wait_until("the copy is being made", || {
        last.query::<String>("INFO persistence").contains("rdb_bgsave_in_progress:1")
    });
    last.query::<()>("CONFIG SET rdb-key-save-delay 0");
    cluster.move_slot(slot, from, to);
    let ended = running.wait_with_output().await.expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && said.contains("the slots of the cluster moved meanwhile"), "{said}");
    assert!(!file.exists());
    // What a move that was given up left on a server which does not have the slot.
    for other in (0..3).filter(|other| *other != to) {
        cluster.leave_behind(slot, other, "send:views:{doc}", "999");
    }
    let file = back_up(&data, Some(&url)).await;
    let restored = restore(&file, &data, None).await;
    assert_eq!(Server::start(&restored).await.metrics("doc").await["totalViews"], 0);
}
