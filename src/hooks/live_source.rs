//! Following a live source: listens to its event stream, fetches while the stream is lost, and reports how
//! current the data is.

mod machine;

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::{Rc, Weak},
    time::Duration,
};

use leptos::{prelude::*, task::spawn_local};

use crate::{
    browser::{self, Guard, Local, StreamEvent},
    error::AppError,
    model::events,
};
use machine::{Command, Event, Machine};

/// How current the data on the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Nothing has come since the page was rendered.
    Connecting,
    /// The stream is open: each change comes at once.
    Live,
    /// The stream is lost; data is fetched at intervals.
    Polling,
    /// The connection failed and is being restored; the data is this old.
    Reconnecting(Duration),
    /// The connection has failed for several intervals; the data, if any, is this old.
    Offline(Option<Duration>),
}

impl ConnectionState {
    /// Whether the data is current: nothing is known to be missing.
    pub fn is_current(self) -> bool {
        matches!(self, Self::Connecting | Self::Live | Self::Polling)
    }
}

/// A live source: how to listen to it and how to fetch it.
pub(super) struct Source {
    /// How often data is fetched while the stream is lost.
    pub(super) interval: Duration,
    /// The path of the event stream.
    pub(super) path: String,
    /// The name of the events that carry data.
    pub(super) event_name: &'static str,
    /// Parses the data of such an event; `None` if it is malformed.
    pub(super) parse: Parse,
    /// Fetches the data.
    pub(super) fetch: Box<dyn Fn() -> FetchFuture>,
    /// Clears the data from the screen: its reader may no longer see it.
    pub(super) clear: Box<dyn Fn()>,
}

/// The state of a followed source, apart from its data.
#[derive(Clone, Copy)]
pub(super) struct LiveSource {
    pub(super) loading: ReadSignal<bool>,
    pub(super) error: ReadSignal<Option<AppError>>,
    pub(super) connection: ReadSignal<ConnectionState>,
    pub(super) seconds_since_update: ReadSignal<u64>,
    pub(super) refresh: Callback<()>,
}

/// New data: its time by the server's clock, and the action that shows it.
pub(super) struct Update {
    pub(super) as_of: i64,
    pub(super) show: Box<dyn FnOnce()>,
}

/// Parses the data of an event.
pub(super) type Parse = Box<dyn Fn(&str) -> Option<Update>>;

/// A request for data.
pub(super) type FetchFuture = Pin<Box<dyn Future<Output = Result<Update, AppError>>>>;

/// Follows `source` while the page is visible. `initial` is the time of the data that the server rendered, or
/// the error that it rendered instead.
///
/// ## Server-Side Rendering
///
/// Fetches nothing and opens no stream. The signals follow from `initial`, on the server and at hydration.
pub(super) fn use_live_source(source: Source, initial: Option<Result<i64, AppError>>) -> LiveSource {
    let now = browser::monotonic();
    let machine = Machine::new(source.interval, initial, now);
    let loading = RwSignal::new(false);
    let error = RwSignal::new(machine.error().cloned());
    let connection = RwSignal::new(machine.connection(now));
    let seconds_since_update = RwSignal::new(0);
    let follower = Local::new(Rc::new(Follower {
        machine: RefCell::new(machine),
        source,
        stopped: Cell::new(false),
        visibility: RefCell::default(),
        ticker: RefCell::default(),
        fetch_timer: RefCell::default(),
        stream: RefCell::default(),
        stream_timer: RefCell::default(),
        loading,
        error,
        connection,
        seconds_since_update,
    }));

    let started = follower.clone();
    Effect::new(move |_| {
        started.with(Follower::start);
    });
    let ended = follower.clone();
    on_cleanup(move || {
        ended.with(|follower| follower.stop());
    });
    let refresh = Callback::new(move |()| {
        follower.with(|follower| follower.on(Event::Refresh));
    });
    LiveSource {
        loading: loading.read_only(),
        error: error.read_only(),
        connection: connection.read_only(),
        seconds_since_update: seconds_since_update.read_only(),
        refresh,
    }
}

/// Executes what the [`Machine`] decides.
struct Follower {
    machine: RefCell<Machine>,
    source: Source,
    stopped: Cell<bool>,
    /// The listener to visibility, which runs until the owner is disposed of.
    visibility: RefCell<Option<Guard>>,
    ticker: RefCell<Option<Guard>>,
    fetch_timer: RefCell<Option<Guard>>,
    stream: RefCell<Option<Guard>>,
    stream_timer: RefCell<Option<Guard>>,
    loading: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    connection: RwSignal<ConnectionState>,
    /// In whole seconds, so that subscribers run once a second at most.
    seconds_since_update: RwSignal<u64>,
}

impl Follower {
    fn start(self: &Rc<Self>) {
        let follower = Rc::downgrade(self);
        let on_change =
            browser::on_visibility_change(move |visible| report(&follower, Event::Visible(visible)));
        self.visibility.replace(Some(on_change));
        self.restart_ticker();
        self.on(Event::Visible(browser::is_visible()));
    }

    /// An answer in flight is dropped when it arrives.
    fn stop(&self) {
        self.stopped.set(true);
        for running in [&self.visibility, &self.ticker, &self.fetch_timer, &self.stream, &self.stream_timer] {
            running.take();
        }
    }

    /// Restarts the ticker of one second, so that it ticks in step with the data just shown.
    fn restart_ticker(self: &Rc<Self>) {
        let follower = Rc::downgrade(self);
        self.ticker.replace(Some(browser::every(Duration::from_secs(1), move || {
            if browser::is_visible()
                && let Some(follower) = follower.upgrade()
            {
                follower.publish();
            }
        })));
    }

    fn on(self: &Rc<Self>, event: Event) {
        self.execute(event, None);
    }

    fn execute(self: &Rc<Self>, event: Event, mut show: Option<Box<dyn FnOnce()>>) {
        if self.stopped.get() {
            return;
        }
        let commands = self.machine.borrow_mut().on(event, browser::monotonic());
        for command in commands {
            match command {
                Command::Fetch(request) => self.fetch(request),
                Command::StartFetchTimer(time) => {
                    let follower = Rc::downgrade(self);
                    let due = browser::after(time, move || report(&follower, Event::FetchTimer));
                    self.fetch_timer.replace(Some(due));
                }
                Command::StopFetchTimer => drop(self.fetch_timer.take()),
                Command::Show => {
                    self.restart_ticker();
                    if let Some(show) = show.take() {
                        // Before the data: otherwise new data would for a moment have the age of the old.
                        self.publish();
                        show();
                    }
                }
                Command::OpenStream => self.open_stream(),
                Command::CloseStream => drop(self.stream.take()),
                Command::StartStreamTimer(time) => {
                    let follower = Rc::downgrade(self);
                    let due = browser::after(time, move || report(&follower, Event::StreamTimer(random())));
                    self.stream_timer.replace(Some(due));
                }
                Command::StopStreamTimer => drop(self.stream_timer.take()),
            }
        }
        self.publish();
    }

    fn fetch(self: &Rc<Self>, request: u32) {
        let follower = Rc::downgrade(self);
        let answer = (self.source.fetch)();
        spawn_local(async move {
            let answer = answer.await;
            if let Some(follower) = follower.upgrade() {
                let (result, show) = match answer {
                    Ok(Update { as_of, show }) => (Ok(as_of), Some(show)),
                    Err(error) => {
                        if error.status() == 401 {
                            (follower.source.clear)();
                        }
                        (Err(error), None)
                    }
                };
                follower.execute(Event::Answered(request, result), show);
            }
        });
    }

    fn open_stream(self: &Rc<Self>) {
        let follower = Rc::downgrade(self);
        let names = [self.source.event_name, events::ALIVE, events::TROUBLE];
        let stream = browser::event_stream(&self.source.path, names, move |event| {
            if let Some(follower) = follower.upgrade() {
                follower.on_stream_event(event);
            }
        });
        self.stream.replace(stream);
    }

    fn on_stream_event(self: &Rc<Self>, event: StreamEvent) {
        match event {
            StreamEvent::Lost => self.on(Event::StreamLost(random())),
            StreamEvent::Message { name: events::ALIVE, data } => {
                if let Ok(events::Alive { as_of }) = serde_json::from_str(&data) {
                    self.on(Event::Alive(as_of));
                }
            }
            // The server sends it only while Redis does not answer.
            StreamEvent::Message { name: events::TROUBLE, .. } => {
                self.on(Event::Trouble(AppError::Unavailable))
            }
            StreamEvent::Message { data, .. } => {
                if let Some(Update { as_of, show }) = (self.source.parse)(&data) {
                    self.execute(Event::Pushed(as_of), Some(show));
                }
            }
        }
    }

    /// Sets only the signals that changed, so that nothing else is rendered again.
    fn publish(&self) {
        let now = browser::monotonic();
        let machine = self.machine.borrow();
        set_if_changed(self.loading, machine.is_loading());
        set_if_changed(self.error, machine.error().cloned());
        set_if_changed(self.connection, machine.connection(now));
        set_if_changed(self.seconds_since_update, machine.age(now).as_secs());
    }
}

fn report(follower: &Weak<Follower>, event: Event) {
    if let Some(follower) = follower.upgrade() {
        follower.on(event);
    }
}

/// A number from 0 to 1; 0.5 without a source of randomness.
fn random() -> f64 {
    browser::random_bits().map_or(0.5, |bits| f64::from(bits[0]) / 255.0)
}

fn set_if_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|old| *old != value) == Some(true) {
        signal.set(value);
    }
}
