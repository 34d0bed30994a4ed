//! The program: `sightline serve`, `sightline share`.

#[cfg(feature = "ssr")]
mod cli {
    use std::{path::PathBuf, process::ExitCode};

    use clap::{Parser, Subcommand};
    use sightline::{
        model::LinkId,
        server::{
            self,
            config::{Config, dashboard_url, viewer_url},
            documents::Documents,
        },
    };

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
    }

    #[tokio::main]
    pub(crate) async fn main() -> ExitCode {
        let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
        let Cli { command, config } = Cli::parse();
        let done = match command.unwrap_or(Command::Serve) {
            Command::Serve => server::run(config).await.map_err(|error| error.to_string()),
            Command::Share { file, id, title } => share(&config, file, id, title).await,
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                eprintln!("{message}");
                ExitCode::FAILURE
            }
        }
    }

    async fn share(
        config: &Config,
        file: PathBuf,
        id: Option<LinkId>,
        title: Option<String>,
    ) -> Result<(), String> {
        let documents = Documents::open(&config.data_dir);
        let link = documents.share_file(&file, id, title).await.map_err(|error| error.to_string())?;
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
