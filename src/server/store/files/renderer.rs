//! Starts a process for each task on a file.
//!
//! A file that crashes it, hangs or fills the memory ends that process and nothing else. A thread would not do: it
//! cannot be stopped, and its stack overflow would end the server.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use memchr::memchr;
use tokio::{process::Command, sync::Semaphore, time::timeout};

use super::file::{FileError, Inspected};
use crate::model::{PageSize, PictureFormat};

/// How long a task may take.
const TASK_TIMEOUT: Duration = Duration::from_secs(20);

/// Starts the processes, no more at once than there are cores. Cheap to clone.
#[derive(Clone)]
pub(super) struct Renderer {
    program: PathBuf,
    cores: Arc<Semaphore>,
}

/// Why a task has no result.
enum Failure {
    /// A signal ended its process, as when it takes too much memory.
    Killed(String),
    /// It ended by itself, or took too long.
    Ended(String),
}

impl Failure {
    fn text(self) -> String {
        let (Self::Killed(error) | Self::Ended(error)) = self;
        error
    }
}

impl Renderer {
    /// `program` is Sightline's own executable, with the hidden command `file`.
    pub(super) fn new(program: PathBuf) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { program, cores: Arc::new(Semaphore::new(cores)) }
    }

    /// Checks a file and returns its kind and the sizes of its pages.
    pub(super) async fn inspect(&self, file: &Path) -> Result<Inspected, FileError> {
        let output = self.draw(file, &["inspect".to_owned()]).await.map_err(|error| {
            tracing::warn!(file = %file.display(), error, "a file cannot be checked");
            FileError::Undrawable
        })?;
        let end = memchr(b'\n', &output).ok_or(FileError::Undrawable)?;
        let inspected: Result<Inspected, FileError> =
            serde_json::from_slice(&output[..end]).unwrap_or(Err(FileError::Undrawable));
        inspected.map(|inspected| Inspected { first_page: output[end + 1..].to_vec(), ..inspected })
    }

    /// The picture of a page, counted from 1.
    pub(super) async fn picture(
        &self,
        file: &Path,
        page: u32,
        size: PageSize,
        format: PictureFormat,
    ) -> Result<Vec<u8>, String> {
        let numbers = [page, size.width.into(), size.height.into()].map(|number| number.to_string());
        let [page, width, height] = numbers;
        self.draw(file, &["picture".to_owned(), page, width, height, format.extension().to_owned()]).await
    }

    /// The text of a page, counted from 1: [`PageText`](crate::model::PageText) as JSON.
    pub(super) async fn text(&self, file: &Path, page: u32) -> Result<Vec<u8>, String> {
        self.read(file, &["text".to_owned(), page.to_string()]).await
    }

    /// The outline: a list of [`OutlineItem`](crate::model::OutlineItem) as JSON.
    pub(super) async fn outline(&self, file: &Path) -> Result<Vec<u8>, String> {
        self.read(file, &["outline".to_owned()]).await
    }

    /// Runs a task that draws; once more in less memory, if it took too much.
    async fn draw(&self, file: &Path, task: &[String]) -> Result<Vec<u8>, String> {
        let _core = self.cores.acquire().await.map_err(|error| error.to_string())?;
        match self.run_once(file, &[], task).await {
            Err(Failure::Killed(error)) => {
                tracing::debug!(file = %file.display(), error, "a task runs again in less memory");
                self.run_once(file, &["--sparing"], task).await
            }
            ran => ran,
        }
        .map_err(Failure::text)
    }

    /// Runs a task that draws nothing.
    async fn read(&self, file: &Path, task: &[String]) -> Result<Vec<u8>, String> {
        let _core = self.cores.acquire().await.map_err(|error| error.to_string())?;
        self.run_once(file, &[], task).await.map_err(Failure::text)
    }

    async fn run_once(&self, file: &Path, options: &[&str], task: &[String]) -> Result<Vec<u8>, Failure> {
        let running = Command::new(&self.program)
            .arg("file")
            .arg(file)
            .args(options)
            .args(task)
            // The process that reads a hostile file does not get the server's settings.
            .env_clear()
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = match timeout(TASK_TIMEOUT, running).await {
            Ok(output) => {
                output.map_err(|error| Failure::Ended(format!("{}: {error}", self.program.display())))?
            }
            Err(_) => {
                return Err(Failure::Ended(format!("it took longer than {} s", TASK_TIMEOUT.as_secs())));
            }
        };
        if output.status.success() {
            Ok(output.stdout)
        } else {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let error = format!("{}: {}", output.status, stderr.lines().next().unwrap_or_default());
            Err(if output.status.code().is_none() { Failure::Killed(error) } else { Failure::Ended(error) })
        }
    }
}
