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
    pub(super) loading: Signal<bool>,
    pub(super) error: Signal<Option<AppError>>,
    pub(super) connection: Signal<Connection>,
    pub(super) since: Signal<Duration>,
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
    let start = Machine::new(interval, first.clone(), Duration::ZERO);
    let status = RwSignal::new(Status::of(&start, Duration::ZERO, Duration::ZERO));
    let poller = StoredValue::new(None::<Local<Weak<Poller>>>);

    // Reads no signal, so it runs once and its cleanup is the owner's.
    let fetch = Cell::new(Some(fetch));
    Effect::new(move |_| {
        let Some(fetch) = fetch.take() else { return };
        let now = browser::monotonic();
        let machine = RefCell::new(Machine::new(interval, first.clone(), now));
        let started =
            Rc::new(Poller { machine, fetch, received: Cell::new(now), timer: RefCell::default(), status });
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
    // What is drawn anew when it changes is told only when it does; the age alone changes each second.
    let error = Memo::new(move |_| status.read().error.clone());
    Polling {
        loading: Signal::derive(move || status.read().loading),
        error: error.into(),
        connection: Signal::derive(move || status.read().connection),
        since: Signal::derive(move || status.read().since),
        refresh,
    }
}

/// All that is told about a source at one time.
#[derive(Clone, PartialEq)]
struct Status {
    loading: bool,
    error: Option<AppError>,
    connection: Connection,
    since: Duration,
}

impl Status {
    fn of(machine: &Machine, received: Duration, now: Duration) -> Self {
        Self {
            loading: machine.is_loading(),
            error: machine.error().cloned(),
            connection: machine.connection(now),
            // Whole seconds, so that nothing is told in between.
            since: Duration::from_secs(now.saturating_sub(received).as_secs()),
        }
    }
}

/// Carries out what the [`Machine`] decides. Only the owner's cleanup holds it; when that has run, an
/// answer that is still under way finds nobody.
struct Poller {
    machine: RefCell<Machine>,
    fetch: Box<dyn Fn() -> Asked>,
    /// When what is on the screen came.
    received: Cell<Duration>,
    timer: RefCell<Option<Guard>>,
    status: RwSignal<Status>,
}

impl Poller {
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
                    let due = browser::after(time, move || {
                        poller.upgrade().inspect(|poller| poller.on(Event::Due));
                    });
                    self.timer.replace(Some(due));
                }
                Command::Sleep => drop(self.timer.take()),
                Command::Show => {
                    self.received.set(browser::monotonic());
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
            if let Some(poller) = poller.upgrade() {
                let (told, show) = match answer {
                    Ok(Answer { as_of, show }) => (Ok(as_of), Some(show)),
                    Err(error) => (Err(error), None),
                };
                poller.carry_out(Event::Answered(request, told), show);
            }
        });
    }

    fn publish(&self) {
        let status = Status::of(&self.machine.borrow(), self.received.get(), browser::monotonic());
        if self.status.try_with_untracked(|old| *old != status) == Some(true) {
            self.status.set(status);
        }
    }
}
