//! What holds for every command: help, exit codes, JSON, typos, the way out of a mistake.

use insta::assert_snapshot;

use crate::common::managers::give_fake_npm;
use crate::common::{Folder, TestEnvironment};

/// Every command there is, as `bit --help` lists them, but `help` itself.
fn commands() -> Vec<String> {
    let env = TestEnvironment::new();
    let help = env.folder("anywhere").bit(["--help"]).success().stdout.clone();
    let listed = help.split("Commands:\n").nth(1).expect("a list of commands").split("\n\n").next().unwrap();
    let name = |line: &str| {
        line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?.split(' ').next().map(str::to_owned)
    };
    listed.lines().filter_map(name).filter(|name| name != "help").collect()
}

/// `theme` ← `button`, tagged and changed since, with a catalog and a remote.
fn lived_in(env: &TestEnvironment) -> Folder<'_> {
    give_fake_npm(env, "");
    let workspace = env.workspace();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'red';\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
    ]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.exported("my-org.ui");
    workspace.append("theme/index.js", "// more\n").write("fresh/index.js", "").write("plain/index.js", "");
    workspace.bit(["remote", "add", "my-org.base", "https://example.com/base"]).success();
    workspace
}

/// Every command in a form that does its work in such a workspace.
const WORKING: [&[&str]; 77] = [
    &["build"],
    &["test"],
    &["init"],
    &["import"],
    &["status"],
    &["s"],
    &["list"],
    &["ls", "my-org.ui", "--cached"],
    &["list", "--ids"],
    &["list", "--local-scope", "--outdated"],
    &["search", "button"],
    &["search", "nothing-like-it"],
    &["pattern", "*"],
    &["pattern", "my-org.ui/*", "--remote", "--cached"],
    &["show", "button"],
    &["show", "button", "--legacy"],
    &["show", "button@0.0.1"],
    &["log", "button"],
    &["log", "button", "--oneline"],
    &["diff"],
    &["diff", "theme", "--name-only"],
    &["diff", "theme", "--stat"],
    &["graph"],
    &["graph", "--dot"],
    &["cat", "button"],
    &["pack", "-d", "packed"],
    &["completions", "bash"],
    &["doctor", "--fix"],
    &["bitmap", "merge-driver", ".bitmap", ".bitmap", ".bitmap"],
    &["remote"],
    &["remote", "list"],
    &["remote", "add", "my-org.more", "https://example.com/more"],
    &["remote", "del", "my-org.more"],
    &["remote", "del", "my-org.base"],
    &["remote", "check"],
    &["link"],
    &["compile"],
    &["link", "--rewire"],
    &["add", "fresh"],
    &["publish", "fres*", "--registry", "https://npm.example.com"],
    &["tag", "--dry-run"],
    &["tag", "-m", "two"],
    &["reset", "--all"],
    &["checkout", "reset", "theme"],
    &["checkout", "head"],
    &["merge"],
    &["export"],
    &["scope", "create", "a-scope", "--name", "my-org.new"],
    &["remote", "add", "my-org.new", "a-scope"],
    &["fetch", "my-org.new"],
    &["add", "plain", "--scope", "my-org.new"],
    &["tag", "plain", "-m", "plain"],
    &["export", "current", "plain"],
    &["eject", "plain"],
    &["install"],
    &["update"],
    &["uneject", "my-org.new/plain"],
    &["mirror", "./a-scope", "./c-scope", "--create"],
    &["login", "./a-scope"],
    &["logout", "./a-scope"],
    &["init", "--bare", "b-scope"],
    &["scope", "show"],
    &["scope", "list"],
    &["scope", "set", "my-org.ui"],
    &["scope", "sweep", "./a-scope"],
    &["scope", "hooks", "install", "a-scope"],
    &["hook", "pre-receive", "a-scope"],
    &["verify", "./a-scope"],
    &["deprecate", "button", "old"],
    &["undeprecate", "button"],
    &["delete", "button", "--silent"],
    &["recover", "button"],
    &["move", "fresh", "moved"],
    &["remove", "fresh"],
    &["fork", "button", "knob"],
    &["rename", "knob", "dial"],
    &["scope", "rename", "my-org.ui", "my-org.kit"],
];

#[test]
fn the_help_of_the_whole_is_for_newcomers() {
    let env = TestEnvironment::new();
    let anywhere = env.folder("anywhere");
    assert_snapshot!(anywhere.bit(["--help"]), @r#"
    Component scopes as plain git repositories.

    A component is a folder with versions of its own. "bit tag" makes a version of it: a commit in the
    local scope, a git repository inside the workspace. Versions stay staged there until they are
    exported to their scope, which is a git repository too, on any server.

    Usage: bit [OPTIONS] <COMMAND>

    Commands:
      init         Make a workspace: workspace.jsonc, .bitmap and the local scope
      add          Track folders as components
      status       Show what is new, modified, staged, outdated or wrong in the workspace [alias: s]
      tag          Make new versions of components: all of them, or none [alias: t]
      reset        Take staged versions back; files are not touched [alias: untag]
      build        Build components as "bit tag" would, without making versions
      test         Run the tests of components: the tasks "test" and "test:<word>" of their environments
      export       Publish staged versions to their scopes
      import       Bring components from their scopes into the workspace
      fetch        Look at what scopes have now; nothing in the workspace changes
      checkout     Bring components' folders to another version, or back to the one they are at
      merge        Join another line of versions into components' files
      scope        Make scopes, and show or change which ones a workspace uses
      install      Install packages by the workspace's package manager, and link the components
      eject        Replace components of the workspace by their packages
      uneject      Bring the sources of ejected components back: their packages go
      update       Move components that are packages of the workspace to newer versions
      link         Link every component into node_modules, where imports find it by its package's name
      compile      Compile TypeScript and JSX components, so that they run before they are tagged
      remove       Stop tracking components; their files and their versions stay [alias: rm]
      move         Move a component's folder [alias: mv]
      fork         Make a new component that begins as another one
      rename       Give a component another name
      deprecate    Advise against using components, or some of their versions
      undeprecate  Take deprecations back
      delete       Remove components, or some of their versions, from their scopes
      recover      Bring back components that were removed from their scopes
      remote       Say where remote scopes are; alone, list them
      login        Log in to the host of a scope: git's credential helper remembers the password
      logout       Log out: git's credential helper forgets the password
      list         List the components that have a version: of the workspace, or of a scope [alias: ls]
      search       Find components by words in their ids
      pattern      Show which components a pattern names
      show         Show all about one component
      log          Show the versions of a component, the newest first
      diff         Show what changed: in the workspace since the last version, or between two versions
      graph        Show which components depend on which
      cat          Print the manifest of a version, component.json, as it is stored
      pack         Make archives (.tgz) of versions, as npm would: any package manager installs them
      publish      Publish versions to an npm registry, by your npm
      mirror       Keep scopes the same on several hosts
      doctor       Look for all that is wrong with a workspace or a scope, and say the way out
      verify       Look whether a scope is whole, and whether nobody moved a version
      hook         Look at a push before a scope takes it: git calls this on a server
      bitmap       Merge .bitmap by component, where git merges branches
      completions  Print a script that completes commands and flags in a shell
      help         Print this message or the help of the given subcommand(s)

    Options:
      -j, --json
              Print the result as JSON, and nothing else, on standard output

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
    Patterns: "ui/*" (a star crosses slashes), lists "a,b", exclusions "*,!old/*".
    What is excluded in one argument is excluded from all. Quote patterns for the shell.
    "#);
    assert_eq!(
        anywhere.bit(["-h"]).success().stdout.lines().next(),
        Some("Component scopes as plain git repositories")
    );
    let nothing: [&str; 0] = [];
    let run = anywhere.bit(nothing);
    assert_eq!(run.code, Some(2));
    run.complains("Commands:");
}

#[test]
fn every_command_explains_itself() {
    let env = TestEnvironment::new();
    let anywhere = env.folder("anywhere");
    let mut all: Vec<Vec<String>> = commands().into_iter().map(|command| vec![command]).collect();
    assert!(all.len() >= 20, "{all:?}");
    all.extend(["add", "del", "list", "check"].map(|action| vec!["remote".to_owned(), action.to_owned()]));
    all.extend(["create", "show", "list", "set"].map(|action| vec!["scope".to_owned(), action.to_owned()]));
    all.push(["scope", "hooks", "install"].map(str::to_owned).to_vec());
    all.push(["hook", "pre-receive"].map(str::to_owned).to_vec());
    all.push(vec!["bitmap".to_owned(), "merge-driver".to_owned()]);
    for command in all {
        for flag in ["--help", "-h"] {
            let run = anywhere.bit(command.iter().map(String::as_str).chain([flag]));
            run.success().says("Usage: bit ").says("--json");
            assert_eq!(run.stderr, "", "{command:?}");
            let first = run.stdout.lines().next().unwrap();
            assert!(first.split(' ').count() > 2, "{command:?} says only “{first}”");
            // Every flag and argument has a word of explanation.
            let lines: Vec<&str> = run.stdout.lines().collect();
            for (at, line) in lines
                .iter()
                .enumerate()
                .filter(|(_, line)| line.trim_start().starts_with(['-', '<']) || line.starts_with("  ["))
            {
                // A value that a flag takes is explained behind a colon.
                let gap = if line.trim_start().starts_with("- ") { ": " } else { "  " };
                let here = line.trim().split_once(gap).is_some_and(|(_, words)| !words.trim().is_empty());
                let below = lines.get(at + 1).is_some_and(|next| next.starts_with("          "));
                assert!(here || below, "{command:?}: nothing is said of “{}”", line.trim());
            }
        }
    }
    assert_eq!(anywhere.listing(&[]), Vec::<String>::new());
}

#[test]
fn every_command_is_tried_here() {
    let tried = |name: &str| WORKING.iter().any(|command| command[0] == name);
    let untried: Vec<String> = commands().into_iter().filter(|name| !tried(name)).collect();
    assert_eq!(untried, Vec::<String>::new(), "a command without a line in WORKING");
}

#[test]
fn every_command_ends_with_0_when_it_did_its_work() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    for command in WORKING {
        let run = workspace.bit(command);
        run.success().silent_about("\u{1b}");
        assert!(!run.stdout.is_empty(), "{command:?} says nothing");
    }
}

#[test]
fn json_is_all_that_stdout_holds() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    // A graph for Graphviz is text.
    for command in WORKING.iter().filter(|command| !command.contains(&"--dot")) {
        let run = workspace.bit(command.iter().chain(&["--json"]));
        let value = run.success().json();
        assert!(value.is_array() || value.is_object(), "{command:?}: {value}");
    }
    // The short form, and before the command.
    workspace.bit(["status", "-j"]).success().json();
    workspace.bit(["-j", "list"]).success().json();
}

#[test]
fn a_failure_leaves_stdout_empty_with_json_too() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    for command in [
        &["add", "none"][..],
        &["tag", "none"],
        &["reset", "none"],
        &["remove", "none"],
        &["show", "none"],
        &["log", "none"],
        &["cat", "none"],
        &["diff", "none"],
        &["move", "none", "x"],
        &["deprecate", "none"],
        &["undeprecate", "none"],
        &["remote", "del", "none"],
        &["list", "none.scope"],
        &["checkout", "head", "none"],
        &["checkout", "1.0.0", "theme"],
        &["merge", "none"],
        &["merge", "--abort"],
        &["init", "--default-scope", "No"],
    ] {
        let run = workspace.bit(command.iter().chain(&["--json"]));
        run.fails(1).complains("error: ");
        assert_eq!(run.stdout, "", "{command:?}");
        let hint = run.stderr.lines().any(|line| line.starts_with("hint: "));
        assert!(hint, "{command:?}: no way out is shown\n{run}");
    }
}

#[test]
fn the_flags_of_existing_scripts_are_taken() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    for command in [
        &["init", "--no-package-json", "--skip-interactive"][..],
        &["status", "--quick"],
        &["list", "-o", "--ids", "--namespace", "button"],
        &["show", "button", "--legacy", "--json"],
        &["show", "button", "--remote", "--cached"],
        &["search", "button", "--local-only", "--json"],
        &["diff", "--configs-only"],
        &["diff", "theme", "--files-only"],
        &["link", "--target", ".", "-j"],
        &["tag", "-a", "-m", "x", "--skip-tests", "--ignore-build-errors"],
        &["untag", "--all", "--silent"],
        &["checkout", "head", "--skip-dependency-installation", "--all", "--auto-merge-resolve", "ours"],
        &["checkout", "latest", "theme", "-x", "--manual", "--silent"],
        &["deprecate", "button", "--new-id", "my-org.ui/theme", "--range", "<1.0.0"],
        &["import", "-x", "--silent"],
        &["remove", "button", "--keep-files", "--silent", "--force", "-t"],
    ] {
        workspace.bit(command).success();
    }
    assert!(workspace.exists("button/index.js"));
}

#[test]
fn a_flag_that_nobody_knows_is_wrong_usage() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    let before = (workspace.refs(), workspace.read(".bitmap"));
    for command in commands() {
        let run = workspace.bit([command.as_str(), "--no-such-flag"]);
        run.fails(2).complains("--no-such-flag");
        assert_eq!(run.stdout, "", "{command}");
    }
    assert_eq!((workspace.refs(), workspace.read(".bitmap")), before);
    assert_snapshot!(workspace.bit(["tag", "--mesage", "x"]), @r#"
    --- stderr
    error: unexpected argument '--mesage' found

      tip: a similar argument exists: '--message'

    Usage: bit tag --message <MESSAGE> [ID OR PATTERN]...

    For more information, try '--help'.
    --- exit 2
    "#);
}

#[test]
fn hidden_flags_are_not_suggested() {
    let env = TestEnvironment::new();
    let anywhere = env.folder("anywhere");
    // "--scope" is another name of "--local-scope", "--silent" is taken from scripts and not shown.
    assert_snapshot!(anywhere.bit(["list", "--nope"]), @r#"
    --- stderr
    error: unexpected argument '--nope' found

    Usage: bit list [OPTIONS] [SCOPE|URL]

    For more information, try '--help'.
    --- exit 2
    "#);
    anywhere.bit(["reset", "--silnt"]).fails(2).complains("'--silnt'").silent_about("--silent");
    anywhere.bit(["reset", "--jso"]).fails(2).complains("'--json'");
}

#[test]
fn help_is_a_command_too() {
    let env = TestEnvironment::new();
    let anywhere = env.folder("anywhere");
    for command in commands() {
        let told = anywhere.bit(["help", &command]).success().stdout.clone();
        assert_eq!(told, anywhere.bit([&command, "--help"]).stdout);
    }
    anywhere.bit(["help", "tga"]).fails(2).complains("'tag'");
}

#[test]
fn a_typo_in_a_command_is_answered_with_the_nearest() {
    let env = TestEnvironment::new();
    let anywhere = env.folder("anywhere");
    assert_snapshot!(anywhere.bit(["statsu"]), @r#"
    --- stderr
    error: unrecognized subcommand 'statsu'

      tip: a similar subcommand exists: 'status'

    Usage: bit [OPTIONS] <COMMAND>

    For more information, try '--help'.
    --- exit 2
    "#);
    for (typo, meant) in [("tga", "tag"), ("lsit", "list"), ("rest", "reset"), ("remoev", "remove"), ("grap", "graph")]
    {
        anywhere.bit([typo]).fails(2).complains(&format!("'{meant}'"));
    }
    anywhere.bit(["xyzzy"]).fails(2).complains("xyzzy");
    anywhere.bit(["remote", "dell", "x"]).fails(2).complains("'del'");
}

#[test]
fn a_typo_in_an_id_is_answered_with_the_nearest() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    for command in ["tag", "reset", "remove", "show", "log", "cat", "diff", "deprecate", "undeprecate"] {
        workspace.bit([command, "buttn"]).fails(1).complains("did you mean \"button\"?");
        workspace.bit([command, "my-org.ui/them"]).fails(1).complains("did you mean \"my-org.ui/theme\"?");
    }
}

#[test]
fn outside_of_a_workspace_each_command_says_where_to_begin() {
    let env = TestEnvironment::new();
    let outside = env.folder("outside");
    outside.write("fresh/index.js", "");
    let works_anywhere =
        ["init", "bitmap", "completions", "remote", "scope", "login", "logout", "hook", "verify", "mirror"];
    for command in WORKING.iter().filter(|command| !works_anywhere.contains(&command[0])) {
        let run = outside.bit(*command);
        run.fails(1).complains("error: ").complains("bit init");
        assert_eq!(run.stdout, "", "{command:?}");
    }
    outside.bit(["show", "button"]).fails(1).complains("error: the current directory is not a workspace nor a scope");
    assert_eq!(outside.listing(&[]), ["fresh/index.js"], "nothing was made");
}

#[test]
fn the_version_is_one_line() {
    let env = TestEnvironment::new();
    let anywhere = env.folder("anywhere");
    let expected = format!("bit {}\n", env!("CARGO_PKG_VERSION"));
    for flag in ["--version", "-V"] {
        let run = anywhere.bit([flag]);
        assert_eq!((run.success().stdout.as_str(), run.stderr.as_str()), (expected.as_str(), ""));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    let command = format!("{} completions bash | head -1", TestEnvironment::binary().display());
    let run = workspace.program("bash").args(["-o", "pipefail", "-c", &command]).run();
    assert_eq!((run.success().stdout.lines().count(), run.stderr.as_str()), (1, ""));
}

#[test]
fn git_that_is_missing_is_named_and_only_where_it_is_needed() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    let without_git = |arguments: &[&str]| workspace.invocation().env("PATH", "/nowhere").args(arguments).run();
    without_git(&["status"]).success();
    without_git(&["--version"]).success();
    let refs = workspace.refs();
    assert_snapshot!(without_git(&["tag", "-m", "x"]), @r#"
    --- stderr
    error: the program git was not found
    hint: install git 2.41 or newer, and see that it is on the PATH
    --- exit 1
    "#);
    // Another program of this name.
    let other = env.folder("other");
    other.write_program("git", "echo something else");
    assert_snapshot!(workspace.invocation().env("PATH", other.path()).args(["tag", "-m", "x"]).run(), @r#"
    --- stderr
    error: git does not know who you are: git var GIT_AUTHOR_IDENT answered "something else"
    hint: tell it once: git config --global user.name "Your Name" && git config --global user.email you@example.com
    --- exit 1
    "#);
    assert_eq!(workspace.refs(), refs);
}

#[test]
fn a_result_that_can_not_be_written_is_said() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    let binary = TestEnvironment::binary();
    let run = workspace.program("sh").args(["-c", &format!("'{}' tag -m x > /dev/full", binary.display())]).run();
    run.fails(1).complains("the work is done").complains("standard output");
    assert_eq!(workspace.versions(), ["my-org.ui/theme@0.0.1"]);
}

#[test]
fn what_stands_in_the_place_of_a_file_or_a_number_is_answered() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    workspace.bit(["tag", "--ver", "nope"]).fails(1).complains("hint: write three numbers").complains("2.0.0-beta.1");
    let run = workspace.bit(["tag", "--versions-file", "nofile"]);
    run.fails(1).complains("there is no versions file nofile").complains("hint: check its path");
    workspace.write("con/index.js", "").bit(["add", "con"]).fails(1).complains("con-1");
    for file in ["workspace.jsonc", ".bitmap"] {
        let content = workspace.read(file);
        workspace.remove(file).write(&format!("{file}/inner"), "");
        let run = workspace.bit(["status"]);
        run.fails(1).complains(file).complains("hint: a folder stands where a file should be");
        workspace.remove(file).write(file, content);
    }
}

#[test]
fn a_broken_bitmap_is_answered_with_the_ways_back() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    let whole = workspace.read(".bitmap");
    for broken in ["", &whole[..whole.len() / 2]] {
        let run = workspace.write(".bitmap", broken).bit(["status"]);
        run.fails(1).complains("git checkout -- .bitmap").complains("\"bit init --reset\" puts it aside");
        assert_eq!(workspace.read(".bitmap"), broken);
    }
    for value in ["\"text\"", "1", "true", "null", "1.5", "-1", "[1, {}]"] {
        let run =
            workspace.write(".bitmap", whole.replacen('{', &format!("{{\n\"note\": {value},"), 1)).bit(["status"]);
        run.fails(1).complains(".bitmap:2:1: the entry \"note\": it is no component");
    }
}
