use super::{count, current_folder};
use crate::cli::ui::{Ui, dim, good, visible};
use crate::ops::pack::{PackOptions, Packed, pack};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Make archives (.tgz) of versions, as npm would: any package manager installs them
///
/// Of versions that are here, the same bytes on every machine. What changed since the last tag is not in them.
/// An archive that is there already is left alone; where it differs, nothing is written.
#[derive(Args)]
pub struct Pack {
    /// Which ones: ids, with "@1.0.0" that version, and patterns; all of the workspace that have a version, if none
    #[arg(value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// The folder for the archives; it is made where there is none
    #[arg(long, short = 'd', value_name = "FOLDER", default_value = ".")]
    out_dir: PathBuf,
}

impl Pack {
    /// Packs and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = PackOptions { ids: self.ids, out_dir: self.out_dir };
        let progress = ui.progress();
        let (workspace, packed) = pack(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        ui.json(&packed.iter().map(to_json).collect::<Vec<Value>>())?;
        if packed.is_empty() {
            ui.line("nothing to pack: no component has a version yet");
            return Ok(ExitCode::SUCCESS);
        }
        ui.line(good(format!("{} packed", count(packed.len(), "version"))));
        packed.iter().for_each(|packed| ui.line(line(packed)));
        let staged = packed.iter().filter(|packed| packed.is_staged).count();
        if staged > 0 {
            let versions = count(staged, "version");
            ui.note(format!(
                "({versions} staged: not in a scope yet, and \"bit reset\" could still take back what you packed)"
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn line(packed: &Packed) -> String {
    let file = visible(&packed.file.display().to_string());
    let mark = if packed.was_there { dim(" (was there already)") } else { String::new() };
    format!("  > {} {file}{mark}", packed.id)
}

fn to_json(packed: &Packed) -> Value {
    json!({
        "id": packed.id.id,
        "version": packed.id.version,
        "name": packed.package.as_str(),
        "file": packed.file.display().to_string(),
        "size": packed.size,
        "shasum": packed.shasum,
        "staged": packed.is_staged,
        "wasThere": packed.was_there,
    })
}
