//! Changing the e-mail address.

use super::{encoded, sign_in_form, signed_in, status};
use crate::support::{
    browser::{Browser, error_of},
    test_app::{PASSWORD, TestApp},
};

#[tokio::test]
async fn owner_changes_their_email_with_the_password() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    let new = format!("new-{}", app.owner.email);
    let form =
        |email: &str, password: &str| format!("email={}&current={}", encoded(email), encoded(password));
    let reply = owner.call("change_email", &form(&new, "wrong")).await;
    assert_eq!((reply.status, error_of(&reply).code()), (403, "wrong_password"));
    let reply = owner.call("change_email", &form("no-address", PASSWORD)).await;
    assert_eq!((reply.status, error_of(&reply).code()), (400, "invalid_field"));
    let taken = format!("taken-{}", app.owner.email);
    app.state.stores.accounts.add(&taken, PASSWORD).await.expect("an owner");
    let reply = owner.call("change_email", &form(&taken.to_uppercase(), PASSWORD)).await;
    assert_eq!((reply.status, error_of(&reply).code()), (409, "taken"));
    let reply = owner.form("change_email", &form(&new, PASSWORD)).await;
    assert_eq!(reply.header("location"), "/settings");
    let html = owner.get("/settings").await.ok().text();
    assert!(html.contains(&format!("<bdi>{new}<")), "{html}");
    assert_eq!(status(&mut owner).await, 200, "the session goes on");
    // The old address is free, and opens nothing.
    let mut other = Browser::new(&app);
    assert_eq!(other.call("sign_in", &sign_in_form(&app)).await.status, 401);
    other.call("sign_in", &sign_in_form(&app).replace("email=", "email=new-")).await.ok();
    app.state.stores.accounts.add(&app.owner.email, PASSWORD).await.expect("the address is free");
}

#[tokio::test]
async fn capitals_of_ones_own_address_can_change() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    let new = app.owner.email.to_uppercase();
    owner.call("change_email", &format!("email={}&current={}", encoded(&new), encoded(PASSWORD))).await.ok();
    let found = app.state.stores.accounts.find(&app.owner.email).await.expect("Redis answers");
    assert_eq!(found.map(|owner| owner.email), Some(new));
}
