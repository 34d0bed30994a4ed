//! A Redis over TLS, whose certificate is of an authority that the machine trusts.

use tokio::net::{TcpListener, UnixStream};

use super::{backup_file, kinds::is_backed_up_from};
use crate::support::{
    cluster::{Cluster, SentinelGroup},
    program::{data_with_document, run},
    redis_server::{RedisServer, speaks_tls},
    smtp::acceptor,
};

/// A port at which a server is reached over TLS, as `localhost`. Not by the server itself: not all are built with it.
async fn encrypted(redis: &RedisServer) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (acceptor, socket) = (acceptor(), redis.socket());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(mut client) = acceptor.accept(client).await else { continue };
            let mut server = UnixStream::connect(&socket).await.expect("the server runs");
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn server_over_tls_is_backed_up() {
    let redis = RedisServer::start();
    redis.query::<()>("CONFIG SET requirepass secret");
    let port = encrypted(&redis).await;
    is_backed_up_from(&format!("rediss://:secret@localhost:{port}"), &["redis.rdb"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cluster_over_tls_is_backed_up() {
    if !speaks_tls() {
        return;
    }
    let cluster = Cluster::start_encrypted();
    is_backed_up_from(&cluster.url(), &["redis-1.rdb", "redis-2.rdb", "redis-3.rdb"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn master_of_sentinel_over_tls_is_backed_up() {
    if !speaks_tls() {
        return;
    }
    let group = SentinelGroup::start_encrypted();
    is_backed_up_from(&group.url(), &["redis.rdb"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_over_tls_is_copied_if_it_is_trusted() {
    let redis = RedisServer::start();
    redis.query::<()>("CONFIG SET requirepass secret");
    let port = encrypted(&redis).await;
    let data = data_with_document().await;
    let file = backup_file(&data);
    let arguments = ["backup", file.to_str().expect("a path")];
    let untrusted = "It has to be of an authority that this machine trusts, valid, and of that name";
    for (login, is_known, why) in [
        (":secret@localhost", false, untrusted),
        (":secret@127.0.0.1", true, untrusted),
        (":wrong@localhost", true, "WRONGPASS"),
    ] {
        let mut command = data.command(&arguments, Some(&format!("rediss://{login}:{port}")));
        if !is_known {
            command.env_remove("SSL_CERT_FILE");
        }
        let output = run(&mut command).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{login}");
        assert!(said.contains("Redis cannot be copied") && said.contains(why), "{login}: {said}");
        assert!(!file.exists(), "{login}");
    }
}
