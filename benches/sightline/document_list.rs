//! What an owner's list costs in a large catalogue, beside the same screen in a small one.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use sightline::{
    model::{Copying, EmailGate, FileKind, KeyRights, OwnerId, PageSize, VisitMails},
    server::store::{
        accounts::AccountStore,
        catalogue::{AccessLists, Catalogue, Document, Link},
        clock::{Clock, system_now},
        passwords::Passwords,
        redis::Redis,
        stored_file::StoredFile,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
    time::sleep,
};

use super::{
    Outcome, http,
    program::Program,
    table::{Row, median},
};

/// Documents on the screen: those whose title the search finds, with one link each.
const SHOWN: usize = 10;
/// Documents beside them in the large catalogue, and the links of each: with those shown, 10,000 links.
const BESIDE: usize = 1_998;
const LINKS_BESIDE: usize = 5;
const ROUNDS: usize = 30;
/// How long streams are watched: at least two comparisons of everything.
const WATCHED: Duration = Duration::from_secs(12);
const QUERY: &str = "?q=shown";

struct Owner {
    key: String,
}

/// Notes, before the server starts, that there is nothing of an earlier version: its sweeper would look at every link
/// while streams are measured.
pub async fn prepare(redis: &Redis) -> Outcome<()> {
    Ok(Catalogue::new(redis.clone()).set_indexed().await?)
}

/// The page `/` and the stream of the list, with the same ten documents on the screen.
pub async fn measure(program: &Program, redis: &Redis, redis_url: &str) -> Outcome<Vec<Row>> {
    let small = owner(redis, "small", 0).await?;
    let large = owner(redis, "large", BESIDE).await?;
    let (mut few, mut many) = (Vec::new(), Vec::new());
    // The first round is for warming up.
    for round in 0..=ROUNDS {
        for (owner, times) in [(&small, &mut few), (&large, &mut many)] {
            let began = Instant::now();
            fetch_page(program, owner).await?;
            if round > 0 {
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    let mut stats = redis::Client::open(redis_url)?.get_multiplexed_async_connection().await?;
    let [few_commands, many_commands] = [
        commands_a_second(program, &mut stats, &small).await?,
        commands_a_second(program, &mut stats, &large).await?,
    ];
    let all = SHOWN + BESIDE * LINKS_BESIDE;
    let row = |figure: &str, unit: &str, many: f64, few: f64| Row {
        figure: format!("{figure} with {SHOWN} documents on the screen, {all} links in the catalogue"),
        measured: format!("{many:.1} {unit}"),
        baseline: format!("the same screen, {SHOWN} links in the catalogue: {few:.1} {unit}"),
        ratio: many / few,
        target: "≤ 1.5",
    };
    Ok(vec![
        row("list page", "ms", median(&many), median(&few)),
        row("stream of the list, commands of Redis", "a second", many_commands, few_commands),
    ])
}

/// The whole page.
async fn fetch_page(program: &Program, owner: &Owner) -> Outcome<()> {
    let answer = http::page(program.address, &owner.key, &format!("/{QUERY}")).await?;
    let shown = answer.windows(15).filter(|bytes| bytes == b"\"document-card\"").count();
    if shown == SHOWN { Ok(()) } else { Err(format!("the page shows {shown} documents").into()) }
}

/// What Redis is asked while one stream is open, scripts counted as one.
async fn commands_a_second(
    program: &Program,
    stats: &mut MultiplexedConnection,
    owner: &Owner,
) -> Outcome<f64> {
    let stream = open(program, owner).await?;
    // Subscriptions are made, and their links read once.
    sleep(Duration::from_secs(2)).await;
    let before = calls(stats).await?;
    sleep(WATCHED).await;
    let done = calls(stats).await? - before;
    stream.abort();
    Ok(done / WATCHED.as_secs_f64())
}

async fn open(program: &Program, owner: &Owner) -> Outcome<JoinHandle<()>> {
    let mut stream = TcpStream::connect(program.address).await?;
    stream.write_all(&http::get_as(&owner.key, &format!("/api/documents/events{QUERY}"))).await?;
    let mut buffer = [0; 4096];
    let read = stream.read(&mut buffer).await?;
    if !buffer[..read].starts_with(b"HTTP/1.1 200") {
        return Err("the stream was refused".into());
    }
    Ok(tokio::spawn(async move { while matches!(stream.read(&mut buffer).await, Ok(1..)) {} }))
}

/// Commands that Redis has processed.
async fn calls(stats: &mut MultiplexedConnection) -> Outcome<f64> {
    let info: String = redis::cmd("INFO").arg("stats").query_async(stats).await?;
    let line = info.lines().find_map(|line| line.strip_prefix("total_commands_processed:"));
    Ok(line.ok_or("Redis does not count its commands")?.trim().parse()?)
}

/// An owner with documents: those shown, and others.
async fn owner(redis: &Redis, name: &str, beside: usize) -> Outcome<Owner> {
    let accounts = AccountStore::new(redis.clone(), Passwords::default(), Clock::redis(), None);
    let owner = accounts.add(&format!("{name}@example.com"), "correct horse battery").await?;
    let catalogue = Catalogue::new(redis.clone());
    for number in 0..SHOWN {
        add(&catalogue, &owner.owner_id, &format!("shown-{name}-{number}"), 1).await?;
    }
    for number in 0..beside {
        add(&catalogue, &owner.owner_id, &format!("beside-{name}-{number}"), LINKS_BESIDE).await?;
    }
    Ok(Owner { key: accounts.new_key(&owner.owner_id, "bench", KeyRights::default()).await?.key })
}

async fn add(catalogue: &Catalogue, owner: &OwnerId, name: &str, links: usize) -> Outcome<()> {
    let pages = vec![PageSize { width: 1_224, height: 1_584 }];
    let document = Document {
        id: name.parse()?,
        owner: Some(owner.clone()),
        title: format!("Document {name}"),
        alt: String::new(),
        file: StoredFile {
            version: "bench".to_owned(),
            kind: FileKind::Pdf,
            size: 1_000,
            pages,
            remarks: Vec::new(),
        },
        previous: None,
        created_at: system_now(),
    };
    catalogue.add_document(&document).await?;
    for number in 0..links {
        let link = Link {
            id: format!("{name}-{number}").parse()?,
            document: document.id.clone(),
            label: String::new(),
            enabled: true,
            expires_at: None,
            email: EmailGate::None,
            password: None,
            download: false,
            copying: Copying::default(),
            busy: None,
            verify: false,
            access: AccessLists::default(),
            mail: VisitMails::default(),
            created_at: system_now(),
            gate: String::new(),
            version: String::new(),
        };
        catalogue.add_link(&link, Some(owner)).await?;
    }
    Ok(())
}
