//! The folder of a component as a whole, and what a merge left in it.

use super::finder::Finder;
use crate::errors::for_shell;
use crate::ops::build::is_within;
use crate::ops::merge::BESIDE;
use crate::ops::state::files::Found;
use crate::ops::state::{Issue, IssueKind};

/// What helps where outputs take the place of sources.
const OTHER_OUTPUTS: &str = "name other \"outputs\" in \"bit.build/envs\" of workspace.jsonc";

impl Finder<'_, '_> {
    /// The folder as a whole: is it there, has it files, and the main one among them?
    pub(super) fn check_folder(&mut self, found: &Found) {
        let root_dir = &self.entry.root_dir;
        let name = &self.entry.name;
        let back = format!(
            "put it back; if it was renamed: bit move {name} <new folder>; to stop tracking it: bit remove {name}"
        );
        let has_main = found.files.iter().any(|file| file.source.path == self.entry.main_file);
        let issue = if let Some(link) = &found.link {
            let message = "this folder is a symbolic link; a component is a real folder";
            Issue::in_file(
                IssueKind::SymbolicLink,
                link,
                None,
                message,
                "put the folder itself here, or add the one it leads to",
            )
        } else if found.is_gone {
            Issue::of_component(IssueKind::MissingFiles, format!("component files were deleted: {root_dir}"), back)
        } else if found.is_ignored {
            let message = format!("the ignore rules leave out the whole folder {root_dir}");
            Issue::of_component(IssueKind::MissingFiles, message, "change .gitignore or .bitignore")
        } else if found.files.is_empty() && self.has_outputs_only() {
            let message = format!("all files of {root_dir} are \"outputs\" of its environment, and so are no sources");
            Issue::of_component(IssueKind::MissingFiles, message, OTHER_OUTPUTS)
        } else if found.files.is_empty() {
            let message = format!("component files were deleted: {root_dir} holds none");
            Issue::of_component(IssueKind::MissingFiles, message, back)
        } else if !has_main && self.has_main_as_output() {
            let file = format!("{root_dir}/{}", self.entry.main_file);
            let message = "main-file is one of the \"outputs\" of its environment, and so is no source";
            Issue::in_file(IssueKind::MissingMain, &file, None, message, OTHER_OUTPUTS)
        } else if !has_main {
            let file = format!("{root_dir}/{}", self.entry.main_file);
            let fix = format!("put it back, or name another one: bit add {} --main <file>", for_shell(root_dir));
            Issue::in_file(IssueKind::MissingMain, &file, None, "main-file was removed", fix)
        } else {
            return;
        };
        self.issues.push(issue);
    }

    fn has_main_as_output(&self) -> bool {
        let main = &self.entry.main_file;
        let outputs = self.index.config.environment(&self.entry.root_dir).outputs();
        let is_made = outputs.iter().any(|output| is_within(main, output));
        is_made && self.index.root.join(&self.entry.root_dir).join(main).exists()
    }

    fn has_outputs_only(&self) -> bool {
        let folder = self.index.root.join(&self.entry.root_dir);
        let outputs = self.index.config.environment(&self.entry.root_dir).outputs();
        outputs.iter().any(|output| folder.join(output).exists())
    }

    /// Whether a merge put this file beside the one that it could not join it with.
    pub(super) fn is_other_side(&self, path: &str) -> bool {
        let files = &self.index.found[self.at].files;
        let has = |path: &str| files.binary_search_by(|file| file.source.path.as_str().cmp(path)).is_ok();
        let in_folder = |(at, _): (usize, &str)| has(&path[..at]);
        path.strip_suffix(BESIDE).is_some_and(|path| has(path) || self.has_folder(path))
            || path.match_indices(&format!("{BESIDE}/")).any(in_folder)
    }

    fn has_folder(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        let files = &self.index.found[self.at].files;
        let from = files.partition_point(|file| file.source.path < inside);
        files.get(from).is_some_and(|file| file.source.path.starts_with(&inside))
    }
}
