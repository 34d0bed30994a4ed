//! `sightline doctor`, with each thing broken once.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::Arc,
};

use sightline::server::{
    commands::doctor::{Finding, Level, examine},
    config::Config,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::{
    far_redis::FarRedis,
    program::{DataDir, run},
    redis_server::RedisServer,
    storage::config,
};

/// A server's settings with which everything is well.
struct Place {
    folder: TempDir,
    redis: Arc<RedisServer>,
    config: Config,
}

impl Place {
    fn new(redis: &Arc<RedisServer>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        fs::create_dir_all(folder.path().join("site/pkg")).expect("a folder");
        fs::create_dir(&data).expect("a folder");
        fs::set_permissions(&data, Permissions::from_mode(0o700)).expect("a mode");
        let mut config = config(&data);
        config.site_root = Some(folder.path().join("site"));
        config.redis_url = Some(redis.url());
        config.max_connections = 10;
        Self { folder, redis: redis.clone(), config }
    }

    fn data(&self) -> &Path {
        &self.config.data_dir
    }
}

/// What is found that is not as it should be.
async fn trouble(place: &Place) -> Vec<Finding> {
    examine(&place.config).await.into_iter().filter(|found| found.level != Level::Ok).collect()
}

#[tokio::test]
async fn nothing_is_found_where_all_is_well() {
    let redis = RedisServer::start();
    let place = Place::new(&redis);
    let found = examine(&place.config).await;
    // The disk of the machine that runs the test is not the test's.
    let others: Vec<&Finding> = found.iter().filter(|found| found.check != "disk").collect();
    assert!(others.iter().all(|found| found.level == Level::Ok), "{others:?}");
    for check in [
        "configuration",
        "data folder",
        "secret",
        "disk",
        "open files",
        "redis",
        "clock",
        "response time",
        "storage",
    ] {
        assert!(found.iter().any(|found| found.check == check), "{check}: {found:?}");
    }
    assert_eq!(fs::read_dir(place.data()).expect("a folder").count(), 0, "it leaves nothing");
}

#[tokio::test]
async fn each_broken_thing_is_named_with_what_to_do() {
    use Level::{Fail, Warn};
    let redis = RedisServer::start();
    type Case = (&'static str, Level, &'static str, fn(&mut Place));
    let cases: [Case; 17] = [
        ("configuration", Fail, "LEPTOS_SITE_ROOT", |place| place.config.site_root = Some("/nowhere".into())),
        ("configuration", Fail, "needs SIGHTLINE_ADMIN_TOKEN", |place| {
            place.config.admin_addr = "127.0.0.1:0".parse().ok();
        }),
        ("configuration", Fail, "32 characters", |place| place.config.admin_token = Some("short".to_owned())),
        ("configuration", Fail, "/nowhere.mmdb", |place| place.config.geoip = Some("/nowhere.mmdb".into())),
        ("configuration", Warn, "SIGHTLINE_TRUSTED_PROXIES names none", |place| {
            place.config.country_header = Some("CF-IPCountry".to_owned());
        }),
        ("configuration", Warn, "trusts every address", |place| {
            place.config.trusted_proxies = vec!["0.0.0.0/0".parse().expect("a network")];
        }),
        ("configuration", Warn, "without TLS", |place| {
            place.config.addr = "0.0.0.0:3000".parse().expect("an address")
        }),
        ("data folder", Warn, "chmod 700", |place| {
            fs::set_permissions(place.data(), Permissions::from_mode(0o755)).expect("a mode");
        }),
        ("secret", Fail, "chmod 600", |place| {
            fs::write(place.data().join("secret"), [7; 64]).expect("a file");
            fs::set_permissions(place.data().join("secret"), Permissions::from_mode(0o644)).expect("a mode");
        }),
        ("secret", Fail, "has 3 bytes", |place| {
            fs::write(place.data().join("secret"), "abc").expect("a file");
            fs::set_permissions(place.data().join("secret"), Permissions::from_mode(0o600)).expect("a mode");
        }),
        ("open files", Warn, "ulimit -n", |place| place.config.max_connections = usize::MAX),
        ("redis", Fail, "does not answer", |place| {
            place.config.redis_url = Some("redis+unix:///nowhere/redis.sock".to_owned());
        }),
        ("redis", Fail, "maxmemory-policy noeviction", |place| {
            place.redis.query::<()>("CONFIG SET maxmemory-policy allkeys-lru");
        }),
        ("redis", Warn, "CONFIG SET appendonly yes", |place| {
            place.redis.query::<()>("CONFIG SET appendonly no")
        }),
        ("redis", Fail, "It is a replica", |place| place.redis.query::<()>("REPLICAOF 127.0.0.1 1")),
        ("storage", Fail, "must be s3://bucket", |place| place.config.storage = Some("s3://".to_owned())),
        ("public url", Fail, "must be scheme and host", |place| {
            place.config.public_url = Some("https://read.example.org/path".to_owned());
        }),
    ];
    for (check, level, said, spoil) in cases {
        let mut place = Place::new(&redis);
        spoil(&mut place);
        let found = trouble(&place).await;
        let is_named = found
            .iter()
            .any(|found| found.check == check && found.level == level && found.text.contains(said));
        assert!(is_named, "{said}: {found:?}");
        // What the case before changed is not this one's.
        for setting in ["maxmemory-policy noeviction", "appendonly yes"] {
            redis.query::<()>(&format!("CONFIG SET {setting}"));
        }
        redis.query::<()>("REPLICAOF NO ONE");
    }
}

#[tokio::test]
async fn full_redis_and_unusable_folder_are_found() {
    let redis = RedisServer::start();
    let place = Place::new(&redis);
    let info: String = redis.query("INFO memory");
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:")).expect("its memory");
    let used: u64 = used.trim().parse().expect("a number");
    redis.query::<()>(&format!("CONFIG SET maxmemory {}", used + used / 20));
    let found = trouble(&place).await;
    assert!(
        found
            .iter()
            .any(|found| found.text.contains("% of its memory") || found.text.contains("memory is full")),
        "{found:?}"
    );
    redis.query::<()>("CONFIG SET maxmemory 0");
    let mut place = Place::new(&redis);
    place.config.data_dir = place.folder.path().join("file");
    fs::write(place.data(), "").expect("a file");
    let found = trouble(&place).await;
    for check in ["data folder", "storage"] {
        assert!(
            found.iter().any(|found| found.check == check && found.level == Level::Fail),
            "{check}: {found:?}"
        );
    }
}

#[tokio::test]
async fn redis_that_is_slow_is_told_from_one_that_is_not_there() {
    let redis = RedisServer::start();
    // An answer takes 100 ms and more.
    let far = FarRedis::to(&redis);
    for (timeout, expected) in [(20_000, None), (300, Some(Level::Warn)), (90, Some(Level::Fail))] {
        let mut place = Place::new(&redis);
        (place.config.redis_url, place.config.redis_timeout_ms) = (Some(far.url()), timeout);
        let found = trouble(&place).await;
        let told = found.iter().find(|found| found.check == "response time");
        assert_eq!(told.map(|told| told.level), expected, "{timeout}: {found:?}");
        assert!(found.iter().all(|found| found.check != "redis"), "{timeout}: {found:?}");
    }
}

/// A server at the public URL that answers everything with this status.
async fn answering(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = vec![0; 4_096];
            let length = stream.read(&mut asked).await.unwrap_or(0);
            let is_get = asked[..length].starts_with(b"GET");
            let status = if is_get && status != "502 Bad Gateway" { "200 OK" } else { status };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    url
}

#[tokio::test]
async fn proxy_is_judged_by_what_it_answers() {
    let redis = RedisServer::start();
    for (status, level, said) in [
        ("404 Not Found", Level::Ok, "visits pass the proxy"),
        ("403 Forbidden", Level::Fail, "changes the Host header"),
        ("500 Internal Server Error", Level::Warn, "answers a heartbeat with 500"),
        ("502 Bad Gateway", Level::Fail, "answers 502"),
    ] {
        let mut place = Place::new(&redis);
        place.config.public_url = Some(answering(status).await);
        let found = examine(&place.config).await;
        let is_named = found
            .iter()
            .any(|found| found.check == "public url" && found.level == level && found.text.contains(said));
        assert!(is_named, "{status}: {found:?}");
    }
    let mut place = Place::new(&redis);
    place.config.public_url = Some("http://127.0.0.1:1".to_owned());
    let found = trouble(&place).await;
    assert!(found.iter().any(|found| found.text.contains("does not answer (")), "{found:?}");
}

#[tokio::test]
async fn exit_status_says_whether_anything_fails() {
    let data = DataDir::new();
    let site = data.path().join("site");
    fs::create_dir_all(site.join("pkg")).expect("a folder");
    for (site, is_well) in [(site.as_path(), true), (Path::new("/nowhere"), false)] {
        for json in [false, true] {
            let arguments: &[&str] = if json { &["doctor", "--json"] } else { &["doctor"] };
            let output = run(data.command(arguments, None).env("LEPTOS_SITE_ROOT", site)).await;
            assert_eq!(output.status.code(), Some(i32::from(!is_well)), "{output:?}");
            let text = String::from_utf8_lossy(&output.stdout);
            if json {
                let found: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                let fails = found.as_array().expect("a list").iter().filter(|found| found["level"] == "fail");
                assert_eq!(fails.count() > 0, !is_well, "{found}");
            } else {
                assert_eq!(text.contains("fail  configuration"), !is_well, "{text}");
                assert!(text.contains("ok    redis"), "{text}");
            }
        }
    }
}
