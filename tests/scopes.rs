//! `bit scope` and `bit init --bare`: scopes are made, shown and chosen, and nothing of anybody's is lost.

use insta::assert_snapshot;

use crate::common::faults::{self, Preserved};
use crate::common::servers::{Host, served};
use crate::common::{Folder, TestEnvironment, needs_faults, skip};

/// A bare repository with a commit, and what plain git makes of it.
fn used<'e>(env: &'e TestEnvironment, name: &str, files: &[(&str, &str)]) -> Folder<'e> {
    let source = env.git_folder(&format!("{name}-source"));
    for (path, content) in files {
        source.write(path, content);
    }
    source.git(["add", "--all"]).success();
    source.git(["commit", "--quiet", "--allow-empty", "-m", "ours"]).success();
    env.folder(".").git(["clone", "--quiet", "--bare", &format!("{name}-source"), name]).success();
    env.folder(name)
}

fn refs(folder: &Folder) -> String {
    folder.git(["--git-dir=.", "for-each-ref"]).success().stdout.clone()
}

#[test]
fn a_used_repository_is_adopted_only_when_asked_and_its_files_stay() {
    let env = TestEnvironment::new();
    let here = env.folder(".");
    let theirs =
        used(&env, "theirs", &[("README.md", "# Ours\n\nOur words.\n"), ("LICENSE", "free\n"), ("a/b", "b\n")]);
    theirs.git(["--git-dir=.", "tag", "v1.0.0"]).success();
    let before = theirs.git(["--git-dir=.", "rev-parse", "HEAD"]).line().to_owned();
    assert_snapshot!(here.bit(["scope", "create", "theirs", "--name", "my-org.ui"]), @r#"
    --- stderr
    error: [ROOT]/theirs is not empty, and is no scope
    hint: name an empty repository; --adopt makes a scope of this one: its files stay, a commit with the catalog comes on top
    --- exit 1
    "#);
    assert_eq!(theirs.git(["--git-dir=.", "rev-parse", "HEAD"]).line(), before);
    here.bit(["scope", "create", "theirs", "--name", "my-org.ui", "--adopt"]).success();
    assert_eq!(theirs.git(["--git-dir=.", "rev-parse", "HEAD^"]).line(), before);
    let show = |path: &str| theirs.git(["--git-dir=.", "show", &format!("HEAD:{path}")]).success().stdout.clone();
    let page = show("README.md");
    assert!(page.starts_with("# Ours\n\nOur words.\n\n<!-- bit: how to use"), "{page}");
    assert!(page.contains("bit list my-org.ui\n") && page.ends_with("<!-- bit: end of components -->\n"), "{page}");
    assert_eq!((show("LICENSE"), show("a/b")), ("free\n".into(), "b\n".into()));
    assert!(show("scope.json").contains("my-org.ui"));
    theirs.git(["--git-dir=.", "fsck", "--full", "--strict"]).success();
    // It works as any other.
    let workspace = env.git_workspace();
    workspace.bit(["remote", "add", "../theirs"]).success().says("my-org.ui");
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    assert_eq!(show("LICENSE"), "free\n");
    assert_eq!(
        show("README.md"),
        page.replace("No components yet.", "| component | latest | versions |\n|---|---|---|\n| theme | 0.0.1 | 1 |")
    );
}

#[test]
fn what_can_not_be_adopted_is_left_as_it_is() {
    let env = TestEnvironment::new();
    let here = env.folder(".");
    let adopt = |name: &str| here.bit(["scope", "create", name, "--name", "my-org.ui", "--adopt"]);
    let refused = |folder: &Folder, name: &str, why: &str| {
        let before = refs(folder);
        adopt(name).fails(1).complains(why);
        assert_eq!(refs(folder), before);
    };
    let tagged = used(&env, "tagged", &[("a", "a")]);
    tagged.git(["--git-dir=.", "tag", "button@1.0.0"]).success();
    refused(&tagged, "tagged", "would be taken for versions: button@1.0.0");
    let headless = used(&env, "headless", &[("a", "a")]);
    headless.git(["--git-dir=.", "symbolic-ref", "HEAD", "refs/heads/other"]).success();
    refused(&headless, "headless", "its default branch (HEAD) has no commit");
    let detached = used(&env, "detached", &[("a", "a")]);
    let commit = detached.git(["--git-dir=.", "rev-parse", "HEAD"]).line().to_owned();
    detached.git(["--git-dir=.", "update-ref", "--no-deref", "HEAD", &commit]).success();
    detached.write("HEAD", format!("{commit}\n"));
    refused(&detached, "detached", "HEAD is on a commit and names no branch");
    let newer = used(&env, "newer", &[("scope.json", "{\"format\": 2, \"name\": \"x\"}")]);
    refused(&newer, "newer", "scope.json");
    here.bit(["scope", "create", "scope", "--name", "my-org.base"]).success();
    refused(&env.folder("scope"), "scope", "is the scope my-org.base and can't become my-org.ui");
    here.bit(["scope", "create", "scope"]).fails(1).complains("is already the scope my-org.base");
    here.bit(["scope", "create", "my-scope"]).fails(1).complains("no scope can be named my-scope");
    assert!(!here.exists("my-scope"));
    let nobody = here.invocation().without_env("GIT_AUTHOR_NAME").without_env("GIT_AUTHOR_EMAIL");
    let nobody = nobody.without_env("GIT_COMMITTER_NAME").without_env("GIT_COMMITTER_EMAIL");
    nobody.args(["scope", "create", "anonymous"]).run().fails(1).complains("git does not know who you are");
    assert!(!here.exists("anonymous"), "nothing is made before it can be finished");
}

#[test]
fn a_folder_becomes_a_scope() {
    let env = TestEnvironment::new();
    let folder = env.folder("My Org.ui");
    assert_snapshot!(folder.bit(["init", "--bare"]), @r#"
    created the scope my-org.ui [ROOT]/My Org.ui
    in a workspace: bit remote add file://[ROOT]/My%20Org.ui
    "#);
    assert_eq!(folder.git(["--git-dir=.", "show", "HEAD:scope.json"]).success().json()["name"], "my-org.ui");
    folder.git(["--git-dir=.", "fsck", "--full", "--strict"]).success();
    folder.bit(["init", "--bare"]).fails(1).complains("is already the scope my-org.ui");
    let workspace = env.workspace();
    let url = format!("file://{}", folder.path().display().to_string().replace(' ', "%20"));
    workspace.bit(["remote", "add", &url]).success().says("\"my-org.ui\"");

    // An empty bare repository, a folder to be made, one in which this was stopped.
    let empty = env.folder("empty");
    empty.git(["init", "--quiet", "--bare"]).success();
    empty.bit(["init", "--bare", "--name", "my-org.empty", "--json"]).success().json();
    env.folder(".").bit(["init", "--bare", "a:b/my-org.base"]).success().says("my-org.base");
    let stopped = env.folder("stopped");
    stopped.write("objects/info/.keep", "").write("refs/heads/.keep", "").write("config", "").write(".bit-tmp-x", "");
    stopped.bit(["init", "--bare", "--name", "my-org.stopped"]).success();
    assert!(!stopped.exists(".bit-tmp-x"));
    env.folder("full").write("a.txt", "").bit(["init", "--bare"]).fails(1).complains("holds files");
    for flags in [&["--default-scope", "x"][..], &["--standalone"], &["--reset"], &["--force"]] {
        let run = folder.bit([&["init", "--bare"], flags].concat());
        run.fails(2).complains("cannot be used with");
    }
    let told = env.folder("my-org.told");
    told.bit(["init", "--bare", "--description", "Buttons and more."]).success();
    let card = |folder: &Folder| folder.git(["--git-dir=.", "show", "HEAD:scope.json"]).success().json();
    assert_eq!(
        (&card(&told)["name"], &card(&told)["description"]),
        (&"my-org.told".into(), &"Buttons and more.".into())
    );
    told.git(["--git-dir=.", "show", "HEAD:README.md"]).success().says("# my-org.told\n\nButtons and more.\n");
    let theirs = used(&env, "my-org.theirs", &[("LICENSE", "free\n")]);
    let before = refs(&theirs);
    theirs.bit(["init", "--bare"]).fails(1).complains("is not empty, and is no scope").complains("--adopt");
    assert_eq!(refs(&theirs), before);
    theirs.bit(["init", "--bare", "--adopt"]).success().says("created the scope my-org.theirs");
    assert_eq!(card(&theirs)["name"], "my-org.theirs");
    assert_eq!(theirs.git(["--git-dir=.", "show", "HEAD:LICENSE"]).line(), "free");
    theirs.git(["--git-dir=.", "fsck", "--full", "--strict"]).success();
    folder.bit(["init", "--bare", "--name", "No"]).fails(1).complains("did you mean \"no\"?");
}

/// `theme` in my-org.ui, exported; `button` tagged; `fresh` new; a remote for each kind.
fn lived_in(env: &TestEnvironment) -> Folder<'_> {
    env.folder(".").bit(["scope", "create", "ui", "--name", "my-org.ui", "--description", "Buttons."]).success();
    let workspace = env.git_workspace();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    workspace.component("button", &[("index.js", "module.exports = 2;\n")]);
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.component("fresh", &[("index.js", "module.exports = 3;\n")]);
    workspace
}

#[test]
fn a_workspace_tells_which_scopes_it_knows() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    assert_snapshot!(workspace.bit(["scope", "show"]), @r#"
    default scope  my-org.ui
    url            [ROOT]/ui (workspace)
    description    Buttons.

    my-org.ui  3 components
    "#);
    let config = workspace.read("workspace.jsonc");
    let shared = r#""bit.scope/remotes": {"my-org.*": "https://example.com/{name}", "their.forms": "https://example.com/f"}, "$schema""#;
    workspace.write("workspace.jsonc", config.replacen("\"$schema\"", shared, 1));
    workspace.bit(["remote", "add", "my-org.all", "https://example.com/all", "--global"]).success();
    workspace.bit(["scope", "set", "my-org.base", "fresh"]).success();
    assert_snapshot!(workspace.bit(["scope", "list"]), @r#"
    scope                components  from             url
    my-org.all           0           workspace.jsonc  https://example.com/all
    my-org.base          1           workspace.jsonc  https://example.com/base
    my-org.ui (default)  2           workspace        [ROOT]/ui
    their.forms          0           workspace.jsonc  https://example.com/f
    "#);
    let listed = workspace.bit(["scope", "list", "--json"]).success().json();
    assert_eq!(listed[1]["from"], "workspace.jsonc");
    assert_eq!(workspace.bit(["scope", "show", "--json"]).success().json()["description"], "Buttons.");
    let bare = env.workspace_at("bare", "my-scope");
    bare.bit(["scope", "show"]).success().says("bit scope set <scope>").says("no components yet");
    env.folder("outside").bit(["scope", "list"]).fails(1).complains("no workspace here");
}

#[test]
fn the_default_scope_is_for_new_components_only() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    let (bitmap, config) = (workspace.read(".bitmap"), workspace.read("workspace.jsonc"));
    assert_snapshot!(workspace.bit(["scope", "set", "my-org.base"]), @r#"
    new components get the scope my-org.base (was my-org.ui)
    1 new component kept the scope my-org.ui:
      > my-org.ui/fresh
    "bit scope set my-org.base my-org.ui/fresh" gives them the new one
    "#);
    assert_eq!(workspace.read(".bitmap"), bitmap);
    let changed = config.replacen("\"defaultScope\": \"my-org.ui\"", "\"defaultScope\": \"my-org.base\"", 1);
    assert_eq!(workspace.read("workspace.jsonc"), changed, "comments and layout stay");
    workspace.component("later", &[("index.js", "module.exports = 4;\n")]);
    workspace.bit(["status"]).success().says("my-org.base/later").says("my-org.ui/fresh");
    workspace.bit(["scope", "set", "my-org.base"]).success().says("already");
    workspace.bit(["scope", "set", "My.Org"]).fails(1).complains("is invalid as a scope name").complains("\"my.org\"?");
    workspace.bit(["scope", "set", "my-scope"]).fails(1).complains("my-scope");
    // A workspace that is a .bitmap alone.
    workspace.remove("workspace.jsonc").bit(["scope", "set", "my-org.base"]).success();
    assert!(workspace.read("workspace.jsonc").contains("\"my-org.base\""));
}

#[test]
fn a_new_component_gets_another_scope_and_one_with_versions_does_not() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    assert_snapshot!(workspace.bit(["scope", "set", "my-org.base", "fresh"]), @r#"
    1 component now has the scope my-org.base
      > my-org.base/fresh (import it as @my-org/base.fresh, no longer as @my-org/ui.fresh)
    "#);
    assert!(workspace.exists("node_modules/@my-org/base.fresh") && !workspace.exists("node_modules/@my-org/ui.fresh"));
    workspace.bit(["status"]).success().says("my-org.base/fresh");
    workspace.bit(["scope", "set", "my-org.base", "fresh"]).success().says("already");
    workspace.bit(["scope", "set", "my-org.ui", "theme", "button"]).success().says("already");
    let bitmap = workspace.read(".bitmap");
    assert_snapshot!(workspace.bit(["scope", "set", "my-org.base", "*"]), @r#"
    --- stderr
    error: the scope can't be changed: my-org.ui/theme lives in its scope already; my-org.ui/button has versions that name its scope
    hint: only new components can be given a scope; what was exported can have copies there: bit export my-org.base my-org.ui/theme (--set-current-scope goes on with them)
    --- exit 1
    "#);
    workspace.bit(["scope", "set", "my-org.base", "button"]).fails(1).complains("bit reset my-org.ui/button");
    workspace.bit(["scope", "set", "my-org.base", "fresh@1.0.0"]).fails(1).complains("leave the version out");
    workspace.bit(["scope", "set", "my-org.base", "fersh"]).fails(1).complains("did you mean \"fresh\"?");
    assert_eq!(workspace.read(".bitmap"), bitmap);
    workspace.bit(["reset", "button"]).success();
    workspace.bit(["scope", "set", "my-org.base", "button"]).success();
    workspace.bit(["tag", "-m", "three"]).success().says("my-org.base/button@0.0.1");
}

#[test]
fn killed_at_any_moment_a_scope_is_made_by_the_same_command_once_more() {
    needs_faults!();
    let env = TestEnvironment::new();
    let folder = env.folder("my-org.ui");
    faults::killed_at_each(&Preserved::new(&folder), &["init", "--bare"], 10, |folder, _| {
        let again = folder.bit(["init", "--bare"]);
        if again.code != Some(0) {
            again.fails(1).complains("is already the scope my-org.ui");
        }
        folder.git(["--git-dir=.", "show", "HEAD:scope.json"]).success().says("my-org.ui");
        folder.git(["--git-dir=.", "fsck", "--full", "--strict"]).success();
    });
}

#[test]
fn files_that_stand_where_a_scope_keeps_its_own_are_named() {
    let env = TestEnvironment::new();
    let here = env.folder(".");
    for (name, path, named) in [
        ("page", "README.md/words.txt", "README.md/"),
        ("file", "catalog", "catalog"),
        ("card", "scope.json", "scope.json"),
        ("entry", "catalog/mine.json", "catalog/"),
        ("other", "catalog/of/pictures.txt", "catalog/"),
    ] {
        let theirs = used(&env, name, &[(path, "{\"mine\": 1}\n"), ("z", "z")]);
        let before = refs(&theirs);
        let run = here.bit(["scope", "create", name, "--name", "ad.nine", "--adopt"]);
        run.fails(1).complains(&format!("has files where a scope keeps its own: {named}; nothing was changed"));
        assert_eq!(refs(&theirs), before, "{name}");
    }
    // A link is nobody's page: it stays, and the scope has none.
    let linked = used(&env, "linked", &[("words.md", "ours\n")]);
    changed_by_hand(&env, "linked", |copy| {
        std::os::unix::fs::symlink("words.md", copy.path().join("README.md")).unwrap()
    });
    here.bit(["scope", "create", "linked", "--name", "ad.nine", "--adopt"]).success();
    linked.git(["--git-dir=.", "ls-tree", "HEAD", "README.md"]).success().says("120000 blob");
}

/// A commit on the catalog's branch, by plain git.
fn changed_by_hand(env: &TestEnvironment, name: &str, change: impl FnOnce(&Folder)) {
    let here = env.folder(".");
    let copy = format!("{name}-copy");
    here.git(["clone", "--quiet", name, &copy]).success();
    let folder = env.folder(&copy);
    change(&folder);
    folder.git(["add", "--all"]).success();
    folder.git(["commit", "--quiet", "-m", "by hand"]).success();
    folder.git(["push", "--quiet"]).success();
    here.remove(&copy);
}

#[test]
fn words_of_the_front_page_stay_whatever_became_of_the_marks() {
    const BEGIN: &str = "<!-- bit: components, rewritten at every export -->";
    const END: &str = "<!-- bit: end of components -->";
    let env = TestEnvironment::new();
    let description = format!("What {BEGIN} means");
    env.folder(".").bit(["scope", "create", "ui", "--name", "my-org.ui", "--description", &description]).success();
    let workspace = env.git_workspace();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    let scope = env.folder("ui");
    let export = || {
        workspace.append("theme/index.js", "// more\n").bit(["tag", "-m", "more"]).success();
        workspace.bit(["export"]).success();
    };
    let page = || scope.git(["--git-dir=.", "show", "HEAD:README.md"]).success().stdout.clone();
    export();
    assert_eq!((page().matches(BEGIN).count(), page().matches(END).count()), (1, 1), "{}", page());
    changed_by_hand(&env, "ui", |copy| {
        let text = copy.read("README.md").replace(END, "\nOur own words.\n");
        copy.write("README.md", text);
    });
    for version in ["0.0.2", "0.0.3", "0.0.4"] {
        export();
        assert!(page().contains("\nOur own words.\n"), "{}", page());
        assert!(page().contains(&format!("| theme | {version} |")), "{}", page());
        assert_eq!(page().matches(END).count(), 1, "{}", page());
    }
    // A link and a folder are left alone.
    changed_by_hand(&env, "ui", |copy| {
        copy.remove("README.md").write("words.md", "ours\n");
        std::os::unix::fs::symlink("words.md", copy.path().join("README.md")).unwrap();
    });
    export();
    scope.git(["--git-dir=.", "ls-tree", "HEAD", "README.md"]).success().says("120000 blob");
    changed_by_hand(&env, "ui", |copy| {
        copy.remove("README.md").write("README.md/words.md", "ours\n");
    });
    export();
    scope.git(["--git-dir=.", "show", "HEAD:README.md/words.md"]).success().says("ours");
    scope.git(["--git-dir=.", "fsck", "--full", "--strict"]).success();
}

#[test]
fn a_name_is_not_guessed_where_a_part_or_a_letter_would_be_lost() {
    let env = TestEnvironment::new();
    let here = env.folder(".");
    for place in ["acme.ui.v2", "a.b.c", "Über", "x..y", "con"] {
        here.bit(["scope", "create", place]).fails(1).complains("hint: say it: --name");
        assert!(!here.exists(place));
        here.bit(["init", "--bare", place]).fails(1).complains("hint: say it: --name");
        assert!(!here.exists(place));
    }
    here.bit(["scope", "create", "Über", "--name", "my-org.ueber"]).success();
    here.bit(["scope", "create", "My Shop+UI.git"]).success().says("created the scope my-shop-ui");
}

#[test]
fn what_is_no_folder_is_told_in_plain_words() {
    let env = TestEnvironment::new();
    let here = env.folder(".");
    here.write("file", "mine");
    std::os::unix::fs::symlink("nowhere", here.path().join("dangling")).unwrap();
    for (place, what) in [
        ("file", "file is a file, not a folder"),
        ("file/x", "file is a file, not a folder"),
        ("file/x/y", "file is a file, not a folder"),
        ("dangling", "dangling is a link to nowhere"),
        ("dangling/x", "dangling is a link to nowhere"),
    ] {
        let run = here.bit(["scope", "create", place, "--name", "my-org.ui"]);
        run.fails(1).complains(what).complains("hint: name another place for the scope").silent_about("os error");
    }
    let shop = env.folder("shop");
    let made = shop.bit(["scope", "create", "../new/../my-org.ui"]);
    made.success().says("/my-org.ui\n").silent_about("..");
    let made = shop.bit(["scope", "create", "../my-org.base", "--json"]).success().json();
    assert_eq!(made["url"], "[ROOT]/my-org.base");
}

#[test]
fn a_command_in_a_hint_can_be_copied_into_a_shell() {
    let env = TestEnvironment::new();
    let host = served!(Host::ssh(&env));
    let scope = host.repository("ü'q a.git");
    let run = env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]);
    let quoted = format!("'{}'", scope.url.replace('\'', "'\\''"));
    let shown = quoted.replace(env.root().to_str().unwrap(), "[ROOT]");
    run.success().says(&format!("in a workspace: bit remote add {shown}\n"));
    let workspace = env.git_workspace();
    let add = workspace.program("sh").args(["-c", &format!("\"$BIT\" remote add {quoted}")]);
    add.env("BIT", TestEnvironment::binary()).run().success();
    let url = scope.url.replace(env.root().to_str().unwrap(), "[ROOT]");
    assert_eq!(workspace.bit(["remote", "list", "--json"]).json()[0]["url"], url);
    let again = env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]);
    again.fails(1).complains(&format!("bit remote add my-org.ui {shown}"));
    let none = workspace.bit(["show", "none", &format!("--remote={}", scope.url)]);
    none.fails(1).complains(&format!("\"bit list {shown}\""));
}

#[test]
fn a_folder_that_may_not_be_written_is_told_as_such() {
    if !rustix::process::geteuid().is_root() {
        skip!("only root can be somebody else");
    }
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    workspace.bit(["remote", "add", "my-org.ui", &format!("file://{}/ui", env.root().display())]).success();
    // The scope stays root's; everything else becomes another user's.
    const OTHER: u32 = 4321;
    for folder in [workspace.clone(), env.folder("home")] {
        folder.program("chown").args(["-R", &OTHER.to_string(), "."]).run().success();
    }
    let root = env.folder(".");
    root.program("chmod").args(["a+rx", "."]).run().success();
    root.program("chmod").args(["-R", "a+rX,go-w", "ui"]).run().success();
    env.git_config("safe.directory", "*");
    root.program("chmod").args(["-R", "a+rX", "home"]).run().success();
    let run = workspace.invocation().args(["export"]).user(OTHER).run();
    run.fails(1).complains("you have no right to do this at").complains("the owner of the folder");
    run.complains("bit remote check").silent_about("ls-remote");
}
