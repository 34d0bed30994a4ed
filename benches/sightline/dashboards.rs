//! Open dashboards, and how soon each of them shows a change.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::watch,
    task::JoinSet,
    time::sleep,
};

use super::Outcome;

/// The longest delay before a lost stream is reopened.
const MAX_BACK_OFF: Duration = Duration::from_secs(30);

/// Buckets of one millisecond.
const LONGEST: usize = 20_000;

/// The start of each change, and how long the dashboards took to show it. A change is a join: the total views
/// of a snapshot tell which joins it shows.
pub struct Changes {
    clock: Instant,
    first: u64,
    begun: Vec<AtomicU64>,
    took: Vec<AtomicU64>,
    /// How many snapshots have arrived.
    pub snapshots: AtomicU64,
    /// The bytes of those snapshots.
    pub bytes: AtomicU64,
}

impl Changes {
    /// Room for `most` changes after the total of `first` views.
    pub fn after(first: u64, most: usize) -> Arc<Self> {
        let zeros = |count| std::iter::repeat_with(AtomicU64::default).take(count).collect();
        Arc::new(Self {
            clock: Instant::now(),
            first,
            begun: zeros(most),
            took: zeros(LONGEST),
            snapshots: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        })
    }

    /// Records that the change with this number, from 0, starts now.
    pub fn begin(&self, number: usize) {
        self.begun[number].store(self.now(), Relaxed);
    }

    fn now(&self) -> u64 {
        self.clock.elapsed().as_micros() as u64
    }

    /// Records that a dashboard went from `before` total views to `total`.
    fn shown(&self, before: u64, total: u64) {
        let now = self.now();
        for change in before.max(self.first)..total {
            if let Some(begun) = self.begun.get((change - self.first) as usize) {
                let millis = now.saturating_sub(begun.load(Relaxed)) / 1_000;
                self.took[(millis as usize).min(LONGEST - 1)].fetch_add(1, Relaxed);
            }
        }
    }

    /// Clears the measurements.
    pub fn reset(&self) {
        self.took.iter().chain([&self.snapshots, &self.bytes]).for_each(|count| count.store(0, Relaxed));
    }

    /// The quantile `share`, in milliseconds, over all changes on all dashboards.
    pub fn quantile(&self, share: f64) -> f64 {
        let counts: Vec<u64> = self.took.iter().map(|count| count.load(Relaxed)).collect();
        let rank = (share * counts.iter().sum::<u64>() as f64).ceil() as u64;
        let mut seen = 0;
        let bucket = counts.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        bucket.map_or(f64::NAN, |millis| millis as f64 + 1.0)
    }
}

/// Open dashboards, closed on drop.
pub struct Dashboards {
    open: JoinSet<Outcome<()>>,
    /// The total views that each shows.
    shown: Vec<watch::Receiver<Option<u64>>>,
}

impl Dashboards {
    /// Opens `count` streams with the owner's API key, one after another, each until its first snapshot.
    pub async fn open(
        count: usize,
        address: SocketAddr,
        path: &str,
        key: &str,
        changes: &Arc<Changes>,
    ) -> Outcome<Self> {
        let (mut open, mut shown) = (JoinSet::new(), Vec::new());
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n");
        for _ in 0..count {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(request.as_bytes()).await?;
            let (showing, mut shows) = watch::channel(None);
            open.spawn(watch_stream(BufReader::with_capacity(4096, stream), changes.clone(), showing));
            shows.wait_for(Option::is_some).await.map_err(|_| "a dashboard was refused")?;
            shown.push(shows);
        }
        Ok(Self { open, shown })
    }

    /// Returns once all show `total` views; fails if one has ended.
    pub async fn show(&mut self, total: u64) -> Outcome<()> {
        for shown in &mut self.shown {
            shown.wait_for(|shown| *shown >= Some(total)).await.map_err(|_| "a dashboard has ended")?;
        }
        Ok(())
    }

    /// How many have ended; none should.
    pub fn ended(&mut self) -> usize {
        let mut ended = 0;
        while self.open.try_join_next().is_some() {
            ended += 1;
        }
        ended
    }
}

/// Dashboards that come back when their server is gone, after the delays of `hooks/live_source/machine/stream.rs`. Closed on
/// drop.
pub struct ReturningDashboards {
    _open: JoinSet<()>,
    /// The total views that each shows.
    shown: Vec<watch::Receiver<Option<u64>>>,
    /// How often one was refused by a server that answered.
    pub refused: Arc<AtomicU64>,
}

impl ReturningDashboards {
    /// Opens `count` streams with the owner's API key, all at once.
    pub fn open(count: usize, address: SocketAddr, path: &str, key: &str) -> Self {
        let (mut open, mut shown, refused) = (JoinSet::new(), Vec::new(), Arc::<AtomicU64>::default());
        let request: Arc<str> =
            format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n").into();
        let changes = Changes::after(u64::MAX, 0);
        for _ in 0..count {
            let (showing, shows) = watch::channel(None);
            open.spawn(come_back(address, request.clone(), changes.clone(), showing, refused.clone()));
            shown.push(shows);
        }
        Self { _open: open, shown, refused }
    }

    /// Returns once all show `total` views.
    pub async fn show(&mut self, total: u64) -> Outcome<()> {
        for shown in &mut self.shown {
            shown.wait_for(|shown| *shown >= Some(total)).await?;
        }
        Ok(())
    }
}

async fn come_back(
    address: SocketAddr,
    request: Arc<str>,
    changes: Arc<Changes>,
    showing: watch::Sender<Option<u64>>,
    refused: Arc<AtomicU64>,
) {
    let mut losses = 0_u32;
    loop {
        showing.send_replace(None);
        if let Ok(mut stream) = TcpStream::connect(address).await
            && stream.write_all(request.as_bytes()).await.is_ok()
        {
            let stream = BufReader::with_capacity(4096, stream);
            if let Err(error) = watch_stream(stream, changes.clone(), showing.clone()).await {
                refused.fetch_add(u64::from(error.to_string().contains("HTTP/1.1 ")), Relaxed);
            }
        }
        losses = if showing.borrow().is_some() { 0 } else { losses + 1 };
        let random = f64::from(getrandom::u32().unwrap_or_default()) / f64::from(u32::MAX);
        sleep(Duration::from_secs(1 << losses.min(5)).min(MAX_BACK_OFF).mul_f64(0.5 + 0.5 * random)).await;
    }
}

/// Reads chunk by chunk, since each event is one; of a snapshot only the total is parsed.
async fn watch_stream(
    mut stream: BufReader<TcpStream>,
    changes: Arc<Changes>,
    showing: watch::Sender<Option<u64>>,
) -> Outcome<()> {
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).await?;
        if line.is_empty() || line.starts_with("HTTP/1.1 4") || line.starts_with("HTTP/1.1 5") {
            return Err(format!("a dashboard was answered {line:?}").into());
        }
    }
    let mut chunk = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let length = usize::from_str_radix(line.trim(), 16)?;
        chunk.resize(length + 2, 0);
        stream.read_exact(&mut chunk).await?;
        if let Some(total) = total_views(&chunk) {
            changes.snapshots.fetch_add(1, Relaxed);
            changes.bytes.fetch_add(length as u64, Relaxed);
            // The first snapshot may show changes of long ago, which do not count.
            let before = showing.send_replace(Some(total)).unwrap_or(total);
            changes.shown(before, total);
        }
    }
}

/// The total views of a snapshot; `None` for another event.
fn total_views(event: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"\"totalViews\":";
    let head = &event[..event.len().min(300)];
    let at = head.windows(NAME.len()).position(|window| window == NAME)? + NAME.len();
    let digits: Vec<u8> = event[at..].iter().copied().take_while(u8::is_ascii_digit).collect();
    std::str::from_utf8(&digits).ok()?.parse().ok()
}
