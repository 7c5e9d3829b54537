//! What is compiled is run by a real Node, by import and by require.

mod common_js;
mod declarations;
mod language;
mod modules;
mod namespaces;
mod problems;
mod type_names;

use super::*;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles text files; the first is the main one.
fn attempt(files: &[(&str, &str)], module: ModuleSystem) -> Result<Option<Compiled>, Vec<Problem>> {
    let files: Vec<AuthorFile<'_>> = files
        .iter()
        .map(|(path, text)| AuthorFile { path, bytes: text.as_bytes(), executable: path.starts_with("bin") })
        .collect();
    compile(&Source { files: &files, main: files[0].path, module })
}

#[track_caller]
fn compiled(files: &[(&str, &str)], module: ModuleSystem) -> Compiled {
    match attempt(files, module) {
        Ok(Some(compiled)) => compiled,
        Ok(None) => panic!("there was nothing to compile"),
        Err(problems) => panic!("{}", problems.iter().map(|problem| format!("{problem}\n")).collect::<String>()),
    }
}

#[track_caller]
fn esm(files: &[(&str, &str)]) -> Compiled {
    compiled(files, ModuleSystem::Esm)
}

#[track_caller]
fn common(files: &[(&str, &str)]) -> Compiled {
    compiled(files, ModuleSystem::CommonJs)
}

#[track_caller]
fn text<'c>(compiled: &'c Compiled, path: &str) -> &'c str {
    let paths = || compiled.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>();
    let file = compiled.files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path}: {:?}", paths()));
    std::str::from_utf8(&file.bytes).unwrap()
}

/// Writes the package into a folder, as a version has it.
fn write(folder: &Path, compiled: &Compiled, module: ModuleSystem) {
    for file in &compiled.files {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.bytes).unwrap();
    }
    let kind = if module == ModuleSystem::Esm { "\"type\": \"module\", " } else { "" };
    let package_json = format!("{{{kind}\"name\": \"it\", \"main\": \"{}\"}}", compiled.main);
    std::fs::write(folder.join("package.json"), package_json).unwrap();
}

/// What Node prints for a script that finds the package as `it`.
#[track_caller]
fn node(compiled: &Compiled, module: ModuleSystem, name: &str, script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("node_modules/it");
    std::fs::create_dir_all(&package).unwrap();
    write(&package, compiled, module);
    let react = folder.path().join("node_modules/react");
    std::fs::create_dir_all(&react).unwrap();
    std::fs::write(react.join("package.json"), r#"{"name": "react", "exports": {"./jsx-runtime": "./jsx.js"}}"#)
        .unwrap();
    let jsx = "exports.jsx = exports.jsxs = (tag, {children = '', ...rest}) => typeof tag === 'string' ? `<${tag}${Object.keys(rest)}>${[].concat(children).join('')}</${tag}>` : tag({children, ...rest}); exports.Fragment = ({children}) => children;";
    std::fs::write(react.join("jsx.js"), jsx).unwrap();
    std::fs::write(folder.path().join(name), script).unwrap();
    let ran = Command::new("node").args(["--no-warnings", name]).current_dir(folder.path()).output().unwrap();
    assert!(ran.status.success(), "{}\n{}", String::from_utf8_lossy(&ran.stderr), shown(compiled));
    String::from_utf8(ran.stdout).unwrap().trim_end().to_owned()
}

fn shown(compiled: &Compiled) -> String {
    let scripts = compiled.files.iter().filter(|file| file.path.ends_with("js"));
    scripts.map(|file| format!("--- {}\n{}", file.path, String::from_utf8_lossy(&file.bytes))).collect()
}

/// What `shown` of the package is, asked for by import and by require; both must say the same.
#[track_caller]
fn assert_runs(files: &[(&str, &str)], module: ModuleSystem, shown: &str, expected: &str) -> Compiled {
    let compiled = compiled(files, module);
    let imported = format!("import * as it from 'it'; console.log(JSON.stringify({shown}))");
    assert_eq!(node(&compiled, module, "by-import.mjs", &imported), expected, "by import");
    let required = format!("const it = require('it'); console.log(JSON.stringify({shown}))");
    assert_eq!(node(&compiled, module, "by-require.cjs", &required), expected, "by require");
    assert_parses_again(&compiled, module);
    compiled
}

/// What was compiled is read without a problem, and stays as it is when it is compiled once more.
fn assert_parses_again(compiled: &Compiled, module: ModuleSystem) {
    use crate::source::imports::scan_file;
    for file in &compiled.files {
        if let Some(scan) = scan_file(&file.path, &file.bytes) {
            assert_eq!(scan.problem, None, "{}\n{}", file.path, String::from_utf8_lossy(&file.bytes));
        }
    }
    let strip = |path: &'_ str| path.strip_prefix("dist/").unwrap().to_owned();
    let paths: Vec<String> = compiled.files.iter().map(|file| strip(&file.path)).collect();
    // Something to compile must be there, or nothing is looked at.
    let mut again: Vec<AuthorFile<'_>> = compiled
        .files
        .iter()
        .zip(&paths)
        .map(|(file, path)| AuthorFile { path, bytes: &file.bytes, executable: file.executable })
        .collect();
    again.push(AuthorFile { path: "something-else.ts", bytes: b"", executable: false });
    let twice = super::compile(&Source { files: &again, main: "something-else.ts", module }).unwrap().unwrap();
    for file in &compiled.files {
        let same = twice.files.iter().find(|other| other.path == file.path).unwrap();
        assert_eq!(String::from_utf8_lossy(&same.bytes), String::from_utf8_lossy(&file.bytes), "{}", file.path);
    }
}

/// The TypeScript that the tests of package managers install; without it there is nothing to compare with.
fn tsc() -> Option<PathBuf> {
    let tsc = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/managers/typescript/node_modules/.bin/tsc");
    tsc.is_file().then_some(tsc)
}

#[test]
fn nothing_to_compile() {
    for files in [
        &[("index.js", "x")][..],
        &[("index.d.ts", "export {}")],
        &[("a.css", ""), ("types.d.mts", "")],
        &[("x.json", "")],
    ] {
        assert_eq!(attempt(files, ModuleSystem::Esm), Ok(None), "{files:?}");
    }
}

#[test]
fn every_file_is_there_and_nothing_depends_on_the_machine() {
    let files = [
        ("index.ts", "export const a: number = 1;\n"),
        ("lib/b.tsx", "export const b = (): string => 'b';\n"),
        ("readme.md", "# hi\n"),
        ("style.css", "a{}\n"),
        // What it says is of the sources, and not of what is made of them.
        ("lib/.gitignore", "*.js\n"),
        ("old.js", "module.exports = 1\n"),
        ("types.d.ts", "export type T = 1;\n"),
    ];
    let compiled = esm(&files);
    let paths: Vec<&str> = compiled.files.iter().map(|file| file.path.as_str()).collect();
    let expected = [
        "dist/index.d.ts",
        "dist/index.js",
        "dist/index.js.map",
        "dist/lib/b.d.ts",
        "dist/lib/b.js",
        "dist/lib/b.js.map",
        "dist/old.js",
        "dist/readme.md",
        "dist/style.css",
        "dist/types.d.ts",
    ];
    assert_eq!(paths, expected);
    let mut foretold = dist_files(files.iter().map(|(path, _)| *path));
    foretold.sort();
    assert_eq!(foretold, expected);
    assert_eq!((compiled.main.as_str(), compiled.types.as_deref()), ("dist/index.js", Some("dist/index.d.ts")));
    let windows: Vec<(&str, String)> =
        files.iter().map(|(path, text)| (*path, format!("\u{feff}{text}").replace('\n', "\r\n"))).collect();
    let windows: Vec<(&str, &str)> = windows.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let other = esm(&windows);
    for name in ["dist/index.js", "dist/index.js.map", "dist/lib/b.js", "dist/lib/b.d.ts"] {
        assert_eq!(text(&other, name), text(&compiled, name), "{name}");
    }
    assert_eq!(text(&other, "dist/style.css"), "\u{feff}a{}\n");
    assert_eq!(esm(&files), compiled);
}

#[test]
fn the_entry_points_follow_the_main_file() {
    let points = |files: &[(&str, &str)]| {
        let compiled = esm(files);
        (compiled.main, compiled.types.unwrap_or_default())
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(points(&[("src/main.mts", "")]), pair("dist/src/main.mjs", "dist/src/main.d.mts"));
    assert_eq!(points(&[("view.jsx", "")]), pair("dist/view.js", ""));
    assert_eq!(points(&[("index.js", ""), ("index.d.ts", ""), ("x.ts", "")]), pair("dist/index.js", "dist/index.d.ts"));
    assert_eq!(points(&[("theme.css", ""), ("x.ts", "")]), pair("dist/theme.css", ""));
}

#[test]
fn modes_and_shebangs_are_kept() {
    let compiled = esm(&[("bin.ts", "#!/usr/bin/env node\nconst a: number = 1;\nconsole.log(a);\n"), ("x.js", "")]);
    assert!(text(&compiled, "dist/bin.js").starts_with("#!/usr/bin/env node\nconst a = 1;"));
    let modes: Vec<bool> = compiled.files.iter().map(|file| file.executable).collect();
    assert_eq!(modes, [false, true, false, false]);
}

#[test]
fn source_maps_lead_to_the_source() {
    let compiled = esm(&[(
        "lib/a.ts",
        "// a comment\ninterface Gone { a: 1 }\nexport function fail(): never {\n  throw new Error('here');\n}\n",
    )]);
    let map: serde_json::Value = serde_json::from_str(text(&compiled, "dist/lib/a.js.map")).unwrap();
    assert_eq!(map["sources"], serde_json::json!(["../../lib/a.ts"]));
    assert_eq!(map["file"], "a.js");
    assert!(map.get("sourcesContent").is_none());
    assert!(text(&compiled, "dist/lib/a.js").ends_with("\n//# sourceMappingURL=a.js.map\n"));
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &compiled, ModuleSystem::Esm);
    let script =
        "import { fail } from './dist/lib/a.js'; try { fail() } catch (e) { console.log(e.stack.split('\\n')[1]) }";
    std::fs::write(folder.path().join("run.mjs"), script).unwrap();
    let ran =
        Command::new("node").args(["--enable-source-maps", "run.mjs"]).current_dir(folder.path()).output().unwrap();
    let shown = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(shown.contains("lib/a.ts:4:9"), "{shown}{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn many_components_side_by_side_need_no_more_stack_than_one() {
    let text = (0..40).map(|at| format!("export function f{at}(x: number): number {{ return x + {at}; }}\n"));
    let text: String = text.collect();
    let paths: Vec<String> = (0..4).map(|at| format!("f{at}.ts")).collect();
    let files: Vec<AuthorFile> =
        paths.iter().map(|path| AuthorFile { path, bytes: text.as_bytes(), executable: false }).collect();
    let source = Source { files: &files, main: "f0.ts", module: ModuleSystem::Esm };
    let small = rayon::ThreadPoolBuilder::new().num_threads(2).stack_size(2 << 20).build().unwrap();
    // Each a piece of work by itself, so that a thread that waits finds the next one.
    let all = || (0..1_000).into_par_iter().with_max_len(1);
    small.install(|| all().for_each(|_| drop(compile(&source).unwrap().unwrap())));
}
