//! `bit scope hooks install`: a scope on a server of one's own takes what keeps its promises, and nothing else.

use std::fs;
use std::time::Instant;

use serde_json::json;

use crate::common::servers::{Host, Hosted, served};
use crate::common::{Folder, Run, TestEnvironment, has_program, skip};

/// A guarded scope with two versions of card, and the workspace that exported them.
fn guarded<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>, name: &str) -> Folder<'e> {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    scope.folder.bit(["scope", "hooks", "install"]).success().says("my-org.ui is guarded");
    let workspace = env.git_workspace_at(name, "my-org.ui");
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.component("card", &[("index.js", "module.exports = 1;\n")]);
    for version in ["one", "two"] {
        workspace.append("card/index.js", &format!("// {version}\n"));
        workspace.bit(["tag", "-m", version]).success();
        workspace.bit(["export"]).success();
    }
    workspace
}

/// Plain git's push from the local scope.
fn push(workspace: &Folder<'_>, scope: &Hosted<'_>, arguments: &[&str]) -> Run {
    workspace.scope_git(
        [&["push", "--quiet"], &arguments[..arguments.len() - 1], &["--", &scope.url]]
            .concat()
            .iter()
            .chain(&[arguments[arguments.len() - 1]]),
    )
}

#[track_caller]
fn is_refused(workspace: &Folder<'_>, scope: &Hosted<'_>, refspecs: &[&str], words: &str) {
    let before = scope.refs();
    let run = workspace.scope_git(["push", "--force", "--", &scope.url].iter().chain(refspecs));
    run.fails(1).complains("this scope does not take that push").complains(words).complains("hook declined");
    assert_eq!(scope.refs(), before);
}

#[test]
fn what_breaks_a_promise_is_refused_in_a_folder_and_over_http() {
    let env = TestEnvironment::new();
    for (number, host) in [Ok(Host::path(&env)), Host::http(&env)].into_iter().enumerate() {
        let host = served!(host);
        host.log_in(host.user(), host.password());
        let scope = host.repository("s");
        let workspace = guarded(&env, &scope, &format!("ws-{number}"));
        let card = |version: &str| format!("refs/tags/my-org.ui/card@{version}");
        let tag = |version: &str| format!("refs/tags/card@{version}");
        is_refused(
            &workspace,
            &scope,
            &[&format!("{}:{}", card("0.0.1"), tag("0.0.2"))],
            "my-org.ui/card@0.0.2: a version never moves",
        );
        let removal =
            "the catalog lists it, so its tag can't be deleted (\"bit delete my-org.ui/card --range 0.0.1 --remote\"";
        is_refused(&workspace, &scope, &[&format!(":{}", tag("0.0.1"))], removal);
        let catalog = "refs/remotes/my-org.ui/catalog";
        is_refused(&workspace, &scope, &[&format!("{catalog}^:refs/heads/main")], "the catalog only goes forward");
        is_refused(
            &workspace,
            &scope,
            &[&format!("{}:refs/heads/main", card("0.0.1"))],
            "the catalog only goes forward",
        );
        is_refused(&workspace, &scope, &[":refs/heads/main"], "can't be deleted");
        workspace.scope_git(["tag", "-a", "-m", "mine", "mine", catalog]).success();
        is_refused(&workspace, &scope, &["refs/tags/mine:refs/heads/main"], "refs/heads/main: the catalog is a commit");
        workspace.scope_git(["tag", "-d", "mine"]).success();
        is_refused(
            &workspace,
            &scope,
            &[&format!("{}:{}", card("0.0.1"), tag("0.0.9"))],
            "stands for my-org.ui/card@0.0.9, but it says that it is my-org.ui/card@0.0.1",
        );
        // An honest push after all that.
        workspace.append("card/index.js", "// three\n");
        workspace.bit(["tag", "-m", "three"]).success();
        workspace.bit(["export"]).success().says("card@0.0.3");
        // What no catalog lists may be taken back, and people's own tags and branches may do what they like.
        workspace.append("card/index.js", "// four\n");
        workspace.bit(["tag", "-m", "four"]).success();
        push(&workspace, &scope, &[&format!("{}:{}", card("0.0.4"), tag("0.0.4"))]).success();
        push(&workspace, &scope, &[&format!(":{}", tag("0.0.4"))]).success();
        push(&workspace, &scope, &[&format!("{}:refs/tags/v1", card("0.0.1"))]).success();
        push(&workspace, &scope, &["--force", &format!("{}:refs/tags/v1", card("0.0.2"))]).success();
        push(&workspace, &scope, &[&format!("{}:refs/heads/topic", card("0.0.2"))]).success();
        push(&workspace, &scope, &["--force", &format!("{}:refs/heads/topic", card("0.0.1"))]).success();
        // And those whose removal is recorded.
        workspace.bit(["delete", "my-org.ui/card", "--range", "0.0.1", "--remote", "--silent"]).success();
        push(&workspace, &scope, &[&format!(":{}", tag("0.0.1"))]).success();
        is_refused(&workspace, &scope, &[&format!(":{}", tag("0.0.2"))], "card@0.0.2: the catalog lists it");
        workspace.bit(["export"]).success();
        assert_eq!(scope.folder.bit(["verify"]).success().code, Some(0));
    }
}

#[test]
fn over_ssh_too() {
    let env = TestEnvironment::new();
    let host = served!(Host::ssh(&env));
    let scope = host.repository("s");
    let folder = scope.folder.path().display().to_string();
    env.folder(".").bit(["scope", "create", &folder, "--name", "my-org.ui"]).success();
    scope.folder.bit(["scope", "hooks", "install"]).success();
    let workspace = env.git_workspace();
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.component("card", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    is_refused(&workspace, &scope, &[":refs/tags/card@0.0.1"], "my-org.ui/card@0.0.1: the catalog lists it");
}

/// A commit in the scope's own repository that nobody has pushed, made with plain git.
struct Forge<'f> {
    workspace: &'f Folder<'f>,
}

impl Forge<'_> {
    #[track_caller]
    fn git(&self, arguments: &[&str], input: &str) -> String {
        let index = self.workspace.path().join("forge");
        let git = self.workspace.program("git").arg("--git-dir").arg(self.workspace.local_scope()).args(arguments);
        let git = git.env("GIT_INDEX_FILE", index);
        let run = if input.is_empty() { git.run() } else { git.stdin(input).run() };
        run.success().stdout.trim_end().to_owned()
    }

    fn show(&self, what: &str) -> String {
        self.git(&["show", what], "") + "\n"
    }

    #[track_caller]
    fn commit(&self, base: &str, files: &[(&str, &str, &str)], parent: &str, message: &str) -> String {
        self.git(&["read-tree", base], "");
        for (path, mode, text) in files {
            let blob = self.git(&["hash-object", "-w", "--stdin"], text);
            self.git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{blob},{path}")], "");
        }
        let tree = self.git(&["write-tree"], "");
        self.git(&["commit-tree", &tree, "-p", parent], message)
    }

    /// Version 0.0.3 of card, with these files beside what it has.
    fn version(&self, files: &[(&str, &str, &str)]) -> String {
        let base = "my-org.ui/card@0.0.2";
        let next = |path: &str| self.show(&format!("{base}:{path}")).replace("0.0.2", "0.0.3");
        let (manifest, package) = (next("component.json"), next("package.json"));
        let all = [&[("component.json", "100644", manifest.as_str()), ("package.json", "100644", &package)], files];
        self.commit(base, &all.concat(), base, "three\n\nBit-Id: my-org.ui/card@0.0.3\n")
    }

    /// The next catalog, with another entry of card.
    fn catalog(&self, change: impl Fn(String) -> String) -> String {
        let base = "refs/remotes/my-org.ui/catalog";
        let entry = change(self.show(&format!("{base}:catalog/card.json")));
        self.commit(base, &[("catalog/card.json", "100644", &entry)], base, "forged\n")
    }

    /// The same, which lists version 0.0.3 at a commit.
    fn listing(&self, commit: &str) -> String {
        self.catalog(|entry| {
            let more = format!("    }},\n    {{\n      \"version\": \"0.0.3\",\n      \"commit\": \"{commit}\",\n      \"dependencies\": []\n    }}\n  ]");
            let entry = entry.replace("    }\n  ]", &more);
            entry.replace("\"head\": \"0.0.2\"", "\"head\": \"0.0.3\"").replace("\"latest\": \"0.0.2\"", "\"latest\": \"0.0.3\"")
        })
    }
}

/// Such a ref has no promise of its own, and git would change or delete what it leads to.
#[test]
fn refs_that_lead_to_others_are_no_way_around() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = guarded(&env, &scope, "ws");
    let by_itself = |name: &str, end: &str| {
        scope.folder.git(["--git-dir=.", "symbolic-ref", name, end]).success();
    };
    by_itself("refs/heads/master", "refs/heads/main");
    by_itself("refs/heads/alias", "refs/tags/card@0.0.1");
    by_itself("refs/heads/far", "refs/heads/master");
    let back = "+refs/remotes/my-org.ui/catalog~1:refs/heads/";
    for alias in ["master", "far"] {
        is_refused(&workspace, &scope, &[&format!("{back}{alias}")], "leads to refs/heads/main");
        is_refused(&workspace, &scope, &[&format!(":refs/heads/{alias}")], "leads to refs/heads/main");
    }
    is_refused(&workspace, &scope, &["+my-org.ui/card@0.0.2:refs/heads/alias"], "leads to refs/tags/card@0.0.1");
    is_refused(&workspace, &scope, &[":refs/heads/alias"], "leads to refs/tags/card@0.0.1");
    // The catalog is where HEAD leads to at the end.
    by_itself("HEAD", "refs/heads/far");
    is_refused(&workspace, &scope, &[&format!("{back}main")], "the catalog only goes forward");
    is_refused(&workspace, &scope, &[":refs/heads/main"], "is the catalog, and can't be deleted");
}

#[test]
fn broken_versions_and_catalogs_that_lie_are_refused() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = guarded(&env, &scope, "ws");
    let forge = Forge { workspace: &workspace };
    let to_tag = |commit: &str| format!("{commit}:refs/tags/card@0.0.3");
    let to_main = |commit: &str| format!("{commit}:refs/heads/main");
    let sound = forge.version(&[]);
    let other = forge.version(&[("more.js", "100644", "1\n")]);
    let refused = |refspecs: &[&str], words: &str| is_refused(&workspace, &scope, refspecs, words);
    // Broken versions.
    for (files, words) in [
        (&[("component.json", "100644", "{\n")][..], "its component.json:"),
        (&[("package.json", "100644", "{}\n")], "its package.json and its manifest do not agree"),
        (&[("link", "120000", "/etc/passwd")], "it is a symbolic link"),
        (&[("INDEX.js", "100644", "1\n")], "some file systems can't hold it beside"),
        (&[("nul.js", "100644", "1\n")], "device"),
    ] {
        refused(&[&to_tag(&forge.version(files))], words);
    }
    let blob = forge.git(&["hash-object", "-w", "--stdin"], "no commit\n");
    refused(&[&to_tag(&blob)], "its tag is on no commit");
    // Catalogs that lie.
    refused(&[&to_main(&forge.listing(&sound))], "card@0.0.3: the catalog would list it, and it has no tag");
    refused(&[&to_main(&forge.listing(&sound)), &to_tag(&other)], "card@0.0.3: the catalog lists");
    let card = workspace.commit_of("my-org.ui/card@0.0.2");
    let altered = |from: &str, to: &str| {
        to_main(&forge.catalog(|entry| {
            assert!(entry.contains(from), "{entry}");
            entry.replace(from, to)
        }))
    };
    refused(&[&altered(&card, &sound)], "card@0.0.2: a version never changes");
    refused(&[&altered("\"head\": \"0.0.2\"", "\"head\": \"0.0.7\"")], "calls 0.0.7 its newest");
    refused(&[&altered("\"latest\": \"0.0.2\"", "\"latest\": \"0.0.1\"")], "calls 0.0.1 the latest");
    refused(&[&altered("\"format\": 1", "\"format\": ")], "catalog/card.json");
    refused(&[&altered("\"name\": \"card\"", "\"name\": \"cart\"")], "it says that it is \"cart\"");
    refused(&[&altered("\"version\": \"0.0.1\"", "\"version\": \"0.0.0\"")], "card@0.0.1: the catalog only grows");
    let base = "refs/remotes/my-org.ui/catalog";
    forge.git(&["read-tree", base], "");
    forge.git(&["update-index", "--index-info"], &format!("0 {}\tcatalog/card.json\n", "0".repeat(40)));
    let tree = forge.git(&["write-tree"], "");
    refused(
        &[&to_main(&forge.git(&["commit-tree", &tree, "-p", base], "x\n"))],
        "catalog/card.json: the catalog only grows",
    );
    let renamed =
        forge.commit(base, &[("scope.json", "100644", "{\"format\": 1, \"name\": \"my-org.evil\"}\n")], base, "x\n");
    refused(&[&to_main(&renamed)], "this is the scope my-org.ui, and not my-org.evil");
    // A version that was not made from the newest one.
    let manifest = forge.show("my-org.ui/card@0.0.2:component.json").replace("0.0.2", "0.0.3");
    let package = forge.show("my-org.ui/card@0.0.2:package.json").replace("0.0.2", "0.0.3");
    let files = [("component.json", "100644", manifest.as_str()), ("package.json", "100644", &package)];
    let forked =
        forge.commit("my-org.ui/card@0.0.2", &files, "my-org.ui/card@0.0.1", "x\n\nBit-Id: my-org.ui/card@0.0.3\n");
    let listed = |commit: &str| [to_tag(commit), to_main(&forge.listing(commit))];
    let refspecs = listed(&forked);
    // It goes on from 0.0.1, which the catalog lists, and leaves 0.0.2 out.
    refused(&[&refspecs[0], &refspecs[1]], "card@0.0.2: the newest version, 0.0.3, was not made from it");
    // It goes on from 0.0.2, over a commit that only calls itself a version.
    let base = "my-org.ui/card@0.0.2";
    let link = [("link", "120000", "/etc/passwd")];
    for (number, more, words) in [("0.0.9", &[][..], "it calls itself 0.0.9"), ("0.0.2", &link, "symbolic link")] {
        let hidden = forge.commit(base, more, base, &format!("x\n\nBit-Id: my-org.ui/card@{number}\n"));
        let child = forge.commit(base, &files, &hidden, "x\n\nBit-Id: my-org.ui/card@0.0.3\n");
        let refspecs = listed(&child);
        refused(&[&refspecs[0], &refspecs[1]], "which is not listed: ");
        refused(&[&refspecs[0], &refspecs[1]], words);
    }
    // The same, as it should be.
    let refspecs = listed(&sound);
    workspace.scope_git(["push", "--atomic", "--quiet", "--", &scope.url, &refspecs[0], &refspecs[1]]).success();
    let told = scope.folder.bit(["verify", "--json"]).success().json();
    assert_eq!(told["versions"], 3);
}

/// Not executable, no link and no repository in the catalog, and nothing in the place of versions.
#[test]
fn what_no_bit_would_write_is_refused() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = guarded(&env, &scope, "ws");
    let forge = Forge { workspace: &workspace };
    let refused = |refspecs: &[&str], words: &str| is_refused(&workspace, &scope, refspecs, words);
    let base = "refs/remotes/my-org.ui/catalog";
    let entry = forge.show(&format!("{base}:catalog/card.json"));
    let catalog = |path: &str, mode: &str, text: &str| {
        format!("{}:refs/heads/main", forge.commit(base, &[(path, mode, text)], base, "forged\n"))
    };
    refused(&[&catalog("catalog/card.json", "100755", &entry)], "catalog/card.json: it can be run");
    refused(&[&catalog("catalog/link", "120000", "card.json")], r#""link" is neither file nor folder"#);
    forge.git(&["read-tree", base], "");
    forge.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},catalog/sub", "1".repeat(40))], "");
    let tree = forge.git(&["write-tree"], "");
    let with_repository = forge.git(&["commit-tree", &tree, "-p", base], "forged\n");
    refused(&[&format!("{with_repository}:refs/heads/main")], r#""sub" is neither file nor folder"#);
    // What is not bit's may be what it likes.
    let own = forge.commit(base, &[("ci.sh", "100755", "true\n")], base, "ours\n");
    push(&workspace, &scope, &[&format!("{own}:refs/heads/topic")]).success();
    let manifest = forge.show("my-org.ui/card@0.0.2:component.json").replace("0.0.2", "0.0.3");
    let version = forge.version(&[("component.json", "100755", &manifest)]);
    refused(&[&format!("{version}:refs/tags/card@0.0.3")], "its component.json can be run");
    let replaced = format!("my-org.ui/card@0.0.1:refs/replace/{}", workspace.commit_of("my-org.ui/card@0.0.2"));
    refused(&[&replaced], "git would show one object in the place of another");
    // A tag that names another version, and one on a tag.
    let commit = forge.version(&[]);
    let tag = |object: &str, kind: &str, name: &str| {
        forge.git(&["mktag"], &format!("object {object}\ntype {kind}\ntag {name}\ntagger a <a@b> 1 +0000\n\nx\n"))
    };
    let to_tag = |object: &str| format!("{object}:refs/tags/card@0.0.3");
    refused(&[&to_tag(&tag(&commit, "commit", "other"))], "my-org.ui/card@0.0.3: its tag was made as \"other\"");
    let named = tag(&commit, "commit", "card@0.0.3");
    refused(&[&to_tag(&tag(&named, "tag", "card@0.0.3"))], "my-org.ui/card@0.0.3: its tag is on another tag");
    push(&workspace, &scope, &[&to_tag(&named)]).success();
}

/// git can't have one name as a file and as a folder, and takes the other refs of a push that is not atomic.
#[test]
fn no_tag_keeps_a_version_from_having_its_own() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = guarded(&env, &scope, "ws");
    let forge = Forge { workspace: &workspace };
    let refused = |refspecs: &[&str], words: &str| is_refused(&workspace, &scope, refspecs, words);
    refused(&["my-org.ui/card@0.0.1:refs/tags/card@0.0.3/x"], "beside such a tag my-org.ui/card@0.0.3 could not have");
    refused(&["my-org.ui/card@0.0.1:refs/tags/new/b@1.0.0/x/y"], "my-org.ui/new/b@1.0.0 could not have its own");
    // Some are there already.
    let squat = |name: &str| {
        scope.folder.git(["--git-dir=.", "tag", name, "card@0.0.1"]).success();
    };
    squat("card@0.0.3/x");
    squat("lists");
    let next = forge.version(&[]);
    let (tag, catalog) = (format!("{next}:refs/tags/card@0.0.3"), format!("{}:refs/heads/main", forge.listing(&next)));
    let words = "my-org.ui/card@0.0.3: its tag can't be made as long as refs/tags/card@0.0.3/x is there";
    refused(&[&tag, &catalog], words);
    workspace.append("card/index.js", "// three\n");
    workspace.write("long/index.js", "module.exports = 1;\n").bit(["add", "long", "--id", "lists/long"]).success();
    workspace.bit(["tag", "-m", "three"]).success();
    let run = workspace.bit(["export"]);
    run.fails(1).complains(words).complains("as long as refs/tags/lists is there").silent_about("is it protected");
    // Without a guard the host says so, and no right is missing.
    fs::rename(scope.folder.path().join("hooks/pre-receive"), scope.folder.path().join("hooks/aside")).unwrap();
    let run = workspace.bit(["export"]);
    run.fails(1).complains("as long as refs/tags/").silent_about("is it protected").complains("git push");
    run.fails(1).complains("can't have refs/tags/").silent_about("can't have refs/heads/");
    fs::rename(scope.folder.path().join("hooks/aside"), scope.folder.path().join("hooks/pre-receive")).unwrap();
    // Whoever takes them away is welcome.
    push(&workspace, &scope, &[":refs/tags/card@0.0.3/x"]).success();
    push(&workspace, &scope, &[":refs/tags/lists"]).success();
    workspace.bit(["export"]).success();
    // What has components in it by now is no name for a tag.
    refused(&["my-org.ui/card@0.0.1:refs/tags/lists"], "(catalog/lists/long.json)");
    push(&workspace, &scope, &["my-org.ui/card@0.0.1:refs/tags/card"]).success();
    scope.folder.bit(["verify"]).success();
}

/// A removal may not be taken back where the version is not there any more.
#[test]
fn a_catalog_that_lists_what_lost_its_tag_is_refused() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = guarded(&env, &scope, "ws");
    for range in ["0.0.1", "0.0.2"] {
        let delete = ["delete", "my-org.ui/card", "--range", range, "--remote", "--silent"];
        workspace.bit(delete).success();
    }
    let tag = scope.refs()["refs/tags/card@0.0.1"].clone();
    push(&workspace, &scope, &[":refs/tags/card@0.0.1"]).success();
    let before = scope.refs();
    workspace.bit(["fetch"]).success();
    let catalog = "refs/remotes/my-org.ui/catalog";
    let was = format!("{catalog}~2^{{tree}}");
    let back = workspace.scope_git(["commit-tree", &was, "-p", catalog, "-m", "back"]).line().to_owned();
    let recover = |more: &[&str]| {
        let catalog = format!("{back}:refs/heads/main");
        let refspecs: Vec<&str> = more.iter().copied().chain([catalog.as_str()]).collect();
        workspace.scope_git([&["push", "--atomic", "--", &scope.url], &refspecs[..]].concat())
    };
    recover(&[]).fails(1).complains("card@0.0.1: the catalog would list it, and it has no tag");
    assert_eq!(scope.refs(), before);
    recover(&[&format!("{tag}:refs/tags/card@0.0.1")]).success();
    scope.folder.bit(["verify"]).success();
}

#[test]
fn messages_of_the_guard_reach_who_exports() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = guarded(&env, &scope, "ws");
    // The program that guards is gone: nothing is let through.
    let bit = env.folder("programs").path().join("bit");
    // By another process: what this one has open for writing can't be run, and a fork of another test keeps it open.
    env.folder("programs").program("cp").arg("--").arg(TestEnvironment::binary()).arg("bit").run().success();
    env.invocation(&bit, scope.folder.path()).args(["scope", "hooks", "install"]).run().success();
    workspace.append("card/index.js", "// three\n");
    workspace.bit(["tag", "-m", "three"]).success();
    fs::remove_file(&bit).unwrap();
    let before = scope.refs();
    let run = workspace.bit(["export"]);
    run.fails(1).complains("programs/bit, which is not there any more").complains("bit scope hooks install");
    assert_eq!(scope.refs(), before);
    scope.folder.bit(["scope", "hooks", "install"]).success();
    workspace.bit(["export"]).success();
}

#[test]
fn a_hook_of_a_person_is_kept() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let url = scope.url.clone();
    let scope =
        scope.hook("pre-receive", "cat > seen; ! grep -q frozen seen || { echo \"it is frozen\" >&2; exit 1; }");
    let own = scope.folder.read("hooks/pre-receive");
    let run = scope.folder.bit(["scope", "hooks", "install"]);
    run.fails(1).complains("is not a hook of bit's").complains("--force");
    assert_eq!(scope.folder.read("hooks/pre-receive"), own);
    let installed = env.folder(".").bit(["scope", "hooks", "install", &url, "--force", "--json"]).success().json();
    assert_eq!(installed["scope"], "my-org.ui");
    assert!(installed["handsOverTo"].as_str().unwrap().ends_with("pre-receive.own"));
    assert_eq!(scope.folder.read("hooks/pre-receive.own"), own);
    // Again, as after an update of bit.
    scope.folder.bit(["scope", "hooks", "install"]).success().says("pre-receive.own");
    let workspace = env.git_workspace_at("ws", "my-org.ui");
    workspace.bit(["remote", "add", "my-org.ui", &url]).success();
    workspace.component("card", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    assert!(scope.folder.read("seen").contains("refs/tags/card@0.0.1"));
    workspace.component("frozen", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    let run = workspace.bit(["export"]);
    run.fails(1).complains("it is frozen").complains("a hook there refused it").silent_about("ask its admin");
    scope.folder.remove("seen");
    let moved = "+refs/tags/my-org.ui/frozen@0.0.1:refs/tags/card@0.0.1";
    workspace.scope_git(["push", "--", &url, moved]).fails(1).complains("a version never moves");
    assert!(!scope.folder.exists("seen"), "what is refused is not shown to it");
    // git passes over a hook that can't be run, and so does ours.
    scope.folder.program("chmod").args(["-x", "hooks/pre-receive.own"]).run().success();
    let run = scope.folder.bit(["scope", "hooks", "install"]);
    run.success().complains("can't be run, so it sees no push: chmod +x").silent_about("sees every push");
    scope.folder.program("chmod").args(["+x", "hooks/pre-receive.own"]).run().success();
    // A third one has no place.
    scope.folder.inside("hooks").write_program("pre-receive", "exit 0");
    scope.folder.bit(["scope", "hooks", "install", "--force"]).fails(1).complains("keeps another one already");
}

#[test]
fn only_a_scope_of_ones_own_is_guarded() {
    let env = TestEnvironment::new();
    let here = env.folder("here");
    here.bit(["scope", "hooks", "install"]).fails(1).complains("holds no scope").complains("bit scope create");
    let scope = Host::path(&env).repository("s");
    scope.folder.bit(["scope", "hooks", "install"]).fails(1).complains("holds no scope");
    here.bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let shared = env.folder("shared");
    let scope = scope.set("core.hooksPath", &shared.path().display().to_string());
    scope.folder.bit(["scope", "hooks", "install"]).fails(1).complains("core.hooksPath");
    assert_eq!(shared.listing(&[]), Vec::<String>::new());
}

#[test]
fn the_guard_can_be_asked_by_hand() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = guarded(&env, &scope, "ws");
    let commit = workspace.commit_of("my-org.ui/card@0.0.1");
    let none = "0".repeat(40);
    let ask = |line: &str| {
        let hook = env.folder(".").invocation().args(["hook", "pre-receive", &scope.url, "--json"]);
        hook.stdin(format!("{line}\n")).run()
    };
    assert_eq!(ask(&format!("{none} {commit} refs/heads/x")).success().json(), json!({"changes": 1}));
    ask(&format!("{commit} {none} refs/tags/card@0.0.1")).fails(1).complains("the catalog lists it");
    ask("nonsense").fails(1).complains("is not what git hands to a pre-receive hook");
}

#[test]
fn a_push_of_many_versions_is_one_process() {
    if !has_program("strace") {
        skip!("no strace on this machine");
    }
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let ui = host.repository("ui");
    let workspace = env.git_workspace_at("ws", "my-org.ui");
    env.folder(".").bit(["scope", "create", &ui.url, "--name", "my-org.ui"]).success();
    ui.folder.bit(["scope", "hooks", "install"]).success();
    workspace.bit(["remote", "add", "my-org.ui", &ui.url]).success();
    for number in 0..60 {
        workspace.write(&format!("c{number}/index.js"), format!("module.exports = {number};\n"));
    }
    workspace.bit(["add", "c*"]).success();
    workspace.bit(["tag", "-m", "one"]).success();
    let trace = env.root().join("processes");
    let options = ["-f", "-qq", "-e", "trace=execve", "-o"];
    let export = workspace.program("strace").args(options).arg(&trace).arg(TestEnvironment::binary()).args(["export"]);
    export.run().success().says("exported components (60)");
    let trace = fs::read_to_string(&trace).expect("the trace");
    let started: Vec<&str> = trace.lines().filter(|line| line.ends_with("= 0")).collect();
    let hooks = started.iter().filter(|line| line.contains(r#""hook", "pre-receive"]"#)).count();
    assert_eq!(hooks, 1, "{trace}");
    assert!(started.len() < 30, "a process for each version: {trace}");
}

#[test]
fn many_versions_stand_in_a_pack_and_several_scopes_go_in_steps() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (ui, base) = (host.repository("ui"), host.repository("base"));
    let workspace = env.git_workspace_at("ws", "my-org.ui");
    for (scope, name) in [(&ui, "my-org.ui"), (&base, "my-org.base")] {
        env.folder(".").bit(["scope", "create", &scope.url, "--name", name]).success();
        scope.folder.bit(["scope", "hooks", "install"]).success();
        workspace.bit(["remote", "add", name, &scope.url]).success();
    }
    // More objects than git unpacks: what is pushed stands in a pack apart.
    for number in 0..60 {
        workspace.write(&format!("c{number}/index.js"), format!("module.exports = {number};\n"));
    }
    workspace.bit(["add", "c*"]).success();
    workspace.write("theme/index.js", "module.exports = 1;\n");
    workspace.bit(["add", "theme", "--scope", "my-org.base"]).success();
    workspace.write("c0/index.js", "module.exports = require('@my-org/base.theme');\n");
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success().says("exported components (61)");
    assert_eq!((ui.listed().len(), base.listed().len()), (60, 1));
}

/// What a push hands to the hook that brings so many versions of card, each made from the one before; they are in the
/// scope, and no ref of it names them yet.
fn long_push(workspace: &Folder<'_>, scope: &Hosted<'_>, count: usize, trailer: &str) -> String {
    let git = |arguments: &[&str]| scope.folder.git([&["--git-dir=."], arguments].concat()).success().stdout.clone();
    let show = |what: &str| git(&["show", what]);
    let import = |stream: &str| {
        let import = scope.folder.program("git").args(["--git-dir=.", "fast-import", "--quiet", "--force"]);
        import.args(["--export-marks=marks"]).stdin(stream).run().success();
        let marks = scope.folder.read("marks");
        let mut marks: Vec<(usize, String)> = marks
            .lines()
            .map(|line| line[1..].split_once(' ').expect("a mark"))
            .map(|(mark, id)| (mark.parse().expect("a number"), id.to_owned()))
            .collect();
        marks.sort_unstable();
        marks.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    };
    let data = |text: &str| format!("data {}\n{text}\n", text.len());
    let commit = |mark: usize, message: &str, from: &str| {
        let who = "committer Ada <ada@example.com> 1700000000 +0000";
        format!("commit refs/many/x\nmark :{mark}\n{who}\n{}from {from}\n", data(message))
    };
    let newest = workspace.commit_of("my-org.ui/card@0.0.2");
    let (manifest, package) = (show("card@0.0.2:component.json"), show("card@0.0.2:package.json"));
    let mut stream = String::new();
    for number in 1..=count {
        let next = |text: &str| data(&text.replace("0.0.2", &format!("0.1.{number}")));
        let message = format!("more\n\nBit-Id: my-org.ui/card@0.1.{number}\n{trailer}");
        let from = if number == 1 { newest.clone() } else { format!(":{}", number - 1) };
        stream += &commit(number, &message, &from);
        stream += &format!("M 100644 inline component.json\n{}", next(&manifest));
        stream += &format!("M 100644 inline package.json\n{}", next(&package));
    }
    let commits = import(&stream);
    let mut entry: serde_json::Value = serde_json::from_str(&show("main:catalog/card.json")).expect("an entry");
    let listed = |(commit, number): (&String, usize)| json!({"version": format!("0.1.{number}"), "commit": commit, "dependencies": []});
    entry["versions"].as_array_mut().expect("versions").extend(commits.iter().zip(1..).map(listed));
    entry["latest"] = json!(format!("0.1.{count}"));
    if trailer.is_empty() {
        entry["head"] = entry["latest"].clone();
    }
    let entry = serde_json::to_string_pretty(&entry).expect("JSON");
    let old = git(&["rev-parse", "main"]).trim_end().to_owned();
    let catalog =
        import(&(commit(1, "export", &old) + &format!("M 100644 inline catalog/card.json\n{}", data(&entry))));
    git(&["update-ref", "-d", "refs/many/x"]);
    let none = "0".repeat(40);
    let tag = |(commit, number): (&String, usize)| format!("{none} {commit} refs/tags/card@0.1.{number}\n");
    let tags: String = commits.iter().zip(1..).map(tag).collect();
    format!("{tags}{old} {} refs/heads/main\n", catalog[0])
}

#[test]
fn a_push_of_many_versions_of_one_component_takes_no_more_for_each() {
    let env = TestEnvironment::in_memory();
    let scope = Host::path(&env).repository("s");
    let workspace = guarded(&env, &scope, "ws");
    for trailer in ["", "Bit-Line: maintenance\n"] {
        let took = |count: usize| {
            let push = long_push(&workspace, &scope, count, trailer);
            let look = || {
                let hook = env.folder(".").invocation().args(["hook", "pre-receive", &scope.url, "--json"]);
                let begin = Instant::now();
                assert_eq!(hook.stdin(push.clone()).run().success().json(), json!({"changes": count + 1}));
                begin.elapsed()
            };
            (0..2).map(|_| look()).min().expect("a time")
        };
        let (few, many) = (took(300), took(2400));
        // Eight times as many: with their square it would be more than thirty times as long.
        assert!(many < few * 16, "{trailer}: {few:?} for 300 versions, {many:?} for 2400");
    }
}
