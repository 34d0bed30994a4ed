//! Mail: what is sent, when again, and when not at all. A real SMTP server on loopback takes it.

mod forgotten;
mod sending;
mod verified;

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
        config.smtp_url = Some(smtp.url("ada:p%40ss@"));
        config.mail_from = Some("Sightline <notes@read.example>".to_owned());
        config.public_url = Some(ORIGIN.to_owned());
        config.no_limits = !has_limits;
    })
    .await;
    (app, smtp)
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
