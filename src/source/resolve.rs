//! Where an import leads: a file of the workspace, a package, or neither.

use super::imports::{Import, ImportKind, PackageSpecifier, has_scheme, package_of};

/// What a relative specifier was resolved to. Paths are `/`-separated and relative to the workspace's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// The file that is meant.
    Found(String),
    /// No such file; the path that was tried first.
    Missing {
        /// The specifier as a path, before any extension was tried.
        looked_for: String,
    },
    /// The path leads out of the workspace.
    OutsideWorkspace,
}

/// What an import points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target<'s> {
    /// A file, by its place relative to the importing one.
    File(Resolution),
    /// A package, this workspace's own components among them.
    Package(PackageSpecifier<'s>),
    /// Neither: Node's own modules, URLs, `#imports`, aliases of a bundler.
    Elsewhere,
}

/// What an import of the file `from` points at.
///
/// Scripts are plain: `./`, `../` are files, bare names are packages. In a stylesheet a bare name may be either,
/// so there it is the file, if one is there, as all three languages prefer it; then `~x`, `@scope/x` and
/// names without a stylesheet's extension are packages (`bootstrap/scss/bootstrap`), and what is left (`theme.css`)
/// is a file that is missing.
pub fn target<'s>(from: &str, import: &'s Import, exists: &dyn Fn(&str) -> bool) -> Target<'s> {
    let specifier = import.specifier.as_str();
    if is_relative(specifier) {
        return Target::File(resolve_relative(from, specifier, exists));
    }
    if import.kind == ImportKind::Style && may_be_sibling(specifier) {
        let as_file = resolve_relative(from, specifier, exists);
        if matches!(as_file, Resolution::Found(_)) || has_style_extension(first_segment(specifier)) {
            return Target::File(as_file);
        }
    }
    package_of(specifier).map_or(Target::Elsewhere, Target::Package)
}

/// Whether a specifier names a file by its place relative to the importing one.
pub fn is_relative(specifier: &str) -> bool {
    matches!(first_segment(specifier), "." | "..")
}

/// The file that a specifier means, as Node, TypeScript and the bundlers find it between them.
///
/// `from` is the importing file; `exists` answers for files only, never for folders. The specifier is taken
/// as a relative one whether or not it begins with `./` (a stylesheet's need not).
pub fn resolve_relative(from: &str, specifier: &str, exists: &dyn Fn(&str) -> bool) -> Resolution {
    // `?url` and `?raw` tell a bundler how to load the file, but a file may also be named so.
    let plain = specifier.split_once('?').map_or(specifier, |(path, _query)| path);
    let Some(wanted) = join(from, plain) else {
        return Resolution::OutsideWorkspace;
    };
    let literal = (plain != specifier).then(|| join(from, specifier)).flatten();
    let folder_only = matches!(plain.rsplit('/').next(), Some("" | "." | ".."));

    let mut candidates = Candidates { exists, found: literal.filter(|path| exists(path)) };
    if !folder_only {
        candidates.try_file(from, &wanted);
    }
    candidates.try_index(from, &wanted);
    match candidates.found {
        Some(found) => Resolution::Found(found),
        None => Resolution::Missing { looked_for: wanted },
    }
}

/// TypeScript's before JavaScript's: where both are there, the first is the source and the second was made from it.
const SCRIPTS: [&str; 10] = [".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];
const STYLES: [&str; 4] = [".scss", ".sass", ".less", ".css"];
/// What TypeScript takes `./x.js` for, when it stands in a source.
const WRITTEN_AS: [(&str, &[&str]); 4] = [
    (".js", &[".ts", ".tsx", ".d.ts"]),
    (".jsx", &[".tsx", ".d.ts"]),
    (".mjs", &[".mts", ".d.mts"]),
    (".cjs", &[".cts", ".d.cts"]),
];

/// Tries one path after the other until one is there.
struct Candidates<'e> {
    exists: &'e dyn Fn(&str) -> bool,
    found: Option<String>,
}

impl Candidates<'_> {
    fn try_path(&mut self, path: String) {
        if self.found.is_none() && (self.exists)(&path) {
            self.found = Some(path);
        }
    }

    fn try_each(&mut self, stem: &str, extensions: &[&str]) {
        for extension in extensions {
            self.try_path([stem, extension].concat());
        }
    }

    fn try_file(&mut self, from: &str, wanted: &str) {
        self.try_path(wanted.to_owned());
        if has_style_extension(from) {
            self.try_each(wanted, &STYLES);
            let partial = partial(wanted);
            self.try_path(partial.clone());
            self.try_each(&partial, &STYLES);
            return;
        }
        for (extension, sources) in WRITTEN_AS {
            if let Some(stem) = wanted.strip_suffix(extension) {
                self.try_each(stem, sources);
            }
        }
        self.try_each(wanted, &SCRIPTS);
    }

    fn try_index(&mut self, from: &str, folder: &str) {
        let inside = |name: &str| {
            if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
        };
        if has_style_extension(from) {
            self.try_each(&inside("_index"), &STYLES);
            self.try_each(&inside("index"), &STYLES);
        } else {
            self.try_each(&inside("index"), &SCRIPTS);
        }
    }
}

/// Sass's name for a file that is only ever imported: `a/_theme` for `a/theme`.
fn partial(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/_{name}"),
        None => format!("_{path}"),
    }
}

fn has_style_extension(name: &str) -> bool {
    STYLES.iter().any(|extension| name.ends_with(extension))
}

fn first_segment(specifier: &str) -> &str {
    specifier.split(['/', '?']).next().unwrap_or(specifier)
}

/// Whether a stylesheet's bare specifier could be the name of a file beside it.
fn may_be_sibling(specifier: &str) -> bool {
    !specifier.starts_with(['/', '~', '#', '@']) && !has_scheme(specifier)
}

/// The path that a specifier gives from a file; `None` where it leads out of the workspace.
fn join(from: &str, specifier: &str) -> Option<String> {
    if specifier.starts_with('/') {
        return None;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _name)| folder);
    let mut segments: Vec<&str> = Vec::new();
    for segment in folder.split('/').chain(specifier.split('/')) {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()?),
            name => segments.push(name),
        }
    }
    Some(segments.join("/"))
}
