//! What sign-ins leave behind in the program's memory.

use futures::future::join_all;

use crate::support::program::{DataDir, Server};

const MB: u64 = 1_000_000;

#[tokio::test]
async fn many_sign_ins_leave_little_memory_behind() {
    let data = DataDir::new();
    data.add_owner(None).await;
    let server = Server::start(&data).await;
    let form = "email=owner%40example.com&password=correct+horse+battery";
    server.send("POST", "/sfn/who_am_i", "{}").await;
    let before = server.memory();
    for _ in 0..5 {
        let sign_ins = join_all((0..30).map(|_| server.send("POST", "/sfn/sign_in", form))).await;
        assert!(sign_ins.iter().all(|reply| reply.status == 200), "{}", sign_ins[0]);
    }
    let left = server.memory().saturating_sub(before);
    assert!(left <= 40 * MB, "{left} bytes more");
}
