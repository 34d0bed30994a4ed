//! The examples in docs/examples, run against the program.

use tokio::process::Command;

use crate::support::{
    pdf::Pdf,
    program::{DataDir, Server, data_with_document, run},
};

/// Runs an example; its interpreter has to be there.
async fn run_example(interpreter: &str, example: &str, origin: &str, data: &DataDir) -> String {
    let file = data.path().join("Annual report.pdf");
    // A file of its own for each: their keys name its content.
    let content = Pdf::with_box(if interpreter == "node" { "[0 0 20 10]" } else { "[0 0 10 10]" });
    std::fs::write(&file, content.bytes()).expect("a file");
    let mut command = Command::new(interpreter);
    command.arg(format!("{}/docs/examples/{example}", env!("CARGO_MANIFEST_DIR"))).arg(&file);
    command
        .env("ORIGIN", origin)
        .env("KEY", std::fs::read_to_string(data.path().join("api-key")).expect("a key"));
    let found = Command::new(interpreter).arg("--version").output().await;
    assert!(found.is_ok(), "{interpreter} is missing, and {example} needs it: install it");
    let output = run(&mut command).await;
    assert!(output.status.success(), "{example}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn examples_share_a_file_and_read_its_visits() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    let origin = format!("http://{}", server.addr());
    for (interpreter, example) in [("python3", "share.py"), ("node", "share.mjs")] {
        let printed = run_example(interpreter, example, &origin, &data).await;
        let (head, csv) = printed.split_once("reading now 0 views ").expect(&printed);
        let link = head.strip_prefix(&format!("link {origin}/v/")).expect(&printed).trim().to_owned();
        assert!(csv.contains("visit_id,link_id"), "{example}: {printed}");
        server.act_ok(&link, "join", "s1").await;
        server.act_ok(&link, "leave", "s1").await;
        server.act_ok(&link, "join", "s2").await;
        let again = run_example(interpreter, example, &origin, &data).await;
        assert!(
            again.starts_with(&format!("link {origin}/v/{link}\n")),
            "{example} makes another link: {again}"
        );
        assert!(again.contains("reading now 1 "), "{example}: {again}");
        assert!(again.contains("\nreader anonymous page 1\n"), "{example}: {again}");
        assert_eq!(
            again.lines().filter(|line| line.contains(&link)).count(),
            2,
            "{example}, one visit: {again}"
        );
    }
}
