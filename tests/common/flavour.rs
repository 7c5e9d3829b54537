//! What components are written in and built by: what holds for one flavour of them holds for all.

use serde_json::json;

use super::{Folder, TestEnvironment};

/// How the components of a test are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Nothing is built.
    JavaScript,
    /// Compiled to `dist`, with declarations and source maps.
    TypeScript,
    /// A command of an own environment makes `dist`, with declarations and source maps too.
    Commands,
}

/// Makes of each source a script, its declarations and its map, which quotes it.
const MAKE: &str = "mkdir -p dist && node -e '
const fs = require(\"fs\");
for (const file of fs.readdirSync(\".\").filter((file) => file.endsWith(\".js\"))) {
  const source = fs.readFileSync(file, \"utf8\");
  const named = [...source.matchAll(/require\\((.[^)]*.)\\)/g)].map((found) => `export * from ${found[1]};\\n`);
  const map = { version: 3, sources: [`../${file}`], sourcesContent: [source], names: [], mappings: \"AAAA\" };
  fs.writeFileSync(`dist/${file}`, `${source}//# sourceMappingURL=${file}.map\\n`);
  fs.writeFileSync(`dist/${file}.map`, JSON.stringify(map));
  fs.writeFileSync(`dist/${file.replace(/js$/, \"d.ts\")}`, `export {};\\n${named.join(\"\")}`);
}'";

impl Flavour {
    /// The main file of a component's folder.
    pub fn main(self, folder: &str) -> String {
        format!("{folder}/{}", self.file())
    }

    /// The main file.
    pub fn file(self) -> &'static str {
        if self == Self::TypeScript { "index.ts" } else { "index.js" }
    }

    /// The text of a main file whose component says these words, and after them what another package says.
    pub fn says(self, words: &str, then: Option<&str>) -> String {
        match (self, then) {
            (Self::TypeScript, None) => format!("const said: string = '{words}';\nexport = said;\n"),
            (Self::TypeScript, Some(package)) => format!(
                "import other = require('{package}'); const said: string = '{words}' + other;\nexport = said;\n"
            ),
            (_, None) => format!("module.exports = '{words}';\n"),
            (_, Some(package)) => format!("module.exports = '{words}' + require('{package}');\n"),
        }
    }

    /// Writes another file of a component, in whose declarations the other package stands too.
    pub fn add_types(self, workspace: &Folder, component: &str, package: Option<&str>) {
        if self != Self::TypeScript {
            return;
        }
        let text = match package {
            None => "export interface Of { of: string }\nexport const of: Of = { of: 'b' };\n".to_owned(),
            Some(package) => format!(
                "import {{ of as other, type Of }} from '{package}/types'; export * from '{package}/types';\n\
                 export const own = (): Of[] => [other]; export type Late = import('{package}/types').Of;\n"
            ),
        };
        workspace.write(&format!("{component}/types.ts"), text);
    }

    /// Has the workspace's components built this way.
    pub fn choose_in(self, workspace: &Folder, scope: &str) {
        if self == Self::Commands {
            let settings = json!({
                "teambit.workspace/workspace": {"defaultScope": scope},
                "bit.build/envs": {"own": {"tasks": [{"name": "make", "run": MAKE, "outputs": ["dist"]}]}},
                "bit.build/env": "own",
            });
            workspace.write("workspace.jsonc", serde_json::to_string_pretty(&settings).expect("JSON"));
        }
    }

    /// What was built stands in every version of a scope as building that version's sources makes it, byte for byte,
    /// and package.json leads there.
    #[track_caller]
    pub fn built_all_of(self, env: &TestEnvironment, scope: &Folder) {
        let again = env.git_workspace_at(&format!("built-{}", uniquely(env)), "built.again");
        self.choose_in(&again, "built.again");
        let tags: Vec<String> = scope.git(["tag", "-l"]).success().stdout.lines().map(str::to_owned).collect();
        let name = |tag: &str| tag.replace(['@', '.'], "-");
        for tag in &tags {
            let archive = format!("{}/all.tar", name(tag));
            let to = again.write(&archive, "").path().join(&archive);
            scope.git(["archive", "--output", &to.to_string_lossy(), tag]).success();
            again.inside(&name(tag)).program("tar").args(["xf", "all.tar"]).run().success();
            again.remove(&archive);
            for made in ["component.json", "package.json", "dist"] {
                let path = format!("{}/{made}", name(tag));
                assert_eq!(again.exists(&path), made != "dist" || self != Self::JavaScript, "{path}");
                if again.exists(&path) {
                    again.remove(&path);
                }
            }
        }
        again.bit(std::iter::once("add".to_owned()).chain(tags.iter().map(|tag| name(tag)))).success();
        again.bit(["tag", "-m", "again", "--ignore-issues", "*"]).success();
        for tag in &tags {
            let own = format!("built.again/{}@0.0.1", name(tag));
            let stored = scope.git(["ls-tree", "-r", tag, "dist"]).success().stdout.clone();
            let built = again.scope_git(["ls-tree", "-r", &own, "dist"]).success().stdout.clone();
            let file = |line: &str| line.split('\t').nth(1).expect("a path").to_owned();
            for (stored, built) in stored.lines().zip(built.lines()).filter(|(stored, built)| stored != built) {
                let (path, other) = (file(stored), file(built));
                let stored = scope.git(["show", &format!("{tag}:{path}")]).stdout;
                let built = again.scope_git(["show", &format!("{own}:{other}")]).stdout;
                assert_eq!((path, stored), (other, built), "{tag}");
            }
            assert_eq!(stored, built, "{tag}");
            let package = |text: &str| {
                let mut package: serde_json::Value = serde_json::from_str(text).expect("package.json");
                let own = package.as_object_mut().expect("an object");
                own.retain(|key, _| !["name", "version", "dependencies"].contains(&key.as_str()));
                package
            };
            let stored = package(&scope.git(["show", &format!("{tag}:package.json")]).stdout);
            let built = package(&again.scope_git(["show", &format!("{own}:package.json")]).stdout);
            assert_eq!(stored, built, "{tag}");
        }
    }
}

fn uniquely(env: &TestEnvironment) -> usize {
    std::fs::read_dir(env.root()).expect("the machine's root").count()
}

/// A promise, and a test of it for each of these flavours.
macro_rules! flavoured {
    ($promise:ident: $($name:ident $flavour:ident,)*) => {
        mod $promise {
            use crate::common::Flavour;

            $(#[test]
            fn $name() {
                super::$promise(Flavour::$flavour);
            })*
        }
    };
}
pub(crate) use flavoured;

/// Promises that hold for each flavour.
macro_rules! with_each_flavour {
    ($($promise:ident,)*) => {
        $(crate::common::flavoured! {
            $promise: in_javascript JavaScript, in_typescript TypeScript, built_by_commands Commands,
        })*
    };
}
pub(crate) use with_each_flavour;

/// Promises that hold for what is not built, and for scripts, declarations and maps that are.
macro_rules! compiled_or_not {
    ($($promise:ident,)*) => {
        $(crate::common::flavoured! { $promise: in_javascript JavaScript, in_typescript TypeScript, })*
    };
}
pub(crate) use compiled_or_not;
