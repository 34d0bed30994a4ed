//! A Redis over TLS. The program trusts public authorities alone, so that the copy is tested with one of the tests.

use std::fs;

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use sightline::server::store::redis::{copy_snapshots, public_authorities};
use tokio::net::{TcpListener, UnixStream};

use super::refused::refusal;
use crate::support::{
    program::data_with_document,
    redis_server::RedisServer,
    smtp::{acceptor, authority},
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

#[tokio::test]
async fn redis_over_tls_is_copied_from_trusted_servers() {
    let redis = RedisServer::start();
    redis.query::<()>("SET send:x ours-4f1c");
    redis.query::<()>("CONFIG SET requirepass secret");
    let port = encrypted(&redis).await;
    let mut own = RootCertStore::empty();
    own.add(CertificateDer::from_pem_file(authority()).expect("a certificate")).expect("an authority");
    let url = format!("rediss://:secret@localhost:{port}");
    let folder = tempfile::tempdir().expect("a folder");
    let copied = copy_snapshots(&url, folder.path(), &own).await.expect("a copy");
    let [copied] = &copied[..] else { panic!("{copied:?}") };
    let snapshot = fs::read(&copied.path).expect("the snapshot");
    assert!(snapshot.windows(9).any(|window| window == b"ours-4f1c"));
    for (url, authorities, why) in [
        (url.clone(), public_authorities(), "the certificate of localhost is not trusted"),
        (
            format!("rediss://:secret@127.0.0.1:{port}"),
            own.clone(),
            "the certificate of 127.0.0.1 is not trusted",
        ),
        (format!("rediss://:wrong@localhost:{port}"), own, "WRONGPASS"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let error = copy_snapshots(&url, folder.path(), &authorities).await.expect_err(why).to_string();
        assert!(error.contains("Redis cannot be copied") && error.contains(why), "{error}");
    }
    let data = data_with_document().await;
    let file = data.path().join("backup.tar");
    let said = refusal(&data, &["backup", file.to_str().expect("a path")], Some(&url)).await;
    assert!(said.contains("It has to be of a public authority, valid, and of that name"), "{said}");
    assert!(!file.exists());
}
