//! Puts the services together, each with the stores that it uses.

use std::{sync::Arc, time::Duration};

use super::{
    super::{
        config::Config,
        instruments::Instruments,
        live::{ListReader, Live, SharedSnapshots},
        services::{
            Accounts, Audit, Badges, Gates, Health, History, Library, MadeOnce, Mailer, Monitoring, Quotas,
            RateLimits, Reading, Services, StreamLimits, Watching,
            badges::ShownBadges,
            history::ReportCache,
            notices::{Marking, Notices, Reachable, Receiver},
        },
        store::secret::LazySecret,
    },
    Stores, secret_file,
};

pub(super) fn assemble(
    stores: Stores,
    rate_limits: &RateLimits,
    mailer: Mailer,
    config: &Config,
    instruments: Instruments,
) -> Services {
    let Stores {
        redis,
        announcements,
        accounts,
        analytics,
        catalogue,
        badges,
        channels,
        clock,
        corrections,
        files,
        made_once,
        mails,
        outboxes,
        passwords,
        visits,
        gate_codes,
        held_visits,
        ..
    } = stores;
    let quotas = Quotas {
        documents: config.max_documents,
        bytes: config.max_owner_mb.map(|megabytes| megabytes << 20),
        links: config.max_links,
        owner_links: config.max_owner_links,
        keys: config.max_keys,
        webhooks: config.max_webhooks,
    };
    let marking = Marking { catalogue: catalogue.clone(), channels: channels.clone() };
    let audit = Audit { accounts: accounts.clone() };
    let library = Library {
        analytics: analytics.clone(),
        audit: audit.clone(),
        catalogue: catalogue.clone(),
        clock: clock.clone(),
        files: files.clone(),
        marking: marking.clone(),
        mailer: mailer.clone(),
        passwords: passwords.clone(),
        quotas: quotas.clone(),
        rate_limits: rate_limits.clone(),
        visits: visits.clone(),
    };
    let account_service = Accounts {
        accounts: accounts.clone(),
        audit: audit.clone(),
        catalogue: catalogue.clone(),
        quotas: quotas.clone(),
        clock: clock.clone(),
        corrections: corrections.clone(),
        held_visits: held_visits.clone(),
        library: library.clone(),
        made_once: made_once.clone(),
        mailer: mailer.clone(),
        marking: marking.clone(),
        rate_limits: rate_limits.clone(),
        requires_second_factor: config.require_second_factor,
    };
    let notices = Notices {
        audit: audit.clone(),
        channels: channels.clone(),
        mailer: mailer.clone(),
        marking,
        quotas: quotas.clone(),
        receiver: Receiver::new(Reachable::with(config.webhook_allow.clone())),
        secret: LazySecret::at(secret_file(config)),
    };
    let history = History {
        accounts: accounts.clone(),
        analytics: analytics.clone(),
        audit: audit.clone(),
        catalogue: catalogue.clone(),
        channels,
        clock: clock.clone(),
        corrections,
        held_visits,
        mails: mails.clone(),
        outboxes: outboxes.clone(),
        visits: visits.clone(),
        reports: ReportCache::default(),
    };
    let live = Live::new(analytics.clone(), announcements.clone());
    let streams =
        StreamLimits::new(config.max_streams, config.max_streams_per_address, config.max_streams_per_owner);
    Services {
        badges: Badges {
            analytics: analytics.clone(),
            announcements: announcements.clone(),
            audit: audit.clone(),
            catalogue: catalogue.clone(),
            clock: clock.clone(),
            live: live.clone(),
            store: badges,
            shown: ShownBadges::new(announcements.clone()),
            streams: streams.clone(),
        },
        audit,
        gates: Gates {
            analytics: analytics.clone(),
            catalogue: catalogue.clone(),
            clock: clock.clone(),
            codes: gate_codes,
            mailer: mailer.clone(),
            passwords,
            rate_limits: rate_limits.clone(),
        },
        health: Health { redis: redis.clone(), clock: clock.clone() },
        library,
        mailer,
        monitoring: Monitoring {
            instruments: instruments.clone(),
            accounts: accounts.clone(),
            analytics: analytics.clone(),
            channels: notices.channels.clone(),
            data_dir: config.data_dir.clone(),
            files: files.clone(),
            live: live.clone(),
            mails,
            outboxes,
            redis,
            streams: streams.clone(),
            visits: visits.clone(),
            last: Arc::default(),
        },
        notices,
        made_once: MadeOnce { store: made_once },
        reading: Reading {
            analytics: analytics.clone(),
            catalogue: catalogue.clone(),
            clock: clock.clone(),
            files: files.clone(),
            instruments,
            rate_limits: rate_limits.clone(),
            visits,
        },
        watching: Watching {
            accounts: account_service.clone(),
            history: history.clone(),
            documents: ListReader::new(catalogue.clone(), analytics.clone(), clock.clone()),
            files,
            live,
            snapshots: SharedSnapshots::new(
                analytics.clone(),
                Duration::from_millis(config.snapshots_shared_ms),
            ),
            analytics,
            announcements,
            catalogue,
            channels: history.channels.clone(),
            clock,
        },
        accounts: account_service,
        history,
        streams,
    }
}
