use super::*;

fn queue_of(files: u32) -> UploadQueue {
    let mut queue = UploadQueue::default();
    for number in 1..=files {
        assert_eq!(queue.add(format!("{number}.pdf"), 1), (number, None));
    }
    queue
}

fn answered(body: &str) -> SendProgress {
    SendProgress::Answered(body.to_owned())
}

fn state(queue: &UploadQueue, id: u32) -> &UploadState {
    &queue.get(id).expect("a file that is listed").state
}

#[test]
fn three_files_are_on_their_way_at_once_and_the_rest_waits_its_turn() {
    let mut queue = queue_of(5);
    assert_eq!([(); 4].map(|()| queue.start_next()), [Some(1), Some(2), Some(3), None]);
    queue.apply(2, SendProgress::AllSent);
    assert_eq!(queue.start_next(), None, "the server still looks at it");
    queue.apply(2, answered(r#"{"success":true}"#));
    assert_eq!(queue.start_next(), Some(4));
    queue.apply(1, SendProgress::Lost);
    assert_eq!([queue.start_next(), queue.start_next()], [Some(5), None]);
}

#[test]
fn a_file_that_is_cancelled_makes_room_for_the_next() {
    let mut queue = queue_of(4);
    while queue.start_next().is_some() {}
    queue.remove(3);
    assert_eq!(queue.start_next(), Some(4));
    assert_eq!(queue.apply(3, answered(r#"{"success":true}"#)), None, "nobody waits for it any more");
}

#[test]
fn a_file_goes_from_sending_over_rendering_to_its_end() {
    let mut queue = queue_of(1);
    queue.start_next();
    assert_eq!(queue.apply(1, SendProgress::Sent { bytes: 0.0, total: 0.0 }), None);
    assert_eq!(state(&queue, 1), &UploadState::Sending(0), "an empty file has no share that has left");
    queue.apply(1, SendProgress::Sent { bytes: 299.0, total: 300.0 });
    assert_eq!(state(&queue, 1), &UploadState::Sending(99));
    queue.apply(1, SendProgress::AllSent);
    assert_eq!(state(&queue, 1), &UploadState::Rendering);
    let outcome = queue.apply(1, answered(r#"{"success":true,"document":{"title":"1"}}"#));
    assert_eq!(outcome, Some(UploadOutcome { success: true, message: "1.pdf is uploaded.".to_owned() }));
    assert_eq!(state(&queue, 1), &UploadState::Done);
}

#[test]
fn what_the_server_refuses_stands_beside_its_file_in_the_servers_words() {
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
fn what_does_not_reach_the_server_says_so() {
    let unreachable = UploadState::Failed(AppError::Unreachable.to_string());
    for progress in [SendProgress::Lost, answered("<h1>502 Bad Gateway</h1>"), answered("")] {
        let mut queue = queue_of(1);
        queue.start_next();
        queue.apply(1, progress);
        assert_eq!(state(&queue, 1), &unreachable);
    }
}

#[test]
fn a_file_over_the_limit_is_never_sent() {
    let mut queue = UploadQueue::default();
    let (_, refused) = queue.add("large.pdf".to_owned(), MAX_FILE_SIZE + 1);
    let message = "large.pdf is not uploaded. The file is larger than 50 MB, which is the most.";
    assert_eq!(refused, Some(UploadOutcome { success: false, message: message.to_owned() }));
    assert_eq!(queue.add("largest.pdf".to_owned(), MAX_FILE_SIZE), (2, None));
    assert_eq!([queue.start_next(), queue.start_next()], [Some(2), None]);
}

#[test]
fn what_was_taken_in_goes_when_more_is_chosen() {
    let mut queue = queue_of(2);
    queue.start_next();
    queue.apply(1, answered(r#"{"success":true}"#));
    queue.clear_done();
    assert_eq!(queue.uploads().iter().map(|upload| upload.id).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_title_is_the_name_of_the_file_without_its_ending() {
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
