//! The commands for owners, API keys and files, whether or not the server is running.

use std::{fs::File, path::Path};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    pdf::Pdf,
    program::{DataDir, Server, data_with_document, parse, run, run_ok, sightline},
    redis_server::RedisServer,
};

const OWNER: &str = "owner@example.com";

/// Runs the program with a password on standard input.
async fn with_password(arguments: &[&str], data: &Path, password: &str) -> std::process::Output {
    let file = data.join("typed");
    std::fs::write(&file, format!("{password}\nnot this\n")).expect("a file");
    run(sightline(arguments, data).stdin(File::open(file).expect("a file"))).await
}

/// The error message of the program, which must fail.
async fn command_error(arguments: &[&str], data: &Path) -> String {
    let output = run(&mut sightline(arguments, data)).await;
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn run_command(arguments: &[&str], data: &Path) -> String {
    run_ok(&mut sightline(arguments, data)).await
}

/// The status of a sign-in at the running server.
async fn sign_in(server: &Server, email: &str, password: &str) -> u16 {
    let form = format!("email={}&password={}", email.replace('@', "%40"), password.replace(' ', "+"));
    let head = "content-type: application/x-www-form-urlencoded";
    let mut connection = TcpStream::connect(server.addr()).await.expect("a connection");
    let request = format!(
        "POST /sfn/sign_in HTTP/1.1\r\nhost: here\r\nconnection: close\r\n{head}\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut answer = Vec::new();
    connection.write_all(request.as_bytes()).await.expect("the request is sent");
    connection.read_to_end(&mut answer).await.expect("an answer");
    parse(&answer).expect("an answer").status
}

#[tokio::test]
async fn first_start_prints_the_setup_address() {
    let data = DataDir::new();
    let server = Server::start(&data).await;
    let line = server.startup_output.lines().find(|line| line.contains("First account")).expect("an address");
    let (_, path) = line.split_once("/setup/").expect("an address");
    let page = server.get(&format!("/setup/{}", path.trim())).await.ok().text();
    assert!(page.contains("/sfn/set_up"), "{page}");
    assert_eq!(server.get("/setup/guessed").await.status, 404);
    // An owner added from the terminal ends the setup page at once.
    let added = with_password(&["owner", "add", OWNER], data.path(), "correct horse battery").await;
    assert!(added.status.success(), "{added:?}");
    assert_eq!(server.get(&format!("/setup/{}", path.trim())).await.status, 404);
    assert_eq!(sign_in(&server, OWNER, "correct horse battery").await, 200);
    let key = run_command(&["key", "new", OWNER], data.path()).await;
    std::fs::write(data.path().join("api-key"), key.trim()).expect("a file");
    drop(server);
    let server = Server::start(&data).await;
    assert!(!server.startup_output.contains("/setup/"), "{}", server.startup_output);
    let documents = server.get("/api/documents").await.ok().json();
    assert_eq!(
        documents["documents"][0]["title"], "The Sightline User Guide",
        "earlier documents become the first owner's"
    );
}

#[tokio::test]
async fn owner_commands_add_list_change_and_remove() {
    let data = DataDir::new();
    let path = data.path();
    for email in [OWNER, "second@example.com"] {
        let output = with_password(&["owner", "add", email], path, "correct horse battery").await;
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{email} can sign in.\n"));
    }
    for (email, password, said) in [
        ("OWNER@example.com", "correct horse battery", "is taken"),
        ("third@example.com", "short", "password must have 12 characters or more"),
        ("no-address", "correct horse battery", "must be an e-mail address"),
    ] {
        let output = with_password(&["owner", "add", email], path, password).await;
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && words.contains(said), "{email}: {words}");
        assert!(!words.contains(password), "{words}");
    }
    assert_eq!(run_command(&["owner", "list"], path).await, format!("{OWNER}\nsecond@example.com\n"));
    let server = Server::start(&data).await;
    assert_eq!(sign_in(&server, OWNER, "correct horse battery").await, 200);
    let output = with_password(&["owner", "password", OWNER], path, "turquoise ladder seven").await;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(sign_in(&server, OWNER, "correct horse battery").await, 401);
    assert_eq!(sign_in(&server, OWNER, "turquoise ladder seven").await, 200);
    run_command(&["owner", "remove", "second@example.com"], path).await;
    assert_eq!(run_command(&["owner", "list"], path).await, format!("{OWNER}\n"));
    for arguments in [
        &["owner", "remove", "second@example.com"][..],
        &["owner", "password", "second@example.com"],
        &["key", "new", "second@example.com"],
    ] {
        let said = command_error(arguments, path).await;
        assert!(said.contains("There is no owner second@example.com"), "{said}");
    }
}

#[tokio::test]
async fn removing_an_owner_requires_choice_for_documents() {
    let data = data_with_document().await;
    let path = data.path();
    with_password(&["owner", "add", "heir@example.com"], path, "correct horse battery").await;
    let said = command_error(&["owner", "remove", OWNER], path).await;
    assert!(said.contains("--documents-to EMAIL or --delete-documents"), "{said}");
    let said = command_error(&["owner", "remove", OWNER, "--documents-to", OWNER], path).await;
    assert!(said.contains("cannot go to the owner who is removed"), "{said}");
    let said = command_error(&["owner", "remove", OWNER, "--documents-to", "none@example.com"], path).await;
    assert!(said.contains("There is no owner none@example.com"), "{said}");
    run_command(&["owner", "remove", OWNER, "--documents-to", "heir@example.com"], path).await;
    let key = run_command(&["key", "new", "heir@example.com", "--label", "heir"], path).await;
    std::fs::write(path.join("api-key"), key.trim()).expect("a file");
    let server = Server::start(&data).await;
    assert_eq!(server.get("/api/documents").await.ok().json()["documents"][0]["links"][0]["linkId"], "doc");
    server.get("/v/doc/pages/1").await.ok();
    run_command(&["owner", "remove", "heir@example.com", "--delete-documents"], path).await;
    assert_eq!(server.get("/v/doc/pages/1").await.status, 404);
    server.get("/api/documents").await.refused(401, "wrong_api_key");
    let left = std::fs::read_dir(path.join("files")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "no file is left");
}

#[tokio::test]
async fn share_command_shares_or_explains_the_refusal() {
    let data = data_with_document().await;
    let path = data.path();
    let file = path.join("small.pdf");
    let file = file.to_str().expect("a plain path");
    let server = Server::start(&data).await;
    let said =
        run_command(&["share", file, "--id", "second", "--title", "Second", "--owner", OWNER], path).await;
    assert!(said.contains("/v/second") && said.contains("/dashboard/second"), "{said}");
    assert_eq!(server.get("/api/links/second").await.ok().json()["link"]["title"], "Second");
    server.act_ok("second", "join", "reader").await;
    let said = command_error(&["share", file, "--id", "second"], path).await;
    assert!(said.contains("The link second is taken. Choose another --id"), "{said}");
    let said = command_error(&["share", file, "--owner", "none@example.com"], path).await;
    assert!(said.contains("There is no owner none@example.com"), "{said}");
    let said = command_error(&["share", file, "--title", " "], path).await;
    assert!(said.contains("title must have 1 to 200 characters"), "{said}");
    let said = command_error(&["share", path.to_str().expect("a plain path")], path).await;
    assert!(said.contains("cannot be read"), "{said}");
    std::fs::write(path.join("bad.pdf"), "%PDF-1.4\n").expect("a file");
    let said = command_error(&["share", path.join("bad.pdf").to_str().expect("a plain path")], path).await;
    assert!(said.contains("The PDF is cut off"), "{said}");
    with_password(&["owner", "add", "second@example.com"], path, "correct horse battery").await;
    let said = command_error(&["share", file], path).await;
    assert!(said.contains("There are several owners") && said.contains("--owner EMAIL"), "{said}");
    assert_eq!(server.get("/api/documents").await.ok().json()["documents"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn documents_of_an_earlier_version_are_migrated() {
    let data = DataDir::new();
    let path = data.path();
    let old = path.join("documents/old-link");
    std::fs::create_dir_all(&old).expect("a folder");
    std::fs::write(old.join("document.pdf"), Pdf::with_pages(3).bytes()).expect("a file");
    std::fs::write(old.join("document.json"), r#"{"title":"From before","shared_at":1700000000000}"#)
        .expect("a file");
    let broken = path.join("documents/broken");
    std::fs::create_dir_all(&broken).expect("a folder");
    std::fs::write(broken.join("document.json"), r#"{"title":"Half"}"#).expect("a file");
    let added = with_password(&["owner", "add", OWNER], path, "correct horse battery").await;
    assert!(added.status.success(), "{added:?}");
    assert!(!old.exists() && broken.exists(), "an unreadable document stays where it is");
    let key = run_command(&["key", "new", OWNER], path).await;
    std::fs::write(path.join("api-key"), key.trim()).expect("a file");
    let server = Server::start(&data).await;
    let link = server.get("/api/links/old-link").await.ok().json()["link"].take();
    assert_eq!((link["title"].as_str(), link["pageCount"].as_u64()), (Some("From before"), Some(3)));
    server.get("/v/old-link/pages/3").await.ok();
    assert_eq!(server.get("/api/documents").await.ok().json()["documents"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn commands_wait_for_a_busy_redis() {
    let (data, redis) = (DataDir::new(), RedisServer::start());
    data.add_owner(Some(&redis.url())).await;
    let copy = data.path().join("copy.tar");
    let copy = copy.to_str().expect("a plain path");
    for arguments in [&["owner", "list"][..], &["key", "new", OWNER], &["backup", copy]] {
        // It answers no client for so long, not even a new one.
        let _: String = redis.query("CLIENT PAUSE 1500 ALL");
        let mut command = data.command(arguments, Some(&redis.url()));
        run_ok(command.env("SIGHTLINE_REDIS_TIMEOUT_MS", "100")).await;
    }
}
