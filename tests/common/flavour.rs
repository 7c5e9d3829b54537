//! What components are written in and built by: what holds for one flavour of them holds for all.

use serde_json::json;

use super::managers::TYPESCRIPT;
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
    /// Compiled, and the workspace's own TypeScript writes declarations, and maps of those.
    Declared,
}

/// How TypeScript is to see a component: it writes maps of declarations too.
const OPTIONS: &str = r#"{"compilerOptions": {"module": "preserve", "moduleResolution": "bundler", "target": "es2022",
  "lib": ["es2022"], "types": [], "strict": true, "declarationMap": true}}
"#;

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
        if self.is_typed() { "index.ts" } else { "index.js" }
    }

    /// Whether it is written in TypeScript.
    pub fn is_typed(self) -> bool {
        [Self::TypeScript, Self::Declared].contains(&self)
    }

    /// The text of a main file whose component says these words, and after them what another package says.
    pub fn says(self, words: &str, then: Option<&str>) -> String {
        match (self, then) {
            (Self::TypeScript | Self::Declared, None) => format!("const said: string = '{words}';\nexport = said;\n"),
            (Self::TypeScript | Self::Declared, Some(package)) => format!(
                "import other = require('{package}'); const said: string = '{words}' + other;\nexport = said;\n"
            ),
            (_, None) => format!("module.exports = '{words}';\n"),
            (_, Some(package)) => format!("module.exports = '{words}' + require('{package}');\n"),
        }
    }

    /// Writes another file of a component, in whose declarations the other package stands too.
    pub fn add_types(self, workspace: &Folder, component: &str, package: Option<&str>) {
        if !self.is_typed() {
            return;
        }
        let text = match package {
            None => "export interface Of { of: string }\nexport const of: Of = { of: 'b' };\n".to_owned(),
            // Types that are nowhere written.
            Some(package) if self == Self::Declared => format!(
                "import {{ of as other }} from '{package}/types'; export * from '{package}/types';\n\
                 export const own = () => [other], late = () => import('{package}/types'), one = 1;\n"
            ),
            Some(package) => format!(
                "import {{ of as other, type Of }} from '{package}/types'; export * from '{package}/types';\n\
                 export const own = (): Of[] => [other]; export type Late = import('{package}/types').Of;\n"
            ),
        };
        workspace.write(&format!("{component}/types.ts"), text);
        self.add_options(workspace, component);
    }

    /// Tells TypeScript how to see a component, where it is asked.
    pub fn add_options(self, workspace: &Folder, component: &str) {
        if self == Self::Declared {
            workspace.write(&format!("{component}/tsconfig.json"), OPTIONS);
        }
    }

    /// Has the workspace's components built this way.
    pub fn choose_in(self, workspace: &Folder, scope: &str) {
        let own = match self {
            Self::JavaScript | Self::TypeScript => return,
            Self::Commands => json!({"tasks": [{"name": "make", "run": MAKE, "outputs": ["dist"]}]}),
            Self::Declared => json!({"declarations": "tsc"}),
        };
        let settings = json!({
            "teambit.workspace/workspace": {"defaultScope": scope},
            "bit.build/envs": {"own": own},
            "bit.build/env": "own",
        });
        workspace.write("workspace.jsonc", serde_json::to_string_pretty(&settings).expect("JSON"));
        if self == Self::Declared {
            workspace.write_program("node_modules/.bin/tsc", &format!("exec '{}' \"$@\"", TYPESCRIPT.path().display()));
        }
    }

    /// What was built stands in every version of a scope as building that version's sources makes it, byte for byte,
    /// and package.json leads there.
    #[track_caller]
    pub fn built_all_of(self, env: &TestEnvironment, scope: &Folder) {
        if self == Self::Declared {
            return self.declared_all_of(env, scope);
        }
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

    /// The same of what TypeScript wrote: it has to see what each version needs, so that comes along by an import.
    #[track_caller]
    fn declared_all_of(self, env: &TestEnvironment, scope: &Folder) {
        let name = scope.path().file_name().expect("a scope's name").to_string_lossy().into_owned();
        for tag in scope.git(["tag", "-l"]).success().stdout.lines() {
            let again = env.git_workspace_at(&format!("built-{}", uniquely(env)), "built.again");
            self.choose_in(&again, "built.again");
            for scope in scopes_of(env) {
                again.bit(["remote", "add", &scope, &format!("../{scope}")]).success();
            }
            again.bit(["import", &format!("{name}/{tag}")]).success();
            again.bit(["compile"]).success();
            let (component, _) = tag.split_once('@').expect("a version");
            let dist = again.inside(&format!("node_modules/@{}.{component}/dist", name.replacen('.', "/", 1)));
            let stored = scope.git(["ls-tree", "-r", "--name-only", &format!("{tag}:dist")]).success().stdout.clone();
            assert_eq!(dist.listing(&[".bit-compiled.json"]), stored.lines().collect::<Vec<_>>(), "{tag}");
            assert!(stored.contains("index.d.ts.map"), "{tag}: {stored}");
            for path in stored.lines() {
                let stored = scope.git(["show", &format!("{tag}:dist/{path}")]).success().stdout.clone();
                assert_eq!(stored, dist.read(path), "{tag}: {path}");
            }
        }
    }
}

/// The scopes of a machine, beside each other.
fn scopes_of(env: &TestEnvironment) -> Vec<String> {
    let names = std::fs::read_dir(env.root()).expect("the machine's root").map(|entry| entry.expect("an entry"));
    let scopes = names.filter(|entry| entry.path().join("HEAD").is_file());
    scopes.map(|entry| entry.file_name().into_string().expect("text")).collect()
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

/// Promises that hold for declarations that TypeScript itself writes, too.
macro_rules! declared_too {
    ($($promise:ident,)*) => {
        mod declared_by_typescript {
            use crate::common::Flavour;
            use crate::common::managers::{TYPESCRIPT, needs_installed};

            $(#[test]
            fn $promise() {
                needs_installed!(TYPESCRIPT);
                super::$promise(Flavour::Declared);
            })*
        }
    };
}
pub(crate) use declared_too;

/// Promises that hold for what is not built, and for scripts, declarations and maps that are.
macro_rules! compiled_or_not {
    ($($promise:ident,)*) => {
        $(crate::common::flavoured! { $promise: in_javascript JavaScript, in_typescript TypeScript, })*
    };
}
pub(crate) use compiled_or_not;
