//! Notices: owners are told of events by the channels that they choose.
//!
//! ```text
//! join.lua … --> outbox of the link --> FanOut --> queue of each channel --> Sender --> receiver
//!                                          \-----> VisitMailer --> queue of mails
//! ```
//!
//! The script that makes a change writes the event; see `store/analytics/outbox.lua`. [`FanOut`] gives it to the channels,
//! [`Sender`] sends it. Any number of servers does both: what one takes is leased to it, and comes to another when it dies. An
//! event may then be told twice, with the same id.

mod event;
mod fan_out;
mod mail_settings;
mod marking;
mod public_addresses;
mod receiver;
mod retry;
mod sender;
mod service;
mod signature;
mod stop_token;
mod text;
mod visit_mails;

use std::time::Duration;

use tokio::{task::JoinSet, time::sleep};

pub use self::{
    fan_out::FanOut, marking::Marking, public_addresses::Reachable, receiver::Receiver, sender::Sender,
    service::Notices, visit_mails::VisitMailer,
};
use crate::error::AppError;

/// How many links or owners are taken at once.
const BATCH: usize = 100;
/// How often work is looked for that another server noted. This server's own wakes it at once.
const INTERVAL: Duration = Duration::from_secs(1);

/// The background task of a server that tells owners. Cheap to clone.
#[derive(Clone)]
pub struct Teller {
    pub(in crate::server) fan_out: FanOut,
    pub(in crate::server) marking: Marking,
    pub(in crate::server) sender: Sender,
}

impl Teller {
    /// Tells events as they come. Never returns.
    pub async fn run(self) {
        let mut sending = JoinSet::new();
        loop {
            // After a failure, which is logged where it arises, the next round tries again.
            let _ = self.round(&mut sending).await;
            while sending.try_join_next().is_some() {}
            tokio::select! {
                () = self.fan_out.outboxes.links.noted() => {}
                () = self.sender.channels.delivering.noted() => {}
                () = sleep(INTERVAL) => {}
            }
        }
    }

    /// Does all work that is due, and waits until it is done.
    pub async fn tell(&self) -> Result<(), AppError> {
        let mut sending = JoinSet::new();
        while self.round(&mut sending).await? > 0 {
            while sending.join_next().await.is_some() {}
        }
        Ok(())
    }

    /// What gives events to the channels.
    pub fn fan_out(&self) -> &FanOut {
        &self.fan_out
    }

    /// Begins all work that is due. Returns how much there was.
    async fn round(&self, sending: &mut JoinSet<()>) -> Result<usize, AppError> {
        let marked = self.marking.mark_due(BATCH).await?;
        let emptied = self.fan_out.empty_due(BATCH).await?;
        let written = self.fan_out.mails.write_due(BATCH).await?;
        Ok(marked + emptied + written + self.sender.begin(sending).await?)
    }
}
