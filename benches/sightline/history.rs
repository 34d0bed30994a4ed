//! A million sealed visits on one link, beside a full scan of the same visits as JSON lines.

mod visits;
mod whole;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use futures::TryStreamExt;
use sightline::{
    model::{LinkId, Visit},
    server::store::{
        clock::system_now,
        history::sealed::{
            Damage, FileName, FileStats, MAX_VISITS_PER_FILE, ScanBounds, SealedRow, SealedVisits, encode,
        },
        objects::Objects,
    },
};

use self::visits::{Readers, generate};
pub use self::whole::measure as measure_whole;
use super::{
    Outcome,
    table::{Row, median},
};

const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
const ROUNDS: usize = 7;
/// A full scan of JSON lines takes seconds.
const BASELINE_ROUNDS: usize = 3;
const DAY: i64 = 86_400_000;

/// What the list searches for: in the e-mail address of 0.8 in 1,000 visits.
const SEARCHED: &str = ".surname7@";
const PAGE: usize = 50;
/// What the sums are filtered by: the country of 6 visits in 100.
const COUNTRY: &str = "DE";

/// Visits and reading time by day.
type Sums = BTreeMap<i64, (u64, u64)>;

/// All figures. Takes half a minute.
pub async fn measure(folder: &Path) -> Outcome<Vec<Row>> {
    let few = History::prepare(&folder.join("few"), FEW).await?;
    let many = History::prepare(&folder.join("many"), MANY).await?;
    let mut rows = sizes(&many)?;
    let list = async |history: &History| history.newest(PAGE).await;
    let sums = async |history: &History| history.sums().await;
    let all = async |history: &History| history.all().await;
    let json_list = |history: &History| history.newest_of_json(PAGE);
    let json_sums = |history: &History| history.sums_of_json();
    let json_all = |history: &History| history.all_of_json();
    rows.extend(compare("newest 50, 0.8 in 1,000 match", "≤ 300 ms", &few, &many, list, json_list).await?);
    rows.extend(compare("daily sums under a filter", "≤ 1 s", &few, &many, sums, json_sums).await?);
    rows.extend(compare("every visit, decoded whole", "shown only", &few, &many, all, json_all).await?);
    Ok(rows)
}

/// One question, to a million visits and to a hundredth of them.
async fn compare<T: PartialEq>(
    figure: &str,
    target: &'static str,
    few: &History,
    many: &History,
    ask: impl AsyncFn(&History) -> Outcome<T>,
    ask_json: impl Fn(&History) -> Outcome<T>,
) -> Outcome<[Row; 2]> {
    if ask(many).await? != ask_json(many)? {
        return Err(format!("{figure}: sealed visits and JSON lines disagree").into());
    }
    let (mut of_few, mut of_many, mut of_json) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for (history, times) in [(few, &mut of_few), (many, &mut of_many)] {
            let began = Instant::now();
            ask(history).await?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        if round < BASELINE_ROUNDS {
            let began = Instant::now();
            ask_json(many)?;
            of_json.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    let [of_few, of_many, of_json] = [&of_few, &of_many, &of_json].map(|times| median(times));
    let row = |figure, baseline, ratio, target| Row {
        figure,
        measured: format!("{of_many:.0} ms"),
        baseline,
        ratio,
        target,
    };
    Ok([
        row(
            format!("{figure}, {MANY} visits"),
            format!("JSON lines: {of_json:.0} ms"),
            of_many / of_json,
            target,
        ),
        row(
            format!("{figure}, growth"),
            format!("{FEW} visits: {of_few:.1} ms"),
            of_many / of_few,
            "as the visits: 100",
        ),
    ])
}

/// Bytes at rest.
fn sizes(many: &History) -> Outcome<Vec<Row>> {
    let json = many.json.metadata()?.len() as f64 / MANY as f64;
    let filters = serde_json::to_string(&many.files)?.len();
    let row = |figure: String, bytes: f64, target| Row {
        figure,
        measured: format!("{bytes:.1} B"),
        baseline: format!("JSON lines: {json:.0} B"),
        ratio: bytes / json,
        target,
    };
    let sealed = many.files.iter().map(|file| file.bytes).sum::<u64>() as f64;
    let new = generate(&many.link, system_now(), MAX_VISITS_PER_FILE as usize, Readers::AllNew)?;
    let new = encode(&new)?.bytes.len() as f64 / new.len() as f64;
    let mut rows = vec![
        row("a visit, two in five of a returning reader".into(), sealed / MANY as f64, "≤ 30 B"),
        row("a visit, each of a new reader".into(), new, "shown only"),
    ];
    rows.push(Row {
        figure: format!("statistics of {} files in Redis", many.files.len()),
        measured: format!("{:.0} kB", filters as f64 / 1e3),
        baseline: format!("all the files: {:.0} kB", sealed / 1e3),
        ratio: filters as f64 / sealed,
        target: "≤ 200 kB",
    });
    Ok(rows)
}

/// The same visits twice: sealed, and as JSON lines.
struct History {
    link: LinkId,
    sealed: SealedVisits,
    files: Vec<FileStats>,
    json: PathBuf,
}

impl History {
    async fn prepare(folder: &Path, count: usize) -> Outcome<Self> {
        std::fs::create_dir(folder)?;
        let link: LinkId = "bench".parse()?;
        let visits = generate(&link, system_now(), count, Readers::Returning)?;
        let json = folder.join("visits.ndjson");
        let mut lines = BufWriter::new(File::create(&json)?);
        for visit in &visits {
            serde_json::to_writer(&mut lines, visit)?;
            lines.write_all(b"\n")?;
        }
        lines.flush()?;
        let sealed = SealedVisits::new(Objects::local(folder)?);
        let mut files = Vec::new();
        for part in visits.chunks(MAX_VISITS_PER_FILE as usize) {
            let name = FileName::new(part[0].id, part[part.len() - 1].id)?;
            files.push(sealed.write(&link, name, part.to_vec()).await?);
        }
        Ok(Self { link, sealed, files, json })
    }

    async fn scan<T: Send + 'static>(
        &self,
        limit: Option<usize>,
        pick: impl FnMut(&SealedRow<'_>) -> Result<Option<T>, Damage> + Send + 'static,
        mut take: impl FnMut(T),
    ) -> Outcome<()> {
        let bounds = ScanBounds { limit, ..ScanBounds::default() };
        let mut found = Box::pin(self.sealed.scan(&self.link, self.files.clone(), bounds, pick));
        while let Some(found) = found.try_next().await? {
            take(found);
        }
        Ok(())
    }

    /// The newest visits whose e-mail address holds [`SEARCHED`], the newest first.
    async fn newest(&self, limit: usize) -> Outcome<Vec<Visit>> {
        let mut visits = Vec::new();
        let pick = |row: &SealedRow<'_>| {
            let found = row.email()?.is_some_and(|email| email.contains(SEARCHED));
            found.then(|| row.visit()).transpose()
        };
        self.scan(Some(limit), pick, |visit| visits.push(visit)).await?;
        Ok(visits)
    }

    fn newest_of_json(&self, limit: usize) -> Outcome<Vec<Visit>> {
        let mut visits = Vec::new();
        self.each_of_json(|visit| {
            if visit.email.as_ref().is_some_and(|email| email.contains(SEARCHED)) {
                visits.push(visit);
            }
        })?;
        Ok(visits.into_iter().rev().take(limit).collect())
    }

    /// Sums of the visits from [`COUNTRY`].
    async fn sums(&self) -> Outcome<Sums> {
        let country = COUNTRY.parse()?;
        let mut sums = Sums::new();
        let pick = move |row: &SealedRow<'_>| {
            let found = row.country()? == Some(country);
            found.then(|| Ok((row.joined_at()?, row.visible_ms()?))).transpose()
        };
        self.scan(None, pick, |(joined_at, visible_ms)| add(&mut sums, joined_at, visible_ms)).await?;
        Ok(sums)
    }

    fn sums_of_json(&self) -> Outcome<Sums> {
        let country = COUNTRY.parse()?;
        let mut sums = Sums::new();
        self.each_of_json(|visit| {
            if visit.country == Some(country) {
                add(&mut sums, visit.joined_at, visit.visible_ms);
            }
        })?;
        Ok(sums)
    }

    /// How many visits there are, and their pages.
    async fn all(&self) -> Outcome<(usize, usize)> {
        let (mut visits, mut pages) = (0, 0);
        self.scan(
            None,
            |row| row.visit().map(Some),
            |visit| {
                visits += 1;
                pages += visit.pages.map_or(0, |pages| pages.len());
            },
        )
        .await?;
        Ok((visits, pages))
    }

    fn all_of_json(&self) -> Outcome<(usize, usize)> {
        let (mut visits, mut pages) = (0, 0);
        self.each_of_json(|visit| {
            visits += 1;
            pages += visit.pages.map_or(0, |pages| pages.len());
        })?;
        Ok((visits, pages))
    }

    fn each_of_json(&self, mut take: impl FnMut(Visit)) -> Outcome<()> {
        let mut lines = BufReader::with_capacity(1 << 20, File::open(&self.json)?);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            take(serde_json::from_slice(&line)?);
            line.clear();
        }
        Ok(())
    }
}

fn add(sums: &mut Sums, joined_at: i64, visible_ms: u64) {
    let (visits, time) = sums.entry(joined_at / DAY).or_default();
    *visits += 1;
    *time += visible_ms;
}
