//! What a clone, an archive or an imported component brings runs no program and is no workspace by itself.

use crate::build::configure;
use crate::common::{Folder, TestEnvironment};
use crate::import::{published, workspace};
use serde_json::json;
use std::os::unix::fs::symlink;

/// A workspace among the files of a git repository: its local scope is `.bit`, and it knows a scope by ssh.
fn in_bit(env: &TestEnvironment) -> Folder<'_> {
    let folder = env.git_folder("team");
    folder.bit(["init", "--standalone", "--default-scope", "my-org.ui"]).success();
    folder.bit(["remote", "add", "my-org.ui", "ssh://127.0.0.1:1/ui.git"]).success();
    folder
}

/// A program that tells of its being run, for whoever is made to run it.
fn trap(env: &TestEnvironment) -> String {
    env.folder("trap").write_program("run", "touch \"$(dirname \"$0\")/sprung\"; exit 1");
    env.folder("trap").path().join("run").display().to_string()
}

fn is_sprung(env: &TestEnvironment) -> bool {
    env.folder("trap").exists("sprung")
}

/// Every kind of command: those that read, those that write, those that dial, and those that repair.
const COMMANDS: [&[&str]; 12] = [
    &["status"],
    &["fetch"],
    &["import"],
    &["import", "my-org.ui/x"],
    &["list", "my-org.ui"],
    &["tag"],
    &["remote", "check"],
    &["remote", "del", "my-org.ui"],
    &["init"],
    &["verify"],
    &["doctor"],
    &["doctor", "--fix"],
];

#[test]
fn a_local_scope_among_the_files_names_no_program() {
    let env = TestEnvironment::new();
    let team = in_bit(&env);
    let plain = team.read(".bit/config");
    let trap = trap(&env);
    team.bit(["status"]).success();
    team.write(".bit/config", format!("{plain}[core]\n\tsshCommand = {trap}\n"));
    let evil = team.read(".bit/config");
    for command in COMMANDS {
        let run = team.bit(command);
        // Of "bit verify" that is one of the codes that it promises.
        assert_eq!(run.code, Some(if command[0] == "verify" { 4 } else { 1 }), "{command:?}: {run}");
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains(".bit/config sets core.sshcommand"), "{command:?}: {run}");
        assert!(said.contains("git config --global core.sshcommand"), "{command:?}: {run}");
        assert!(!is_sprung(&env), "{command:?}: {run}");
        assert_eq!(team.read(".bit/config"), evil, "{command:?}");
    }
    // The person's own configuration is where it belongs.
    team.write(".bit/config", plain);
    env.git_config("core.sshCommand", &trap);
    team.bit(["list", "my-org.ui"]).fails(1);
    assert!(is_sprung(&env), "it can be sprung");
}

#[test]
fn a_local_scope_beside_gits_own_is_as_safe_as_that() {
    let env = TestEnvironment::new();
    let team = env.git_workspace();
    team.bit(["remote", "add", "my-org.ui", "ssh://127.0.0.1:1/ui.git"]).success();
    team.scope_git(["config", "core.sshCommand", &trap(&env)]).success();
    team.bit(["list", "my-org.ui"]).fails(1);
    assert!(is_sprung(&env));
}

#[test]
fn a_local_scope_that_git_tracks_is_refused_and_the_way_out_works() {
    let env = TestEnvironment::new();
    let team = in_bit(&env);
    team.component("button", &[("index.js", "")]);
    team.bit(["tag"]).success();
    team.git(["add", "--force", "."]).success();
    team.git(["commit", "--quiet", "-m", "all of it"]).success();
    env.folder(".").git(["clone", "--quiet", "team", "clone"]).success();
    for folder in [&team, &env.folder("clone")] {
        for command in [&["status"][..], &["tag", "-m", "x"], &["init"], &["fetch"], &["doctor", "--fix"]] {
            let run = folder.bit(command);
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(run.code == Some(1), "{command:?}: {run}");
            assert!(said.contains("git tracks files of it") && said.contains("git rm -r --cached"), "{run}");
        }
    }
    team.git(["rm", "-r", "--quiet", "--cached", ".bit"]).success();
    team.bit(["status"]).success().says("my-org.ui/button. versions: 0.0.1");
}

#[test]
fn a_local_scope_among_the_files_leads_nowhere_and_has_no_hooks() {
    let env = TestEnvironment::new();
    let team = in_bit(&env);
    for (file, named) in [
        ("objects/info/alternates", "leads to another repository"),
        ("commondir", "leads to another repository"),
        ("hooks/reference-transaction", "is a hook"),
    ] {
        team.write(&format!(".bit/{file}"), "/tmp\n");
        for command in [&["status"][..], &["doctor"], &["doctor", "--fix"]] {
            let run = team.bit(command);
            assert_eq!(run.code, Some(1), "{run}");
            assert!(format!("{}{}", run.stdout, run.stderr).contains(named), "{file}: {run}");
            assert!(team.exists(&format!(".bit/{file}")), "{file}: it is shown, not hidden");
        }
        team.remove(&format!(".bit/{file}"));
        team.bit(["status"]).success();
    }
}

#[test]
fn a_journal_that_came_along_writes_nothing_outside() {
    let env = TestEnvironment::new();
    let team = in_bit(&env);
    let blob = team.git(["--git-dir=.bit", "hash-object", "-w", "/dev/null"]).line().to_owned();
    let file =
        |path: &str| format!(r#"{{"path":"{path}","before":null,"after":{{"mode":"Regular","blob":"{blob}"}}}}"#);
    let files = [file("../outside"), file(".git/hooks/post-checkout"), file("inside")].join(",");
    let plan = format!(r#"{{"command":"merge","refs":[],"bitmap":{{"records":[],"files":[{files}]}}}}"#);
    team.write(".bit/bit/journal.json", plan);
    team.bit(["status"]).success();
    assert!(team.exists("inside"), "the journal was read");
    assert!(!env.root().join("outside").exists() && !team.exists(".git/hooks/post-checkout"));
}

#[test]
fn results_of_a_build_that_came_along_are_not_believed() {
    let task = json!({"own": {"tasks": [{"name": "make", "run": "\"$HOME/make\"", "outputs": ["lib"]}]}});
    let machine = |said: &str| {
        let env = TestEnvironment::new();
        env.folder("home").write_program("make", &format!("mkdir lib && echo {said} > lib/said"));
        env
    };
    let (theirs, mine) = (machine("evil"), machine("good"));
    let sent = theirs.workspace();
    sent.component("box", &[("index.js", "")]).component("bag", &[("index.ts", "export const bag = 1;\n")]);
    configure(&sent, &task, &[("box", "own")]);
    sent.bit(["build"]).success();
    sent.bit(["build"]).success().says("make (as before)");
    let come = |from: &Folder<'_>| {
        if mine.root().join("workspace").exists() {
            mine.folder(".").remove("workspace");
        }
        let copied = std::process::Command::new("cp").arg("-a").arg(from.path()).arg(mine.root()).status();
        assert!(copied.unwrap().success());
        mine.folder("workspace")
    };
    let here = come(&sent);
    assert!(here.exists(".bit/bit/builds"));
    here.bit(["build"]).success().silent_about("as before");
    here.bit(["build"]).success().says("make (as before)");
    here.bit(["tag", "-m", "x"]).success();
    assert_eq!(here.git(["--git-dir=.bit", "show", "my-org.ui/box@0.0.1:lib/said"]).line(), "good");
    // A key that came along in the folder opens nothing, and where none can be kept all is built.
    let here = come(&sent);
    let build = |state: &str| here.invocation().args(["build"]).env("XDG_STATE_HOME", state).run();
    std::fs::create_dir_all(here.path().join("state/bit")).unwrap();
    let key = |env: &TestEnvironment| env.home().join("state/bit/builds.key");
    std::fs::copy(key(&theirs), here.path().join("state/bit/builds.key")).unwrap();
    build(&here.path().join("state").display().to_string()).success().silent_about("as before");
    for _ in 0..2 {
        build("/dev/null").success().silent_about("as before");
    }
    std::fs::copy(key(&theirs), key(&mine)).unwrap();
    here.bit(["build"]).success().says("make (as before)");
}

#[test]
fn no_hook_of_the_local_scope_runs_and_those_of_hosts_do() {
    let env = TestEnvironment::new();
    published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    let trap = trap(&env);
    let hooks = ["reference-transaction", "pre-push", "pre-auto-gc", "post-rewrite"];
    for hook in hooks {
        shop.write_program(&format!(".git/bit/hooks/{hook}"), &trap);
        env.folder("home/hooks").write_program(hook, &trap);
    }
    env.git_config("core.hooksPath", &env.home().join("hooks").display().to_string());
    // What the person has for all repositories is not for those that bit throws away either; a host is another matter.
    env.folder("my-org.ui").git(["config", "core.hooksPath", "hooks"]).success();
    env.folder("my-org.ui").write_program("hooks/update", "echo the host was asked >&2; exit 1");
    shop.bit(["import", "my-org.ui/button"]).success();
    shop.append("ui/button/index.js", "// more\n");
    shop.bit(["tag", "-m", "x"]).success();
    shop.bit(["export"]).fails(1).complains("the host was asked");
    assert!(!is_sprung(&env));
    env.folder("my-org.ui").remove("hooks/update");
    shop.bit(["export"]).success();
    assert!(!is_sprung(&env));
}

#[test]
fn what_makes_a_workspace_is_no_part_of_a_component() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("box", &[("index.js", "")]);
    for (file, shown) in [
        (".bitmap", "box/.bitmap"),
        ("lib/workspace.jsonc", "box/lib/workspace.jsonc"),
        ("lib/.bit/config", "box/lib/.bit"),
        ("BIT~1/config", "box/BIT~1"),
    ] {
        workspace.write(&format!("box/{file}"), "{}");
        workspace.bit(["status"]).success().says("BadFileName").says(shown).says("a workspace of its own");
        workspace.bit(["tag", "-m", "x"]).fails(1).complains(shown).complains("list it in .bitignore");
        workspace.remove(&format!("box/{file}"));
    }
    workspace.write("box/.bitmap", "{}").write("box/.bitignore", ".bitmap\n");
    workspace.bit(["tag", "-m", "x"]).success();
}

#[test]
fn names_that_not_every_machine_holds_are_told() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("box", &[("index.js", "")]);
    for (name, shown, why) in [
        ("a<b", "box/a<b", "Windows does not allow"),
        ("a?b", "box/a?b", "Windows does not allow"),
        ("say \"hi\"", "box/say \"hi\"", "Windows does not allow"),
        ("tab\there", "box/tab\\there", "can't be shown"),
        ("line\nbreak", "box/line\\nbreak", "can't be shown"),
        ("a\u{202e}b", "box/a\\u{202e}b", "can't be shown"),
    ] {
        workspace.write(&format!("box/{name}"), "");
        workspace.bit(["tag", "-m", "x"]).fails(1).complains(shown).complains(why);
        workspace.remove(&format!("box/{name}"));
    }
}

#[test]
fn a_link_to_a_strangers_scope_is_looked_at_too() {
    let env = TestEnvironment::new();
    let team = in_bit(&env);
    let trap = trap(&env);
    team.append(".bit/config", &format!("[core]\n\tsshCommand = {trap}\n"));
    std::fs::rename(team.path().join(".bit"), team.path().join("lib")).unwrap();
    symlink("lib", team.path().join(".bit")).unwrap();
    team.bit(["fetch"]).fails(1).complains("core.sshcommand");
    assert!(!is_sprung(&env));
}
