//! The arguments of the program: `serve`, and the commands of the terminal.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use super::{
    super::{
        config::Config,
        run as serve,
        start::{Application, log, threads},
        start_error::StartError,
        store::files::file::{self, Limits, Task, TaskAttempt},
    },
    backup, doctor, export_owner, with_app,
};
use crate::{
    error::AppError,
    model::{LinkId, PageSize, PictureFormat, address},
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
    /// Share a PDF, PNG or JPEG and print its addresses, whether or not the server is running
    Share {
        /// The document, at most 50 MB and 1,000 pages
        file: PathBuf,
        /// The link to share it at; unset: a random one
        #[arg(long)]
        id: Option<LinkId>,
        /// The title that readers see; unset: the file's name
        #[arg(long)]
        title: Option<String>,
        /// The owner of the document; unset: the only owner
        #[arg(long, value_name = "EMAIL")]
        owner: Option<String>,
    },
    /// Manage owners; passwords are read from the terminal or from standard input
    #[command(subcommand)]
    Owner(OwnerCommand),
    /// Manage API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Look at everything that the server needs, and say what to do; the exit status is 1 if anything fails
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write everything at one moment to one file, whether or not the server is running
    Backup {
        /// The new file
        file: PathBuf,
    },
    /// Restore a backup into a new data folder and an empty Redis
    Restore {
        /// The backup
        file: PathBuf,
    },
    /// Write everything of one owner to a file, in open formats
    ExportOwner {
        /// The owner's e-mail address
        email: String,
        /// The new file
        file: PathBuf,
    },
    /// Read one file, the standard input, in a process of its own, which the server starts
    #[command(hide = true)]
    File {
        /// The most processor time
        #[arg(long)]
        seconds: u64,
        /// The most memory
        #[arg(long)]
        memory_mb: u64,
        /// The first attempt took too much memory
        #[arg(long)]
        again: bool,
        #[command(subcommand)]
        task: FileTask,
    },
}

#[derive(Subcommand)]
enum OwnerCommand {
    /// Add an owner
    Add { email: String },
    /// List the owners
    List,
    /// Remove an owner who has no documents, with all sessions and API keys
    Remove {
        email: String,
        /// Give the documents to another owner
        #[arg(long, value_name = "EMAIL", conflicts_with = "delete_documents")]
        documents_to: Option<String>,
        /// Delete the documents, their links and their numbers
        #[arg(long)]
        delete_documents: bool,
    },
    /// Set a new password, which ends all sessions
    Password { email: String },
    /// End two-factor sign-in of an owner who has lost their app and recovery codes
    RemoveSecondFactor { email: String },
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Make an API key and print it, this once
    New {
        email: String,
        /// What the key is for
        #[arg(long, default_value = "command line")]
        label: String,
        /// What it may do: read, write or manage
        #[arg(long, default_value = "write")]
        scope: String,
        /// After how many days it expires; unset: never
        #[arg(long, default_value = "")]
        days: String,
    },
}

#[derive(Subcommand)]
enum FileTask {
    Inspect,
    Picture { page: u32, width: u16, height: u16, format: PictureFormat },
    Text { page: u32 },
    Outline,
}

impl From<FileTask> for Task {
    fn from(task: FileTask) -> Self {
        match task {
            FileTask::Inspect => Self::Inspect,
            FileTask::Picture { page, width, height, format } => {
                Self::Picture(page, PageSize { width, height }, format)
            }
            FileTask::Text { page } => Self::Text(page),
            FileTask::Outline => Self::Outline,
        }
    }
}

/// Reads the arguments and does what they say: serves, without any.
pub fn main() -> ExitCode {
    let Cli { command, config } = Cli::parse();
    // The process that reads a file tells its errors to the server, which logs them.
    let log =
        (!matches!(command, Some(Command::File { .. }))).then(|| log::init(config.log_format)).transpose();
    let _log = match log {
        Ok(log) => log,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let done = match command.unwrap_or(Command::Serve) {
        Command::Serve => run_server(config),
        Command::Share { file, id, title, owner } => run(with_app(config, async |app| {
            let link = super::share(app, &file, id, title, owner.as_deref()).await?;
            let origin = app.config.origin();
            println!("Viewer page  {}", address::absolute(&origin, address::viewer(&link)));
            println!("Dashboard    {}", address::absolute(&origin, address::dashboard(&link)));
            Ok(())
        })),
        Command::Owner(command) => run(with_app(config, async |app| owner(app, command).await)),
        Command::Key(KeyCommand::New { email, label, scope, days }) => run(with_app(config, async |app| {
            let owner = super::owner_by_email(app, &email).await?;
            let rights = app.services.accounts.key_rights(&scope, &days).map_err(AppError::from)?;
            println!("{}", app.stores.accounts.new_key(&owner.owner_id, &label, rights).await?.key);
            Ok(())
        })),
        Command::Doctor { json } => run(async {
            match doctor::doctor(&config, json).await? {
                true => Ok(()),
                false => Err(StartError::new("Something fails: the lines above say what to do.")),
            }
        }),
        Command::Backup { file } => run(backup::backup(&config, &file)),
        Command::Restore { file } => run(backup::restore(config, &file)),
        Command::ExportOwner { email, file } => {
            run(with_app(config, async |app| export_owner(app, &email, &file).await))
        }
        // It has neither a log nor threads, which its confinement would leave out.
        Command::File { seconds, memory_mb, again, task } => {
            let attempt = if again { TaskAttempt::Second } else { TaskAttempt::First };
            file::run_task(task.into(), attempt, Limits { seconds, memory_mb })
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run_server(config: Config) -> Result<(), String> {
    let workers = threads::workers().map_err(|error| error.to_string())?;
    let served = run(serve(config, workers.handle().clone()));
    workers.shutdown_background();
    served
}

fn run(work: impl Future<Output = Result<(), StartError>>) -> Result<(), String> {
    let runtime = threads::serving().map_err(|error| error.to_string())?;
    runtime.block_on(work).map_err(|error| error.to_string())
}

async fn owner(app: &Application, command: OwnerCommand) -> Result<(), StartError> {
    match command {
        OwnerCommand::Add { email } => {
            let owner = app.services.accounts.add_owner(&email, &super::ask_password()?).await?;
            println!("{} can sign in.", owner.email);
        }
        OwnerCommand::List => {
            for owner in app.stores.accounts.owners().await? {
                println!("{}", owner.email);
            }
        }
        OwnerCommand::Remove { email, documents_to, delete_documents } => {
            let new_owner = documents_to.as_deref();
            super::remove_owner(app, &email, new_owner, delete_documents).await?;
            println!("{email} is removed.");
        }
        OwnerCommand::Password { email } => {
            let owner = super::owner_by_email(app, &email).await?;
            app.stores.accounts.set_password(&owner.owner_id, &super::ask_password()?).await?;
            println!("The password of {email} is set; all sessions have ended.");
        }
        OwnerCommand::RemoveSecondFactor { email } => {
            let owner = super::owner_by_email(app, &email).await?;
            let was_on = app.stores.accounts.remove_second_factor(&owner.owner_id).await?;
            println!(
                "{email} {} with the password alone.",
                if was_on { "now signs in" } else { "already signs in" }
            );
        }
    }
    Ok(())
}
