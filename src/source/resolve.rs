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
    if candidates.found.is_none() {
        candidates.try_index(from, &wanted);
    }
    match candidates.found {
        Some(found) => Resolution::Found(found),
        None => Resolution::Missing { looked_for: wanted },
    }
}

/// A relative specifier as a path below a folder that holds the file it means: with the extension it was written with,
/// or without one, as it was written; and what a bundler is told after it (`?raw`).
pub fn below<'s>(folder: &str, from: &str, specifier: &'s str, found: &str) -> (String, &'s str) {
    let (plain, query) = specifier.split_at(specifier.find('?').unwrap_or(specifier.len()));
    let inside = |path: &str| path.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned);
    if !query.is_empty() && join(from, specifier).as_deref() == Some(found) {
        return (inside(found).unwrap_or_default(), "");
    }
    let names_a_folder = matches!(plain.rsplit('/').next(), Some("" | "." | ".."));
    let written = join(from, plain).filter(|_| !names_a_folder).and_then(|path| inside(&path));
    let index = || inside(found).map(|path| without_extension(&path).to_owned());
    (written.or_else(index).unwrap_or_default(), query)
}

/// A path without an extension that is found without being written.
fn without_extension(path: &str) -> &str {
    let mut extensions = [".d.ts"].into_iter().chain(SCRIPTS).chain(STYLES);
    extensions.find_map(|extension| path.strip_suffix(extension)).unwrap_or(path)
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
        if self.found.is_some() {
            return;
        }
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
pub(super) fn join(from: &str, specifier: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(from: &str, specifier: &str, files: &[&str]) -> Resolution {
        resolve_relative(from, specifier, &|path| files.contains(&path))
    }

    #[track_caller]
    fn assert_found(from: &str, specifier: &str, files: &[&str], expected: &str) {
        let found = resolved(from, specifier, files);
        assert_eq!(found, Resolution::Found(expected.to_owned()), "{specifier} from {from}");
    }

    #[test]
    fn a_specifier_keeps_its_style_below_a_folder() {
        for (specifier, found, expected) in [
            ("../b/lib/x.js", "b/lib/x.js", ("lib/x.js", "")),
            ("../b/lib/x.js", "b/lib/x.ts", ("lib/x.js", "")),
            ("../b/lib/x", "b/lib/x.ts", ("lib/x", "")),
            ("../b/lib", "b/lib/index.ts", ("lib", "")),
            ("../b/lib/", "b/lib/index.ts", ("lib/index", "")),
            ("../b", "b/index.d.ts", ("index", "")),
            ("../b/.", "b/index.js", ("index", "")),
            ("../b/x.svg?url", "b/x.svg", ("x.svg", "?url")),
            ("../b/x?y.js", "b/x?y.js", ("x?y.js", "")),
        ] {
            let (path, query) = below("b", "a/f.ts", specifier, found);
            assert_eq!((path.as_str(), query), expected, "{specifier}");
        }
    }

    fn missing(path: &str) -> Resolution {
        Resolution::Missing { looked_for: path.to_owned() }
    }

    #[test]
    fn the_file_as_it_is_written() {
        assert_found("a/b.js", "./c.svg", &["a/c.svg"], "a/c.svg");
        assert_found("a/b.js", "../c.js", &["c.js", "c.ts"], "c.js");
        assert_found("b.js", "./x/./y/../c.json", &["x/c.json"], "x/c.json");
        assert_found("a/b.ts", "./no-extension", &["a/no-extension"], "a/no-extension");
    }

    #[test]
    fn extensions_are_tried_typescript_first() {
        for extension in ["ts", "tsx", "d.ts", "mts", "cts", "js", "jsx", "mjs", "cjs", "json"] {
            let file = format!("a/c.{extension}");
            assert_found("a/b.js", "./c", &[&file], &file);
        }
        assert_found("a.js", "./c", &["c.js", "c.ts", "c/index.ts"], "c.ts");
        assert_found("a.js", "./c.test", &["c.test.js"], "c.test.js");
    }

    #[test]
    fn typescript_writes_the_extension_of_what_will_be_made() {
        assert_found("a.ts", "./c.js", &["c.ts"], "c.ts");
        assert_found("a.ts", "./c.js", &["c.tsx"], "c.tsx");
        assert_found("a.ts", "./c.js", &["c.d.ts"], "c.d.ts");
        assert_found("a.ts", "./c.jsx", &["c.tsx"], "c.tsx");
        assert_found("a.ts", "./c.mjs", &["c.mts"], "c.mts");
        assert_found("a.ts", "./c.cjs", &["c.cts"], "c.cts");
        assert_eq!(resolved("a.ts", "./c.mjs", &["c.ts"]), missing("c.mjs"));
    }

    #[test]
    fn the_index_of_a_folder() {
        assert_found("a/b.js", "./c", &["a/c/index.tsx"], "a/c/index.tsx");
        assert_found("a/b.js", "./c/", &["a/c.js", "a/c/index.js"], "a/c/index.js");
        assert_found("a/b.js", ".", &["a.js", "a/index.js"], "a/index.js");
        assert_found("a/b/c.js", "..", &["a/index.js"], "a/index.js");
        assert_found("a/b.js", "..", &["index.js"], "index.js");
    }

    #[test]
    fn what_a_bundler_is_told_is_no_part_of_the_path() {
        assert_found("a.js", "./b.svg?url", &["b.svg"], "b.svg");
        assert_found("a.js", "./b?raw&x=./c", &["b.ts"], "b.ts");
        assert_found("a.js", "./b?.js", &["b?.js", "b.js"], "b?.js");
    }

    #[test]
    fn what_is_missing_is_named_as_it_is_written() {
        assert_eq!(resolved("a/b.js", "./c", &[]), missing("a/c"));
        assert_eq!(resolved("a/b.js", "../x/y.png?url", &[]), missing("x/y.png"));
        assert_eq!(resolved("b.js", "./", &[]), missing(""));
    }

    #[test]
    fn a_path_out_of_the_workspace() {
        assert_eq!(resolved("a/b.js", "../../c", &["c"]), Resolution::OutsideWorkspace);
        assert_eq!(resolved("a/b.js", "../../a/c", &["a/c"]), Resolution::OutsideWorkspace);
        assert_eq!(resolved("b.js", "/etc/passwd", &["etc/passwd"]), Resolution::OutsideWorkspace);
    }

    #[test]
    fn sass_partials_and_indexes() {
        assert_found("a/b.scss", "theme", &["a/_theme.scss"], "a/_theme.scss");
        assert_found("a/b.scss", "./x/theme.scss", &["a/x/_theme.scss"], "a/x/_theme.scss");
        assert_found("b.scss", "theme", &["theme/_index.scss"], "theme/_index.scss");
        assert_found("b.less", "theme", &["theme.less"], "theme.less");
        assert_eq!(resolved("b.scss", "theme", &["theme.ts"]), missing("theme"));
    }

    fn style(specifier: &str) -> Import {
        Import { specifier: specifier.to_owned(), span: (0, 0), line: 1, kind: ImportKind::Style }
    }

    fn aims(from: &str, import: &Import, files: &[&str]) -> String {
        match target(from, import, &|path| files.contains(&path)) {
            Target::File(Resolution::Found(path)) => format!("file {path}"),
            Target::File(Resolution::Missing { looked_for }) => format!("missing {looked_for}"),
            Target::File(Resolution::OutsideWorkspace) => "outside".to_owned(),
            Target::Package(package) => format!("package {}", package.name),
            Target::Elsewhere => "elsewhere".to_owned(),
        }
    }

    #[test]
    fn a_bare_name_in_a_script_is_a_package() {
        let script = |specifier: &str| Import { kind: ImportKind::Import, ..style(specifier) };
        let files = ["a/theme", "a/theme.ts", "a/fs.ts"];
        let aims = |specifier: &str| aims("a/b.ts", &script(specifier), &files);
        assert_eq!(aims("theme"), "package theme");
        assert_eq!(aims("./theme"), "file a/theme");
        assert_eq!(aims(".."), "missing ");
        assert_eq!(aims("../../x"), "outside");
        for elsewhere in ["fs", "node:fs", "/a/theme", "#x", "https://x/y.js", "!!raw-loader!./x"] {
            assert_eq!(aims(elsewhere), "elsewhere", "{elsewhere}");
        }
    }

    #[test]
    fn a_bare_name_in_a_stylesheet_is_a_file_if_there_is_one() {
        let files = ["a/_theme.scss", "a/lib/x.scss"];
        let aims = |specifier: &str| aims("a/b.scss", &style(specifier), &files);
        assert_eq!(aims("theme"), "file a/_theme.scss");
        assert_eq!(aims("lib/x"), "file a/lib/x.scss");
        assert_eq!(aims("./theme"), "file a/_theme.scss");
        assert_eq!(aims("gone.css"), "missing a/gone.css");
        assert_eq!(aims("./gone"), "missing a/gone");
        assert_eq!(aims("bootstrap/scss/bootstrap.scss"), "package bootstrap");
        assert_eq!(aims("tailwindcss"), "package tailwindcss");
        assert_eq!(aims("~theme/x"), "package theme");
        assert_eq!(aims("@my-org/ui.theme/x.css"), "package @my-org/ui.theme");
        for elsewhere in ["sass:math", "https://x/y.css", "//x/y.css", "/x.css", "data:text/css,"] {
            assert_eq!(aims(elsewhere), "elsewhere", "{elsewhere}");
        }
    }
}
