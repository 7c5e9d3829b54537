//! Real package managers, as `scripts/test` installs them: each in a folder of its own, `<name>/node_modules/.bin`.

use std::path::{Path, PathBuf};

use super::{Folder, Run, TestEnvironment};

/// A package manager of the machine that runs the tests.
#[derive(Clone, Copy)]
pub struct Manager {
    /// Its folder: `npm-11`.
    pub name: &'static str,
    /// What it is called.
    pub program: &'static str,
    /// What installs exactly what the lockfile says.
    pub frozen: &'static [&'static str],
    /// Its lockfile.
    pub lockfile: &'static str,
}

const FROZEN: &[&str] = &["install", "--frozen-lockfile"];

pub const NPM_11: Manager = Manager { name: "npm-11", program: "npm", frozen: &["ci"], lockfile: "package-lock.json" };
pub const NPM_12: Manager = Manager { name: "npm-12", ..NPM_11 };
pub const PNPM_10: Manager = Manager { name: "pnpm-10", program: "pnpm", frozen: FROZEN, lockfile: "pnpm-lock.yaml" };
pub const PNPM_9: Manager = Manager { name: "pnpm-9", ..PNPM_10 };
pub const PNPM_11: Manager = Manager { name: "pnpm-11", ..PNPM_10 };
pub const PNPM_12: Manager = Manager { name: "pnpm-12", ..PNPM_10 };
pub const YARN_1: Manager = Manager { name: "yarn-1", program: "yarn", frozen: FROZEN, lockfile: "yarn.lock" };
pub const YARN_4: Manager = Manager { name: "yarn-4", frozen: &["install", "--immutable"], ..YARN_1 };
pub const BUN: Manager = Manager { name: "bun", program: "bun", frozen: FROZEN, lockfile: "bun.lock" };

/// A registry where nobody answers: what works then needs none.
const NOBODY: &str = "http://127.0.0.1:9";

/// No package manager, but it is there like one.
pub const TYPESCRIPT: Manager = Manager { name: "typescript", program: "tsc", frozen: &[], lockfile: "" };

impl Manager {
    fn bin(&self) -> PathBuf {
        let folder = std::env::var_os("BIT_TEST_MANAGERS").map(PathBuf::from);
        let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/managers"));
        folder.join(self.name).join("node_modules/.bin")
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.bin().join(self.program)
    }

    /// Whether it is here.
    pub fn is_there(&self) -> bool {
        self.path().exists()
    }

    /// Gives it to a machine's user, without a registry.
    pub fn give_to(&self, env: &TestEnvironment) {
        // yarn 1 has one cache for all that root installs, wherever its home is.
        let cache = match self.name {
            "yarn-1" => format!("export YARN_CACHE_FOLDER='{}'\n", env.home().join("cache/yarn-1").display()),
            _ => String::new(),
        };
        let script = format!(
            "{cache}export PATH='{bin}':\"$PATH\" npm_config_registry={NOBODY} YARN_NPM_REGISTRY_SERVER={NOBODY} \
             YARN_ENABLE_TELEMETRY=0 YARN_ENABLE_GLOBAL_CACHE=false npm_config_fetch_retries=0\n\
             exec '{bin}/{program}' \"$@\"",
            bin = self.bin().display(),
            program = self.program,
        );
        env.program_of_user(self.program, &script);
        env.git_config("user.name", "Ada Tester");
    }

    /// Says that a workspace uses it.
    pub fn choose_in(&self, workspace: &Folder) {
        let name = if self.program == "yarn" { "yarn" } else { self.program };
        let text = workspace.read("workspace.jsonc");
        let key = "\"teambit.dependencies/dependency-resolver\": {";
        assert!(text.contains(key), "{text}");
        let chosen = format!("{key}\n    \"packageManager\": \"{name}\",");
        workspace.write("workspace.jsonc", text.replace(key, &chosen));
        if self.name == "yarn-4" {
            workspace.write(".yarnrc.yml", "nodeLinker: node-modules\n");
        }
    }

    /// Installs as a person does, without bit. Its lockfile says from then on that the folder is its own.
    pub fn install_here(&self, folder: &Folder) {
        if self.name == "yarn-4" {
            folder.write(".yarnrc.yml", "nodeLinker: node-modules\n");
        }
        let program = folder.machine().home().join("bin").join(self.program);
        folder.program(&program.to_string_lossy()).args(["install"]).run().success();
        assert!(folder.exists(self.lockfile), "there was something to install");
    }

    /// Installs exactly what the lockfile says.
    pub fn install_frozen(&self, folder: &Folder) -> Run {
        folder
            .program(&folder.machine().home().join("bin").join(self.program).to_string_lossy())
            .args(self.frozen)
            .run()
    }
}

/// A package from outside, `outside/<name>.tgz`, as npm packs one: it says its own name.
pub fn outside_package(folder: &Folder, name: &str) {
    let package = folder.inside(&format!("outside/{name}/package"));
    package.write("package.json", format!("{{\"name\": \"{name}\", \"version\": \"1.0.0\"}}"));
    package.write("index.js", format!("module.exports = '{name}';\n"));
    let outside = folder.inside("outside");
    outside.program("tar").args(["czf", &format!("{name}.tgz"), "-C", name, "package"]).run().success();
    outside.remove(name);
}

/// Leave the test where what `scripts/test` installs for it is not there.
macro_rules! needs_installed {
    ($($program:expr),*) => {
        $(if !$program.is_there() {
            $crate::common::skip!("there is no {}: scripts/test installs it", $program.name);
        })*
    };
}
pub(crate) use needs_installed;

/// A promise that holds with each of these managers: a test for each.
macro_rules! with_each_manager {
    ($promise:ident: $($test:ident: $manager:ident,)*) => {
        $(#[test]
        fn $test() {
            $crate::common::managers::needs_installed!($manager);
            $promise(&$manager);
        })*
    };
}
pub(crate) use with_each_manager;

/// An npm that unpacks the archives which package.json depends on and those of overrides, and writes a lockfile: quick,
/// and to be broken at will. `before` is shell that runs first, with the arguments of npm; `--version` is answered before it.
pub fn give_fake_npm(env: &TestEnvironment, before: &str) {
    give_fake_npm_of(env, before, "");
}

/// The same, and shell that runs afterwards.
pub fn give_fake_npm_of(env: &TestEnvironment, before: &str, after: &str) {
    const UNPACK: &str = "const fs = require(\"fs\"), { execFileSync } = require(\"child_process\");\
        const whole = JSON.parse(fs.readFileSync(\"package.json\", \"utf8\").replace(/^\\uFEFF/, \"\"));\
        const { dependencies = {}, devDependencies = {}, overrides = {} } = whole;\
        const others = Object.entries(overrides).map(([key, spec]) => [key.replace(/@[^@]*$/, \"\"), spec]);\
        for (const [name, spec] of Object.entries({ ...Object.fromEntries(others), ...devDependencies, ...dependencies })) {\
          if (!spec.startsWith(\"file:\")) continue;\
          const folder = \"node_modules/\" + name;\
          fs.rmSync(folder, { recursive: true, force: true });\
          fs.mkdirSync(folder, { recursive: true });\
          execFileSync(\"tar\", [\"xzf\", spec.slice(5), \"-C\", folder, \"--strip-components=1\"]);\
        }\
        fs.writeFileSync(\"package-lock.json\", JSON.stringify(dependencies));";
    let script =
        format!("[ \"$1\" = --version ] && echo 11.0.0 && exit\n{before}\nnode -e '{UNPACK}' || exit\n{after}");
    env.program_of_user("npm", &script);
}
