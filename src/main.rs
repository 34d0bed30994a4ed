//! The program: `sightline serve`, `sightline share`.

#[cfg(feature = "ssr")]
mod cli {
    use std::{path::PathBuf, process::ExitCode};

    use clap::{Parser, Subcommand};
    use sightline::{
        model::{LinkId, PageSize},
        server::{
            self,
            config::{Config, dashboard_url, viewer_url},
            documents::pdf::{self, Task},
            files::file,
        },
    };
    use tokio::runtime::Runtime;

    /// Tells the owner of a shared document who is reading it, the moment they read it.
    #[derive(Parser)]
    #[command(version, about)]
    struct Cli {
        #[command(subcommand)]
        command: Option<Command>,
        #[command(flatten)]
        config: Config,
    }

    #[derive(Subcommand)]
    enum Command {
        /// Run the server (the default)
        Serve,
        /// Share a PDF and print its addresses; works whether the server runs or not
        Share {
            /// The document, at most 50 MB and 1,000 pages
            file: PathBuf,
            /// The link to share it at; left out: a random one
            #[arg(long)]
            id: Option<LinkId>,
            /// What readers see; left out: the file's name
            #[arg(long)]
            title: Option<String>,
        },
        /// Read one PDF file; what the server starts for each
        #[command(hide = true)]
        Pdf {
            file: PathBuf,
            #[command(subcommand)]
            task: PdfTask,
        },
        /// Read one file of a document; what the server starts for each
        #[command(hide = true)]
        File {
            file: PathBuf,
            #[command(subcommand)]
            task: PdfTask,
        },
    }

    #[derive(Subcommand)]
    enum PdfTask {
        Inspect,
        Picture { page: u32, width: u16, height: u16 },
    }

    impl From<PdfTask> for Task {
        fn from(task: PdfTask) -> Self {
            match task {
                PdfTask::Inspect => Self::Inspect,
                PdfTask::Picture { page, width, height } => Self::Picture(page, PageSize { width, height }),
            }
        }
    }

    impl From<PdfTask> for file::Task {
        fn from(task: PdfTask) -> Self {
            match task {
                PdfTask::Inspect => Self::Inspect,
                PdfTask::Picture { page, width, height } => Self::Picture(page, PageSize { width, height }),
            }
        }
    }

    pub(crate) fn main() -> ExitCode {
        let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
        let Cli { command, config } = Cli::parse();
        let done = match command.unwrap_or(Command::Serve) {
            Command::Serve => run(async { server::run(config).await.map_err(|error| error.to_string()) }),
            Command::Share { file, id, title } => run(share(&config, file, id, title)),
            Command::Pdf { file, task } => pdf::work(&file, task.into()),
            Command::File { file, task } => file::work(&file, task.into()),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                eprintln!("{message}");
                ExitCode::FAILURE
            }
        }
    }

    fn run(work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
        Runtime::new().map_err(|error| error.to_string())?.block_on(work)
    }

    async fn share(
        config: &Config,
        file: PathBuf,
        id: Option<LinkId>,
        title: Option<String>,
    ) -> Result<(), String> {
        let link =
            config.documents().share_file(&file, id, title).await.map_err(|error| error.to_string())?;
        let origin = config.origin(None);
        println!("Viewer page  {}", viewer_url(&origin, &link));
        println!("Dashboard    {}", dashboard_url(&origin, &link));
        Ok(())
    }
}

#[cfg(feature = "ssr")]
fn main() -> std::process::ExitCode {
    cli::main()
}

/// The browser's build has no program: its way in is `hydrate` in the library.
#[cfg(not(feature = "ssr"))]
fn main() {}
