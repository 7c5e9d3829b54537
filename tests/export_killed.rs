//! An export that is killed at any moment, and then run again: scope and workspace end as if nothing had happened.

use std::time::Duration;

use crate::common::faults::{MOVING, Preserved, kill_itself_at_every, killed_around_each_git};
use crate::common::servers::Hosted;
use crate::common::{Folder, Refs, TestEnvironment, needs_faults};

const EXPORT: [&str; 1] = ["export"];

/// A workspace, and scopes in its folder: all is put back together.
struct Stage<'e> {
    workspace: Folder<'e>,
    names: &'static [&'static str],
}

/// What there is, apart from objects and caches.
#[derive(Debug, PartialEq, Eq)]
struct State {
    refs: Refs,
    bitmap: String,
    scopes: Vec<Refs>,
    files: Vec<String>,
}

impl<'e> Stage<'e> {
    /// `theme` lives in the first scope, `button`, which needs it, in the last.
    fn set(env: &'e TestEnvironment, names: &'static [&'static str]) -> Self {
        let workspace = env.git_workspace_at("ws", "my-org.ui");
        for name in names {
            let (url, scope) = (format!("./{name}"), format!("my-org.{name}"));
            workspace.bit(["scope", "create", &url, "--name", &scope]).success();
            workspace.bit(["remote", "add", &scope, &url]).success();
        }
        let of = |at: Option<&&str>| format!("my-org.{}", at.expect("a scope"));
        workspace.write("theme/index.js", "module.exports = 1;\n");
        workspace.bit(["add", "theme", "--scope", &of(names.first())]).success();
        let needs = of(names.first()).replace("my-org.", "@my-org/");
        workspace.write("button/index.js", format!("module.exports = require('{needs}.theme');\n"));
        workspace.bit(["add", "button", "--scope", &of(names.last())]).success();
        let stage = Self { workspace, names };
        stage.tag("one");
        stage
    }

    fn tag(&self, message: &str) {
        self.workspace.bit(["tag", "-m", message]).success();
    }

    /// All of it is published, and there is something to publish again.
    fn again(self) -> Self {
        self.workspace.bit(EXPORT).success();
        self.workspace.append("theme/index.js", "// two\n");
        self.workspace.component("icon", &[("index.js", "module.exports = 'i';\n")]);
        self.tag("two");
        self
    }

    fn scopes(&self) -> Vec<Hosted<'e>> {
        let inside = |name: &&str| self.workspace.inside(name);
        self.names
            .iter()
            .map(inside)
            .map(|folder| Hosted { url: folder.path().display().to_string(), folder })
            .collect()
    }

    fn state(&self) -> State {
        let objects = self.names.iter().map(|name| format!("{name}/objects"));
        let apart: Vec<String> =
            [".git/bit/objects", ".git/bit/bit/cache"].map(str::to_owned).into_iter().chain(objects).collect();
        State {
            refs: self.workspace.refs(),
            bitmap: self.workspace.read(".bitmap"),
            scopes: self.scopes().iter().map(Hosted::refs).collect(),
            files: self.workspace.listing(&apart.iter().map(String::as_str).collect::<Vec<_>>()),
        }
    }

    /// What an export ends in that nobody disturbs; all that is promised of scopes holds there.
    fn undisturbed(&self, preserved: &Preserved<'e>) -> State {
        self.workspace.bit(EXPORT).success();
        self.workspace.bit(["status"]).success().says("the workspace is clean");
        let state = self.state();
        for scope in self.scopes() {
            scope.fsck();
        }
        preserved.restore();
        state
    }

    /// Killed at each file that it moves or removes and each time that it waits for the disk, in every thread, and
    /// around each git that it starts. That there are so few of them would mean that some were not seen.
    fn is_killed_everywhere(&self, moments: usize, around_gits: usize) {
        let preserved = Preserved::new(&self.workspace);
        let expected = self.undisturbed(&preserved);
        let before: Vec<Vec<String>> = self.scopes().iter().map(Hosted::listed).collect();
        let bitmap = self.workspace.read(".bitmap");
        let judge = |moment: &str| {
            self.comes_to_rest();
            // Nobody sees a half: what is listed is there, and a scope lists what it did before, or all.
            let listed: Vec<Vec<String>> = self.scopes().iter().map(Hosted::listed).collect();
            let told = self.workspace.read(".bitmap");
            let run = self.workspace.bit(EXPORT);
            assert_eq!(run.code, Some(0), "{moment}\n{run}");
            let all: Vec<Vec<String>> = self.scopes().iter().map(Hosted::listed).collect();
            for ((there, before), all) in listed.iter().zip(&before).zip(&all) {
                assert!(there == before || there == all, "{moment}: {there:?}");
            }
            // And .bitmap says so when all of it is there, not before.
            assert!(listed == all || told == bitmap, "{moment}: {told}");
            assert_eq!(self.state(), expected, "{moment}");
            for scope in self.scopes() {
                scope.fsck_objects();
            }
            self.workspace.fsck();
        };
        let struck =
            kill_itself_at_every(MOVING, &self.workspace, &EXPORT, |_, outcome| judge(&outcome.point.to_string()));
        assert!(struck >= moments, "only {struck} moments were tried");
        killed_around_each_git(&preserved, &EXPORT, around_gits, |_, moment| judge(moment));
    }

    /// The gits of a killed bit go on for moments.
    fn comes_to_rest(&self) {
        let place = self.workspace.path().display().to_string();
        let is_at_work = || {
            let processes = std::fs::read_dir("/proc").expect("the processes").flatten();
            processes
                .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
                .any(|line| String::from_utf8_lossy(&line).contains(&place))
        };
        assert!((0..1000).any(|_| !is_at_work() || {
            std::thread::sleep(Duration::from_millis(10));
            false
        }));
    }
}

/// The first versions of components go in a parcel.
#[test]
fn a_first_export() {
    needs_faults!();
    let env = TestEnvironment::in_memory();
    Stage::set(&env, &["ui"]).is_killed_everywhere(20, 5);
}

#[test]
fn a_first_export_to_a_host_without_atomic_push() {
    needs_faults!();
    let env = TestEnvironment::in_memory();
    let stage = Stage::set(&env, &["ui"]);
    stage.scopes().into_iter().for_each(|scope| drop(scope.without_atomic()));
    stage.is_killed_everywhere(20, 5);
}

/// Later ones go by `git push`.
#[test]
fn a_later_export() {
    needs_faults!();
    let env = TestEnvironment::in_memory();
    Stage::set(&env, &["ui"]).again().is_killed_everywhere(25, 5);
}

#[test]
fn an_export_to_a_host_without_atomic_push() {
    needs_faults!();
    let env = TestEnvironment::in_memory();
    let stage = Stage::set(&env, &["ui"]);
    stage.scopes().into_iter().for_each(|scope| drop(scope.without_atomic()));
    stage.again().is_killed_everywhere(40, 5);
}

#[test]
fn an_export_to_several_scopes() {
    needs_faults!();
    let env = TestEnvironment::in_memory();
    let stage = Stage::set(&env, &["base", "ui"]);
    stage.scopes().into_iter().take(1).for_each(|scope| drop(scope.without_atomic()));
    stage.again().is_killed_everywhere(50, 5);
}
