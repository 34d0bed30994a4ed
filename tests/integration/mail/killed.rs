//! A real server that is killed while visitors join, again and again: the owner is mailed of each first visit.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use tokio::time::{sleep, timeout};

use crate::support::{
    dice::Dice,
    killed::{KILLS, KilledServer, visitors_in},
    ports::free_address,
    smtp::SmtpServer,
};

/// Longer than the owner's hour, and so than the leases of an outbox and of a mail, in milliseconds.
const OVER_AN_HOUR: i64 = 61 * 60 * 1_000;
/// How many mails a server sends at a time: what the SMTP server took of these before a kill it is sent again.
const AT_A_TIME: usize = 4;
/// Ends a test that hangs; no limit of the program.
const TEST_TIMEOUT: Duration = Duration::from_secs(120);

/// The visitors of each mail that arrived, by its `Message-ID`, and how often it did.
fn told(smtp: &SmtpServer) -> BTreeMap<String, (BTreeSet<usize>, usize)> {
    let mut mails = BTreeMap::new();
    for mail in smtp.received() {
        let id = mail.message().message_id().expect("an id").to_owned();
        let visitors: BTreeSet<usize> = visitors_in(&mail.text()).into_iter().collect();
        let (known, count) = mails.entry(id.clone()).or_insert_with(|| (visitors.clone(), 0));
        assert_eq!(*known, visitors, "{id} says something else the second time");
        *count += 1;
    }
    mails
}

/// Whether the server is still to read events, to write digests that are due, or to send mails.
fn is_busy(killed: &KilledServer) -> bool {
    let due = format!("ZCOUNT send:mail-digests:{{notices}} -inf {}", killed.now);
    let count = |command: &str| killed.redis.query::<u64>(command);
    let begun = killed.redis.query::<Vec<String>>("KEYS send:mail-digest:*").len() as u64;
    count("XLEN send:outbox:{doc}") + count(&due) + begun + count("HLEN send:mails:{mail}") > 0
}

fn visitors(smtp: &SmtpServer) -> Vec<usize> {
    told(smtp).into_values().flat_map(|(visitors, _)| visitors).collect()
}

/// Waits until the server that was started again has told all: the eleventh visit of an hour at its end.
async fn mail_all(killed: &mut KilledServer, smtp: &SmtpServer) {
    loop {
        while is_busy(killed) {
            sleep(Duration::from_millis(10)).await;
        }
        if killed.lost(&visitors(smtp)).is_empty() {
            return;
        }
        killed.step().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_server_mails_each_first_visit() {
    let (mut dice, _) = Dice::new();
    let smtp = Arc::new(SmtpServer::start().await);
    let url = smtp.url("ada:sesame@");
    let mut killed = KilledServer::start(OVER_AN_HOUR, move |command| {
        // What the program prints is its public address: here the one on which it listens.
        let address = free_address();
        command.envs([
            ("SIGHTLINE_ADDR", address.as_str()),
            ("SIGHTLINE_PUBLIC_URL", format!("http://{address}").as_str()),
            ("SIGHTLINE_SMTP_URL", url.as_str()),
            ("SIGHTLINE_MAIL_FROM", "notes@read.example"),
        ]);
    })
    .await;
    for _ in 0..KILLS {
        killed.kill_among_joins(&mut dice).await;
        if timeout(TEST_TIMEOUT, mail_all(&mut killed, &smtp)).await.is_err() {
            panic!("never mailed of {:?}: {}", killed.lost(&visitors(&smtp)), killed.server.log());
        }
    }
    let told = told(&smtp);
    for number in 1..=killed.last {
        let mails = told.values().filter(|(visitors, _)| visitors.contains(&number)).count();
        assert!(mails <= 1, "{number} stands in {mails} mails");
    }
    let again: usize = told.values().map(|(_, count)| count - 1).sum();
    assert!(again <= KILLS * AT_A_TIME, "{again} mails arrived again");
}
