//! How soon crowds enter an e-mail gate, with the limits of production: an office behind one address, and readers at an
//! address each. A visitor who is refused ends the run.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Instant,
};

use sightline::model::{LinkId, ViewerAction};
use tokio::task::JoinSet;

use super::{
    Outcome,
    first_page::PAGES,
    http::{self, Connection},
    pdf,
    program::{self, Program},
    table::{Row, median},
    viewers,
};

const ROUNDS: u32 = 5;
const OFFICE: u32 = 500;
const EVERYWHERE: u32 = 400;

/// All of a crowd come at once, each on a new connection, beside as many clients that send as many PINGs.
pub async fn measure(data_dir: &Path, redis_url: &str) -> Outcome<Vec<Row>> {
    let link: LinkId = "gate".parse()?;
    program::share(data_dir, redis_url, &link, &pdf::of_dense_text(PAGES)).await?;
    let program = Program::start_limited(data_dir, redis_url).await?;
    let settings = http::patch_as(&program.key, &format!("/api/links/{link}"), r#"{"email":"required"}"#);
    Connection::open(program.address).await?.exchange(&settings).await?;
    let office = |round: u32, _| Ipv4Addr::from_bits(0xc000_0200 + round);
    let everywhere = |round: u32, person: u32| Ipv4Addr::from_bits(0x0a00_0000 + (round << 16) + person);
    Ok(vec![
        crowd(&program, &link, (OFFICE, "behind one address", ""), office).await?,
        crowd(&program, &link, (EVERYWHERE, "at as many addresses", "≤ 2 s"), everywhere).await?,
    ])
}

/// `address` says where a visitor of a round is.
async fn crowd(
    program: &Program,
    link: &LinkId,
    (size, place, target): (u32, &str, &'static str),
    address: impl Fn(u32, u32) -> Ipv4Addr,
) -> Outcome<Row> {
    let (mut entering, mut pinging) = (Vec::new(), Vec::new());
    // The first round of each warms up.
    for round in 0..=ROUNDS {
        let visitors: Vec<Visitor> = (0..size)
            .map(|person| Visitor::new(link, size * 1_000 + round * size + person, address(round, person)))
            .collect::<Outcome<_>>()?;
        let entered = all(visitors.into_iter().map(|visitor| visitor.enter(program.address))).await?;
        let pinged = all((0..size).map(|_| ping(program.address))).await?;
        eprintln!("{size} people {place}, round {round}: {entered:.3} s, PINGs {pinged:.3} s");
        if round > 0 {
            entering.push(entered);
            pinging.push(pinged);
        }
    }
    let (entering, pinging) = (median(&entering), median(&pinging));
    Ok(Row {
        figure: format!("{size} people {place} pass an e-mail gate and join"),
        measured: format!("{entering:.2} s"),
        baseline: format!("two PINGs of each: {pinging:.2} s"),
        ratio: entering / pinging,
        target,
    })
}

/// The seconds until all are done.
async fn all(
    people: impl Iterator<Item = impl Future<Output = Outcome<()>> + Send + 'static>,
) -> Outcome<f64> {
    let (began, mut running) = (Instant::now(), JoinSet::new());
    for person in people {
        running.spawn(person);
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(began.elapsed().as_secs_f64())
}

/// The requests of a visitor.
struct Visitor {
    pass_gate: Vec<u8>,
    join: String,
    path: String,
    address: String,
}

impl Visitor {
    fn new(link: &LinkId, number: u32, address: Ipv4Addr) -> Outcome<Self> {
        let address = address.to_string();
        let form = [("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")];
        let fields = format!("link_id={link}&email=reader{number}%40example.org");
        Ok(Self {
            pass_gate: http::post_with(
                "/sfn/pass_gate",
                &[&of_browser(&address), &form[..]].concat(),
                &fields,
            ),
            join: serde_json::to_string(&ViewerAction::Join(viewers::join(number.into())?))?,
            path: format!("/api/send/realtime/{link}"),
            address,
        })
    }

    /// The join is refused without the grant of the gate.
    async fn enter(self, server: SocketAddr) -> Outcome<()> {
        let mut connection = Connection::open(server).await?;
        connection.exchange(&self.pass_gate).await?;
        let (grant, address) = (connection.cookies(), self.address);
        let headers = [&of_browser(&address), &[("cookie", &*grant)][..]].concat();
        connection.exchange(&http::post_with(&self.path, &headers, &self.join)).await
    }
}

/// The headers of a browser at an address. Without a name it would count as a bot.
fn of_browser(address: &str) -> [(&str, &str); 2] {
    const NAME: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    [("x-forwarded-for", address), ("user-agent", NAME)]
}

async fn ping(server: SocketAddr) -> Outcome<()> {
    let mut connection = Connection::open(server).await?;
    for _ in 0..2 {
        connection.exchange(&http::get("/readyz")).await?;
    }
    Ok(())
}
