//! Copies in a scope whose name is longer, or shorter: what was built names the new packages, and its maps lead to the
//! places that moved.

use std::collections::BTreeMap;

use crate::common::managers::{TYPESCRIPT, needs_installed};
use crate::common::{Flavour, Folder, TestEnvironment};
use crate::copies::know;
use crate::export::{is_whole, scope};

const THEME: &str = "export interface Tone { name: string }\nexport const tone = (): Tone => ({ name: 'red' });\n";

/// What is exported here has the number of its line in its name. The types can be left out.
const CARD: &str =
    "import { tone } from '@user/scope1.theme'; export const tone_line_1{: Tone} = tone(), two_line_1 = 1;

type Gone = 1;
interface Other { gone: Gone }
export const late_line_5 = (){: Late} => import('@user/scope1.theme'), other_line_5 = 'other';
export * from '@user/scope1.theme'; export const all_line_6 = ['all'].length{ as number};
export function deep_line_7(first_line_7: Other){: Tone} { return { ...tone(), ...first_line_7, name: 'deep' }; }
";

/// `card` as who writes all types does, or as who has TypeScript find them.
fn card(flavour: Flavour) -> String {
    let types = if flavour == Flavour::Declared {
        ["", "", ""]
    } else {
        [": import('@user/scope1.theme').Tone", ": Promise<typeof import('@user/scope1.theme')>", " as number"]
    };
    let text = CARD.replace("{: Tone}", types[0]).replace("{: Late}", types[1]);
    text.replace("{ as number}", types[2])
}

/// What Node makes of every map: whatever has the number of a line in its name has to lead to that very place. Prints
/// what is right of each file, and what is not.
const LOOK: &str = r"
const { SourceMap } = require('module'), fs = require('fs'), path = require('path'), found = {};
for (const file of fs.readdirSync('dist').filter((file) => file.endsWith('.map'))) {
  const map = new SourceMap(JSON.parse(fs.readFileSync(`dist/${file}`, 'utf8')));
  fs.readFileSync(`dist/${file.slice(0, -4)}`, 'utf8').split('\n').forEach((text, row) => {
    for (const { index, 0: name, 1: number } of text.matchAll(/\w+_line_(\d+)/g)) {
      const { originalLine, originalColumn, originalSource } = map.findEntry(row, index);
      const source = fs.readFileSync(path.join('dist', originalSource), 'utf8').split('\n')[originalLine];
      const is = originalLine + 1 === Number(number) && source.startsWith(name, originalColumn);
      const told = is ? name : `${name} leads to ${originalLine + 1}:${originalColumn + 1}`;
      (found[file] ??= new Set()).add(told);
    }
  });
}
console.log(JSON.stringify(Object.fromEntries(Object.entries(found).map(([file, all]) => [file, [...all]]))));
";

fn names_and_maps_follow(flavour: Flavour, maps: &[&str]) {
    let env = TestEnvironment::new();
    let longer = ["our.rather-long-name", "a.b"];
    for name in ["user.scope1"].iter().chain(&longer) {
        scope(&env, name);
    }
    let workspace = env.git_workspace_at("one", "user.scope1");
    flavour.choose_in(&workspace, "user.scope1");
    know(&workspace, &["user.scope1", longer[0], longer[1]]);
    for (name, text) in [("theme", THEME), ("card", &card(flavour))] {
        flavour.add_options(&workspace, name);
        workspace.component(name, &[(flavour.file(), text)]);
    }
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    lead_home(&env.folder("user.scope1"), maps);
    for name in longer {
        workspace.bit(["export", name, "card", "-d", "-r"]).success();
        let scope = env.folder(name);
        is_whole(&scope);
        let names = |package: &str, files: &str| {
            scope.git(["grep", "-l", package, "card@0.0.1", "--", files]).stdout.lines().count()
        };
        let package = format!("@{}.theme", name.replacen('.', "/", 1));
        assert_eq!(names("@user/scope1", "*"), 0, "{name}");
        assert_eq!((names(&package, "dist/*.js"), names(&package, "dist/*.d.ts")), (1, 1), "{name}");
        lead_home(&scope, maps);
        flavour.built_all_of(&env, &scope);
    }
}

/// In a version that was taken out by plain git.
#[track_caller]
fn lead_home(scope: &Folder, maps: &[&str]) {
    let name = scope.path().file_name().unwrap().to_string_lossy().into_owned();
    let stored = scope.machine().folder(&format!("out-of-{name}"));
    stored.write("it.tar", "");
    let archive = stored.path().join("it.tar").to_string_lossy().into_owned();
    scope.git(["archive", "--output", &archive, "card@0.0.1"]).success();
    stored.program("tar").args(["xf", "it.tar"]).run().success();
    let found = stored.node(["-e", LOOK]).success().json();
    let found: BTreeMap<String, Vec<String>> = serde_json::from_value(found).unwrap();
    let exported =
        ["tone_line_1", "two_line_1", "late_line_5", "other_line_5", "all_line_6", "deep_line_7", "first_line_7"];
    assert_eq!(found.keys().collect::<Vec<_>>(), maps, "{name}");
    for (file, found) in found {
        assert_eq!(found, exported, "{name}: {file}");
    }
}

#[test]
fn of_what_was_compiled() {
    names_and_maps_follow(Flavour::TypeScript, &["index.js.map"]);
}

#[test]
fn of_what_typescript_declared() {
    needs_installed!(TYPESCRIPT);
    names_and_maps_follow(Flavour::Declared, &["index.d.ts.map", "index.js.map"]);
}
