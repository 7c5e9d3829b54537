//! The built-in task: what has to be compiled, in memory.

use super::author_files::ReadFile;
use super::made::MadeFile;
use crate::git::hash_blob;
use crate::model::ModuleSystem;
use crate::source::compile::{AuthorFile, Compiled, Problem, Source};

/// What was made of a component's files: those of `dist`, and what could be better.
pub type Outcome = (Vec<MadeFile>, Vec<Problem>);

/// Compiles a component; `None` where there is nothing to compile. The errors are all that were found.
pub fn compile(files: &[ReadFile], main: &str, module: ModuleSystem) -> Result<Option<Outcome>, Vec<Problem>> {
    let files: Vec<AuthorFile> = files
        .iter()
        .map(|file| AuthorFile { path: &file.path, bytes: &file.bytes, executable: file.executable })
        .collect();
    let compiled = crate::source::compile::compile(&Source { files: &files, main, module })?;
    Ok(compiled.map(|Compiled { files, warnings, .. }| {
        let made = files.into_iter().map(|file| MadeFile {
            path: file.path,
            executable: file.executable,
            blob: hash_blob(&file.bytes),
            content: file.bytes,
        });
        (made.collect(), warnings)
    }))
}
