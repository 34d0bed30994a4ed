//! Sharing PDFs, good and bad, from within and from the command line.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use sightline::{model::LinkId, server::documents::MAX_FILE_SIZE};

use crate::support::{
    pdf::Pdf,
    program::{DataDir, Server, run, sightline},
    test_app::TestApp,
};

async fn refused(app: &TestApp, pdf: Vec<u8>) -> String {
    let shared = app.state.documents.share(pdf, None, "A document".to_owned()).await;
    shared.expect_err("a bad file").to_string()
}

#[tokio::test]
async fn every_bad_file_gets_its_message_and_leaves_nothing_behind() {
    let app = TestApp::new().await;
    let good = Pdf::with_pages(2).bytes();
    let mut damaged = b"%PDF-1.4\n".to_vec();
    damaged.extend((0..2_000).map(|n| (n * 7 % 251) as u8));
    damaged.extend(b"\n%%EOF\n");
    for (what, file, message) in [
        ("nothing", Vec::new(), "not a PDF"),
        ("a text", b"Hello".to_vec(), "not a PDF"),
        ("a picture", b"\x89PNG\r\n\x1a\n".repeat(300), "not a PDF"),
        ("a beginning", b"%PDF-1.4\n".to_vec(), "cut off"),
        ("the first half", good[..good.len() / 2].to_vec(), "cut off"),
        ("noise", damaged, "damaged"),
        ("no pages", Pdf::with_pages(0).bytes(), "damaged"),
        ("a password", Pdf::with_pages(1).with_user_password().bytes(), "encrypted"),
        ("too many pages", Pdf::with_pages(1_001).bytes(), "1001 pages; 1000 is the most"),
    ] {
        let said = refused(&app, file).await;
        assert!(said.contains(message), "{what}: {said}");
    }
    let documents = app.state.documents.links().await.expect("a folder");
    assert_eq!(documents, std::slice::from_ref(&app.link));
    let left: Vec<PathBuf> = entries(&app.data_dir().join("documents"));
    assert_eq!(left.len(), 1, "{left:?}");
    app.share(good).await;
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

#[tokio::test]
async fn a_thousand_pages_are_accepted() {
    let app = TestApp::new().await;
    let link = app.share(Pdf::with_pages(1_000).bytes()).await;
    assert_eq!(app.state.documents.find(&link).await.expect("it is there").pages.len(), 1_000);
    app.get(&format!("/v/{link}/pages/1000")).await.ok();
    app.get(&format!("/v/{link}/pages/1001")).await.refused(404, "not_found");
}

#[tokio::test]
async fn fifty_megabytes_are_accepted_and_a_byte_more_is_not() {
    let app = TestApp::new().await;
    let largest = Pdf::of_size(MAX_FILE_SIZE as usize);
    assert_eq!(largest.len() as u64, MAX_FILE_SIZE);
    let file = app.data_dir().join("largest.pdf");
    std::fs::write(&file, largest).expect("a file");
    let share = |id: &str| app.state.documents.share_file(&file, id.parse().ok(), None);
    share("largest").await.expect("within the bound");
    let opened = std::fs::OpenOptions::new().append(true).open(&file).expect("a file");
    opened.set_len(MAX_FILE_SIZE + 1).expect("a byte more");
    let said = share("larger").await.expect_err("beyond the bound").to_string();
    assert!(said.contains("50 MB"), "{said}");
}

#[tokio::test]
async fn a_file_that_only_forbids_changes_is_shared() {
    let app = TestApp::new().await;
    let link = app.share(Pdf::with_pages(1).with_owner_password().bytes()).await;
    app.get(&format!("/v/{link}/pages/1")).await.ok();
}

#[tokio::test]
async fn a_file_that_draws_itself_harms_nobody() {
    let app = TestApp::new().await;
    let hostile = Pdf::that_draws_itself().bytes();
    if let Ok(link) = app.state.documents.share(hostile, None, "A snake".to_owned()).await {
        app.get(&format!("/v/{link}/pages/1")).await.ok();
    }
    app.get(&format!("/v/{}/pages/1", app.link)).await.ok();
}

#[tokio::test]
async fn random_links_have_ten_plain_characters() {
    let app = TestApp::new().await;
    let mut links = HashSet::new();
    for _ in 0..5 {
        let link = app.share(Pdf::with_box("[0 0 10 10]").bytes()).await;
        assert_eq!(link.as_str().len(), 10, "{link}");
        let plain = |c| "abcdefghijkmnpqrstuvwxyz23456789".contains(c);
        assert!(link.as_str().chars().all(plain), "{link}");
        links.insert(link);
    }
    assert_eq!(links.len(), 5);
}

#[tokio::test]
async fn a_taken_link_is_refused_and_keeps_its_document() {
    let app = TestApp::new().await;
    let said =
        app.state.documents.share(Pdf::with_pages(1).bytes(), Some(app.link.clone()), "Mine".into()).await;
    let said = said.expect_err("taken").to_string();
    assert!(said.contains(app.link.as_str()) && said.contains("taken"), "{said}");
    assert_eq!(app.state.documents.find(&app.link).await.expect("it is there").title, "Twelve pages");
}

#[tokio::test]
async fn of_two_who_want_one_link_at_once_one_gets_it() {
    let app = TestApp::new().await;
    let link: LinkId = "wanted".parse().expect("a link id");
    let share = |title: &str| {
        app.state.documents.share(Pdf::with_box("[0 0 10 10]").bytes(), Some(link.clone()), title.to_owned())
    };
    let (one, other) = tokio::join!(share("one"), share("other"));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let said = one.err().or(other.err()).expect("one is refused").to_string();
    assert!(said.contains("taken"), "{said}");
    assert_eq!(entries(&app.data_dir().join("documents")).len(), 2, "no draft is left");
}

#[tokio::test]
async fn titles_are_text_of_1_to_200_characters() {
    let app = TestApp::new().await;
    let share = async |title: &str| {
        let shared =
            app.state.documents.share(Pdf::with_box("[0 0 10 10]").bytes(), None, title.to_owned()).await;
        let link = shared.map_err(|error| error.to_string())?;
        Ok::<_, String>(app.state.documents.find(&link).await.expect("it is there").title.clone())
    };
    let longest = "ü".repeat(200);
    assert_eq!(share(&longest).await.as_ref(), Ok(&longest));
    assert_eq!(share(" <b>A & B</b>\u{7}\n ").await, Ok("<b>A & B</b>".to_owned()));
    for bad in ["", "  ", "\n\u{0}", &"x".repeat(201)] {
        assert!(share(bad).await.expect_err("no title").contains("1 to 200"), "{bad:?}");
    }
}

#[tokio::test]
async fn sharing_works_while_the_server_does_not_run_and_while_it_does() {
    let data = DataDir::new();
    let file = data.path().join("Quarterly figures.pdf");
    std::fs::write(&file, Pdf::with_pages(2).bytes()).expect("a file");
    let file = file.to_str().expect("a plain path");

    let shared = run(&mut sightline(&["share", file, "--id", "early"], data.path())).await;
    assert!(shared.status.success(), "{shared:?}");
    let said = String::from_utf8_lossy(&shared.stdout).into_owned();
    assert!(said.contains("/v/early\n") && said.contains("/dashboard/early\n"), "{said}");

    let server = Server::start(&data).await;
    assert!(server.greeting.contains("/v/early"), "no sample beside it: {}", server.greeting);
    server.get("/api/send/realtime/late").await.refused(404, "link_not_found");
    let shared =
        run(&mut sightline(&["share", file, "--id", "late", "--title", "<i>Late</i>"], data.path())).await;
    assert!(shared.status.success(), "{shared:?}");
    for (link, title) in [("early", "Quarterly figures"), ("late", "<i>Late</i>")] {
        server.get(&format!("/v/{link}/pages/2")).await.ok();
        server.does(link, "join", "s1").await;
        let arguments = format!(r#"{{"link_id":"{link}"}}"#);
        let document = server.send("POST", "/sfn/shared_document", &arguments).await.ok().json();
        assert_eq!(document["title"], title);
    }
}

#[tokio::test]
async fn what_the_command_line_refuses_it_says_in_one_line() {
    let data = DataDir::new();
    let path = |name: &str, bytes: &[u8]| {
        let path = data.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path.to_str().expect("a plain path").to_owned()
    };
    let (good, text) = (path("good.pdf", &Pdf::with_pages(1).bytes()), path("text.pdf", b"Hello"));
    let missing = data.path().join("missing.pdf").to_str().expect("a plain path").to_owned();
    let folder = data.path().to_str().expect("a plain path").to_owned();
    let share = async |arguments: &[&str]| {
        let output = run(&mut sightline(&[&["share"], arguments].concat(), data.path())).await;
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for (arguments, message) in [
        (&[text.as_str()][..], "not a PDF"),
        (&[missing.as_str()], "missing.pdf can not be read"),
        (&[folder.as_str()], "can not be read"),
        (&[good.as_str(), "--id", "a b"], "linkId must be 1 to 64 characters"),
        (&[good.as_str(), "--title", ""], "1 to 200 characters"),
    ] {
        let said = share(arguments).await;
        assert!(said.contains(message), "{arguments:?}: {said}");
    }
}
