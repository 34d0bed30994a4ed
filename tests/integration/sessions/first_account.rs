//! The first account: made once, by whoever can read what the server prints.

use sightline::server::store::catalogue::Document;

use crate::support::{
    browser::{Browser, error_of, set_cookies},
    test_app::TestApp,
};

/// An app whose Redis has no owner, but a document that was shared before there was one; and the token that the
/// first start would print.
async fn app_without_owner() -> (TestApp, Document, String) {
    let app = TestApp::with_own_redis().await;
    let mut document = app.state.stores.catalogue.document(&app.document).await.expect("the app's document");
    app.state.stores.accounts.remove(&app.owner.owner_id).await.expect("it goes");
    document.id = "without-owner".parse().expect("a document's id");
    document.owner = None;
    app.state.stores.catalogue.add_document(&document).await.expect("a document");
    let token =
        app.state.stores.accounts.offer_setup().await.expect("Redis answers").expect("there is no owner");
    (app, document, token)
}

fn form(token: &str, email: &str) -> String {
    format!("token={token}&email={email}%40example.com&password=a+good+password")
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
    assert!(browser.get(reply.header("location")).await.ok().text().contains("10 characters or more"));
    let reply = browser.form("set_up", &form(&token, "first")).await;
    assert_eq!((reply.status, reply.header("location")), (302, "/"));
    assert!(set_cookies(&reply.headers)[0].contains("HttpOnly"));
    assert!(browser.get("/").await.ok().text().contains("Twelve pages"), "signed in, with what there was");
    assert_eq!(browser.get(&page).await.status, 404, "it works once");
    let mut late = Browser::new(&app);
    let reply = late.call("set_up", &form(&token, "second")).await;
    assert_eq!((reply.status, error_of(&reply).code()), (404, "not_found"));
    let owners = app.state.stores.accounts.owners().await.expect("Redis answers");
    let owner = app.state.stores.catalogue.document(&document.id).await.expect("the document").owner;
    assert_eq!((owners.len(), owner.as_ref()), (1, Some(&owners[0].owner_id)));
    assert_eq!(app.state.stores.catalogue.documents_of(None).await, Ok(Vec::new()));
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
