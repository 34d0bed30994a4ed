//! The process that reads a file, as Linux tells of it while it draws.

use std::{fs::File, process::Command, sync::Arc};

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use sightline::model::PictureWish;

use crate::support::{
    PROGRAM,
    pdf::Pdf,
    polling::until,
    processes::{drawing, proc, value},
    program::{Server, data_with_document, sightline, write_script},
    storage::Storage,
};

/// What it cannot do is tested where it is taken from it: `file/confine/linux.rs`.
#[tokio::test]
async fn drawing_process_is_confined_and_limited() {
    const SECONDS: u64 = 86_411;
    let storage = Arc::new(Storage::with(|config| config.page_seconds = SECONDS, None));
    let file = storage.upload_valid(Pdf::endless(2).bytes()).await;
    let asking = storage.clone();
    let reader = tokio::spawn(async move {
        asking.files.picture(&asking.document, &file, 2, PictureWish::default()).await
    });
    let word = SECONDS.to_string();
    let process = || drawing(std::process::id(), &word).first().copied();
    // 2 is a filter.
    until("it has a filter", || {
        process().and_then(|pid| value(pid, "status", "Seccomp")).as_deref() == Some("2")
    })
    .await;
    let pid = process().expect("it draws for ever");
    assert_eq!(value(pid, "status", "NoNewPrivs").as_deref(), Some("1"));
    assert_eq!(std::fs::read_to_string(proc(pid, "oom_score_adj")).expect("a number").trim(), "1000");
    let cpu_time = format!("{SECONDS} {}", SECONDS + 1);
    for (name, soft_and_hard) in [
        ("Max address space", "536870912 536870912"),
        ("Max cpu time", &*cpu_time),
        ("Max file size", "0 0"),
        ("Max core file size", "0 0"),
        ("Max open files", "32 32"),
        ("Max processes", "0 0"),
    ] {
        let limit = value(pid, "limits", name).expect(name);
        let limit: Vec<_> = limit.split_whitespace().take(2).collect();
        assert_eq!(limit.join(" "), soft_and_hard, "{name}");
    }
    assert!(std::fs::read(proc(pid, "environ")).expect("variables").is_empty(), "no settings");
    reader.abort();
}

#[tokio::test]
async fn missing_confinement_is_logged_once() {
    let data = data_with_document().await;
    let program = data.path().join("unconfined");
    // As on a kernel without it.
    write_script(&program, &format!("echo 'unconfined: Landlock' >&2\nexec '{PROGRAM}' \"$@\"")).await;
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_PROGRAM", &program);
    let server = Server::start_as(command).await;
    for width in [640, 960] {
        server.get(&format!("/v/doc/pages/1?width={width}")).await.ok();
    }
    server.get("/api/links/doc/pages/1/text").await.ok();
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    assert_eq!(log.matches("files are read without Landlock").count(), 1, "{log}");
}

/// A thread whose system calls are filtered stands for a kernel without them: its programs inherit the filter.
#[test]
fn program_names_what_its_kernel_lacks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("small.pdf");
    std::fs::write(&path, Pdf::with_pages(1).bytes()).expect("a file");
    for (call, name) in [(libc::SYS_landlock_create_ruleset, "Landlock"), (libc::SYS_seccomp, "seccomp")] {
        let file = File::open(&path).expect("a file");
        let without = move || {
            let missing = SeccompAction::Errno(libc::ENOSYS as u32);
            let arch = std::env::consts::ARCH.try_into().expect("a known machine");
            let calls = [(call, Vec::new())].into();
            let filter: BpfProgram = SeccompFilter::new(calls, SeccompAction::Allow, missing, arch)
                .and_then(TryInto::try_into)
                .expect("a filter");
            seccompiler::apply_filter(&filter).expect("it is filtered");
            let program = Command::new(PROGRAM)
                .args(["file", "--seconds", "5", "--memory-mb", "512", "outline"])
                .stdin(file)
                .output();
            program.expect("the program runs")
        };
        let output = std::thread::spawn(without).join().expect("no panic");
        assert!(output.status.success() && output.stdout == b"[]", "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), format!("unconfined: {name}\n"));
    }
}
