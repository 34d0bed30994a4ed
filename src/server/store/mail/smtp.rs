//! The SMTP server that takes mail.

use std::{net::IpAddr, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use tokio::time::timeout;
use url::Url;

use super::{QueuedMail, message};
use crate::server::{
    instruments::{Instruments, Results},
    start_error::StartError,
};

/// How long the server may take for each answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long sending one mail may take in all.
pub(super) const SEND_TIMEOUT: Duration = Duration::from_secs(60);
/// The port of a server that takes mail from programs ([RFC 6409](https://www.rfc-editor.org/rfc/rfc6409)).
const SUBMISSION_PORT: u16 = 587;
/// The same where TLS comes first ([RFC 8314](https://www.rfc-editor.org/rfc/rfc8314#section-7.3)).
const SUBMISSIONS_PORT: u16 = 465;
/// Replies that are about this server and not about the mail: the operator can mend that
/// ([RFC 4954, section 6](https://www.rfc-editor.org/rfc/rfc4954#section-6), [RFC 3463]).
///
/// [RFC 3463]: https://www.rfc-editor.org/rfc/rfc3463
const ABOUT_US: [u16; 8] = [500, 502, 503, 504, 530, 534, 535, 538];

/// The server that takes mail, and the sender of every mail.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    results: Results,
}

/// Why a mail was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// It never will be: the server refuses it for good (a reply of 5xx), or it cannot be written.
    Refused {
        /// The server's reply.
        code: Option<u16>,
    },
    /// It may be sent later: the server is away or busy (4xx), or does not let this one in.
    Later {
        /// The server's reply.
        code: Option<u16>,
    },
}

impl Smtp {
    /// A server by its address, and the mailbox that mails come from. `smtp://` begins to encrypt at once by STARTTLS, or
    /// fails; but on this machine, or with `?tls=none`. `smtps://` is encrypted from the first byte. No connection is
    /// made. [`StartError`] names the setting that cannot be used.
    pub fn new(url: &str, from: &str) -> Result<Self, StartError> {
        // The address may hold a password, so it is not repeated.
        let refused = |why: &str| StartError::new(format!("SIGHTLINE_SMTP_URL cannot be used: {why}."));
        let from: Mailbox = from.parse().map_err(|_| {
            StartError::new(
                "SIGHTLINE_MAIL_FROM must be an e-mail address, or a name with one: Ada <ada@example.org>.",
            )
        })?;
        let url =
            Url::parse(url).map_err(|_| refused("write smtp://user:password@host:port, or smtps://…"))?;
        let host =
            url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| refused("it names no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let tls_set = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let parameters =
            || TlsParameters::new(host.to_owned()).map_err(|_| refused("TLS cannot be set up for its host"));
        let (tls, port) = match (url.scheme(), tls_set.as_deref()) {
            ("smtps", None) => (Tls::Wrapper(parameters()?), SUBMISSIONS_PORT),
            ("smtp", None) if is_this_machine(host) => (Tls::None, SUBMISSION_PORT),
            ("smtp", None | Some("required")) => (Tls::Required(parameters()?), SUBMISSION_PORT),
            ("smtp", Some("none")) => (Tls::None, SUBMISSION_PORT),
            _ => {
                return Err(refused(
                    "its scheme is smtp or smtps, and smtp takes ?tls=required or ?tls=none",
                ));
            }
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(url.port().unwrap_or(port))
            .tls(tls)
            .timeout(Some(ANSWER_TIMEOUT))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()));
        if let Some(password) = url.password() {
            let (user, password) = (decoded(url.username()), decoded(password));
            let credentials = user.zip(password).ok_or_else(|| refused("user and password must be UTF-8"))?;
            builder = builder.credentials(Credentials::new(credentials.0, credentials.1));
        }
        Ok(Self { transport: builder.build(), from, results: Results::of(&[]) })
    }

    /// The same server, whose mails these instruments count.
    pub fn counted_by(self, instruments: &Instruments) -> Self {
        Self { results: instruments.mails.clone(), ..self }
    }

    /// Sends a mail; returns once the server has taken it.
    pub async fn send(&self, queued: &QueuedMail) -> Result<(), NotSent> {
        let sent = self.try_send(queued).await;
        self.results.note(match sent {
            Ok(()) => "sent",
            Err(NotSent::Refused { .. }) => "refused",
            Err(NotSent::Later { .. }) => "later",
        });
        sent
    }

    async fn try_send(&self, queued: &QueuedMail) -> Result<(), NotSent> {
        let message = message::compose(queued, &self.from)?;
        match timeout(SEND_TIMEOUT, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                let code = error.status().map(u16::from);
                // What the server says often repeats the recipient, and the log holds no addresses.
                let is_for_good = error.is_permanent() && code.is_none_or(|code| !ABOUT_US.contains(&code));
                // `is_client`: an address that the server cannot take, such as one that is not ASCII.
                if is_for_good || error.is_client() {
                    Err(NotSent::Refused { code })
                } else {
                    Err(NotSent::Later { code })
                }
            }
            Err(_) => Err(NotSent::Later { code: None }),
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Text of an address, percent-decoded.
fn decoded(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::Smtp;

    const FROM: &str = "Sightline <notes@read.example>";

    #[test]
    fn unusable_settings_fail_without_their_password() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        for good in [
            "smtp://mail.example.org",
            "smtps://ada:p%40ss@mail.example.org:4650",
            "smtp://mail.example.org:25?tls=none",
            "smtp://127.0.0.1:2525",
            "smtp://[::1]:2525",
            "smtp://localhost?tls=required",
        ] {
            assert!(Smtp::new(good, FROM).is_ok(), "{good}");
        }
        for bad in [
            "",
            "mail.example.org",
            "http://ada:sesame@mail.example.org",
            "smtp://",
            "smtp://ada:sesame@mail.example.org?tls=maybe",
            "smtps://ada:sesame@mail.example.org?tls=none",
            "smtp://ada:%ff@mail.example.org",
        ] {
            let error = Smtp::new(bad, FROM).err().expect(bad).to_string();
            assert!(error.contains("SIGHTLINE_SMTP_URL") && !error.contains("sesame"), "{bad}: {error}");
        }
        for bad in ["", "notes", "Sightline notes@read.example", "a@b.c, d@e.f", "a@b.c\r\nBcc: d@e.f"] {
            let error = Smtp::new("smtp://localhost", bad).err().expect(bad).to_string();
            assert!(error.contains("SIGHTLINE_MAIL_FROM"), "{bad}: {error}");
        }
    }
}
