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
pub enum Connection {
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
    pub(super) picture: &'static str,
    /// Reads such an event; `None` if it is something else.
    pub(super) read: Reading,
    /// Asks for a picture.
    pub(super) fetch: Box<dyn Fn() -> Asked>,
}

/// What following a source yields, apart from what it says.
#[derive(Clone, Copy)]
pub(super) struct LiveSource {
    pub(super) loading: ReadSignal<bool>,
    pub(super) error: ReadSignal<Option<AppError>>,
    pub(super) connection: ReadSignal<Connection>,
    pub(super) since: ReadSignal<u64>,
    pub(super) refresh: Callback<()>,
}

/// A picture: the server's time of what it says, and how to show that.
pub(super) struct Answer {
    pub(super) as_of: i64,
    pub(super) show: Box<dyn FnOnce()>,
}

/// Makes an answer of the data of an event.
pub(super) type Reading = Box<dyn Fn(&str) -> Option<Answer>>;

/// A request that was begun.
pub(super) type Asked = Pin<Box<dyn Future<Output = Result<Answer, AppError>>>>;

/// Follows `source` while the page can be seen. `first` is what the server has rendered, by its time.
///
/// ## Server-Side Rendering
///
/// Asks and opens nothing on the server; the signals hold what follows from `first`, there and at hydration.
pub(super) fn use_live_source(source: Source, first: Option<Result<i64, AppError>>) -> LiveSource {
    let now = browser::monotonic();
    let machine = Machine::new(source.interval, first, now);
    let loading = RwSignal::new(false);
    let error = RwSignal::new(machine.error().cloned());
    let connection = RwSignal::new(machine.connection(now));
    let since = RwSignal::new(0);
    let follower = Local::new(Rc::new(Follower {
        machine: RefCell::new(machine),
        source,
        stopped: Cell::new(false),
        running: RefCell::default(),
        clock: RefCell::default(),
        timer: RefCell::default(),
        stream: RefCell::default(),
        listening: RefCell::default(),
        loading,
        error,
        connection,
        since,
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
        since: since.read_only(),
        refresh,
    }
}

/// Carries out what the [`Machine`] decides.
struct Follower {
    machine: RefCell<Machine>,
    source: Source,
    stopped: Cell<bool>,
    /// What runs from the start until the owner is disposed of.
    running: RefCell<Option<Guard>>,
    clock: RefCell<Option<Guard>>,
    timer: RefCell<Option<Guard>>,
    stream: RefCell<Option<Guard>>,
    listening: RefCell<Option<Guard>>,
    loading: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    connection: RwSignal<Connection>,
    /// Whole seconds, so that nothing is told in between.
    since: RwSignal<u64>,
}

impl Follower {
    fn start(self: &Rc<Self>) {
        let follower = Rc::downgrade(self);
        let sight = browser::on_visibility_change(move |visible| report(&follower, Event::Visible(visible)));
        self.running.replace(Some(sight));
        self.count_seconds();
        self.on(Event::Visible(browser::is_visible()));
    }

    /// An answer that is still under way finds nobody to show it.
    fn stop(&self) {
        self.stopped.set(true);
        for running in [&self.running, &self.clock, &self.timer, &self.stream, &self.listening] {
            running.take();
        }
    }

    /// Counts from what was just shown on, so that its seconds are whole ones.
    fn count_seconds(self: &Rc<Self>) {
        let follower = Rc::downgrade(self);
        self.clock.replace(Some(browser::every(Duration::from_secs(1), move || {
            if browser::is_visible()
                && let Some(follower) = follower.upgrade()
            {
                follower.publish();
            }
        })));
    }

    fn on(self: &Rc<Self>, event: Event) {
        self.carry_out(event, None);
    }

    fn carry_out(self: &Rc<Self>, event: Event, mut show: Option<Box<dyn FnOnce()>>) {
        if self.stopped.get() {
            return;
        }
        let commands = self.machine.borrow_mut().on(event, browser::monotonic());
        for command in commands {
            match command {
                Command::Fetch(request) => self.ask(request),
                Command::Wait(time) => {
                    let follower = Rc::downgrade(self);
                    let due = browser::after(time, move || report(&follower, Event::Due));
                    self.timer.replace(Some(due));
                }
                Command::Sleep => drop(self.timer.take()),
                Command::Show => {
                    self.count_seconds();
                    if let Some(show) = show.take() {
                        // The age of what is shown begins anew with it, or for a moment the new would
                        // be as old as what it replaces.
                        self.publish();
                        show();
                    }
                }
                Command::Open => self.open(),
                Command::Close => drop(self.stream.take()),
                Command::Listen(time) => {
                    let follower = Rc::downgrade(self);
                    let due = browser::after(time, move || report(&follower, Event::ListenDue(random())));
                    self.listening.replace(Some(due));
                }
                Command::Rest => drop(self.listening.take()),
            }
        }
        self.publish();
    }

    fn ask(self: &Rc<Self>, request: u32) {
        let follower = Rc::downgrade(self);
        let answer = (self.source.fetch)();
        spawn_local(async move {
            let answer = answer.await;
            if let Some(follower) = follower.upgrade() {
                let (told, show) = match answer {
                    Ok(Answer { as_of, show }) => (Ok(as_of), Some(show)),
                    Err(error) => (Err(error), None),
                };
                follower.carry_out(Event::Answered(request, told), show);
            }
        });
    }

    fn open(self: &Rc<Self>) {
        let follower = Rc::downgrade(self);
        let names = [self.source.picture, events::ALIVE, events::TROUBLE];
        let stream = browser::event_source(&self.source.path, names, move |news| {
            if let Some(follower) = follower.upgrade() {
                follower.hear(news);
            }
        });
        self.stream.replace(stream);
    }

    fn hear(self: &Rc<Self>, news: StreamEvent) {
        match news {
            StreamEvent::Lost => self.on(Event::Lost(random())),
            StreamEvent::Message { name: events::ALIVE, data } => {
                if let Ok(events::Alive { as_of }) = serde_json::from_str(&data) {
                    self.on(Event::Alive(as_of));
                }
            }
            // It has one reason: Redis is out of reach.
            StreamEvent::Message { name: events::TROUBLE, .. } => {
                self.on(Event::Troubled(AppError::Unavailable))
            }
            StreamEvent::Message { data, .. } => {
                if let Some(Answer { as_of, show }) = (self.source.read)(&data) {
                    self.carry_out(Event::Pushed(as_of), Some(show));
                }
            }
        }
    }

    /// Only what differs is set, so that what has not changed is not drawn again.
    fn publish(&self) {
        let now = browser::monotonic();
        let machine = self.machine.borrow();
        set_if_new(self.loading, machine.is_loading());
        set_if_new(self.error, machine.error().cloned());
        set_if_new(self.connection, machine.connection(now));
        set_if_new(self.since, machine.since(now).as_secs());
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

fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|old| *old != value) == Some(true) {
        signal.set(value);
    }
}
