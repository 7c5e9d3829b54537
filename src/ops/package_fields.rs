//! What a version's package.json says of the package: what workspace.jsonc says now, and where that is silent, what the
//! version says that it is made from. So an imported component keeps its license, though nobody here repeats it.

use crate::errors;
use crate::git::Repo;
use crate::model::{ComponentId, PackageFields};
use crate::package::chosen_fields;
use crate::scope::StoredVersion;
use crate::source::compile::{dist_files, is_compiled};
use anyhow::Result;
use serde_json::Value;
use std::iter;

/// Those of a version. What bit did not write there, or would not, is passed over: it is not to be handed on.
pub fn of_version(repo: &Repo, stored: &StoredVersion) -> Result<PackageFields> {
    let Some(text) = stored.package_json(repo)? else { return Ok(PackageFields::default()) };
    Ok(match serde_json::from_slice(&text) {
        Ok(Value::Object(package_json)) => chosen_fields(&package_json).unwrap_or_default(),
        _ => PackageFields::default(),
    })
}

/// What comes after a version with these fields, where these are set.
pub fn next(before: PackageFields, set: &PackageFields) -> PackageFields {
    before.inherited().overlaid(set).settled()
}

/// Refuses programs whose file the version does not have, or that Node can't run as it is.
pub fn check_programs<'f, I: Iterator<Item = &'f str>>(
    id: &ComponentId,
    fields: &PackageFields,
    paths: impl Fn() -> I,
) -> Result<()> {
    if let Some(file) = missing_program(fields, paths) {
        return Err(errors::program_missing(id, file));
    }
    match fields.programs().into_iter().find(|(_, file)| is_compiled(file)) {
        Some((_, file)) => Err(errors::program_not_compiled(id, file, &dist_files(iter::once(file))[0])),
        None => Ok(()),
    }
}

/// The file of a program that is not there.
pub fn missing_program<'f, 'p, I: Iterator<Item = &'p str>>(
    fields: &'f PackageFields,
    paths: impl Fn() -> I,
) -> Option<&'f str> {
    let files = fields.programs().into_iter().map(|(_, file)| file);
    files.into_iter().find(|file| !paths().any(|path| path == *file))
}
