//! The version of the data in Redis: a program refuses data of a newer one, and brings older data along.
//!
//! A change that older programs cannot read, or that older data lacks, is a new version with a step in `take_step`. A
//! field that is only added is none.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Application;
use crate::{
    error::AppError,
    server::{
        start_error::StartError,
        store::schema::{Schema, Turn},
    },
};

/// The version that this program reads and writes.
///
/// 1: links and documents are in the indexes by time, and archived visits are not in the views of the widget.
///
/// 2: the addresses of chats are encrypted.
const CURRENT: u32 = 2;
/// How long a server waits for another one that brings the data along.
const WAIT: Duration = Duration::from_secs(600);
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Why this program must not touch the data; `None` when it may. [`AppError::Unavailable`] when Redis does not answer.
pub async fn refusal(app: &Application) -> Result<Option<StartError>, AppError> {
    let found = app.stores.schema.version().await?;
    Ok(found.filter(|found| *found > CURRENT).map(|found| {
        StartError::new(format!(
            "The data in Redis was written by a newer Sightline: its version is {found}, and this program knows {CURRENT}. \
             Install the newer Sightline again, or restore a backup that this one made."
        ))
    }))
}

/// Brings older data along, once: of several servers that start at once, one does it and the others wait.
pub async fn bring_along(app: &Application) -> Result<(), AppError> {
    let schema = &app.stores.schema;
    let deadline = Instant::now() + WAIT;
    loop {
        let found = schema.version().await?.unwrap_or(0);
        if found >= CURRENT {
            return Ok(());
        }
        if let Some(turn) = schema.take_turn().await? {
            let done = take_steps(app, schema, &turn).await;
            schema.end_turn(&turn).await?;
            return done;
        }
        if Instant::now() > deadline {
            tracing::error!(
                "another server has not brought the data along within {} min",
                WAIT.as_secs() / 60
            );
            return Err(AppError::Unavailable);
        }
        sleep(POLL_INTERVAL).await;
    }
}

async fn take_steps(app: &Application, schema: &Schema, turn: &Turn) -> Result<(), AppError> {
    // Another server may have finished just before this one's turn.
    let found = schema.version().await?.unwrap_or(0);
    let is_new =
        !app.stores.accounts.has_owner().await? && app.stores.catalogue.documents_of(None).await?.is_empty();
    for version in found + 1..=CURRENT {
        if version == 2 && !is_new && !app.stores.channels.can_encrypt() {
            // A command on the terminal has no secret; the next server that starts does it.
            return Ok(());
        }
        let working = take_step(app, version);
        tokio::pin!(working);
        loop {
            tokio::select! {
                done = &mut working => break done?,
                () = sleep(Schema::RENEWAL) => schema.renew_turn(turn).await?,
            }
        }
        schema.set_version(version).await?;
        if !is_new {
            tracing::info!("the data of an earlier version is brought along to version {version}");
        }
    }
    Ok(())
}

/// Brings data of the version before to `version`. It may be interrupted at any point and begin again.
async fn take_step(app: &Application, version: u32) -> Result<(), AppError> {
    match version {
        1 => {
            app.sweeper().index_all().await?;
            app.sweeper().discount_archived().await
        }
        2 => {
            for owner in app.stores.accounts.owners().await? {
                app.stores.channels.encrypt_all(&owner.owner_id).await?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
