//! Ports for servers that have to be told theirs before they start.

use std::{
    net::TcpListener,
    process,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

/// The ports of tests: below those that systems give to connections, which could take one before its server does
/// (32,768 and up on Linux, 49,152 and up elsewhere).
const FIRST: u16 = 15_000;
const COUNT: u32 = 15_000;

/// A port that no other test gets.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        // Test programs that run at the same time begin elsewhere.
        let number = process::id().wrapping_mul(997).wrapping_add(NEXT.fetch_add(1, Relaxed));
        let port = FIRST + (number % COUNT) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The same as an address.
pub fn free_address() -> String {
    format!("127.0.0.1:{}", free_port())
}
