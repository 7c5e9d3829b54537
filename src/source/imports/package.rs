//! Bare specifiers: which package they name.

/// A specifier that names a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackageSpecifier<'s> {
    /// `lodash`, `@scope/name`
    pub name: &'s str,
    /// What follows the name, without the slash between them and without a bundler's `?query`.
    pub subpath: Option<&'s str>,
}

/// The package that a specifier names.
///
/// `None` for what is no package: relative and absolute paths, URLs, Node's own modules, a package's internal
/// `#imports`, and the usual aliases (`~/x`, `@/x`, `$lib/x`), which could never be a package's name.
pub fn package_of(specifier: &str) -> Option<PackageSpecifier<'_>> {
    let bare = &specifier[mark_length(specifier)..];
    if is_builtin(specifier) || has_scheme(bare) {
        return None;
    }
    let bare = bare.split_once('?').map_or(bare, |(path, _query)| path);
    let name = &bare[..name_length(bare)?];
    let subpath = bare[name.len()..].strip_prefix('/').filter(|path| !path.is_empty());
    Some(PackageSpecifier { name, subpath })
}

/// The specifier with another package's name in the place of its own; all else stays as it is.
pub fn replace_package(specifier: &str, new_name: &str) -> Option<String> {
    let name = package_of(specifier)?.name;
    let start = mark_length(specifier);
    Some([&specifier[..start], new_name, &specifier[start + name.len()..]].concat())
}

/// Bundlers write a package in a stylesheet with a tilde before it, and Sass with `pkg:`.
fn mark_length(specifier: &str) -> usize {
    ["~", "pkg:"].into_iter().find(|mark| specifier.starts_with(mark)).map_or(0, str::len)
}

/// How many bytes of a bare specifier are its package's name.
fn name_length(bare: &str) -> Option<usize> {
    let mut parts = bare.split('/');
    let first = parts.next()?;
    match first.strip_prefix('@') {
        Some(scope) => {
            let name = parts.next()?;
            (is_name_part(scope) && is_name_part(name)).then_some(first.len() + 1 + name.len())
        }
        None => is_name_part(first).then_some(first.len()),
    }
}

/// What npm accepts, old names with capitals included.
fn is_name_part(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '-')
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// `http:`, `data:`, `node:`, `sass:` and every other `scheme:`.
pub(in crate::source) fn has_scheme(specifier: &str) -> bool {
    specifier.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

/// Whether Node itself provides this module (`fs`, `fs/promises`, `node:test`).
pub fn is_builtin(specifier: &str) -> bool {
    specifier.starts_with("node:") || BUILTINS.binary_search(&specifier).is_ok()
}

/// Every module that Node resolves without a `node:` before it, sorted.
/// (A trailing slash, as in `buffer/`, names the package of that name; so it is not here.)
const BUILTINS: [&str; 54] = [
    "assert",
    "assert/strict",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "dns/promises",
    "domain",
    "events",
    "fs",
    "fs/promises",
    "http",
    "http2",
    "https",
    "inspector",
    "inspector/promises",
    "module",
    "net",
    "os",
    "path",
    "path/posix",
    "path/win32",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "readline/promises",
    "repl",
    "stream",
    "stream/consumers",
    "stream/promises",
    "stream/web",
    "string_decoder",
    "sys",
    "timers",
    "timers/promises",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "util/types",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(specifier: &str) -> Option<(&str, Option<&str>)> {
        package_of(specifier).map(|package| (package.name, package.subpath))
    }

    #[test]
    fn packages() {
        assert_eq!(parts("lodash"), Some(("lodash", None)));
        assert_eq!(parts("lodash/fp/map"), Some(("lodash", Some("fp/map"))));
        assert_eq!(parts("@my-org/ui.button"), Some(("@my-org/ui.button", None)));
        assert_eq!(parts("@my-org/ui.button/x.css"), Some(("@my-org/ui.button", Some("x.css"))));
        assert_eq!(parts("~bootstrap/scss"), Some(("bootstrap", Some("scss"))));
        assert_eq!(parts("~@my-org/ui/x"), Some(("@my-org/ui", Some("x"))));
        assert_eq!(parts("pkg:@my-org/ui/x"), Some(("@my-org/ui", Some("x"))));
        assert_eq!(parts("a/b.svg?url"), Some(("a", Some("b.svg"))));
        assert_eq!(parts("a?inline"), Some(("a", None)));
        assert_eq!(parts("JSONStream"), Some(("JSONStream", None)));
        assert_eq!(parts("buffer/"), Some(("buffer", None)));
        assert_eq!(parts("fs/other"), Some(("fs", Some("other"))));
        assert_eq!(parts("fs-extra"), Some(("fs-extra", None)));
    }

    #[test]
    fn what_is_no_package() {
        let none = [
            "",
            ".",
            "..",
            "./a",
            "../a",
            "/a",
            "//host/a",
            ".hidden",
            "~",
            "~/a",
            "@",
            "@/a",
            "@scope",
            "@scope/",
            "#internal",
            "#a/b",
            "http://a/b",
            "https:a",
            "data:text/css,a",
            "node:fs",
            "node:anything",
            "sass:math",
            "npm:a@1",
            "pkg:sass:math",
            "~node:fs",
            "C:\\a",
            "fs",
            "fs/promises",
            "path/posix",
            "$lib/a",
            "a b",
            "!!raw-loader!./a",
            "ä",
            "_a",
        ];
        for specifier in none {
            assert_eq!(parts(specifier), None, "{specifier}");
        }
    }

    #[test]
    fn the_built_in_modules_are_sorted() {
        assert!(BUILTINS.is_sorted());
        assert!(is_builtin("zlib") && is_builtin("node:test") && !is_builtin("buffer/"));
    }

    #[test]
    fn another_package_in_its_place() {
        let replaced = |specifier: &str| replace_package(specifier, "@s/new");
        assert_eq!(replaced("old").as_deref(), Some("@s/new"));
        assert_eq!(replaced("@a/old/sub?x").as_deref(), Some("@s/new/sub?x"));
        assert_eq!(replaced("~old/x").as_deref(), Some("~@s/new/x"));
        assert_eq!(replaced("pkg:old").as_deref(), Some("pkg:@s/new"));
        assert_eq!(replaced("./old"), None);
    }
}
