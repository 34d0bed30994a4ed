//! The first account: made once, with the token that the server prints.

use sightline::server::{start::prepare, store::catalogue::Document};

use crate::support::{
    browser::{Browser, error_of, set_cookies},
    test_app::{PASSWORD, TestApp},
};

/// An app whose Redis has no owner, a document without an owner, and the token that the first start prints.
async fn app_without_owner() -> (TestApp, Document, String) {
    let app = TestApp::with_own_redis().await;
    let mut document = app.state.stores.catalogue.document(&app.document).await.expect("the app's document");
    app.state.stores.accounts.remove(&app.owner.owner_id).await.expect("the owner is removed");
    document.id = "without-owner".parse().expect("a document's id");
    document.owner = None;
    app.state.stores.catalogue.add_document(&document).await.expect("a document");
    let token = app.state.stores.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    (app, document, token)
}

fn form(token: &str, email: &str) -> String {
    format!("token={token}&email={email}%40example.com&password=turquoise+ladder+seven")
}

#[tokio::test]
async fn setup_page_works_once_with_its_token() {
    let (app, document, token) = app_without_owner().await;
    let mut browser = Browser::new(&app);
    let page = format!("/setup/{token}");
    assert!(browser.get(&page).await.ok().text().contains("action=\"/sfn/set_up\""));
    for wrong in ["wrong".to_owned(), token.to_uppercase(), format!("{token}x"), "%20".to_owned()] {
        assert_eq!(browser.get(&format!("/setup/{wrong}")).await.status, 404, "{wrong}");
        let reply = browser.call("set_up", &form(&wrong, "thief")).await;
        assert_eq!((reply.status, error_of(&reply).code()), (404, "not_found"), "{wrong}");
    }
    let refused = format!("token={token}&email=first%40example.com&password=short");
    let reply = browser.form("set_up", &refused).await;
    assert_eq!(reply.header("location"), page);
    assert!(browser.get(reply.header("location")).await.ok().text().contains("12 characters or more"));
    let reply = browser.form("set_up", &form(&token, "first")).await;
    assert_eq!((reply.status, reply.header("location")), (302, "/"));
    assert!(set_cookies(&reply.headers)[0].contains("HttpOnly"));
    assert!(
        browser.get("/").await.ok().text().contains("Twelve pages"),
        "signed in, and owns the earlier document"
    );
    assert_eq!(browser.get(&page).await.status, 404, "the token works once");
    let mut late = Browser::new(&app);
    let reply = late.call("set_up", &form(&token, "second")).await;
    assert_eq!((reply.status, error_of(&reply).code()), (404, "not_found"));
    let owners = app.state.stores.accounts.owners().await.expect("Redis answers");
    let owner = app.state.stores.catalogue.document(&document.id).await.expect("the document").owner;
    assert_eq!((owners.len(), owner.as_ref()), (1, Some(&owners[0].owner_id)));
    assert_eq!(app.state.stores.catalogue.documents_of(None).await, Ok(Vec::new()));
    let events = app.state.stores.accounts.events(&owners[0].owner_id, 10).await.expect("events");
    let told: Vec<_> = events.iter().map(|event| (event.action.as_str(), event.about.as_str())).collect();
    assert_eq!(told, [("signed_in", "with a new account")]);
}

#[tokio::test]
async fn concurrent_setups_make_one_account() {
    let (app, _, token) = app_without_owner().await;
    let (mut one, mut other) = (Browser::new(&app), Browser::new(&app));
    let (first, second) = (form(&token, "one"), form(&token, "other"));
    let (one, other) = tokio::join!(one.call("set_up", &first), other.call("set_up", &second));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    assert_eq!(app.state.stores.accounts.owners().await.map(|owners| owners.len()), Ok(1));
}

#[tokio::test]
async fn setup_token_guesses_are_rate_limited() {
    let app = TestApp::with_config(|config| config.no_limits = false).await;
    let mut browser = Browser::new(&app);
    for attempt in 0..10 {
        assert_eq!(browser.call("set_up", &form("guess", "thief")).await.status, 404, "{attempt}");
    }
    let reply = browser.call("set_up", &form("guess", "thief")).await;
    assert_eq!((reply.status, error_of(&reply).code()), (429, "too_many_attempts"));
    assert!(!reply.header("retry-after").is_empty());
}

/// Redis refuses what adopting documents needs, at the moment when the account is made.
#[tokio::test]
async fn account_made_during_an_outage_gets_its_documents_later() {
    let (app, document, token) = app_without_owner().await;
    app.redis.query::<()>("ACL SETUSER default -smembers");
    let reply = Browser::new(&app).form("set_up", &form(&token, "first")).await;
    assert_eq!((reply.status, reply.header("location")), (302, "/"), "the account is made all the same");
    app.redis.query::<()>("ACL SETUSER default +smembers");
    let owner = app.state.stores.accounts.owners().await.expect("Redis answers").remove(0);
    let owner_of = async |document| app.state.stores.catalogue.document(document).await.expect("it").owner;
    assert_eq!(owner_of(&document.id).await, None);
    app.state.services.accounts.adopt_documents().await.expect("Redis answers");
    assert_eq!(owner_of(&document.id).await, Some(owner.owner_id.clone()));
    let theirs = app.state.stores.catalogue.documents_of(Some(&owner.owner_id)).await.expect("Redis answers");
    assert_eq!(theirs.len(), 1);
}

#[tokio::test]
async fn start_finishes_what_was_left_of_adopting() {
    let (app, document, _) = app_without_owner().await;
    let catalogue = &app.state.stores.catalogue;
    let owner =
        app.state.stores.accounts.add("first@example.com", PASSWORD).await.expect("an owner").owner_id;
    let in_set = |owner: &str, document: &str| -> bool {
        app.redis.query(&format!("SISMEMBER send:documents:{{{owner}}} {document}"))
    };
    // As a crash leaves them: in both sets without an owner, and in both sets with one.
    for (id, recorded) in [("half", None), ("nearly", Some(owner.clone()))] {
        let document = Document { id: id.parse().expect("an id"), owner: recorded, ..document.clone() };
        catalogue.add_document(&document).await.expect("a document");
        for set in ["-", owner.as_str()] {
            app.redis.query::<()>(&format!("SADD send:documents:{{{set}}} {id}"));
        }
    }
    // Listed, but not entered yet: another server is at it.
    app.redis.query::<()>("SADD send:documents:{-} under-way");
    prepare(&app.state).await.expect("Redis answers");
    let theirs = catalogue.documents_of(Some(&owner)).await.expect("Redis answers");
    assert_eq!(theirs.len(), 3);
    for id in ["half", "nearly", document.id.as_str()] {
        assert!(in_set(owner.as_str(), id) && !in_set("-", id), "{id}");
    }
    assert!(in_set("-", "under-way"));
}
