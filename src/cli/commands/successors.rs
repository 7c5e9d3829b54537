//! Telling which components others go on as.

use super::specifiers::{print_specifiers, specifiers_json, still_named_json, unparsed_json};
use super::{count, warn_of_links};
use crate::cli::ui::{Ui, dim, good};
use crate::ops::{How, Successor, Successors, Workspace};
use anyhow::Result;
use serde_json::{Value, json};

/// Says what was done, or would be.
pub fn tell(ui: &Ui, (workspace, done): (Workspace, Successors), what: &str, dry_run: bool) -> Result<()> {
    ui.notices(&workspace);
    warn_of_links(ui, &done.links);
    done.warnings.iter().for_each(|warning| ui.warning(warning));
    ui.json(&to_json(&done, dry_run))?;
    let components = count(done.components.len(), "component");
    match dry_run {
        true => ui.line(format!("would have {what} {components}")),
        false => ui.line(good(format!("{what} {components}"))),
    }
    done.components.iter().for_each(|one| ui.line(format!("  > {}", line(one))));
    if let Some((before, after)) = &done.default_scope {
        ui.line(format!("new components get the scope {after} {}", dim(format!("(was {before})"))));
    }
    if !done.rewritten.is_empty() {
        ui.line("staged versions that need them, rewritten");
        done.rewritten.iter().for_each(|id| ui.line(format!("  > {id}")));
    }
    print_specifiers(ui, &done.told, dry_run);
    Ok(())
}

fn line(one: &Successor) -> String {
    let Successor { from, id, root_dir, how } = one;
    let note = match how {
        How::Forked | How::Renamed => "",
        How::Deprecated => "; the old one is deprecated once the new one is exported",
        How::Removed => "; the old one is removed once the new one is exported",
    };
    format!("{from} → {id} {}", dim(format!("({root_dir}{note})")))
}

fn to_json(done: &Successors, dry_run: bool) -> Value {
    let how = |how: How| match how {
        How::Forked => "forked",
        How::Renamed => "renamed",
        How::Deprecated => "deprecated",
        How::Removed => "removed",
    };
    let component =
        |one: &Successor| json!({"from": one.from, "id": one.id, "path": one.root_dir, "how": how(one.how)});
    json!({
        "components": done.components.iter().map(component).collect::<Vec<_>>(),
        "defaultScope": done.default_scope.as_ref().map(|(_, after)| after),
        "rewritten": done.rewritten,
        "specifiers": specifiers_json(&done.told),
        "unparsed": unparsed_json(&done.told),
        "stillNamed": still_named_json(&done.told),
        "dryRun": dry_run,
    })
}
