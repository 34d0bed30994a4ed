//! Following a source of numbers: asks again and again, and says how far the answer can be trusted.

mod machine;

use std::{
    cell::RefCell,
    fmt::Debug,
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

/// What following a source yields.
#[derive(Clone, Copy)]
pub(super) struct Polling<T: Send + Sync + 'static> {
    pub(super) data: Signal<Option<T>>,
    pub(super) loading: Signal<bool>,
    pub(super) error: Signal<Option<AppError>>,
    pub(super) connection: Signal<Connection>,
    pub(super) since: Signal<Duration>,
    pub(super) refresh: Callback<()>,
}

/// A request that was begun.
pub(super) type Answer<T> = Pin<Box<dyn Future<Output = Result<T, AppError>>>>;

/// Asks `fetch` every `interval` while the page can be seen, at once when it comes into view, and
/// sooner after a failure. `as_of` tells an answer's time on the server's clock.
///
/// ## Server-Side Rendering
///
/// Asks nothing on the server; the signals hold what `first` says, there and at hydration.
pub(super) fn use_polling<T>(
    interval: Duration,
    first: Option<Result<T, AppError>>,
    as_of: fn(&T) -> i64,
    fetch: impl Fn() -> Answer<T> + 'static,
) -> Polling<T>
where
    T: Clone + Debug + Send + Sync + 'static,
{
    let asked = first.as_ref().map(|first| first.as_ref().map(as_of).map_err(AppError::clone));
    let start = Machine::new(interval, asked.clone(), Duration::ZERO);
    let connection = RwSignal::new(start.connection(Duration::ZERO));
    let loading = RwSignal::new(false);
    let error = RwSignal::new(start.error().cloned());
    let since = RwSignal::new(Duration::ZERO);
    let data = RwSignal::new(first.and_then(Result::ok));
    let poller = StoredValue::new(None::<Local<Weak<Poller<T>>>>);

    // Reads no signal, so it runs once and its cleanup is the owner's.
    let fetch = RefCell::new(Some(fetch));
    Effect::new(move |_| {
        let Some(fetch) = fetch.borrow_mut().take() else { return };
        let now = browser::monotonic();
        let started = Rc::new(Poller {
            machine: RefCell::new(Machine::new(interval, asked.clone(), now)),
            fetch: Box::new(fetch),
            as_of,
            received: RefCell::new(now),
            timer: RefCell::default(),
            signals: (data, loading, error, connection, since),
        });
        poller.set_value(Some(Local::new(Rc::downgrade(&started))));
        started.on(Event::Visible(browser::is_visible()));
        let (clock, sight) = (Rc::downgrade(&started), Rc::downgrade(&started));
        let guards = [
            browser::every(Duration::from_secs(1), move || {
                clock.upgrade().filter(|_| browser::is_visible()).inspect(|poller| poller.publish());
            }),
            browser::on_visibility(move |visible| {
                sight.upgrade().inspect(|poller| poller.on(Event::Visible(visible)));
            }),
        ];
        let kept = Local::new((started, guards));
        on_cleanup(move || drop(kept));
    });

    let refresh = Callback::new(move |()| {
        if let Some(Some(poller)) = poller.try_get_value() {
            poller.with(|poller| poller.upgrade().inspect(|poller| poller.on(Event::Refresh)));
        }
    });
    Polling {
        data: data.into(),
        loading: loading.into(),
        error: error.into(),
        connection: connection.into(),
        since: since.into(),
        refresh,
    }
}

type Signals<T> = (
    RwSignal<Option<T>>,
    RwSignal<bool>,
    RwSignal<Option<AppError>>,
    RwSignal<Connection>,
    RwSignal<Duration>,
);

/// Carries out what the [`Machine`] decides. Only the owner's cleanup holds it; when that has run, an
/// answer that is still under way finds nobody.
struct Poller<T: Send + Sync + 'static> {
    machine: RefCell<Machine>,
    fetch: Box<dyn Fn() -> Answer<T>>,
    as_of: fn(&T) -> i64,
    /// When the data on the screen came.
    received: RefCell<Duration>,
    timer: RefCell<Option<Guard>>,
    signals: Signals<T>,
}

impl<T: Clone + Send + Sync + 'static> Poller<T> {
    fn on(self: &Rc<Self>, event: Event) {
        self.carry_out(event, None);
    }

    fn carry_out(self: &Rc<Self>, event: Event, mut came: Option<T>) {
        let commands = self.machine.borrow_mut().on(event, browser::monotonic());
        for command in commands {
            match command {
                Command::Fetch(request) => self.ask(request),
                Command::Wait(time) => {
                    let poller = Rc::downgrade(self);
                    let due = browser::after(time, move || {
                        poller.upgrade().inspect(|poller| poller.on(Event::Due));
                    });
                    self.timer.replace(Some(due));
                }
                Command::Sleep => drop(self.timer.take()),
                Command::Show => {
                    self.received.replace(browser::monotonic());
                    if let Some(data) = came.take() {
                        self.signals.4.set(Duration::ZERO);
                        self.signals.0.set(Some(data));
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
            if let Some(poller) = poller.upgrade() {
                let (told, came) = match answer {
                    Ok(data) => (Ok((poller.as_of)(&data)), Some(data)),
                    Err(error) => (Err(error), None),
                };
                poller.carry_out(Event::Answered(request, told), came);
            }
        });
    }

    /// Only what differs is set, so that what has not changed is not drawn again.
    fn publish(&self) {
        let now = browser::monotonic();
        let machine = self.machine.borrow();
        let (_, loading, error, connection, since) = self.signals;
        set_if_new(loading, machine.is_loading());
        set_if_new(error, machine.error().cloned());
        set_if_new(connection, machine.connection(now));
        set_if_new(since, now.saturating_sub(*self.received.borrow()));
    }
}

fn set_if_new<V: PartialEq + Send + Sync + 'static>(signal: RwSignal<V>, value: V) {
    if signal.try_with_untracked(|old| *old != value) == Some(true) {
        signal.set(value);
    }
}
