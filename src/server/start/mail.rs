//! Mail, as the settings have it.

use crate::server::{
    config::Config,
    instruments::Instruments,
    services::{Mailer, mail::Recipients},
    start_error::StartError,
    store::mail::Smtp,
};

use super::Stores;

/// Mail by the server that the settings name; [`StartError`] where one of them cannot be used.
pub(super) fn mailer(
    stores: &Stores,
    config: &Config,
    instruments: &Instruments,
) -> Result<Mailer, StartError> {
    let Some(url) = &config.smtp_url else { return Ok(Mailer::off()) };
    let from = config.mail_from.as_deref().ok_or_else(|| {
        StartError::new("SIGHTLINE_SMTP_URL needs SIGHTLINE_MAIL_FROM: the mailbox that mails come from.")
    })?;
    if config.public_url.is_none() {
        return Err(StartError::new(
            "SIGHTLINE_SMTP_URL needs SIGHTLINE_PUBLIC_URL: mails have addresses in them.",
        ));
    }
    let smtp = Smtp::new(url, from)?.counted_by(instruments);
    let recipients = Recipients {
        accounts: stores.accounts.clone(),
        catalogue: stores.catalogue.clone(),
        channels: stores.channels.clone(),
    };
    Ok(Mailer::new(stores.mails.clone(), smtp, stores.clock.clone(), recipients, config.origin()))
}
