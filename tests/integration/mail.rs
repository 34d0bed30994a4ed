//! Mail: what is sent, when again, and when not at all. A real SMTP server on loopback takes it.

mod digests;
mod encrypted;
mod erasing;
mod first_visits;
mod forgotten;
mod killed;
mod sending;
mod settings;
mod stopping;
mod verified;
mod visits;

use sightline::server::config::Config;

use crate::support::{redis_server::RedisServer, smtp::SmtpServer, test_app::TestApp};

/// Where the addresses in mails lead.
const ORIGIN: &str = "http://read.example";

/// An app that sends mail to a server of its own, and the server. The queue is one for all apps of a Redis, so it has
/// that for itself too.
async fn app_with_mail() -> (TestApp, SmtpServer) {
    app_with_limits(false).await
}

async fn app_with_limits(has_limits: bool) -> (TestApp, SmtpServer) {
    let smtp = SmtpServer::start().await;
    let app = TestApp::with_redis(RedisServer::start(), |config| {
        send_by(&smtp, config);
        config.no_limits = !has_limits;
    })
    .await;
    (app, smtp)
}

/// A second app server, which sends mail by the same SMTP server.
fn second_with_mail(app: &TestApp, smtp: &SmtpServer) -> TestApp {
    app.second_server_with(|config| send_by(smtp, config))
}

fn send_by(smtp: &SmtpServer, config: &mut Config) {
    config.smtp_url = Some(smtp.url("ada:p%40ss@"));
    config.mail_from = Some("Sightline <notes@read.example>".to_owned());
    config.public_url = Some(ORIGIN.to_owned());
}

impl TestApp {
    /// Sends what is due by the test clock. Returns how many mails were tried.
    async fn send_mail(&self) -> usize {
        self.state.services.mailer.deliver_due().await.expect("Redis answers")
    }

    /// Sends mail in the background, as a running server does.
    fn send_mail_always(&self) {
        tokio::spawn(self.state.services.mailer.clone().run());
    }

    async fn queued_mails(&self) -> usize {
        self.state.stores.mails.count().await.expect("Redis answers")
    }
}
