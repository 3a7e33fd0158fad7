//! The command line: arguments in, exit codes out. 0: success. 1: failure. 2: wrong usage or wrong settings.

mod audit;
mod check;
mod closed;
mod config_file;
#[cfg(target_os = "linux")]
mod core_dumps;
mod counts;
#[cfg(feature = "demo")]
mod demo;
mod explain;
mod failure;
mod healthcheck;
mod keys;
mod limits;
mod lookup;
mod moments;
mod private_port;
mod proxy_config;
mod reference;
mod reload;
mod runtime;
mod serve;
mod sessions;
mod settings;
mod signals;
mod store;
mod terminal;
mod user;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use config_file::ConfigFile;
use failure::CommandFailure;
use terminal::{complain, say_failure};

/// A company's own sign-in pages in front of Okta direct authentication.
#[derive(Debug, Parser)]
#[command(name = "portico", version)]
struct Portico {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service.
    Serve(ConfigFile),
    /// Run the service with a simulated Okta org and a small sample portal; nothing to configure.
    #[cfg(feature = "demo")]
    Demo(demo::DemoArgs),
    /// Check the settings, and with --online Okta and Redis too; report everything that is wrong.
    Check(check::CheckArgs),
    /// Say what forward-auth would answer to a request, and which rule decides.
    Explain(explain::ExplainArgs),
    /// Ask the private port whether the service is alive (for the container's HEALTHCHECK).
    Healthcheck(healthcheck::HealthcheckArgs),
    /// Create or rotate the key ring that encrypts the store.
    Keys {
        #[command(subcommand)]
        command: keys::KeysCommand,
    },
    /// List or end sessions, through the private port of the running service.
    Sessions {
        #[command(subcommand)]
        command: sessions::SessionsCommand,
    },
    /// List who is held back by a limit, or lift the limits of an account, through the private port of the running service.
    Limits {
        #[command(subcommand)]
        command: limits::LimitsCommand,
    },
    /// Say why a user cannot sign in, or erase what is stored about one, through the private port of the running service.
    User {
        #[command(subcommand)]
        command: user::UserCommand,
    },
    /// Close sign-ins for a while, or open them, through the private port of the running service. Sessions go on.
    Closed {
        #[command(subcommand)]
        command: closed::ClosedCommand,
    },
    /// Copy the store into another one.
    Store {
        #[command(subcommand)]
        command: store::StoreCommand,
    },
    /// Find out what log and audit record call a user, and verify the audit record.
    Audit {
        #[command(subcommand)]
        command: audit::AuditCommand,
    },
    /// Find the lines of a log with the support code that a customer reads to you.
    Lookup(lookup::LookupArgs),
    /// Print a configuration for the reverse proxy in front of the portal, made from these settings.
    ProxyConfig(proxy_config::ProxyConfigArgs),
    /// Show documentation of the settings.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print every key with its default, unit and meaning.
    Reference {
        /// Print a JSON Schema instead.
        #[arg(long)]
        json_schema: bool,
    },
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let is_for_scripts = wants_json(std::env::args_os());
    let arguments = match Portico::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => {
            // OK to ignore: when the terminal is gone there is no one left to tell.
            let _ = usage.print();
            let code = u8::try_from(usage.exit_code()).unwrap_or(2);
            if is_for_scripts && code != 0 {
                say_failure(&usage.to_string(), code);
            }
            return ExitCode::from(code);
        }
    };
    let (text, code) = match dispatch(arguments.command) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(CommandFailure::Reported) => return ExitCode::FAILURE,
        Err(CommandFailure::ReportedSettings) => return ExitCode::from(2),
        Err(CommandFailure::Settings(text)) => (text, 2),
        Err(CommandFailure::Failed(error)) => (format!("portico: {error:#}\n"), 1),
    };
    complain(&text);
    if is_for_scripts {
        say_failure(&text, code);
    }
    ExitCode::from(code)
}

/// Whether the answer goes to a script. Known before the arguments are understood, and if they cannot be.
fn wants_json(arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.take_while(|it| it != "--").any(|it| it == "--json")
}

fn dispatch(command: Command) -> Result<(), CommandFailure> {
    match command {
        Command::Serve(file) => serve::run(file.config.as_deref()),
        #[cfg(feature = "demo")]
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Healthcheck(arguments) => healthcheck::run(&arguments),
        Command::Keys { command } => keys::run(&command),
        Command::Sessions { command } => sessions::run(&command),
        Command::Limits { command } => limits::run(&command),
        Command::User { command } => user::run(&command),
        Command::Closed { command } => closed::run(&command),
        Command::Store { command } => store::run(&command),
        Command::Audit { command } => audit::run(&command),
        Command::Lookup(arguments) => lookup::run(&arguments),
        Command::ProxyConfig(arguments) => proxy_config::run(&arguments),
        Command::Config {
            command: ConfigCommand::Reference { json_schema },
        } => reference::run(json_schema),
    }
}
