//! The preview of a correction: it says what the correction then does.

use axum::http::Method;
use serde_json::{Value, json};
use sightline::model::{LinkChange, LinkId, NewLink};

use super::numbers;
use crate::support::{browser::Browser, test_app::TestApp};

/// Another link to the document.
async fn second_link(app: &TestApp, label: &str) -> LinkId {
    let document = app.state.stores.catalogue.document(&app.document).await.expect("a document");
    let settings = LinkChange { label: Some(label.to_owned()), ..LinkChange::default() };
    let new = NewLink { link_id: None, settings };
    app.state.services.library.make_link(&document, new).await.expect("a link").id
}

async fn act(app: &TestApp, link: &LinkId, action: &str, session: &str) {
    let email = format!("{}@example.com", session.trim_end_matches(char::is_numeric));
    let body = json!({ "action": action, "sessionId": session, "email": email }).to_string();
    app.send(Method::POST, &format!("/api/send/realtime/{link}"), body).await.ok();
}

async fn peak(app: &TestApp, link: &LinkId) -> Value {
    let live = app.get(&format!("/api/send/realtime/{link}")).await.ok().json();
    live["metrics"]["peakConcurrentViewers"].clone()
}

/// Ann and two others read at once through the first link and, later, Ann alone and two others through the second.
async fn two_links() -> (TestApp, LinkId) {
    let app = TestApp::new().await;
    let second = second_link(&app, "Second").await;
    for (link, crowds) in
        [(&app.link, vec![vec!["ann1", "ben1", "eve1"]]), (&second, vec![vec!["ann2"], vec!["ben2", "eve2"]])]
    {
        for crowd in crowds {
            for action in ["join", "leave"] {
                for session in &crowd {
                    act(&app, link, action, session).await;
                }
                app.advance_ms(1_000);
            }
        }
    }
    app.advance(11);
    (app, second)
}

#[tokio::test]
async fn preview_names_the_peak_of_each_link() {
    let (app, second) = two_links().await;
    let before = numbers(&app).await;
    let asked = "of=reader:ann@example.com&range=all";
    let preview = app.get(&format!("/api/corrections/preview?{asked}")).await.ok().json();
    let preview = &preview["preview"];
    assert_eq!(numbers(&app).await, before, "a preview changes nothing");
    let mut peaks = preview["peaks"].as_array().expect("peaks").clone();
    peaks.sort_by_key(|peak| peak["linkId"] != app.link.as_str());
    let expected = [(&app.link, [3, 2]), (&second, [2, 2])];
    assert_eq!(peaks.len(), 2);
    for (peak, (link, [now, then])) in peaks.iter().zip(&expected) {
        assert_eq!(peak["linkId"], link.as_str());
        assert_eq!(peak["peakConcurrentViewers"], *now, "{peak}");
        assert_eq!(peak["peakConcurrentViewersThen"], *then, "{peak}");
    }
    assert_eq!(peaks[1]["label"], "Second");

    app.send(Method::POST, &format!("/api/corrections?{asked}"), "").await;
    for (link, [_, then]) in expected {
        assert_eq!(peak(&app, link).await, then, "{link}");
    }
    let preview = app.get("/api/corrections/preview?of=reader:ben@example.com&range=all").await.ok().json();
    let told: Vec<_> = preview["preview"]["peaks"].as_array().expect("peaks").iter().collect();
    assert!(
        told.iter().all(|peak| peak["peakConcurrentViewers"] == 2),
        "a lowered peak is the peak: {told:?}"
    );
}

#[tokio::test]
async fn page_names_the_peaks_that_change() {
    let (app, second) = two_links().await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let rows = |html: &str| -> Vec<Vec<String>> {
        let table = html.split("data-testid=\"correction-facts\"").nth(1).expect("a table");
        let table = table.split("</table>").next().expect("its end");
        let text = |cell: &str| {
            let inner = cell.split_once('>').map_or("", |(_, inner)| inner);
            inner
                .split('<')
                .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
                .collect::<String>()
        };
        let cells = |row: &str| {
            let cells = row.split("<t").skip(1).filter(|cell| cell.starts_with(['h', 'd']));
            cells.map(text).collect::<Vec<String>>()
        };
        table.split("<tr>").skip(2).map(cells).collect()
    };
    for (asked, expected, says) in [
        (
            format!("of=link:{}&range=all&who=ann", app.link),
            vec![["Total views", "3", "2"], ["Peak viewers", "3", "2"]],
            "1 visit is left out, 1 view among them",
        ),
        (
            format!("of=link:{second}&range=all&who=ann"),
            vec![["Total views", "3", "2"], ["Peak viewers", "2", "2"]],
            "Leave out 1 visit",
        ),
        (
            "of=all&range=all&who=ben".to_owned(),
            vec![
                ["Total views", "6", "4"],
                ["Peak viewers, First", "3", "2"],
                ["Peak viewers, Second", "2", "1"],
            ],
            "2 visits are left out, 2 views among them",
        ),
        (
            "of=all&range=all&who=ann".to_owned(),
            vec![["Total views", "6", "4"], ["Peak viewers, First", "3", "2"]],
            "The peak viewers of 1 link stay the same.",
        ),
    ] {
        let label = json!({ "label": "First" }).to_string();
        app.send(Method::PATCH, &format!("/api/links/{}", app.link), label).await.ok();
        let html = owner.get(&format!("/corrections/new?{asked}")).await.ok().text();
        let mut shown = rows(&html);
        shown[1..].sort();
        assert_eq!(shown, expected, "{asked}");
        let text = html.replace("<!>", "");
        assert!(text.contains(says), "{says} is not in {text}");
    }
}
