//! A tag that was moved on the host after an import is refused by every command that asks the scope anyway.

use std::fs;

use crate::common::servers::{Host, Hosted};
use crate::common::{Folder, Run, TestEnvironment, find_program};

/// A scope with two versions of theme, its author, and a workspace that imported it.
fn imported<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>, tag: &[&str]) -> Folder<'e> {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    env.folder("home").bit(["remote", "add", "--global", "my-org.ui", &scope.url]).success();
    let author = env.git_workspace_at("author", "my-org.ui");
    author.component("theme", &[("index.js", "module.exports = 1;\n")]);
    author.bit([&["tag", "-m", "one"], tag].concat()).success();
    author.append("theme/index.js", "// two\n");
    author.bit([&["tag", "-m", "two"], tag].concat()).success();
    author.bit(["export"]).success();
    let workspace = env.git_workspace_at("ws", "my-org.shop");
    workspace.bit(["import", "my-org.ui/theme", "-p", "theme"]).success();
    workspace
}

/// Ada signs what is tagged here.
fn signs(env: &TestEnvironment) {
    let home = env.folder("home");
    home.program("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", "ada"]).run().success();
    let key = env.home().join("ada.pub");
    env.git_config("gpg.format", "ssh").git_config("user.signingkey", key.to_str().expect("UTF-8"));
}

fn git(scope: &Hosted<'_>, arguments: &[&str]) -> String {
    scope.folder.git([&["--git-dir=."], arguments].concat()).success().stdout.trim().to_owned()
}

/// Counts how often a command connects to a host.
fn watched_dials(env: &TestEnvironment) -> impl Fn(&Folder<'_>, &[&str]) -> usize {
    let git = env.folder("home/real").path().join("git");
    std::os::unix::fs::symlink(find_program("git").unwrap(), &git).unwrap();
    let log = env.root().join("log");
    let script = format!("echo \"$*\" >>'{}'\nexec \"{}\" \"$@\"", log.display(), git.display());
    env.program_of_user("git", &script);
    move |workspace, command| {
        let _ = fs::remove_file(&log);
        workspace.bit(command).success();
        let said = fs::read_to_string(&log).unwrap();
        let dials = |line: &&str| [" fetch ", "ls-remote "].iter().any(|word| format!(" {line} ").contains(word));
        said.lines().filter(dials).count()
    }
}

#[test]
fn a_tag_that_was_moved_after_the_import_is_refused() {
    for is_near in [true, false] {
        let env = TestEnvironment::new();
        let host = if is_near { Host::path(&env) } else { Host::daemon(&env) };
        let scope = host.repository("s");
        let workspace = imported(&env, &scope, &[]);
        let commands: [&[&str]; 5] = [
            &["import"],
            &["import", "my-org.ui/theme"],
            &["import", "my-org.ui/theme@0.0.1", "--objects"],
            &["import", "my-org.ui/*", "--objects"],
            &["fetch"],
        ];
        let before = workspace.refs();
        let old = git(&scope, &["rev-parse", "theme@0.0.2"]);
        let evil = git(&scope, &["commit-tree", "-m", "evil", "theme@0.0.2^{tree}"]);
        git(&scope, &["update-ref", "refs/tags/theme@0.0.2", &evil]);
        for command in commands {
            let run = workspace.bit(command);
            run.fails(1).complains("the tag of my-org.ui/theme@0.0.2").complains("was moved");
            run.complains(&old).complains(&evil).complains("ask who runs the scope");
            assert_eq!(workspace.refs(), before);
        }
        // It was named, and is no component's.
        git(&scope, &["update-ref", "refs/tags/theme@0.0.2", &old]);
        let older = git(&scope, &["rev-parse", "theme@0.0.1"]);
        git(&scope, &["update-ref", "refs/tags/theme@0.0.1", &evil]);
        workspace.bit(["import", "my-org.ui/theme@0.0.1", "--objects"]).fails(1).complains(&older).complains(&evil);
        git(&scope, &["update-ref", "refs/tags/theme@0.0.1", &older]);
        // Who has the version needs no tag; and all is well again.
        git(&scope, &["update-ref", "-d", "refs/tags/theme@0.0.1"]);
        for command in commands {
            workspace.bit(command).success();
        }
        git(&scope, &["update-ref", "-d", "refs/tags/theme@0.0.2"]);
        workspace.bit(["fetch"]).success();
    }
}

/// A version that came with another one, and that no component of the workspace has yet: it would be taken from here.
#[test]
fn a_version_that_is_here_is_not_taken_once_its_tag_was_moved() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let scope = host.repository("s");
    let workspace = imported(&env, &scope, &[]);
    workspace.bit(["import", "my-org.ui/theme@0.0.1", "--override"]).success();
    let evil = git(&scope, &["commit-tree", "-m", "evil", "theme@0.0.2^{tree}"]);
    let old = git(&scope, &["rev-parse", "theme@0.0.2"]);
    let before = (workspace.read(".bitmap"), workspace.read("theme/index.js"));
    let commands: [&[&str]; 5] = [
        &["import"],
        &["import", "my-org.ui/theme"],
        &["import", "my-org.ui/*"],
        &["import", "my-org.ui/theme", "--override"],
        &["fetch"],
    ];
    git(&scope, &["update-ref", "refs/tags/theme@0.0.2", &evil]);
    for command in commands {
        workspace.bit(command).fails(1).complains("the tag of my-org.ui/theme@0.0.2").complains(&old).complains(&evil);
        assert_eq!((workspace.read(".bitmap"), workspace.read("theme/index.js")), before);
    }
    git(&scope, &["update-ref", "refs/tags/theme@0.0.2", &old]);
    workspace.bit(["import", "my-org.ui/theme"]).success().says("my-org.ui/theme@0.0.2");
}

/// The command that a hint names, as it stands there.
fn advised(run: &Run, begin: &str, end: &str) -> Vec<String> {
    let from = run.stderr.find(begin).unwrap_or_else(|| panic!("{begin} is not named\n{run}"));
    let command = run.stderr[from..].split(end).next().unwrap_or_default();
    command.split_whitespace().skip(1).map(str::to_owned).collect()
}

/// What the catalog lists is here already: nothing can be taken, and an import can go on without it.
#[test]
fn of_several_moved_tags_all_are_told_and_one_command_goes_on_without_them() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let scope = host.repository("s");
    let workspace = imported(&env, &scope, &[]);
    workspace.bit(["import", "my-org.ui/theme@0.0.1", "--objects"]).success();
    let evil = git(&scope, &["commit-tree", "-m", "evil", "theme@0.0.2^{tree}"]);
    for tag in ["theme@0.0.1", "theme@0.0.2"] {
        git(&scope, &["update-ref", &format!("refs/tags/{tag}"), &evil]);
    }
    let run = workspace.bit(["import"]);
    run.fails(1).complains("my-org.ui/theme@0.0.1: it was on").complains("my-org.ui/theme@0.0.2: it was on");
    workspace.bit(advised(&run, "bit import", "\"")).success();
    workspace.bit(["import"]).fails(1).complains("put the tag back");
    let run = workspace.bit(["fetch"]);
    workspace.bit(advised(&run, "bit fetch", "\"")).success().says("nothing new");
    workspace.bit(["fetch", "--accept-moved", "my-org.ui/theme@0.0.1"]).fails(1).complains("my-org.ui/theme@0.0.2");
}

#[test]
fn several_replaced_tags_are_taken_as_the_hints_say() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let scope = host.repository("s");
    signs(&env);
    let workspace = imported(&env, &scope, &["--sign"]);
    workspace.bit(["import", "my-org.ui/theme@0.0.1", "--objects"]).success();
    for tag in ["theme@0.0.1", "theme@0.0.2"] {
        git(&scope, &["tag", "-f", "-a", tag, &format!("{tag}^{{}}"), "-m", "mallory"]);
    }
    for _ in 0..2 {
        let run = workspace.bit(["import"]);
        run.fails(1);
        workspace.bit(advised(&run, "bit import", "\n")).success();
    }
    workspace.bit(["import"]).success();
    workspace.bit(["fetch"]).success();
}

/// What a component needs becomes a package along with it, and is asked after as it is.
#[test]
fn nothing_is_ejected_with_what_it_needs_where_a_tag_was_moved() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let scope = host.repository("s");
    imported(&env, &scope, &[]);
    let author = env.folder("author");
    author.component("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]);
    author.bit(["tag", "-m", "button"]).success();
    author.bit(["export"]).success();
    let shop = env.git_workspace_at("shop", "my-org.shop");
    shop.bit(["import", "my-org.ui/button", "-p", "button"]).success();
    let old = git(&scope, &["rev-parse", "theme@0.0.2"]);
    let evil = git(&scope, &["commit-tree", "-m", "evil", "theme@0.0.2^{tree}"]);
    git(&scope, &["update-ref", "refs/tags/theme@0.0.2", &evil]);
    let before = shop.listing(&[".git"]);
    shop.bit(["eject", "button"]).fails(1).complains("my-org.ui/theme@0.0.2").complains(&old).complains(&evil);
    assert_eq!(shop.listing(&[".git"]), before);
}

/// More than are asked for by name: all tags are listed, which says as well whether the catalog went on.
#[test]
fn of_many_versions_each_is_looked_at() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    let scope = host.repository("s");
    let workspace = imported(&env, &scope, &[]);
    let author = env.folder("author");
    for number in 0..31 {
        author.component(&format!("part-{number:02}"), &[("index.js", "module.exports = 1;\n")]);
    }
    for message in ["one", "two", "three"] {
        author.bit(["tag", "-m", message, "--unmodified"]).success();
    }
    author.bit(["export"]).success();
    workspace.bit(["import", "my-org.ui/**", "--objects"]).success();
    let dials = watched_dials(&env);
    for command in [&["import"] as &[&str], &["fetch"], &["import", "my-org.ui/part-00", "--objects"]] {
        assert_eq!(dials(&workspace, command), 1, "{command:?}");
    }
    let old = git(&scope, &["rev-parse", "part-30@0.0.1"]);
    let evil = git(&scope, &["commit-tree", "-m", "evil", "part-30@0.0.1^{tree}"]);
    git(&scope, &["update-ref", "refs/tags/part-30@0.0.1", &evil]);
    git(&scope, &["update-ref", "-d", "refs/tags/part-29@0.0.1"]);
    for command in [&["import"] as &[&str], &["fetch"], &["import", "my-org.ui/part-00", "--objects"]] {
        let run = workspace.bit(command);
        run.fails(1).complains("the tag of my-org.ui/part-30@0.0.1").complains(&old).complains(&evil);
    }
    git(&scope, &["update-ref", "refs/tags/part-30@0.0.1", &old]);
    // What is only staged here, under a number that the scope has too, is no moved tag.
    workspace.bit(["import", "my-org.ui/part-00", "-p", "part"]).success();
    workspace.append("part/index.js", "// here\n");
    workspace.bit(["tag", "part-00", "-m", "here"]).success();
    author.append("part-00/index.js", "// there\n");
    author.bit(["tag", "part-00", "-m", "there"]).success();
    author.bit(["export"]).success();
    workspace.bit(["fetch"]).success();
    workspace.bit(["fetch"]).success();
}

/// What looks after moved tags costs no connection, and brings nothing that is here.
#[test]
fn an_import_of_nothing_new_is_one_connection() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    let scope = host.repository("s");
    let workspace = imported(&env, &scope, &[]);
    let dials = watched_dials(&env);
    for command in [&["import"] as &[&str], &["import", "my-org.ui/theme"], &["fetch"]] {
        assert_eq!(dials(&workspace, command), 1, "{command:?}");
    }
    // A new catalog brings the catalog, and no version that is here already.
    let author = env.folder("author");
    author.component("other", &[("index.js", "module.exports = 1;\n")]);
    author.bit(["tag", "-m", "other"]).success();
    author.bit(["export"]).success();
    let packs = || fs::read_dir(workspace.local_scope().join("objects/pack")).unwrap().flatten();
    let before: Vec<_> = packs().map(|file| file.file_name()).collect();
    workspace.bit(["fetch"]).success();
    let index = packs().find(|file| {
        !before.contains(&file.file_name()) && file.path().extension().is_some_and(|ending| ending == "idx")
    });
    let listed = workspace.git([std::ffi::OsStr::new("verify-pack"), "-v".as_ref(), index.unwrap().path().as_os_str()]);
    let commits = listed.success().stdout.lines().filter(|line| line.contains(" commit ")).count();
    assert_eq!(commits, 1, "the catalog, and nothing else: {listed}");
}

#[test]
fn a_replaced_tag_object_can_be_accepted() {
    let env = TestEnvironment::new();
    signs(&env);
    let host = Host::path(&env);
    let scope = host.repository("s");
    let workspace = imported(&env, &scope, &["--sign"]);
    let id = "my-org.ui/theme@0.0.2";
    workspace.bit(["verify", "my-org.ui"]).success();
    let signed = git(&scope, &["rev-parse", "theme@0.0.2"]);
    git(&scope, &["tag", "-f", "-a", "theme@0.0.2", "theme@0.0.2^{}", "-m", "mallory"]);
    let other = git(&scope, &["rev-parse", "theme@0.0.2"]);
    workspace.bit(["import"]).fails(1).complains(&signed).complains(&other).complains("--accept-moved");
    let accepted = format!("bit import --accept-moved {id} {id}");
    let told = workspace.bit(["verify", "my-org.ui"]);
    assert_eq!(told.code, Some(3));
    told.says(&accepted).says("then the same command with --accept");
    workspace.bit(["import", "--accept-moved", id, id]).success();
    assert_eq!(workspace.scope_git(["rev-parse", &format!("refs/tags/{id}")]).line(), other);
    workspace.bit(["verify", "my-org.ui", "--accept"]).success();
    workspace.bit(["import"]).success();
    workspace.bit(["verify"]).success();
}
