//! The command line: reads arguments, calls one use case, prints what it returns.

mod commands;
mod interrupt;
mod memory;
mod ui;

use crate::errors::EXIT_FAILED;
use crate::git::{Question, remember_typed};
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches, Parser};
use std::ffi::OsString;
use std::process::ExitCode;
use ui::Ui;

/// Component scopes as plain git repositories.
///
/// A component is a folder with versions of its own. "bit tag" makes a version of it: a commit in the local
/// scope, a git repository inside the workspace. Versions stay staged there until they are exported to their
/// scope, which is a git repository too, on any server.
#[derive(Parser)]
#[command(name = "bit", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: commands::Command,
}

/// Flags that every command takes.
#[derive(clap::Args, Clone, Copy)]
struct Global {
    /// Print the result as JSON, and nothing else, on standard output
    #[arg(long, short = 'j', global = true)]
    json: bool,
}

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
Patterns: \"ui/*\" (a star crosses slashes), lists \"a,b\", exclusions \"*,!old/*\".
What is excluded in one argument is excluded from all. Quote patterns for the shell.";

/// Answers a typo with the nearest command; on its own, the parser takes "t" for what "tga" should be.
fn with_nearest_command(mut error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(typo)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    let mut command = &Cli::command();
    for word in arguments.iter().take_while(|word| **word != **typo) {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    let names = command.get_subcommands().filter(|command| !command.is_hide_set()).map(clap::Command::get_name);
    if let Some(name) = crate::model::nearest(typo, names) {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![name.to_owned()]));
    }
    error
}

/// A flag that the help doesn't show, or another name of one, is no answer to a typo.
fn without_hidden_flags(mut error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(suggested)) = error.get(ContextKind::SuggestedArg) else { return error };
    let mut command = Cli::command();
    command.build();
    for word in arguments.iter().skip(1) {
        command = command.find_subcommand(word).cloned().unwrap_or(command);
    }
    let is_shown = |argument: &clap::Arg| {
        !argument.is_hide_set() && argument.get_long() == Some(suggested.trim_start_matches('-'))
    };
    if !command.get_arguments().any(is_shown) {
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Usage, ContextValue::StyledStr(command.render_usage()));
    }
    error
}

/// What git asks of its askpass. No answer is a failure: git then asks elsewhere, or gives up.
fn answer(question: &Question) -> ExitCode {
    match question.answer() {
        Some(answer) => {
            Ui::new(false, EXIT_FAILED).answer(&answer);
            ExitCode::SUCCESS
        }
        None => ExitCode::from(EXIT_FAILED),
    }
}

/// Runs the program.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // Asked often by scripts and prompts; it needs none of the rest.
    if let [_, only] = arguments.as_slice()
        && (only == "--version" || only == "-V")
    {
        Ui::new(false, EXIT_FAILED).line(format!("bit {}", env!("CARGO_PKG_VERSION")));
        return ExitCode::SUCCESS;
    }
    memory::keep();
    if let Some(question) = Question::of(&arguments) {
        return answer(&question);
    }
    remember_typed(arguments.iter().skip(1).filter_map(|argument| argument.to_str()));
    let cli = match Cli::command().try_get_matches_from(&arguments).and_then(|matches| Cli::from_arg_matches(&matches))
    {
        Ok(cli) => cli,
        Err(error) => {
            let error = without_hidden_flags(with_nearest_command(error, &arguments), &arguments);
            return ui::print_usage_error(&error);
        }
    };
    let failed = cli.command.exit_of_failure();
    let ui = Ui::new(cli.global.json, failed);
    match cli.command.run(&ui) {
        Ok(code) => code,
        Err(error) => {
            let failure = crate::errors::report(&error);
            ui.failure(&failure);
            ExitCode::from(if failure.exit == EXIT_FAILED { failed } else { failure.exit })
        }
    }
}
