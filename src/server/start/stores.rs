//! Opens the stores, as the settings say.

use std::time::Duration;

use super::{
    super::{
        config::Config,
        instruments::Instruments,
        start_error::StartError,
        store::{
            accounts::AccountStore,
            analytics::{Analytics, Rules},
            badges::BadgeStore,
            catalogue::{self, Catalogue},
            channels::ChannelStore,
            clock::{Clock, system_now},
            corrections::CorrectionStore,
            files::{FileSettings, FileStore},
            gate_codes::GateCodes,
            history::{HistoryRules, VisitStore, sealed::SealedVisits},
            made_once::MadeOnceStore,
            mail::{HeldVisits, MailQueue},
            outbox::Outboxes,
            passwords::Passwords,
            redis::{Announcements, Redis},
            schema::Schema,
            secret::Secret,
        },
    },
    file_settings, unusable,
};

/// All stores, and the connections that they share.
#[derive(Clone)]
#[expect(missing_docs, reason = "each is described at its type")]
pub struct Stores {
    pub redis: Redis,
    pub announcements: Announcements,
    pub accounts: AccountStore,
    pub analytics: Analytics,
    pub catalogue: Catalogue,
    pub channels: ChannelStore,
    pub clock: Clock,
    pub badges: BadgeStore,
    pub corrections: CorrectionStore,
    pub files: FileStore,
    pub gate_codes: GateCodes,
    pub held_visits: HeldVisits,
    pub mails: MailQueue,
    pub outboxes: Outboxes,
    pub made_once: MadeOnceStore,
    pub passwords: Passwords,
    pub schema: Schema,
    pub visits: VisitStore,
}

impl Stores {
    pub(super) fn open(
        redis: Redis,
        config: &Config,
        redis_url: &str,
        secret: Option<&Secret>,
        instruments: &Instruments,
    ) -> Result<Self, StartError> {
        let clock = if config.test_clock { Clock::manual(system_now()) } else { Clock::redis() };
        let rules = Rules {
            inactive_after: Duration::from_secs(config.inactive_after),
            idle_after: Duration::from_secs(config.idle_after),
            resume_within: Duration::from_secs(config.resume_within),
            max_viewers: config.max_viewers,
            sends_mail: config.smtp_url.is_some(),
        };
        let passwords = Passwords::default();
        let files =
            FileStore::open(&FileSettings { instruments: instruments.clone(), ..file_settings(config) })?;
        let history_rules = HistoryRules {
            seal_from: config.seal_from,
            resume_within: rules.resume_within,
            keep: config.keep_visits.map(|days| Duration::from_secs(24 * 60 * 60 * u64::from(days))),
        };
        let analytics = Analytics::new(redis.clone(), clock.clone(), rules, catalogue::link_key);
        Ok(Self {
            announcements: Announcements::new(redis_url).map_err(unusable)?,
            accounts: AccountStore::new(
                redis.clone(),
                passwords.clone(),
                clock.clone(),
                secret.and_then(Secret::second_factor_key),
            ),
            outboxes: Outboxes::new(redis.clone(), analytics.outboxes().clone()),
            analytics,
            catalogue: Catalogue::new(redis.clone()),
            channels: ChannelStore::new(redis.clone(), clock.clone(), secret.and_then(Secret::channel_key)),
            visits: VisitStore::new(
                redis.clone(),
                clock.clone(),
                history_rules,
                catalogue::link_key,
                SealedVisits::new(files.objects()),
            ),
            badges: BadgeStore::new(redis.clone()),
            corrections: CorrectionStore::new(redis.clone(), clock.clone()),
            files,
            gate_codes: GateCodes::new(redis.clone(), clock.clone(), secret.and_then(Secret::mail_key)),
            held_visits: HeldVisits::new(redis.clone()),
            mails: MailQueue::new(redis.clone(), secret.and_then(Secret::mail_key)),
            schema: Schema::new(redis.clone()),
            made_once: MadeOnceStore::new(redis.clone(), clock.clone()),
            redis,
            clock,
            passwords,
        })
    }
}
