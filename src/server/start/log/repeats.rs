//! Warnings and errors that repeat: the first is a line, the others are counted, and told once a minute.

use std::{
    collections::HashMap,
    fmt::{Debug, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    callsite::Identifier,
    field::{Field, Visit},
};
use tracing_subscriber::layer::{Context, Filter};

/// How often one cause is a line.
const WINDOW: Duration = Duration::from_secs(60);
/// How many different texts of one place in the code are told apart: a name or an address in them may be a visitor's.
const MAX_TEXTS: usize = 10;
/// How often the thread looks for what is to be told.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Of the lines that tell how often others were repeated.
const TARGET: &str = "sightline::repeated";

/// Passes the first line of each cause. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Repeats(Arc<Mutex<HashMap<Identifier, Vec<Cause>>>>);

/// A text of one place in the code.
struct Cause {
    /// `None`: all texts beyond [`MAX_TEXTS`].
    text: Option<String>,
    is_error: bool,
    since: Instant,
    /// How often it was repeated since.
    count: u64,
}

/// How often a line was repeated.
#[derive(Debug, PartialEq, Eq)]
struct Report {
    is_error: bool,
    text: String,
}

impl Repeats {
    /// Starts the thread that tells the counts.
    pub(super) fn report(self) {
        thread::spawn(move || {
            loop {
                thread::sleep(LOOK_INTERVAL);
                for Report { is_error, text } in self.due(Instant::now()) {
                    if is_error {
                        tracing::error!(target: TARGET, "{text}");
                    } else {
                        tracing::warn!(target: TARGET, "{text}");
                    }
                }
            }
        });
    }

    /// Whether a text is to be a line; it is counted otherwise.
    fn passes(&self, place: Identifier, is_error: bool, text: String, now: Instant) -> bool {
        let mut all = self.causes();
        let causes = all.entry(place).or_default();
        if let Some(cause) = causes.iter_mut().find(|cause| cause.text.as_ref() == Some(&text)) {
            cause.count += 1;
            return false;
        }
        if causes.len() < MAX_TEXTS {
            causes.push(Cause { text: Some(text), is_error, since: now, count: 0 });
            return true;
        }
        match causes.iter_mut().find(|cause| cause.text.is_none()) {
            Some(others) => others.count += 1,
            None => causes.push(Cause { text: None, is_error, since: now, count: 1 }),
        }
        false
    }

    /// What is to be told, of all causes whose minute is over. One that was not repeated is forgotten.
    fn due(&self, now: Instant) -> Vec<Report> {
        let mut reports = Vec::new();
        self.causes().retain(|_, causes| {
            let example = causes.first().and_then(|cause| cause.text.clone()).unwrap_or_default();
            causes.retain_mut(|cause| {
                if now.duration_since(cause.since) < WINDOW {
                    return true;
                }
                let count = std::mem::take(&mut cause.count);
                if count == 0 {
                    return false;
                }
                let text = match &cause.text {
                    Some(text) => format!("{count} times more within a minute: {text}"),
                    None => format!("{count} others within a minute such as: {example}"),
                };
                reports.push(Report { is_error: cause.is_error, text });
                cause.since = now;
                true
            });
            !causes.is_empty()
        });
        reports
    }

    fn causes(&self) -> MutexGuard<'_, HashMap<Identifier, Vec<Cause>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Filter<S> for Repeats {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if *metadata.level() > Level::WARN || metadata.target() == TARGET {
            return true;
        }
        let mut text = Text::default();
        event.record(&mut text);
        let is_error = *metadata.level() == Level::ERROR;
        self.passes(metadata.callsite(), is_error, text.message + &text.fields, Instant::now())
    }
}

/// The message of an event and its fields, as text.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing into a String does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use tracing::{callsite::Callsite, subscriber::Interest};

    use super::*;

    struct Place;
    static PLACE: Place = Place;

    impl Callsite for Place {
        fn set_interest(&self, _: Interest) {}

        fn metadata(&self) -> &Metadata<'_> {
            unreachable!("only its address counts")
        }
    }

    fn told(repeats: &Repeats, now: Instant) -> Vec<String> {
        repeats.due(now).into_iter().map(|report| report.text).collect()
    }

    #[test]
    fn one_cause_is_one_line_a_minute() {
        let (repeats, began) = (Repeats::default(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        let warn = |text: &str, now| repeats.passes(Identifier(&PLACE), false, text.to_owned(), now);
        assert!(warn("Redis is away", at(0)));
        assert!((0..10_000).all(|_| !warn("Redis is away", at(1))));
        assert!(warn("another", at(2)), "another text is another cause");
        assert!(told(&repeats, at(59)).is_empty());
        assert_eq!(told(&repeats, at(60)), ["10000 times more within a minute: Redis is away"]);
        assert!(!warn("Redis is away", at(70)), "it goes on");
        assert_eq!(told(&repeats, at(120)), ["1 times more within a minute: Redis is away"]);
        assert!(told(&repeats, at(240)).is_empty());
        assert!(repeats.causes().is_empty(), "what has ended is forgotten");
        assert!(warn("Redis is away", at(241)));
    }

    #[test]
    fn many_texts_of_one_place_are_counted_together() {
        let (repeats, began) = (Repeats::default(), Instant::now());
        let passed = (0..1_000)
            .filter(|n| repeats.passes(Identifier(&PLACE), true, format!("document {n}"), began))
            .count();
        assert_eq!(passed, MAX_TEXTS);
        let told = told(&repeats, began + WINDOW);
        assert_eq!(told, ["990 others within a minute such as: document 0"]);
    }
}
