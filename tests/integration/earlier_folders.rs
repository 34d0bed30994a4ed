//! Data folders that earlier programs wrote, opened by this one as people open them: with the managed Redis, once to
//! bring the data along and once more. `earlier_folders/README.md` says how they were made.

mod same;

use std::{collections::BTreeSet, fs::File, path::PathBuf, sync::Arc, time::UNIX_EPOCH};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use self::same::{PASSING, differences};
use crate::support::{
    program::{DataDir, Server, Visitor},
    receiver::WebhookReceiver,
};

/// The folder of an earlier program.
struct Folder {
    /// The name of its files.
    name: &'static str,
    /// What the log says once.
    told: &'static [&'static str],
    /// How many visits each link has that are not left out.
    visits: &'static [(&'static str, usize)],
    /// Whether archived visits were in the views of the widget, which they no longer are.
    counts_archived: bool,
}

const TO_1: &str = "the data of an earlier version is brought along to version 1";
const TO_2: &str = "the data of an earlier version is brought along to version 2";
const IMPORTED: &str = "a document of an earlier version is imported";

/// Without accounts, with a folder for each document.
#[tokio::test]
async fn folder_of_release_0_1_is_brought_along() {
    is_brought_along(Folder {
        name: "release-0.1",
        told: &[IMPORTED],
        visits: &[("plain", 5)],
        counts_archived: false,
    })
    .await;
}

/// Its finished visits are in a stream that nothing sealed.
#[tokio::test]
async fn folder_of_release_0_2_is_brought_along() {
    is_brought_along(Folder {
        name: "release-0.2",
        told: &[TO_1, TO_2],
        visits: &[("plain", 5), ("password", 2), ("email", 2)],
        counts_archived: false,
    })
    .await;
}

#[tokio::test]
async fn folder_with_sealed_files_1_is_brought_along() {
    is_brought_along(Folder {
        name: "sealed-1",
        told: &[TO_1, TO_2],
        visits: &[("plain", 4), ("password", 2), ("email", 2)],
        counts_archived: true,
    })
    .await;
}

/// The secret of its second factor is not sealed.
#[tokio::test]
async fn folder_with_sealed_files_2_is_brought_along() {
    is_brought_along(Folder {
        name: "sealed-2",
        told: &[TO_1, TO_2],
        visits: &[("plain", 4), ("password", 2), ("email", 2)],
        counts_archived: true,
    })
    .await;
}

/// The last one whose data had no version.
#[tokio::test]
async fn folder_with_sealed_files_3_is_brought_along() {
    is_brought_along(Folder {
        name: "sealed-3",
        told: &[TO_1, TO_2],
        visits: &[("plain", 4), ("password", 2), ("email", 2)],
        counts_archived: true,
    })
    .await;
}

/// The addresses of its chats are not sealed. Its sealed files are of version 4.
#[tokio::test]
async fn folder_of_schema_1_is_brought_along() {
    is_brought_along(Folder {
        name: "schema-1",
        told: &[TO_2],
        visits: &[("plain", 4), ("password", 2), ("email", 1)],
        counts_archived: false,
    })
    .await;
}

/// Opens a copy of the folder twice, and compares all that its program answered with what this one answers.
async fn is_brought_along(folder: Folder) {
    let (data, then) = unpack(&folder);
    let mut server = start(&data).await;
    if then["owner"].is_null() {
        // Documents without an owner become the first one's.
        data.add_owner(None).await;
        server = server.with_key(&data.key());
    }
    shows_the_same(&server, &folder, &then).await;
    archived_visits_come_back(&server, &then).await;
    gates_let_in_as_then(&server, &then).await;
    owners_sign_in_as_then(&server, &then).await;
    webhooks_sign_as_then(&server, &then).await;
    let log = stop(server).await;
    for told in folder.told {
        assert_eq!(log.matches(told).count(), 1, "{told}: {log}");
    }
    let all = [TO_1, TO_2, IMPORTED];
    let others = all.into_iter().filter(|told| !folder.told.contains(told));
    assert!(others.clone().all(|told| !log.contains(told)), "{log}");

    let server = start(&data).await;
    shows_the_same(&server, &folder, &then).await;
    let log = stop(server).await;
    assert!(!log.contains("brought along") && !log.contains("imported"), "once is enough: {log}");
}

/// A copy of the folder, and what its program answered.
fn unpack(folder: &Folder) -> (Arc<DataDir>, Value) {
    let file = |extension: &str| {
        let folders = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/integration/earlier_folders");
        File::open(folders.join(format!("{}.{extension}", folder.name)))
            .expect("the folder of an earlier version")
    };
    let data = DataDir::new();
    tar::Archive::new(GzDecoder::new(file("tar.gz"))).unpack(data.path()).expect("a whole archive");
    let then: Value = serde_json::from_reader(file("json")).expect("JSON");
    if let Some(key) = then["owner"]["key"].as_str() {
        data.keep_key(key);
    }
    (data, then)
}

async fn start(data: &DataDir) -> Server {
    let mut command = data.command(&["serve"], None);
    command.env("RUST_LOG", "info").env("SIGHTLINE_WEBHOOK_ALLOW", "127.0.0.0/8");
    Server::start_as(command).await
}

/// Stops the server; returns its log.
async fn stop(server: Server) -> String {
    server.signal("TERM").await;
    let (code, log) = server.wait_for_exit().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("ERROR"), "{log}");
    log
}

/// All numbers, visits, links, webhooks, badges and corrections that the earlier program answered, and its document.
async fn shows_the_same(server: &Server, folder: &Folder, then: &Value) {
    let here = server.addr().to_string();
    let passing =
        if folder.counts_archived { &[&PASSING[..], &["totalViews"]].concat() } else { &PASSING[..] };
    for (path, then) in then["answers"].as_object().expect("answers") {
        let text = server.get(path).await.ok().text().replace(&here, "here");
        let now: Value = serde_json::from_str(&text).expect("JSON");
        let found = differences(then, &now, passing);
        assert!(found.is_empty(), "{path}: {found:#?}\n{now:#}");
    }
    for (link, count) in folder.visits {
        let list = server.get(&format!("/api/links/{link}/visits?range=all")).await.ok().json();
        let visits = list["visits"].as_array().expect("visits");
        let ids: BTreeSet<_> = visits.iter().map(|visit| visit["id"].as_str()).collect();
        assert_eq!((visits.len(), ids.len()), (*count, *count), "{link}: {list}");
        assert_eq!(total_views(server, link).await, *count as u64, "{link}: each view is a finished visit");
    }
    let page = server.get("/v/plain/pages/2").await.ok();
    assert!(page.body.len() > 100, "{page}");
    let document = server.get("/api/documents").await.ok().json()["documents"][0].take();
    let file = server
        .get(&format!("/api/documents/{}/file", document["documentId"].as_str().expect("an id")))
        .await
        .ok();
    assert_eq!((Some(file.body.len() as u64), &file.body[..5]), (document["size"].as_u64(), &b"%PDF-"[..]));
    if let Some(badge) = then["answers"]["/api/links/plain/badges"]["badges"][0]["url"].as_str() {
        server.get(badge.strip_prefix("http://here").expect("an address here")).await.ok();
    }
}

/// The same in the widget and in the record of the link.
async fn total_views(server: &Server, link: &str) -> u64 {
    let shown = server.metrics(link).await["totalViews"].as_u64().expect("a number");
    let record = server.get(&format!("/api/links/{link}")).await.ok().json();
    assert_eq!(record["link"]["totalViews"].as_u64(), Some(shown), "{record}");
    shown
}

/// An archived visit is counted again once it is taken back, and only then.
async fn archived_visits_come_back(server: &Server, then: &Value) {
    let path = "/api/links/plain/visits?range=all&archived=yes";
    let Some(visit) = then["answers"][path]["visits"][0]["id"].as_str() else { return };
    let path = format!("/api/links/plain/visits/{visit}");
    let before = total_views(server, "plain").await;
    for (is_archived, total) in [(false, before + 1), (true, before)] {
        server.send("PATCH", &path, &json!({ "archived": is_archived }).to_string()).await.ok();
        assert_eq!(total_views(server, "plain").await, total, "archived: {is_archived}");
    }
}

/// Passwords and addresses that opened a gate open it, and nothing else does.
async fn gates_let_in_as_then(server: &Server, then: &Value) {
    let links = then["links"].as_array().expect("links");
    if !links.contains(&json!("password")) {
        return;
    }
    for (link, wrong, status, right) in [
        ("password", "password=open+sesam", 403, "password=open+sesame"),
        ("email", "email=", 400, "email=ada%40example.org"),
    ] {
        let page = format!("/v/{link}/pages/1");
        let mut visitor = Visitor::of(server);
        assert_eq!(visitor.get(&page).await.status, 403, "{link}");
        let refused = visitor.form("pass_gate", &format!("link_id={link}&{wrong}")).await;
        assert_eq!(refused.status, status, "{link}: {refused}");
        assert_eq!(visitor.get(&page).await.status, 403, "{link}");
        visitor.form("pass_gate", &format!("link_id={link}&{right}")).await.ok();
        visitor.get(&page).await.ok();
    }
    assert_eq!(server.get("/v/off/pages/1").await.status, 410);
}

/// Passwords and second factors open a session.
async fn owners_sign_in_as_then(server: &Server, then: &Value) {
    let of = |owner: &Value, field: &str| owner[field].as_str().expect("text").to_owned();
    let form = |owner: &Value| {
        let (email, password) = (of(owner, "email"), of(owner, "password"));
        format!("email={}&password={}", email.replace('@', "%40"), password.replace(' ', "+"))
    };
    if !then["owner"].is_null() {
        let mut browser = Visitor::of(server);
        browser.form("sign_in", &form(&then["owner"])).await.ok();
        let owner = browser.json("who_am_i", "{}").await.ok().json();
        assert_eq!(owner["email"], then["owner"]["email"], "{owner}");
    }
    let second = &then["secondFactor"];
    if second.is_null() {
        return;
    }
    let codes = totp_rs::Secret::try_from_base32(of(second, "secret")).expect("Base32");
    let codes = totp_rs::Builder::new().with_secret(codes).build().expect("a secret");
    let seconds = UNIX_EPOCH.elapsed().expect("a time").as_secs();
    for (code, status) in [
        (of(second, "recoveryCode"), 200),
        (of(second, "recoveryCode"), 400),
        (codes.generate(seconds).to_string(), 200),
    ] {
        let mut browser = Visitor::of(server);
        assert_eq!(
            browser.form("sign_in", &form(second)).await.status,
            403,
            "the password alone opens nothing"
        );
        let reply = browser.form("sign_in_code", &format!("code={code}")).await;
        assert_eq!(reply.status, status, "{code}: {reply}");
        assert_eq!(browser.json("who_am_i", "{}").await.status, if status == 200 { 200 } else { 401 });
    }
}

/// The webhook signs by the secret that its owner was told then. It has its address again in the end.
async fn webhooks_sign_as_then(server: &Server, then: &Value) {
    let Some(secret) = then["signingSecret"].as_str() else { return };
    let listed = server.get("/api/webhooks").await.ok().json();
    let webhook =
        listed["webhooks"].as_array().expect("webhooks").iter().find(|webhook| webhook["kind"] == "webhook");
    let webhook = webhook.expect("the webhook").clone();
    let path = format!("/api/webhooks/{}", webhook["webhookId"].as_str().expect("an id"));
    let receiver = WebhookReceiver::start().await;
    server.send("PATCH", &path, &json!({ "url": receiver.url() }).to_string()).await.ok();
    assert_eq!(server.send("POST", &format!("{path}/test"), "{}").await.status, 202);
    receiver.wait_for(1).await;
    let received = receiver.take().remove(0);
    assert_eq!(received.header("webhook-signature"), received.signature(secret));
    server.send("PATCH", &path, &json!({ "url": webhook["url"] }).to_string()).await.ok();
}
