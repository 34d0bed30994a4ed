//! A real server that is killed while visitors join, again and again: every event reaches every channel.

use std::{collections::HashMap, time::Duration};

use serde_json::json;
use tokio::time::timeout;

use crate::support::{
    dice::Dice,
    killed::{KILLS, KilledServer, visitors_in},
    receiver::WebhookReceiver,
};

/// Longer than the lease of a link's outbox and of a channel, in milliseconds.
const LEASE: i64 = 31_000;
/// Ends a test that hangs; no limit of the program.
const TEST_TIMEOUT: Duration = Duration::from_secs(120);

/// The numbers of the readers that a channel was told of, in the order in which it first was. An id belongs to one of them.
fn told(receiver: &WebhookReceiver) -> Vec<usize> {
    let mut ids: HashMap<String, usize> = HashMap::new();
    let mut order = Vec::new();
    for received in receiver.received() {
        let email = received.json()["data"]["reader"]["email"].as_str().expect("an e-mail").to_owned();
        let number = visitors_in(&email)[0];
        let id = received.header("webhook-id").to_owned();
        match ids.insert(id.clone(), number) {
            Some(before) => assert_eq!(before, number, "{id} stands for two events"),
            None => order.push(number),
        }
    }
    order
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_server_loses_no_event() {
    let (mut dice, _) = Dice::new();
    let mut killed = KilledServer::start(LEASE, |command| {
        command.env("SIGHTLINE_WEBHOOK_ALLOW", "127.0.0.0/8");
    })
    .await;
    let receivers = [WebhookReceiver::start().await, WebhookReceiver::start().await];
    for receiver in &receivers {
        let webhook = json!({ "url": receiver.url(), "events": ["visit.started"] });
        assert_eq!(killed.server.send("POST", "/api/webhooks", &webhook.to_string()).await.status, 201);
    }
    for _ in 0..KILLS {
        killed.kill_among_joins(&mut dice).await;
    }

    for receiver in &receivers {
        let all = async {
            loop {
                // Counted first: what arrives meanwhile is not waited for.
                let count = receiver.received().len();
                if killed.lost(&told(receiver)).is_empty() {
                    return;
                }
                receiver.wait_for(count + 1).await;
            }
        };
        if timeout(TEST_TIMEOUT, all).await.is_err() {
            panic!("never told of {:?}", killed.lost(&told(receiver)));
        }
        let told = told(receiver);
        assert!(told.is_sorted(), "not in order: {told:?}");
        let mut once = told.clone();
        once.dedup();
        assert_eq!(told, once, "an event had two ids");
    }
}
