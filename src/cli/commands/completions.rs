use crate::cli::Cli;
use crate::cli::ui::Ui;
use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use serde_json::json;
use std::process::ExitCode;

/// Print a script that completes commands and flags in a shell
///
/// bash: bit completions bash > ~/.local/share/bash-completion/completions/bit
/// zsh: bit completions zsh > a folder of your $fpath, as _bit
/// fish: bit completions fish > ~/.config/fish/completions/bit.fish
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    /// Prints it.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "bit", &mut script);
        let script = String::from_utf8(script)?;
        match ui.is_json() {
            true => ui.json(&json!({"shell": self.shell.to_string(), "script": script}))?,
            false => ui.verbatim(&script),
        }
        Ok(ExitCode::SUCCESS)
    }
}
