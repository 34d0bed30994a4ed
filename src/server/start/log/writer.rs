//! Writes the log in a thread of its own.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use tracing_subscriber::fmt::MakeWriter;

use crate::server::config::LogFormat;

/// How many lines may wait to be written. Later ones are dropped and counted.
const MAX_WAITING: usize = 4_096;
/// How long the end of the program waits for the last lines.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);
/// How soon it looks again whether there is room to ask for them.
const RETRY: Duration = Duration::from_millis(1);

enum Message {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

/// Hands lines to the thread. Cheap to clone.
#[derive(Clone)]
pub(super) struct LogWriter {
    thread: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
}

impl LogWriter {
    /// Starts the thread, which writes to `out`. An error of `out` is ignored: there is no other place to tell it.
    pub(super) fn start(out: impl Write + Send + 'static, format: LogFormat) -> (Self, LogGuard) {
        let (thread, messages) = sync_channel(MAX_WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let writer = Self { thread: thread.clone(), dropped: dropped.clone() };
        thread::spawn(move || write_all(out, messages, &dropped, format));
        (writer, LogGuard(thread))
    }
}

fn write_all(mut out: impl Write, messages: Receiver<Message>, dropped: &AtomicU64, format: LogFormat) {
    for message in messages {
        let count = dropped.swap(0, Relaxed);
        if count > 0 {
            let text =
                format!("{count} lines of the log are missing here: they came faster than they were read");
            let _ = match format {
                LogFormat::Text => writeln!(out, "{text}"),
                LogFormat::Json => writeln!(out, r#"{{"level":"WARN","message":"{text}"}}"#),
            };
        }
        match message {
            Message::Line(line) => drop(out.write_all(&line)),
            Message::Flush(done) => {
                let _ = out.flush();
                let _ = done.try_send(());
            }
        }
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Each call is one line.
impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.thread.try_send(Message::Line(line.to_vec())).is_err() {
            self.dropped.fetch_add(1, Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the lines that wait, when it is dropped at the end of the program.
#[must_use = "the last lines are written when it is dropped"]
pub struct LogGuard(SyncSender<Message>);

impl Drop for LogGuard {
    fn drop(&mut self) {
        let until = Instant::now() + FLUSH_TIMEOUT;
        let (done, is_done) = sync_channel(1);
        let mut flush = Message::Flush(done);
        // Where there is no room, the lines that take it are those to wait for.
        while let Err(TrySendError::Full(unsent)) = self.0.try_send(flush) {
            if Instant::now() >= until {
                return;
            }
            flush = unsent;
            thread::sleep(RETRY);
        }
        let _ = is_done.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use super::*;

    /// Takes lines only while the test lets it.
    struct Pipe(Arc<Mutex<Vec<u8>>>, Receiver<()>);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.1.recv();
            self.0.lock().expect("no panic").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn full_pipe_delays_no_one_and_is_told_later() {
        let (read, reader) = mpsc::channel();
        let text = Arc::<Mutex<Vec<u8>>>::default();
        let (mut writer, guard) = LogWriter::start(Pipe(text.clone(), reader), LogFormat::Text);
        for _ in 0..3 * MAX_WAITING {
            writer.write_all(b"a line\n").expect("never fails");
        }
        // From here on every line is read at once.
        drop(read);
        while writer.dropped.load(Relaxed) > 0 {
            thread::yield_now();
        }
        writer.write_all(b"the last\n").expect("never fails");
        drop(guard);
        let text = String::from_utf8(text.lock().expect("no panic").clone()).expect("text");
        assert!(
            text.contains(" lines of the log are missing here") && text.ends_with("the last\n"),
            "{text}"
        );
    }
}
