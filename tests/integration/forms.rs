//! Forms without script: what is told, where, and what is kept of what was typed.

mod cookies_refused;

use crate::support::{
    browser::{Browser, set_cookies},
    reply::Reply,
    test_app::{PASSWORD, TestApp},
};

/// The tag of the input or notice with this attribute, from `<` to `>`.
fn tag<'a>(html: &'a str, attribute: &str) -> &'a str {
    let at = html.find(attribute).unwrap_or_else(|| panic!("no {attribute} in {html}"));
    let begins = html[..at].rfind('<').expect("a tag");
    let ends = at + html[at..].find('>').expect("its end");
    &html[begins..ends]
}

/// Sends a form, and opens the page that it leads to.
async fn send(browser: &mut Browser<'_>, function: &str, fields: &str) -> (Reply, String) {
    let reply = browser.form(function, fields).await;
    assert_eq!(reply.status, 302, "{function} {fields}: {reply}");
    let html = browser.get(reply.header("location")).await.text();
    (reply, html)
}

/// A refused form and the page that it leads back to.
struct Refused {
    function: &'static str,
    fields: String,
    page: String,
    field: &'static str,
    message: &'static str,
    kept: &'static [&'static str],
}

fn refusals(app: &TestApp) -> Vec<Refused> {
    let (document, link) = (&app.document, &app.link);
    let (document_page, link_page) = (format!("/documents/{document}"), format!("/links/{link}"));
    let old = PASSWORD.replace(' ', "+");
    let row = |function, fields: String, page: &str, field, message, kept| Refused {
        function,
        fields,
        page: page.to_owned(),
        field,
        message,
        kept,
    };
    let add = |fields: &str| format!("document_id={document}&{fields}");
    let change = |fields: &str| format!("link_id={link}&settings[enabled]=on&{fields}");
    vec![
        row(
            "rename_document",
            add("title=%20"),
            &document_page,
            "title",
            "The title must have 1 to 200 characters.",
            &["value=\" \""],
        ),
        row(
            "add_link",
            add("address=a+b&settings[label]=For+the+bank&settings[email]=required"),
            &document_page,
            "address",
            "The address must be 1 to 64 characters from A-Z a-z 0-9 and _-.",
            &["value=\"a b\"", "value=\"For the bank\"", "value=\"required\" selected", "<details open"],
        ),
        row(
            "add_link",
            add(&format!("address={link}")),
            &document_page,
            "address",
            "is taken. Choose another.",
            &[],
        ),
        row(
            "add_link",
            add(&format!("settings[label]={}", "x".repeat(101))),
            &document_page,
            "settings[label]",
            "The label must have 100 characters at most.",
            &[],
        ),
        row(
            "add_link",
            add(&format!("address=kept&settings[download]=on&settings[password]={}", "x".repeat(129))),
            &document_page,
            "settings[password]",
            "The password must have 1 to 128 bytes, and a letter outside A-Z has several.",
            &["value=\"kept\"", "name=\"settings[download]\" checked"],
        ),
        row(
            "change_link",
            change("settings[expires_at]=2026-02-31T10:00&settings[label]=kept"),
            &link_page,
            "settings[expires_at]",
            "The expiry must be a date and a time.",
            &["value=\"kept\"", "value=\"2026-02-31T10:00\"", "name=\"settings[enabled]\" checked"],
        ),
        row(
            "change_link",
            change(&format!("settings[password]={}", "x".repeat(129))),
            &link_page,
            "settings[password]",
            "The password must have 1 to 128 bytes",
            &[],
        ),
        row(
            "change_password",
            "old=wrong+password&new=turquoise+ladder+seven".to_owned(),
            "/settings",
            "old",
            "The password is wrong.",
            &[],
        ),
        row(
            "change_password",
            format!("old={old}&new=short"),
            "/settings",
            "new",
            "The new password must have 12 characters or more.",
            &[],
        ),
        row(
            "change_password",
            format!("old={old}&new={}", "x".repeat(129)),
            "/settings",
            "new",
            "The new password must have at most 128 characters.",
            &[],
        ),
    ]
}

#[tokio::test]
async fn refused_form_tells_its_rule_beside_the_field() {
    let app = TestApp::new().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    for Refused { function, fields, page, field, message, kept } in refusals(&app) {
        let (reply, html) = send(&mut browser, function, &fields).await;
        let what = format!("{function} {fields}: {html}");
        assert_eq!(reply.header("location"), page, "nothing is in the address: {what}");
        let input = tag(&html, &format!("id=\"{field}\""));
        assert!(input.contains("aria-invalid=\"true\"") && input.contains("autofocus"), "{input}: {what}");
        assert!(input.contains(&format!("aria-describedby=\"{field}-problem")), "{input}: {what}");
        let told = html.split(&format!("id=\"{field}-problem\"")).nth(1).expect("a message");
        assert!(told.split("</p>").next().is_some_and(|told| told.contains(message)), "{message}: {what}");
        for kept in kept {
            assert!(html.contains(kept), "{kept} is lost: {what}");
        }
        let again = browser.get(&page).await.ok().text();
        assert!(!again.contains("-problem\""), "it is told once: {again}");
    }
}

#[tokio::test]
async fn gate_and_sign_in_keep_the_e_mail_and_never_the_password() {
    let app = TestApp::new().await;
    let change = "settings[enabled]=on&settings[email]=required&settings[password]=open+sesame";
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    owner.form("change_link", &format!("link_id={}&{change}", app.link)).await;
    for (function, fields, field, message) in [
        ("pass_gate", "email=a%40b.c&password=secret-typed", "password", "The password is wrong."),
        (
            "pass_gate",
            "email=no-address&password=open+sesame",
            "email",
            "The e-mail address must be an e-mail",
        ),
        (
            "sign_in",
            "email=a%40b.c&password=secret-typed",
            "password",
            "The e-mail address or the password is",
        ),
    ] {
        let mut browser = Browser::new(&app);
        let fields = format!("link_id={}&{fields}", app.link);
        let (reply, html) = send(&mut browser, function, &fields).await;
        let email = if fields.contains("no-address") { "no-address" } else { "a@b.c" };
        assert!(tag(&html, "id=\"email\"").contains(&format!("value=\"{email}\"")), "{html}");
        assert!(tag(&html, &format!("id=\"{field}\"")).contains("autofocus"), "{html}");
        assert!(html.contains(message), "{html}");
        let set = set_cookies(&reply.headers).join(" ");
        assert!(!set.contains("secret") && !html.contains("secret-typed"), "{set}");
    }
}

#[tokio::test]
async fn each_page_reads_its_own_flash() {
    let app = TestApp::new().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    let (document, link) = (format!("/documents/{}", app.document), format!("/links/{}", app.link));
    browser.form("rename_document", &format!("document_id={}&title=", app.document)).await;
    browser.form("change_link", &format!("link_id={}&settings[enabled]=on", app.link)).await;
    for other in ["/", "/settings"] {
        let html = browser.get(other).await.ok().text();
        assert!(!html.contains("Saved.") && !html.contains("The title must"), "{other}: {html}");
    }
    assert!(browser.get(&link).await.ok().text().contains("Saved."));
    assert!(browser.get(&document).await.ok().text().contains("The title must have 1 to 200 characters."));
    assert!(!browser.get(&link).await.ok().text().contains("Saved."), "it is told once");
}

#[tokio::test]
async fn done_is_told_on_the_next_page() {
    let app = TestApp::new().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    let key = app
        .state
        .stores
        .accounts
        .new_key(&app.owner.owner_id, "old", Default::default())
        .await
        .expect("a key");
    let old = PASSWORD.replace(' ', "+");
    for (function, fields, message) in [
        ("rename_document", format!("document_id={}&title=Another", app.document), "Renamed."),
        ("add_link", format!("document_id={}&address={}-2", app.document, app.link), "Link made."),
        ("change_link", format!("link_id={}-2&settings[label]=x", app.link), "Saved."),
        ("revoke_api_key", format!("key_id={}", key.listed.key_id), "The API key is revoked."),
        ("change_password", format!("old={old}&new=turquoise+ladder+seven"), "The password is changed."),
        (
            "delete_link",
            format!("link_id={}-2&document_id={}", app.link, app.document),
            "The link is deleted.",
        ),
        ("delete_document", format!("document_id={}", app.document), "The document is deleted."),
    ] {
        let (reply, html) = send(&mut browser, function, &fields).await;
        assert!(!reply.header("location").contains('?'), "{function}: {reply}");
        assert!(html.contains(message) && html.contains("notice-good"), "{function}: {html}");
    }
}

#[tokio::test]
async fn past_expiry_and_weak_password_are_warned_of() {
    let app = TestApp::new().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    for (function, id) in [
        ("add_link", format!("document_id={}", app.document)),
        ("change_link", format!("link_id={}", app.link)),
    ] {
        let fields = "settings[enabled]=on&settings[expires_at]=2020-01-01T00:00&settings[password]=short";
        let (_, html) = send(&mut browser, function, &format!("{id}&{fields}")).await;
        assert!(html.contains("notice-warning") && !html.contains("notice-good"), "{html}");
        assert!(
            html.contains("Its expiry lies in the past") && html.contains("Its password is weak"),
            "{html}"
        );
    }
}

#[tokio::test]
async fn head_request_leaves_the_flash() {
    let app = TestApp::new().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    browser.form("rename_document", &format!("document_id={}&title=Another", app.document)).await;
    let page = format!("/documents/{}", app.document);
    browser.send("HEAD", &page, &[("accept", "text/html")], "").await;
    assert!(browser.get(&page).await.ok().text().contains("Renamed."));
}
