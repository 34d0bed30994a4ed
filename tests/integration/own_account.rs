//! What owners do with their own account: sessions, keys, e-mail address, second factor, events, and its end.

mod closing;
mod email;
mod events;
mod keys;
mod passkeys;
mod second_factor;
mod sessions;

use serde_json::{Value, json};

use crate::support::{
    browser::Browser,
    test_app::{PASSWORD, TestApp},
};

const FIREFOX: &str = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";

/// A text as a form sends it.
fn encoded(text: &str) -> String {
    sightline::model::address::encode(text)
}

fn sign_in_form(app: &TestApp) -> String {
    format!("email={}&password={}", encoded(&app.owner.email), encoded(PASSWORD))
}

/// A browser that has just signed in by the form.
async fn signed_in(app: &TestApp) -> Browser<'_> {
    let mut browser = Browser::new(app).with_header("user-agent", FIREFOX);
    browser.call("sign_in", &sign_in_form(app)).await.ok();
    browser
}

/// 200 when signed in, else 401.
async fn status(browser: &mut Browser<'_>) -> u16 {
    browser.json("POST", "/sfn/who_am_i", &json!({})).await.status
}

/// The answer of a server function without arguments.
async fn read(browser: &mut Browser<'_>, function: &str) -> Value {
    browser.json("POST", &format!("/sfn/{function}"), &json!({})).await.ok().json()
}
