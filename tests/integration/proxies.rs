//! Event streams through the proxies that people use, each of which compresses what it can.
//!
//! Ignored where these are not wanted: `./make proxies` installs and runs them.

use std::{net::TcpListener, path::Path, process::Stdio, time::Duration};

use tokio::{io::AsyncWriteExt, net::TcpStream, process::Command};

use crate::support::{
    events::Events,
    program::{Server, data_with_document},
};

struct Proxy {
    program: &'static str,
    config: fn(&Path, &str, &str) -> String,
    arguments: &'static [&'static str],
}

const PROXIES: [Proxy; 3] = [
    Proxy { program: "nginx", config: nginx, arguments: &["-c", "CONFIG"] },
    Proxy {
        program: "caddy",
        config: caddy,
        arguments: &["run", "--adapter", "caddyfile", "--config", "CONFIG"],
    },
    Proxy { program: "haproxy", config: haproxy, arguments: &["-db", "-f", "CONFIG"] },
];

fn nginx(folder: &Path, listen: &str, server: &str) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {folder}/{kind};"))
        .join(" ");
    format!(
        "user root; daemon off; pid {folder}/pid; error_log stderr; events {{}}\n\
         http {{ access_log off; {temporary}\n\
         gzip on; gzip_types text/event-stream application/json; gzip_min_length 1; gzip_proxied any;\n\
         server {{ listen {listen}; location / {{ proxy_pass http://{server}; proxy_http_version 1.1;\n\
         proxy_set_header Host $http_host; proxy_set_header Connection \"\"; }} }} }}\n"
    )
}

fn caddy(_: &Path, listen: &str, server: &str) -> String {
    format!(
        "{{\n\tadmin off\n\tauto_https off\n}}\nhttp://{listen} {{\n\tencode gzip\n\treverse_proxy {server}\n}}\n"
    )
}

fn haproxy(_: &Path, listen: &str, server: &str) -> String {
    format!(
        "defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n  \
         compression algo gzip\n  compression type text/event-stream text/html application/json\n\
         frontend all\n  bind {listen}\n  default_backend sightline\n\
         backend sightline\n  server one {server}\n"
    )
}

#[tokio::test]
#[ignore = "needs nginx, caddy and haproxy: ./make proxies"]
async fn event_streams_pass_compressing_proxies() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    let key = std::fs::read_to_string(data.path().join("api-key")).expect("a key");
    for Proxy { program, config, arguments } in PROXIES {
        let folder = tempfile::tempdir().expect("a folder");
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let listen = free.local_addr().expect("an address").to_string();
        drop(free);
        let file = folder.path().join("config");
        std::fs::write(&file, config(folder.path(), &listen, &server.addr().to_string())).expect("a file");
        let file = file.to_str().expect("a plain path");
        let _running = Command::new(program)
            .args(arguments.iter().map(|argument| argument.replace("CONFIG", file)))
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let mut stream = loop {
            match TcpStream::connect(&listen).await {
                Ok(stream) => break stream,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        let head = format!(
            "GET /api/send/realtime/doc/events HTTP/1.1\r\nhost: {listen}\r\nauthorization: Bearer {key}\r\n\
             accept-encoding: gzip, br\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("it is sent");
        let mut events = Events::read(stream);
        let before = events.snapshot().await.metrics.total_views;
        server.act_ok("doc", "join", program).await;
        events.until(|seen| seen.metrics.total_views == before + 1).await;
    }
}
