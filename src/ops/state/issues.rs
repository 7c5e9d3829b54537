//! What is wrong with a component, where, and the way out.

use super::{Component, Need, Needed};
use crate::source::files::{BadName, FileProblem, FileProblemKind};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Something that keeps a component from being tagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// What kind of thing.
    pub kind: IssueKind,
    /// The file, relative to the workspace.
    pub file: Option<String>,
    /// The line in it.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub fix: String,
}

macro_rules! issue_kinds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The kinds of issues, by the names that scripts and `--ignore-issues` use.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum IssueKind { $($(#[$doc])* $name,)* }

        impl IssueKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

issue_kinds! {
    /// A relative import of a file that does not exist.
    MissingFile,
    /// A relative import of a file that no component has.
    UntrackedFile,
    /// A relative import of another component's file.
    RelativeComponent,
    /// An import of a package that is neither declared nor installed.
    MissingPackage,
    /// An import of a component that is removed.
    RemovedDependency,
    /// Components that need each other.
    CircularDependency,
    /// A file that can't be parsed.
    ParseError,
    /// The main file is gone.
    MissingMain,
    /// The folder is gone, or nothing in it belongs to a component.
    MissingFiles,
    /// A file whose name would change what the package is.
    ReservedFile,
    /// What git leaves where a merge did not go through.
    MergeConflictMarkers,
    /// A symbolic link.
    SymbolicLink,
    /// A git repository inside the component.
    NestedRepository,
    /// A name that a workspace elsewhere could not hold.
    BadFileName,
    /// Two names that are one on some file systems.
    NameCollision,
    /// A file that no git host takes.
    TooLargeFile,
    /// A pipe, a socket or a device.
    SpecialFile,
    /// Two components of the workspace that would be the same package.
    SharedPackageName,
    /// A package's range that can't stand in a version.
    UnusableRange,
    /// The version here is not the one that .bitmap means.
    OtherContent,
}

impl IssueKind {
    /// Whether a person may tag in spite of it. The others can't be written down in a version at all.
    pub fn can_be_ignored(self) -> bool {
        matches!(
            self,
            Self::MissingFile
                | Self::UntrackedFile
                | Self::RelativeComponent
                | Self::MissingPackage
                | Self::RemovedDependency
                | Self::CircularDependency
                | Self::ParseError
                | Self::MergeConflictMarkers
        )
    }

    /// Whether the component can't be used at all as it is.
    pub fn makes_invalid(self) -> bool {
        matches!(self, Self::MissingMain | Self::MissingFiles)
    }

    /// Whether it is about something in the folder that can't be part of a version.
    pub fn is_of_the_folder(self) -> bool {
        matches!(
            self,
            Self::ReservedFile
                | Self::SymbolicLink
                | Self::NestedRepository
                | Self::BadFileName
                | Self::NameCollision
                | Self::TooLargeFile
                | Self::SpecialFile
        )
    }

    /// Reads a name, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for IssueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Issue {
    /// An issue of a whole component.
    pub fn of_component(kind: IssueKind, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { kind, file: None, line: None, message: message.into(), fix: fix.into() }
    }

    /// An issue of a file.
    pub fn in_file(
        kind: IssueKind,
        file: &str,
        line: Option<u32>,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { kind, file: Some(file.into()), line, message: message.into(), fix: fix.into() }
    }

    /// From what a walk found.
    pub fn of_problem(root_dir: &str, problem: &FileProblem) -> Self {
        let file = format!("{root_dir}/{}", problem.path);
        let (kind, message, fix) = match &problem.kind {
            FileProblemKind::SymbolicLink => (
                IssueKind::SymbolicLink,
                "a component holds files, not symbolic links".to_owned(),
                "put the file itself here, or list the link in .bitignore",
            ),
            FileProblemKind::Submodule => (
                IssueKind::NestedRepository,
                "a folder with a .git of its own can't be part of a component".to_owned(),
                "move it out of the component, or list it in .bitignore",
            ),
            FileProblemKind::ReservedFile => (
                IssueKind::ReservedFile,
                "this file is generated for every version, or would change what the package is or does".to_owned(),
                "put such settings into workspace.jsonc (variants), and remove the file",
            ),
            FileProblemKind::NotUtf8 => (IssueKind::BadFileName, "the name is not UTF-8".to_owned(), "rename the file"),
            FileProblemKind::BadName(reason @ BadName::WorkspaceFile) => (
                IssueKind::BadFileName,
                format!("a component can't hold it: {reason}"),
                "move it out of the component, or list it in .bitignore",
            ),
            FileProblemKind::BadName(reason) => (
                IssueKind::BadFileName,
                format!("a workspace elsewhere could not hold this name: {reason}"),
                "rename the file",
            ),
            FileProblemKind::CaseCollision { with } => (
                IssueKind::NameCollision,
                format!(
                    "\"{with}\" has the same name but for case or Unicode form; some file systems can hold only one of them"
                ),
                "rename one of the two",
            ),
            FileProblemKind::TooLarge => (
                IssueKind::TooLargeFile,
                "the file is larger than 100 MiB; no git host takes it".to_owned(),
                "keep it elsewhere, or list it in .bitignore",
            ),
            FileProblemKind::SpecialFile => (
                IssueKind::SpecialFile,
                "a pipe, a socket or a device can't be part of a component".to_owned(),
                "remove it, or list it in .bitignore",
            ),
        };
        Self::in_file(kind, &file, None, message, fix)
    }
}

/// Says it to every component of a cycle, with the way round and the import that leads on.
pub fn add_cycles(components: &mut [Component], cycles: &[Vec<usize>]) {
    const SHOWN: usize = 8;
    for cycle in cycles {
        let mut names: Vec<String> = cycle.iter().take(SHOWN).map(|&at| components[at].id.to_string()).collect();
        if cycle.len() > SHOWN {
            names.push(format!("… ({} in all)", cycle.len()));
        }
        let message = format!("circular dependencies: {}", names.join(", "));
        let members: HashSet<usize> = cycle.iter().copied().collect();
        for &at in cycle {
            let inside = |need: &&Need| matches!(need.target, Needed::Here(other) if members.contains(&other));
            let place = components[at].needs.iter().find(inside).map(|need| need.place.clone());
            let (file, line) = place.unzip();
            components[at].issues.push(Issue {
                kind: IssueKind::CircularDependency,
                file,
                line,
                message: message.clone(),
                fix: "move what they share into a component of its own, or tag with --ignore-issues CircularDependency"
                    .into(),
            });
        }
    }
}

/// Says it to components that would be the same package.
pub fn add_shared_packages(components: &mut [Component]) {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut shared = Vec::new();
    for (at, component) in components.iter().enumerate() {
        match first.get(component.package.as_str()) {
            Some(&other) => shared.extend([(at, other), (other, at)]),
            None => drop(first.insert(component.package.to_string(), at)),
        }
    }
    for (at, other) in shared {
        let message = format!("the package name {} is also that of {}", components[at].package, components[other].id);
        let fix = "rename one of the two: \"bit remove\" it and add it under another name";
        components[at].issues.push(Issue::of_component(IssueKind::SharedPackageName, message, fix));
    }
}
