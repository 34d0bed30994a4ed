use super::*;

fn queue_of(files: u32) -> UploadQueue {
    let mut queue = UploadQueue::default();
    for number in 1..=files {
        assert_eq!(queue.add(format!("{number}.pdf"), 1), (number, None));
    }
    queue
}

fn answered(body: &str) -> SendProgress {
    SendProgress::Answered(200, body.to_owned())
}

fn state(queue: &UploadQueue, id: u32) -> &UploadState {
    &queue.get(id).expect("a listed file").state
}

#[test]
fn three_files_are_sent_at_once() {
    let mut queue = queue_of(5);
    assert_eq!([(); 4].map(|()| queue.start_next()), [Some(1), Some(2), Some(3), None]);
    queue.apply(2, SendProgress::AllSent);
    assert_eq!(queue.start_next(), None, "the server is still reading it");
    queue.apply(2, answered(r#"{"success":true}"#));
    assert_eq!(queue.start_next(), Some(4));
    queue.apply(1, SendProgress::Lost);
    assert_eq!([queue.start_next(), queue.start_next()], [Some(5), None]);
}

#[test]
fn cancelled_file_makes_room_for_the_next() {
    let mut queue = queue_of(4);
    while queue.start_next().is_some() {}
    queue.remove(3);
    assert_eq!(queue.start_next(), Some(4));
    assert_eq!(queue.apply(3, answered(r#"{"success":true}"#)), None, "it is no longer listed");
}

#[test]
fn upload_goes_from_sending_to_rendering_to_done() {
    let mut queue = queue_of(1);
    queue.start_next();
    assert_eq!(queue.apply(1, SendProgress::Sent { bytes: 0.0, total: 0.0 }), None);
    assert_eq!(state(&queue, 1), &UploadState::Sending(0), "an empty file has no percentage");
    queue.apply(1, SendProgress::Sent { bytes: 299.0, total: 300.0 });
    assert_eq!(state(&queue, 1), &UploadState::Sending(99));
    queue.apply(1, SendProgress::AllSent);
    assert_eq!(state(&queue, 1), &UploadState::Rendering);
    let outcome = queue.apply(1, answered(r#"{"success":true,"document":{"title":"1"}}"#));
    assert_eq!(outcome, Some(UploadOutcome { success: true, message: "1.pdf is uploaded.".to_owned() }));
    assert_eq!(state(&queue, 1), &UploadState::Done);
}

#[test]
fn refused_file_shows_the_servers_reason() {
    let mut queue = queue_of(2);
    queue.start_next();
    let outcome = queue.apply(1, answered(r#"{"success":false,"error":"No page.","code":"file_refused"}"#));
    assert_eq!(
        outcome,
        Some(UploadOutcome { success: false, message: "1.pdf is not uploaded. No page.".to_owned() })
    );
    assert_eq!(state(&queue, 1), &UploadState::Failed("No page.".to_owned()));
    queue.clear_done();
    assert_eq!(queue.uploads().len(), 2, "a failure stays until it is dismissed");
}

#[test]
fn unreachable_server_is_reported() {
    let unreachable = UploadState::Failed(AppError::Unreachable.to_string());
    for progress in [SendProgress::Lost, answered("<h1>502 Bad Gateway</h1>"), answered("")] {
        let mut queue = queue_of(1);
        queue.start_next();
        queue.apply(1, progress);
        assert_eq!(state(&queue, 1), &unreachable);
    }
}

#[test]
fn file_over_the_limit_is_never_sent() {
    let mut queue = UploadQueue::default();
    let (_, refused) = queue.add("large.pdf".to_owned(), MAX_FILE_SIZE + 1);
    let message = "large.pdf is not uploaded. The file is larger than 50 MB, which is the most.";
    assert_eq!(refused, Some(UploadOutcome { success: false, message: message.to_owned() }));
    assert_eq!(queue.add("largest.pdf".to_owned(), MAX_FILE_SIZE), (2, None));
    assert_eq!([queue.start_next(), queue.start_next()], [Some(2), None]);
}

#[test]
fn finished_uploads_are_cleared() {
    let mut queue = queue_of(2);
    queue.start_next();
    queue.apply(1, answered(r#"{"success":true}"#));
    queue.clear_done();
    assert_eq!(queue.uploads().iter().map(|upload| upload.id).collect::<Vec<_>>(), [2]);
}

#[test]
fn title_is_the_file_name_without_extension() {
    for (name, title) in [
        ("Report 2026.pdf", "Report 2026"),
        ("v1.2 final.PDF", "v1.2 final"),
        ("no ending", "no ending"),
        (".pdf", ".pdf"),
        (" .pdf", " .pdf"),
    ] {
        assert_eq!(title_of(name), title);
    }
    assert_eq!(title_of(&"\u{e4}".repeat(300)).chars().count(), MAX_TITLE_LENGTH);
}

#[test]
fn refusal_of_a_proxy_is_named() {
    for (status, body, told) in [
        (413, "<html>413 Request Entity Too Large</html>", BY_PROXY),
        (413, r#"{"success":false,"error":"It is too large."}"#, "It is too large."),
        (502, "<html>Bad Gateway</html>", &AppError::Unreachable.to_string()),
    ] {
        let mut queue = queue_of(1);
        queue.start_next();
        queue.apply(1, SendProgress::Answered(status, body.to_owned()));
        assert_eq!(state(&queue, 1), &UploadState::Failed(told.to_owned()), "{status} {body}");
    }
}
