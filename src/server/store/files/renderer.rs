//! Has files read by a process of their own, one for each task.
//!
//! A file that crashes, hangs or fills the memory takes that process with it and nothing else: a thread could
//! not be stopped, and a stack that ends would end the server.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use tokio::{process::Command, sync::Semaphore, time::timeout};

use super::file::{FileError, Inspected};
use crate::model::PageSize;

/// How long a file may take for one task.
const TASK_TIMEOUT: Duration = Duration::from_secs(20);

/// Starts the processes, no more at a time than there are cores.
#[derive(Clone)]
pub(super) struct Renderer {
    program: PathBuf,
    cores: Arc<Semaphore>,
}

impl Renderer {
    /// `program` is Sightline's own, which knows the hidden command `file`.
    pub(super) fn new(program: PathBuf) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { program, cores: Arc::new(Semaphore::new(cores)) }
    }

    /// Checks a file and measures its pages.
    pub(super) async fn inspect(&self, file: &Path) -> Result<Inspected, FileError> {
        let output = self.run(file, &["inspect".to_owned()]).await.map_err(|error| {
            tracing::warn!(file = %file.display(), error, "a file can not be checked");
            FileError::Undrawable
        })?;
        serde_json::from_slice(&output).unwrap_or(Err(FileError::Undrawable))
    }

    /// The picture of a page, counted from 1.
    pub(super) async fn picture(&self, file: &Path, page: u32, size: PageSize) -> Result<Vec<u8>, String> {
        let numbers = [page, size.width.into(), size.height.into()].map(|number| number.to_string());
        self.run(file, &[["picture".to_owned()].as_slice(), &numbers].concat()).await
    }

    async fn run(&self, file: &Path, task: &[String]) -> Result<Vec<u8>, String> {
        let _core = self.cores.acquire().await.map_err(|error| error.to_string())?;
        let running = Command::new(&self.program)
            .arg("file")
            .arg(file)
            .args(task)
            // Whoever reads a hostile file need not know our settings.
            .env_clear()
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = match timeout(TASK_TIMEOUT, running).await {
            Ok(output) => output.map_err(|error| format!("{}: {error}", self.program.display()))?,
            Err(_) => return Err(format!("it took longer than {} s", TASK_TIMEOUT.as_secs())),
        };
        if output.status.success() {
            Ok(output.stdout)
        } else {
            let stderr = String::from_utf8_lossy(&output.stderr);
            Err(format!("{}: {}", output.status, stderr.lines().next().unwrap_or_default()))
        }
    }
}
