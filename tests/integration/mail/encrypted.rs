//! Mail of the real program to a server that begins to encrypt (STARTTLS).

use crate::support::{
    ports::free_address,
    program::{DataDir, Server},
    smtp::{SmtpServer, authority},
};

/// A program that sends mail to this server. With `trusts`, its system trusts the authority of the server's certificate.
async fn start(data: &DataDir, smtp: &SmtpServer, trusts: bool) -> Server {
    let mut command = data.command(&["serve"], None);
    // What the program prints is its public address: here the one on which it listens.
    let address = free_address();
    command.envs([
        ("SIGHTLINE_ADDR", address.as_str()),
        ("SIGHTLINE_PUBLIC_URL", format!("http://{address}").as_str()),
        ("SIGHTLINE_SMTP_URL", smtp.encrypted_url("ada:sesame@").as_str()),
        ("SIGHTLINE_MAIL_FROM", "notes@read.example"),
    ]);
    if trusts {
        command.env("SSL_CERT_FILE", authority());
    }
    Server::start_as(command).await
}

#[tokio::test]
async fn mail_is_encrypted_for_a_trusted_server() {
    let (data, smtp) = (DataDir::new(), SmtpServer::start_encrypting().await);
    data.add_owner(None).await;
    let server = start(&data, &smtp, true).await;
    server.send("POST", "/sfn/forgot_password", "email=owner%40example.com").await;
    let mail = smtp.next().await;
    assert_eq!(mail.subject(), "Set a new password");
    assert_eq!(mail.credentials, Some(("ada".to_owned(), "sesame".to_owned())));
    let commands = smtp.commands();
    let at = |word: &str| commands.iter().position(|command| command == word).expect("the command");
    assert!(at("STARTTLS") < at("AUTH") && at("AUTH") < at("MAIL"), "{commands:?}");
}

#[tokio::test]
async fn server_of_an_unknown_authority_gets_no_mail() {
    let (data, smtp) = (DataDir::new(), SmtpServer::start_encrypting().await);
    data.add_owner(None).await;
    let server = start(&data, &smtp, false).await;
    server.send("POST", "/sfn/forgot_password", "email=owner%40example.com").await;
    server.wait_for_log("a mail has to wait").await;
    assert!(smtp.received().is_empty());
    assert!(!smtp.commands().contains(&"AUTH".to_owned()), "{:?}", smtp.commands());
}
