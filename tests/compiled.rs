//! Compiled code as it runs in a capsule, in the workspace and as an installed package: it finds its assets, and its
//! source maps lead to its sources.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::build::configure;
use crate::common::managers::give_fake_npm;
use crate::common::{Folder, TestEnvironment, needs};

const READS: &str = "import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import facts from './facts.json';
import { deep } from './lib/deep';
const words: string = readFileSync(new URL('./words.txt', import.meta.url), 'utf8').trim();
const said: string = execFileSync(fileURLToPath(new URL('./say.sh', import.meta.url)), { encoding: 'utf8' }).trim();
export const all: string = [facts.is, words, deep, said].join();
";
const READS_DEEP: &str = "import { readFileSync } from 'node:fs';
import more from '../data/more.json' with { type: 'json' };
export const deep: string = more.is + ' ' + readFileSync(new URL('../words.txt', import.meta.url), 'utf8').trim();
";
const READS_BY_REQUIRE: &str = "import fs = require('fs');
import path = require('path');
const facts: { is: string } = require('./facts.json');
const more: { is: string } = require('./data/more');
const read = (file: string): string => fs.readFileSync(file, 'utf8').trim();
const all: string = [facts.is, more.is, read(path.join(__dirname, 'words.txt')), read(require.resolve('./words.txt'))].join();
export = { all };
";
const ALL: &str = "facts,words,more words,said; facts,more,words,words";

/// `page` needs `modern` and `old`, which read files at run time that are no scripts; all are TypeScript.
fn readers<'e>(env: &'e TestEnvironment) -> Folder<'e> {
    let workspace = env.git_workspace();
    let assets =
        [("facts.json", "{\"is\": \"facts\"}\n"), ("data/more.json", "{\"is\": \"more\"}\n"), ("words.txt", "words\n")];
    workspace.write("modern/lib/deep.ts", READS_DEEP).write_program("modern/say.sh", "echo said");
    workspace.component("modern", &[&[("index.ts", READS)][..], &assets].concat());
    workspace.component("old", &[&[("index.ts", READS_BY_REQUIRE)][..], &assets].concat());
    let page = "import { all as modern } from '@my-org/ui.modern';
import old from '@my-org/ui.old';
export const all: string = modern + '; ' + old.all;
";
    workspace.component("page", &[("index.ts", page)]);
    workspace
}

#[test]
fn assets_are_found_wherever_compiled_code_runs() {
    needs!("node");
    let env = TestEnvironment::new();
    give_fake_npm(&env, "");
    let workspace = readers(&env);
    let note = "mkdir out && node --no-warnings -e 'import(\"./dist/index.js\").then(({ all, default: plain }) => \
                require(\"fs\").writeFileSync(\"out/said\", all ?? plain.all))'";
    let tasks = json!([{"task": "compile"}, {"name": "note", "run": note, "outputs": ["out"]}]);
    configure(&workspace, &json!({"told": {"tasks": tasks}}), &[("*", "told")]);
    let expected = |script: &str, place: &str| {
        let told = workspace.node(["--no-warnings", "--input-type=module", "-e", script]);
        assert_eq!(told.line(), ALL, "{place}");
    };
    // In capsules: their own files, and those of what they need.
    workspace.bit(["tag", "-m", "one"]).success();
    let noted = |name: &str| {
        workspace.scope_git(["show", &format!("my-org.ui/{name}@0.0.1:out/said")]).success().stdout.clone()
    };
    assert_eq!(format!("{}; {}", noted("modern"), noted("old")), ALL);
    assert_eq!(noted("page"), ALL);
    // In the folder of the version, as it is stored.
    let stored = env.folder("stored");
    let archive = stored.write("it.tar", "").path().join("it.tar").display().to_string();
    workspace.scope_git(["archive", "--output", &archive, "my-org.ui/modern@0.0.1"]).success();
    stored.program("tar").args(["xf", "it.tar"]).run().success();
    let script = "import { all } from './dist/index.js'; console.log(all)";
    assert_eq!(stored.node(["--no-warnings", "--input-type=module", "-e", script]).line(), noted("modern"));
    // By the links, and as installed packages.
    let by_package = "import { all } from '@my-org/ui.page'; console.log(all)";
    workspace.bit(["compile"]).success();
    expected(by_package, "linked");
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.bit(["export", "--eject"]).success();
    assert!(!workspace.exists("modern") && !workspace.exists("old"));
    expected(by_package, "installed");
}

/// In each source a line says which one it is, wherever `%` stands.
fn numbered(text: &str) -> String {
    text.lines().zip(1..).map(|(line, number)| line.replace('%', &format!("line {number}")) + "\n").collect()
}

const TYPED: &str = "// a comment
interface Gone {
  gone: 1;
}
export const first: string = '%';
type Also = string | Gone;
enum Kind {
  One = '%',
}
export function all(
  given: Also,
): unknown[] {
  return [given, '%', Kind.One, first];
}
export const fail = (): never => { const at: string = '%'; throw new Error(at); };
";
const MARKUP: &str = "/* a comment
   of two lines */
export const first = <b title=\"%\">

  <i>{'%'}</i>
</b>;
export const fail = () => { throw new Error(first.type ? '%' : '%'); };
";

/// What Node makes of every map of a package: in each place of a script that says which line it comes from, it has to
/// lead there. Prints how many places of each source are right.
const LOOK: &str = r"
const { SourceMap } = require('module'), fs = require('fs'), path = require('path');
const root = path.resolve('node_modules/@my-org', process.argv[1]), right = {};
for (const file of fs.readdirSync(path.join(root, 'dist')).filter((file) => file.endsWith('.map'))) {
  const of = (name) => fs.readFileSync(path.join(root, 'dist', name), 'utf8');
  const map = JSON.parse(of(file));
  of(file.slice(0, -4)).split('\n').forEach((text, row) => {
    for (const { index, 1: number } of text.matchAll(/line (\d+)/g)) {
      const { originalLine, originalSource } = new SourceMap(map).findEntry(row, index);
      const source = fs.readFileSync(path.resolve(root, 'dist', originalSource), 'utf8').split('\n');
      const is = source[originalLine].includes(`line ${number}`) && originalLine + 1 === Number(number);
      const told = is ? originalSource : `${originalSource} for ${text.trim()}: line ${originalLine + 1}`;
      right[told] = (right[told] ?? 0) + 1;
    }
  });
}
console.log(JSON.stringify(right));
";

/// Where each file's error was thrown, as Node shows it, is the line that the error says.
const THROW: &str = r"
const failed = (name, fail) => { try { fail() } catch (error) {
  const frame = error.stack.split('\n').find((line) => line.includes('/ui.'));
  const [, file, line] = frame.match(/ui\.\w+\/([^:]*):(\d+)/);
  console.log(name, file, `line ${line}` === error.message ? 'right' : `${error.message} at ${frame}`);
} };
import(process.argv[1]).then((all) => Object.entries(all.default?.files ?? all.files).forEach(([name, file]) => failed(name, file.fail)));
";

#[test]
fn source_maps_lead_to_the_line_in_every_language_and_module_system() {
    needs!("node");
    let env = TestEnvironment::new();
    give_fake_npm(&env, "");
    let workspace = env.git_workspace();
    let both = TYPED.replace("fail", "failed") + &MARKUP.replace("first", "second");
    let [typed, markup, both] = [TYPED, MARKUP, &both].map(numbered);
    let files = |index| {
        let files: [(&str, &str); 6] = [
            ("index.ts", index),
            ("plain.ts", &typed),
            ("view.tsx", &both),
            ("late.mts", &typed),
            ("early.cts", &typed),
            ("part.jsx", &markup),
        ];
        files.map(|(path, text)| (path.to_owned(), text.to_owned()))
    };
    let modern =
        "import * as plain from './plain';\nimport * as view from './view';\nimport * as late from './late.mjs';
import * as early from './early.cjs';\nimport * as part from './part';\nexport const said: string = 'line 6';
export const files: Record<string, unknown> = { plain, view, late, early, part };\n";
    let old =
        "import plain = require('./plain');\nimport view = require('./view');\nimport late = require('./late.mjs');
import early = require('./early.cjs');\nimport part = require('./part');\nconst said: string = 'line 6';
export = { said, files: { plain, view, late, early, part } };\n";
    for (name, index) in [("modern", modern), ("old", old)] {
        let files = files(index);
        workspace.component(name, &files.each_ref().map(|(path, text)| (&**path, &**text)));
    }
    workspace
        .write("node_modules/react/package.json", r#"{"name": "react", "exports": {"./jsx-runtime": "./jsx.js"}}"#);
    workspace.write("node_modules/react/jsx.js", "exports.jsx = exports.jsxs = (type, props) => ({ type, props });\n");
    workspace.bit(["compile"]).success();
    let system = |name: &str| {
        let package: Value = workspace.read(&format!("node_modules/@my-org/ui.{name}/package.json")).parse().unwrap();
        package["type"].as_str().unwrap_or("commonjs").to_owned()
    };
    assert_eq!([system("modern"), system("old")], ["module", "commonjs"]);
    let look = |place: &str| {
        for name in ["modern", "old"] {
            let found = workspace.node(["-e", LOOK, &format!("ui.{name}")]).success().json();
            let right: BTreeMap<String, u32> = serde_json::from_value(found).unwrap();
            let right: Vec<(&str, u32)> = right.iter().map(|(source, count)| (&**source, *count)).collect();
            let expected = [
                ("../early.cts", 4),
                ("../index.ts", 1),
                ("../late.mts", 4),
                ("../part.jsx", 4),
                ("../plain.ts", 4),
                ("../view.tsx", 8),
            ];
            assert_eq!(right, expected, "{name} {place}");
            let options = ["--no-warnings", "--enable-source-maps", "-e", THROW];
            let thrown = workspace.node(options.iter().chain(&[&*format!("@my-org/ui.{name}")])).line().to_owned();
            let mut thrown: Vec<&str> = thrown.lines().collect();
            thrown.sort_unstable();
            let files = ["early early.cts", "late late.mts", "part part.jsx", "plain plain.ts", "view view.tsx"];
            assert_eq!(thrown, files.map(|file| format!("{file} right")), "{name} {place}");
        }
    };
    look("linked");
    workspace.bit(["tag", "-m", "one", "--ignore-issues", "*"]).success();
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["eject", "modern", "old"]).success();
    assert!(!workspace.exists("modern") && !workspace.exists("old"));
    look("installed");
}
