//! The packages that a component imports: those of other components, and those from outside with their ranges.

use super::finder::Finder;
use super::{Facts, Need, Needed};
use crate::model::{DependencyKind, Packages};
use crate::ops::state::{Issue, IssueKind};
use crate::source::imports::{Import, ImportKind};

impl Finder<'_, '_> {
    pub(super) fn package(&mut self, from: &str, import: &Import, name: &str, is_test: bool) {
        let kind = self.kind_of(name, is_test);
        if let Some(&other) = self.index.by_package.get(name) {
            if other != self.at {
                self.needs_component(Needed::Here(other), kind, (from, import.line));
            }
            return;
        }
        if self.packages.get(name).is_some_and(|(known, _)| *known <= kind) {
            return;
        }
        // A component that only the local scope knows may also be declared as a package: it is still a component.
        if let Some(known) = self.index.known_component(self.at, name) {
            return self.needs_component(known, kind, (from, import.line));
        }
        match self.range_of(name, kind) {
            Some(range) => {
                self.check_range(from, import, name, &range);
                self.packages.insert(name.to_owned(), (kind, range));
            }
            None => {
                if let Some((before, range)) = self.as_before(name) {
                    let now = if before == DependencyKind::Dev { kind } else { before };
                    self.lacking.insert(name.to_owned(), range.clone());
                    self.packages.insert(name.to_owned(), (now, range));
                    return;
                }
                let nowhere = "is neither in workspace.jsonc nor in package.json nor installed";
                let message = match import.kind {
                    ImportKind::Markup => {
                        format!("JSX needs \"{}\", and the package \"{name}\" {nowhere}", import.specifier)
                    }
                    _ => format!("the package \"{name}\" {nowhere}"),
                };
                let fix = self.index.fix_for_package(name);
                self.issues.push(Issue::in_file(IssueKind::MissingPackage, from, Some(import.line), message, fix));
            }
        }
    }

    /// A version is installed elsewhere, and can't be changed: its ranges must mean something there, and tell no secret.
    fn check_range(&mut self, from: &str, import: &Import, name: &str, range: &str) {
        const LOCAL: [&str; 7] = ["workspace:", "file:", "link:", "portal:", "catalog:", "patch:", "exec:"];
        let what = match () {
            () if range.trim().is_empty() => "is empty",
            () if LOCAL.iter().any(|protocol| range.trim_start().starts_with(protocol)) => {
                "means something only in this workspace"
            }
            () if holds_a_secret(range) => "holds a user name or a password",
            () => return,
        };
        let message = format!("the range of the package \"{name}\" {what}");
        let fix = match range.contains("vendor/bit/") {
            true => "it is a component that was ejected, and whose versions are not here: bit install".to_owned(),
            false => {
                format!("declare one that works everywhere: \"{name}\": \"<range>\" in the policy of workspace.jsonc")
            }
        };
        self.issues.push(Issue::in_file(IssueKind::UnusableRange, from, Some(import.line), message, fix));
    }

    fn needs_component(&mut self, needed: Needed, kind: DependencyKind, (file, line): (&str, u32)) {
        let (known, _) = self.components.entry(needed).or_insert_with(|| (kind, (file.to_owned(), line)));
        *known = (*known).min(kind);
    }

    /// What only tests import is for development; what the policy calls a peer is one.
    fn kind_of(&self, name: &str, is_test: bool) -> DependencyKind {
        match () {
            () if is_test => DependencyKind::Dev,
            () if self.policies().any(|policy| policy.peer_dependencies.contains_key(name)) => DependencyKind::Peer,
            () => DependencyKind::Runtime,
        }
    }

    /// What is prescribed: by the variants of this folder, then for the whole workspace.
    fn policies(&self) -> impl Iterator<Item = &Packages> {
        [&self.policy, &self.index.config.policy].into_iter()
    }

    /// Where a policy has two ranges of a package, the one of the kind counts.
    fn range_of(&self, name: &str, kind: DependencyKind) -> Option<String> {
        let in_policy = |policy: &Packages| -> Option<String> {
            let (runtime, peer, dev) = (&policy.dependencies, &policy.peer_dependencies, &policy.dev_dependencies);
            let sections = if kind == DependencyKind::Dev { [dev, runtime, peer] } else { [runtime, peer, dev] };
            sections.into_iter().find_map(|section| section.get(name)).cloned()
        };
        let declared = match kind {
            // What makes it a peer says of which versions.
            DependencyKind::Peer => self.policies().find_map(|policy| policy.peer_dependencies.get(name).cloned()),
            _ => self.policies().find_map(in_policy),
        };
        let declared = declared.or_else(|| self.index.declared.range_of(name).map(str::to_owned));
        let installed =
            || self.index.installed.version_of(&self.entry.root_dir, name).map(|version| format!("^{version}"));
        declared.or_else(installed)
    }

    /// What the current version says of a package: an imported component knows its packages, though nobody here
    /// declares them.
    fn as_before(&self, name: &str) -> Option<(DependencyKind, String)> {
        let current = self.current.get_or_init(|| self.index.current(self.at).map(|manifest| manifest.packages));
        let packages = current.as_ref()?;
        let sections = [
            (DependencyKind::Runtime, &packages.dependencies),
            (DependencyKind::Peer, &packages.peer_dependencies),
            (DependencyKind::Dev, &packages.dev_dependencies),
        ];
        sections.into_iter().find_map(|(kind, section)| Some((kind, section.get(name)?.clone())))
    }

    pub(super) fn into_facts(self) -> Facts {
        let mut packages = Packages::default();
        for (name, (kind, range)) in self.packages {
            let section = match kind {
                DependencyKind::Runtime => &mut packages.dependencies,
                DependencyKind::Peer => &mut packages.peer_dependencies,
                DependencyKind::Dev => &mut packages.dev_dependencies,
            };
            section.insert(name, range);
        }
        let need = |(target, (kind, place))| Need { target, kind, place };
        let needs = self.components.into_iter().map(need).collect();
        Facts { needs, packages, lacking: self.lacking, issues: self.issues }
    }
}

/// Whether a range is a URL that names a user with a password, or a token.
fn holds_a_secret(range: &str) -> bool {
    let authority = range.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    let user = authority.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    user.is_some_and(|user| user != "git")
}
