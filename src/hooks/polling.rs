//! Following a source of numbers: asks again and again, and says how far the answer can be trusted.

mod machine;

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::{Rc, Weak},
    time::Duration,
};

use leptos::{prelude::*, task::spawn_local};

use crate::{
    browser::{self, Guard, Local},
    error::AppError,
};
use machine::{Command, Event, Machine};

/// How far the numbers on the screen can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// No numbers yet; they have been asked for.
    Connecting,
    /// The latest numbers came when they were due.
    Live,
    /// Something went wrong a moment ago; the numbers are this old and new ones are asked for.
    Reconnecting(Duration),
    /// Nothing has come for several intervals; the numbers, if any, are this old.
    Offline(Option<Duration>),
}

/// What following a source yields, apart from what it says.
#[derive(Clone, Copy)]
pub(super) struct Polling {
    pub(super) loading: ReadSignal<bool>,
    pub(super) error: ReadSignal<Option<AppError>>,
    pub(super) connection: ReadSignal<Connection>,
    pub(super) since: ReadSignal<u64>,
    pub(super) refresh: Callback<()>,
}

/// An answer: the server's time of what it says, and how to show that.
pub(super) struct Answer {
    pub(super) as_of: i64,
    pub(super) show: Box<dyn FnOnce()>,
}

/// A request that was begun.
pub(super) type Asked = Pin<Box<dyn Future<Output = Result<Answer, AppError>>>>;

/// Asks `fetch` every `interval` while the page can be seen, at once when it comes into view, and
/// sooner after a failure. `first` is what the server has rendered, by its time.
///
/// ## Server-Side Rendering
///
/// Asks nothing on the server; the signals hold what follows from `first`, there and at hydration.
pub(super) fn use_polling(
    interval: Duration,
    first: Option<Result<i64, AppError>>,
    fetch: Box<dyn Fn() -> Asked>,
) -> Polling {
    let now = browser::monotonic();
    let machine = Machine::new(interval, first, now);
    let loading = RwSignal::new(false);
    let error = RwSignal::new(machine.error().cloned());
    let connection = RwSignal::new(machine.connection(now));
    let since = RwSignal::new(0);
    let poller = Local::new(Rc::new(Poller {
        machine: RefCell::new(machine),
        fetch,
        received: Cell::new(now),
        running: RefCell::default(),
        clock: RefCell::default(),
        timer: RefCell::default(),
        loading,
        error,
        connection,
        since,
    }));

    let started = poller.clone();
    Effect::new(move |_| {
        started.with(Poller::start);
    });
    let ended = poller.clone();
    on_cleanup(move || {
        ended.with(|poller| poller.stop());
    });
    let refresh = Callback::new(move |()| {
        poller.with(|poller| poller.on(Event::Refresh));
    });
    Polling {
        loading: loading.read_only(),
        error: error.read_only(),
        connection: connection.read_only(),
        since: since.read_only(),
        refresh,
    }
}

/// Carries out what the [`Machine`] decides.
struct Poller {
    machine: RefCell<Machine>,
    fetch: Box<dyn Fn() -> Asked>,
    /// When what is on the screen came.
    received: Cell<Duration>,
    /// What runs from the start until the owner is disposed of.
    running: RefCell<Option<Guard>>,
    clock: RefCell<Option<Guard>>,
    timer: RefCell<Option<Guard>>,
    loading: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    connection: RwSignal<Connection>,
    /// Whole seconds, so that nothing is told in between.
    since: RwSignal<u64>,
}

impl Poller {
    fn start(self: &Rc<Self>) {
        let sight = Rc::downgrade(self);
        let sight = browser::on_visibility(move |visible| report(&sight, Event::Visible(visible)));
        self.running.replace(Some(sight));
        self.count_seconds();
        self.on(Event::Visible(browser::is_visible()));
    }

    /// An answer that is still under way finds nobody to show it.
    fn stop(&self) {
        self.running.take();
        self.clock.take();
        self.timer.take();
    }

    /// Counts from what was just shown on, so that its seconds are whole ones.
    fn count_seconds(self: &Rc<Self>) {
        let poller = Rc::downgrade(self);
        self.clock.replace(Some(browser::every(Duration::from_secs(1), move || {
            if browser::is_visible()
                && let Some(poller) = poller.upgrade()
            {
                poller.publish();
            }
        })));
    }

    fn on(self: &Rc<Self>, event: Event) {
        self.carry_out(event, None);
    }

    fn carry_out(self: &Rc<Self>, event: Event, mut show: Option<Box<dyn FnOnce()>>) {
        let commands = self.machine.borrow_mut().on(event, browser::monotonic());
        for command in commands {
            match command {
                Command::Fetch(request) => self.ask(request),
                Command::Wait(time) => {
                    let poller = Rc::downgrade(self);
                    self.timer.replace(Some(browser::after(time, move || report(&poller, Event::Due))));
                }
                Command::Sleep => drop(self.timer.take()),
                Command::Show => {
                    self.received.set(browser::monotonic());
                    self.count_seconds();
                    if let Some(show) = show.take() {
                        // The age of what is shown begins anew with it, or for a moment the new would
                        // be as old as what it replaces.
                        self.publish();
                        show();
                    }
                }
            }
        }
        self.publish();
    }

    fn ask(self: &Rc<Self>, request: u32) {
        let poller = Rc::downgrade(self);
        let answer = (self.fetch)();
        spawn_local(async move {
            let answer = answer.await;
            if let Some(poller) = poller.upgrade().filter(|poller| poller.running.borrow().is_some()) {
                let (told, show) = match answer {
                    Ok(Answer { as_of, show }) => (Ok(as_of), Some(show)),
                    Err(error) => (Err(error), None),
                };
                poller.carry_out(Event::Answered(request, told), show);
            }
        });
    }

    /// Only what differs is set, so that what has not changed is not drawn again.
    fn publish(&self) {
        let now = browser::monotonic();
        let machine = self.machine.borrow();
        set_if_new(self.loading, machine.is_loading());
        set_if_new(self.error, machine.error().cloned());
        set_if_new(self.connection, machine.connection(now));
        set_if_new(self.since, now.saturating_sub(self.received.get()).as_secs());
    }
}

fn report(poller: &Weak<Poller>, event: Event) {
    if let Some(poller) = poller.upgrade() {
        poller.on(event);
    }
}

fn set_if_new<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|old| *old != value) == Some(true) {
        signal.set(value);
    }
}
