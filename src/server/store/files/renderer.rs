//! Starts a process for each task on a file.
//!
//! A file that crashes it, hangs or fills the memory ends that process and nothing else. A thread would not do: it
//! cannot be stopped, and its stack overflow would end the server.

use std::{
    collections::BTreeSet,
    io,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use memchr::memchr;
use tokio::{fs::File, process::Command, time::timeout};
use tracing::Instrument;

use super::{
    file::{FileError, Inspected, Limits, UNCONFINED},
    turns::{MAX_WAITING, QueueFull, Subject, Turns},
};
use crate::{
    model::{PageSize, PictureFormat},
    server::instruments::{DrawingLoad, Instruments, OK, TaskLabels},
};

/// How many times the processor time of a page an upload's check may take: it looks at every page and draws the first.
const TIMES_FOR_CHECK: u64 = 4;
/// How many times its processor time a task may take until it ends: on a machine with more to do than it can, or with
/// fonts on a disk that does not answer.
const MAX_SLOWNESS: u32 = 10;
/// What a process can be told to do.
const TASKS: [&str; 4] = ["inspect", "picture", "text", "outline"];
/// The signal of a process that took its processor time, on Linux and on macOS.
const SIGXCPU: i32 = 24;
/// The signal of the kernel when the machine is short of memory.
const SIGKILL: i32 = 9;

/// Starts the processes, in turns. Cheap to clone.
#[derive(Clone)]
pub(super) struct Renderer {
    program: PathBuf,
    limits: Limits,
    /// For what readers ask for: as many places as there are cores.
    pages: Turns,
    /// For uploads, which do not wait for readers.
    checks: Turns,
    /// What a process said that its system lacks, logged once.
    lacking: Arc<Mutex<BTreeSet<String>>>,
    pub(super) instruments: Instruments,
}

/// Why a task has no result.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum TaskError {
    /// Too many wait.
    #[error("too many pages wait to be drawn")]
    QueueFull,
    /// There is no such file.
    #[error("the file is missing")]
    Missing,
    /// The file is to blame: with the same one it fails again.
    #[error("{0}")]
    File(String),
    /// The server is to blame, or its machine.
    #[error("{0}")]
    Server(String),
}

impl From<QueueFull> for TaskError {
    fn from(_: QueueFull) -> Self {
        Self::QueueFull
    }
}

/// How a process failed.
enum Failure {
    /// By a signal, as when it takes too much memory.
    Signal(TaskError),
    Other(TaskError),
}

impl Renderer {
    /// `program` is Sightline's own executable, with the hidden command `file`. `limits` are those of what readers ask
    /// for.
    pub(super) fn new(program: PathBuf, limits: Limits, instruments: Instruments) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let checks = Turns::new((cores / 2).max(1));
        let (pages, lacking) = (Turns::new(cores), Arc::default());
        Self { program, limits, pages, checks, lacking, instruments }
    }

    /// How many processes run and how many requests wait, uploads included.
    pub(super) fn load(&self) -> DrawingLoad {
        let ((running, waiting), (checking, to_check)) = (self.pages.load(), self.checks.load());
        DrawingLoad {
            running: (running + checking) as u64,
            waiting: (waiting + to_check) as u64,
            limit: 2 * MAX_WAITING as u64,
        }
    }

    /// Checks a file and returns its kind and the sizes of its pages.
    pub(super) async fn inspect(
        &self,
        subject: Subject,
        file: &Path,
    ) -> Result<Result<Inspected, FileError>, TaskError> {
        let _turn = self.checks.take(subject).await?;
        let limits = Limits { seconds: TIMES_FOR_CHECK * self.limits.seconds, ..self.limits };
        let output = self.draw(file, limits, &["inspect".to_owned()]).await?;
        let unknown = || TaskError::Server("the program answered something unknown".to_owned());
        let end = memchr(b'\n', &output).ok_or_else(unknown)?;
        let inspected: Result<Inspected, FileError> =
            serde_json::from_slice(&output[..end]).map_err(|_| unknown())?;
        Ok(inspected.map(|inspected| Inspected { first_page: output[end + 1..].to_vec(), ..inspected }))
    }

    /// The picture of a page, counted from 1.
    pub(super) async fn picture(
        &self,
        subject: Subject,
        file: &Path,
        page: u32,
        size: PageSize,
        format: PictureFormat,
    ) -> Result<Vec<u8>, TaskError> {
        let _turn = self.pages.take(subject).await?;
        let numbers = [page, size.width.into(), size.height.into()].map(|number| number.to_string());
        let [page, width, height] = numbers;
        let task = ["picture".to_owned(), page, width, height, format.extension().to_owned()];
        self.draw(file, self.limits, &task).await
    }

    /// The text of a page, counted from 1: [`PageText`](crate::model::PageText) as JSON.
    pub(super) async fn text(&self, subject: Subject, file: &Path, page: u32) -> Result<Vec<u8>, TaskError> {
        self.read(subject, file, &["text".to_owned(), page.to_string()]).await
    }

    /// The outline: a list of [`OutlineItem`](crate::model::OutlineItem) as JSON.
    pub(super) async fn outline(&self, subject: Subject, file: &Path) -> Result<Vec<u8>, TaskError> {
        self.read(subject, file, &["outline".to_owned()]).await
    }

    /// Runs a task that draws; a second time, if it took too much memory.
    async fn draw(&self, file: &Path, limits: Limits, task: &[String]) -> Result<Vec<u8>, TaskError> {
        match self.run_once(file, limits, &[], task).await {
            Err(Failure::Signal(error)) => {
                tracing::debug!(%error, "a task runs again, as it took too much memory");
                self.run_once(file, limits, &["--again"], task).await
            }
            ran => ran,
        }
        .map_err(Failure::error)
    }

    /// Runs a task that draws nothing.
    async fn read(&self, subject: Subject, file: &Path, task: &[String]) -> Result<Vec<u8>, TaskError> {
        let _turn = self.pages.take(subject).await?;
        self.run_once(file, self.limits, &[], task).await.map_err(Failure::error)
    }

    /// Runs a process to its end, or until the future is dropped, and notes how long it took.
    async fn run_once(
        &self,
        file: &Path,
        limits: Limits,
        options: &[&str],
        task: &[String],
    ) -> Result<Vec<u8>, Failure> {
        let began = Instant::now();
        let name =
            TASKS.into_iter().find(|name| task.first().is_some_and(|task| task == name)).unwrap_or("other");
        let ran = self
            .run_process(file, limits, options, task)
            .instrument(tracing::debug_span!("file", task = name))
            .await;
        let labels = TaskLabels { task: name, result: if ran.is_ok() { OK } else { "failed" } };
        self.instruments.tasks.get_or_create(&labels).observe(began.elapsed());
        ran
    }

    async fn run_process(
        &self,
        file: &Path,
        limits: Limits,
        options: &[&str],
        task: &[String],
    ) -> Result<Vec<u8>, Failure> {
        let Limits { seconds, memory_mb } = limits;
        let input = File::open(file).await.map_err(|error| Failure::Other(unopened(&error)))?;
        let not_run = |error: io::Error| {
            Failure::Other(TaskError::Server(format!("{} cannot be run: {error}", self.program.display())))
        };
        let running = Command::new(&self.program)
            .args(["file", "--seconds", &seconds.to_string(), "--memory-mb", &memory_mb.to_string()])
            .args(options)
            .args(task)
            // The process that reads a hostile file does not get the server's settings.
            .env_clear()
            .stdin(input.into_std().await)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .output();
        let most = Duration::from_secs(seconds) * MAX_SLOWNESS;
        let output = match timeout(most, running).await {
            Ok(output) => output.map_err(not_run)?,
            Err(_) => {
                let error = format!("it took longer than {} s", most.as_secs());
                return Err(Failure::Other(TaskError::Server(error)));
            }
        };
        let stderr = String::from_utf8_lossy(&output.stderr);
        let (unconfined, said): (Vec<&str>, Vec<&str>) =
            stderr.lines().partition(|line| line.starts_with(UNCONFINED));
        unconfined.iter().for_each(|line| self.note_lacking(&line[UNCONFINED.len()..]));
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(Failure::of(&output, seconds, said.first().unwrap_or(&"")))
    }

    /// Logs once what the processes have to do without.
    fn note_lacking(&self, what: &str) {
        if self.lacking.lock().unwrap_or_else(PoisonError::into_inner).insert(what.to_owned()) {
            tracing::warn!(
                "files are read without {what}, which this system lacks: a hostile one could do more"
            );
        }
    }
}

impl Failure {
    /// Of a process that ended without a result.
    fn of(output: &Output, seconds: u64, said: &str) -> Self {
        let error = format!("{}: {said}", output.status);
        match output.status.signal() {
            None => Self::Other(TaskError::File(error)),
            Some(SIGXCPU) => Self::Other(TaskError::File(format!("it took longer than {seconds} s"))),
            Some(SIGKILL) => Self::Signal(TaskError::Server(error)),
            Some(_) => Self::Signal(TaskError::File(error)),
        }
    }

    fn error(self) -> TaskError {
        let (Self::Signal(error) | Self::Other(error)) = self;
        error
    }
}

fn unopened(error: &io::Error) -> TaskError {
    if error.kind() == io::ErrorKind::NotFound {
        TaskError::Missing
    } else {
        TaskError::Server(format!("the file cannot be opened: {error}"))
    }
}
