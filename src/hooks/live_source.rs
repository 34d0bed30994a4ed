//! Following a source of numbers: listens to its stream, asks where there is none, and says how far the numbers
//! can be trusted.

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

/// How far the numbers on the screen can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Nothing has come yet but what the server has rendered, if it has.
    Connecting,
    /// Every change comes the moment it happens.
    Live,
    /// Numbers are asked for at intervals, as the stream can not be had for the moment.
    Polling,
    /// Something went wrong a moment ago; the numbers are this old and new ones are on their way.
    Reconnecting(Duration),
    /// Nothing has come for several intervals; the numbers, if any, are this old.
    Offline(Option<Duration>),
}

/// A source of numbers, by both its ways.
pub(super) struct Source {
    /// How often it is asked while its stream can not be had.
    pub(super) interval: Duration,
    /// Where its stream is.
    pub(super) path: String,
    /// The name of the events that are pictures.
    pub(super) event_name: &'static str,
    /// Reads such an event; `None` if it is something else.
    pub(super) parse: Parse,
    /// Asks for a picture.
    pub(super) fetch: Box<dyn Fn() -> FetchFuture>,
}

/// What following a source yields, apart from what it says.
#[derive(Clone, Copy)]
pub(super) struct LiveSource {
    pub(super) loading: ReadSignal<bool>,
    pub(super) error: ReadSignal<Option<AppError>>,
    pub(super) connection: ReadSignal<ConnectionState>,
    pub(super) seconds_since_update: ReadSignal<u64>,
    pub(super) refresh: Callback<()>,
}

/// A picture: the server's time of what it says, and how to show that.
pub(super) struct Update {
    pub(super) as_of: i64,
    pub(super) show: Box<dyn FnOnce()>,
}

/// Makes an answer of the data of an event.
pub(super) type Parse = Box<dyn Fn(&str) -> Option<Update>>;

/// A request that was begun.
pub(super) type FetchFuture = Pin<Box<dyn Future<Output = Result<Update, AppError>>>>;

/// Follows `source` while the page can be seen. `first` is what the server has rendered, by its time.
///
/// ## Server-Side Rendering
///
/// Asks and opens nothing on the server; the signals hold what follows from `first`, there and at hydration.
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

/// Carries out what the [`Machine`] decides.
struct Follower {
    machine: RefCell<Machine>,
    source: Source,
    stopped: Cell<bool>,
    /// What runs from the start until the owner is disposed of.
    visibility: RefCell<Option<Guard>>,
    ticker: RefCell<Option<Guard>>,
    fetch_timer: RefCell<Option<Guard>>,
    stream: RefCell<Option<Guard>>,
    stream_timer: RefCell<Option<Guard>>,
    loading: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    connection: RwSignal<ConnectionState>,
    /// Whole seconds, so that nothing is told in between.
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

    /// An answer that is still under way finds nobody to show it.
    fn stop(&self) {
        self.stopped.set(true);
        for running in [&self.visibility, &self.ticker, &self.fetch_timer, &self.stream, &self.stream_timer] {
            running.take();
        }
    }

    /// Counts from what was just shown on, so that its seconds are whole ones.
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
                        // The age of what is shown begins anew with it, or for a moment the new would
                        // be as old as what it replaces.
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
                    Err(error) => (Err(error), None),
                };
                follower.execute(Event::Answered(request, result), show);
            }
        });
    }

    fn open_stream(self: &Rc<Self>) {
        let follower = Rc::downgrade(self);
        let names = [self.source.event_name, events::ALIVE, events::TROUBLE];
        let stream = browser::event_source(&self.source.path, names, move |event| {
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
            // It has one reason: Redis is out of reach.
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

    /// Only what differs is set, so that what has not changed is not drawn again.
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

/// From 0 to 1; the middle where the browser has no source of randomness.
fn random() -> f64 {
    browser::random_bits().map_or(0.5, |bits| f64::from(bits[0]) / 255.0)
}

fn set_if_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|old| *old != value) == Some(true) {
        signal.set(value);
    }
}
