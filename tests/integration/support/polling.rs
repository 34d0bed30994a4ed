//! Waiting for what no event announces.

use std::{
    thread,
    time::{Duration, Instant},
};

use tokio::time::{sleep, timeout};

/// Ends a test that hangs.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Waits until it is so; it panics with `what` where that never comes.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    assert!(becomes(holds).await, "timed out: {what}");
}

/// The same, for a test that says more of what it found instead: whether it came.
pub async fn becomes(holds: impl Fn() -> bool) -> bool {
    let polling = async {
        while !holds() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(TEST_TIMEOUT, polling).await.is_ok()
}

/// The same as [`until`], for what is started without a runtime.
pub fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < TEST_TIMEOUT, "timed out: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
