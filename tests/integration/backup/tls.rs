//! A Redis over TLS. The program trusts public authorities alone, so that the copy is tested with one of the tests.

use std::fs;

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use sightline::server::store::redis::{copy_snapshots, public_authorities};

use super::refused::refusal;
use crate::support::{cluster::node_with_tls, program::data_with_document, smtp::tls_file};

#[tokio::test]
async fn redis_over_tls_is_copied_from_trusted_servers() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (server, port) = node_with_tls(&["--requirepass", "secret"]);
    let mut connection = redis::Client::open(format!("redis://:secret@{}", server.address()))
        .and_then(|client| client.get_connection())
        .expect("the server answers");
    redis::cmd("SET").arg("send:x").arg("ours-4f1c").exec(&mut connection).expect("the server answers");
    let mut own = RootCertStore::empty();
    own.add(CertificateDer::from_pem_file(tls_file("authority.pem")).expect("a certificate"))
        .expect("an authority");
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
