//! A version whose content was exchanged on its host, in its tag and in the catalog together: whoever had seen the scope
//! before never takes it, whichever command comes first.

use crate::common::{Folder, TestEnvironment};
use crate::import::{edit_catalog, publish, published, workspace};
use serde_json::Value;
use std::fs;

/// Puts another content under a version's number, as who may write to the host can. What it was, and what it is.
pub fn forge(host: &Folder, version: &str) -> (String, String) {
    let git = |arguments: &[&str]| host.git(arguments).success().stdout.trim_end().to_owned();
    let given = |arguments: &[&str], text: &str| {
        host.program("git").args(arguments).stdin(text.to_owned()).run().success().line().to_owned()
    };
    let before = git(&["rev-parse", &format!("{version}^{{commit}}")]);
    let evil = given(&["hash-object", "-w", "--stdin"], &format!("module.exports = 'not {before}';\n"));
    let main = git(&["rev-parse", &format!("{before}:index.js")]);
    let tree = given(&["mktree"], &(git(&["ls-tree", &before]).replace(&main, &evil) + "\n"));
    let parents = git(&["log", "-1", "--format=%P", &before]);
    let parents = parents.split_whitespace().flat_map(|parent| ["-p", parent]);
    let arguments: Vec<&str> = ["commit-tree", &tree].into_iter().chain(parents).collect();
    let after = given(&arguments, &(git(&["log", "-1", "--format=%B", &before]) + "\n"));
    git(&["update-ref", &format!("refs/tags/{version}"), &after]);
    relist(host, version, |text| text.replace(&before, &after));
    (before, after)
}

/// A catalog on top of the one that is there, with other words in the entry of a version's component.
fn relist(host: &Folder, version: &str, edit: impl Fn(String) -> String) {
    let path = format!("catalog/{}.json", version.split('@').next().expect("a name"));
    let text = host.git(["show", &format!("main:{path}")]).success().stdout.clone();
    edit_catalog(host, &path, Some(&edit(text)));
}

/// A scope with two versions of theme and button, and a workspace that has them.
fn imported(env: &TestEnvironment) -> (Folder<'_>, Folder<'_>) {
    let author = published(env);
    publish(&author, "theme", "// two\n");
    let shop = workspace(env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/theme", "my-org.ui/button@0.0.1"]).success();
    (env.folder("my-org.ui"), shop)
}

/// All that must not change.
fn state(shop: &Folder) -> impl PartialEq + std::fmt::Debug + use<> {
    (shop.refs(), shop.read(".bitmap"), shop.listing(&[".git", "node_modules"]))
}

fn kinds(shop: &Folder, arguments: &[&str], code: i32) -> Vec<String> {
    let run = shop.bit(["verify", "--json"].iter().chain(arguments));
    assert_eq!(run.code, Some(code), "{run}");
    let findings = run.json()["findings"].clone();
    let told =
        |finding: &Value| format!("{} {}", finding["kind"].as_str().unwrap(), finding["place"].as_str().unwrap());
    findings.as_array().unwrap().iter().map(told).collect()
}

#[test]
fn an_exchanged_version_is_refused_whatever_is_asked_of_its_scope() {
    let env = TestEnvironment::new();
    let (host, shop) = imported(&env);
    let before = state(&shop);
    let (was, is) = forge(&host, "theme@0.0.2");
    for command in [
        &["fetch"][..],
        &["fetch", "my-org.ui"],
        &["import"],
        &["import", "my-org.ui/theme"],
        &["import", "my-org.ui/button"],
        &["import", "--objects", "my-org.ui/button@0.0.2"],
        &["import", "--objects", "my-org.ui/theme@0.0.1"],
        &["import", "--accept-moved", "my-org.ui/button"],
        &["checkout", "head", "--include-new-from-scope"],
    ] {
        let run = shop.bit(command);
        run.fails(1).complains("the scope my-org.ui was changed").complains("my-org.ui/theme@0.0.2");
        run.complains(&was).complains(&is).complains("--accept-moved");
        assert_eq!(state(&shop), before, "{command:?}");
    }
    shop.bit(["export"]).success().complains("the scope my-org.ui was changed").complains(&is);
    shop.bit(["eject", "theme"]).fails(1).complains("my-org.ui/theme@0.0.2").complains(&is);
    assert_eq!(state(&shop), before);
    assert_eq!(kinds(&shop, &[], 0), [""; 0]);
    assert!(kinds(&shop, &["my-org.ui"], 3).contains(&"version-changed my-org.ui/theme@0.0.2".to_owned()));
    // What is to be published does not go there either.
    shop.append("ui/button/index.js", "// mine\n");
    shop.bit(["tag", "button", "--ignore-newest-version", "--ver", "0.0.2-x.0"]).success();
    let staged = state(&shop);
    shop.bit(["export"]).fails(1).complains("the scope my-org.ui was changed").complains("nothing was exported");
    shop.bit(["export", "--all-versions"]).fails(1).complains("the scope my-org.ui was changed");
    assert_eq!(state(&shop), staged);
}

/// What is said on top of a catalog confirms it. A mirror that is behind is no other scope.
#[test]
fn nobody_who_knows_better_says_anything_in_such_a_scope() {
    let env = TestEnvironment::new();
    let (host, shop) = imported(&env);
    let behind = env.folder(".").program("cp").args(["-a", "my-org.ui", "behind"]).run();
    behind.success();
    env.folder("behind").git(["update-ref", "refs/heads/main", "main^"]).success();
    shop.bit(["deprecate", "button", "old", "--remote=../behind"]).success();
    forge(&host, "theme@0.0.2");
    let there = host.refs();
    for command in [
        &["deprecate", "button", "old", "--remote"][..],
        &["deprecate", "my-org.ui/theme", "--remote"],
        &["deprecate", "my-org.ui/theme", "--remote=../my-org.ui"],
        &["undeprecate", "button", "--remote"],
        &["delete", "my-org.ui/button", "--remote", "--silent", "--force"],
    ] {
        let run = shop.bit(command);
        run.fails(1).complains("my-org.ui/theme@0.0.2").complains("nothing was changed").complains("--accept-replaced");
        assert_eq!(host.refs(), there, "{command:?}");
    }
    // Nor where it was rolled back.
    host.git(["update-ref", "refs/heads/main", "main~2"]).success();
    shop.bit(["deprecate", "button", "old", "--remote"]).fails(1).complains("nothing was changed");
    shop.bit(["fetch", "--accept-replaced", "my-org.ui"]).success();
    shop.bit(["deprecate", "button", "old", "--remote"]).success();
}

#[test]
fn a_person_may_take_an_exchanged_version() {
    let env = TestEnvironment::new();
    let (host, shop) = imported(&env);
    let (was, is) = forge(&host, "theme@0.0.2");
    let id = "my-org.ui/theme@0.0.2";
    shop.bit(["import", "--objects", "--accept-moved", id, id]).success();
    assert_eq!(shop.commit_of(id), is);
    shop.bit(["fetch"]).success();
    // The folder is still made of the other one, and .bitmap says so.
    shop.bit(["status"]).says(&format!("bit import --accept-moved {id} makes the folder of it"));
    shop.bit(["import", "--accept-moved", id]).success();
    shop.bit(["status"]).silent_about("--accept-moved");
    assert!(shop.read(".bitmap").contains(&is), "{}", shop.read(".bitmap"));
    shop.fsck();
    // Where only the catalog was taken, nobody takes the two for the work of two people.
    let (host, shop) = (host, workspace(&env, "other", &["my-org.ui"]));
    shop.bit(["import", "--objects", "my-org.ui/theme"]).success();
    let (_, third) = forge(&host, "theme@0.0.2");
    shop.bit(["fetch"]).fails(1).complains(&third);
    let taken = shop.bit(["fetch", "--accept-replaced", "my-org.ui"]);
    taken.success().says("is taken as it is now: 1 version has another content").silent_about("fewer");
    taken.says(&format!("> {id} (another content: it was {}, and is {} now)", &is[..9], &third[..9]));
    assert_eq!(shop.commit_of(id), is);
    assert_eq!(kinds(&shop, &[], 3), [format!("version-changed {id}")]);
    shop.bit(["import", "--objects", "--accept-moved", id, id]).success();
    assert_eq!(shop.commit_of(id), third);
    assert_ne!(was, third);
}

/// Where a component of the workspace is at the version, the command that is named leaves nothing to be done.
#[test]
fn what_is_named_to_take_an_exchanged_version_finishes_the_job() {
    let env = TestEnvironment::new();
    let (host, shop) = imported(&env);
    let (_, is) = forge(&host, "theme@0.0.2");
    let id = "my-org.ui/theme@0.0.2";
    let take = ["import", "--accept-moved", id, id];
    let words = format!("bit {}", take.join(" "));
    shop.bit(["fetch"]).fails(1).complains(&words);
    let is_done = |shop: &Folder| {
        shop.bit(["status"])
            .silent_about("issues found")
            .silent_about("--accept-moved")
            .silent_about("my-org.ui/theme");
        assert!(shop.read(".bitmap").contains(&is), "{}", shop.read(".bitmap"));
        assert_eq!(shop.commit_of(id), is);
        shop.bit(["verify"]).success();
        shop.fsck();
    };
    // Edits are refused with the ways on, or joined; never lost.
    env.folder(".").program("cp").args(["-a", "shop", "edited"]).run().success();
    let edited = env.folder("edited");
    edited.write("ui/theme/more.js", "// mine\n");
    edited.append("ui/theme/index.js", "// mine\n");
    let before = state(&edited);
    edited.bit(take).fails(1).complains("ui/theme has local changes (index.js, more.js)").complains("--merge");
    assert!(state(&edited) == before);
    edited.bit(take.iter().chain(&["--merge"]));
    assert!(edited.read("ui/theme/index.js").contains("// mine"), "{}", edited.read("ui/theme/index.js"));
    shop.bit(take).success();
    is_done(&shop);
    assert!(shop.read("ui/theme/index.js").starts_with("module.exports = 'not "));
    // A version that was never exported is somebody's work: it stays.
    shop.append("ui/theme/index.js", "// third\n");
    shop.bit(["tag", "theme", "--skip-auto-tag", "-m", "three"]).success();
    let third = shop.commit_of("my-org.ui/theme@0.0.3");
    let other = workspace(&env, "other", &["my-org.ui"]);
    other.bit(["import", "my-org.ui/theme"]).success();
    other.append("ui/theme/index.js", "// another third\n");
    other.bit(["tag", "theme", "-m", "three"]).success();
    other.bit(["export"]).success();
    shop.bit(["import", "--accept-moved", "my-org.ui/theme@0.0.3", "my-org.ui/theme@0.0.3"]);
    assert!(shop.read("ui/theme/index.js").contains("// third"));
    shop.scope_git(["cat-file", "-e", &third]).success();
}

/// What was exchanged and put right by a commit on top is told, and is no fault; else a person may accept it, once.
#[test]
fn what_was_put_right_is_no_fault_and_what_was_not_can_be_accepted() {
    let env = TestEnvironment::new();
    let (host, shop) = imported(&env);
    let id = "my-org.ui/button@0.0.2";
    let (before, after) = forge(&host, "button@0.0.2");
    // Somebody who had not seen it before.
    let outside = env.folder("outside");
    let look = |code: i32, more: &[&str]| {
        let run = outside.bit([&["verify", "../my-org.ui", "--cache", "memory", "--json"], more].concat());
        assert_eq!(run.code, Some(code), "{run}");
        run.json()["findings"].clone()
    };
    let told = look(3, &[]);
    assert!(told[0]["repair"].as_str().unwrap().contains("--accept"), "{told}");
    look(3, &["--full"]);
    assert_eq!(look(0, &["--accept"]), Value::Array(Vec::new()));
    for more in [&[][..], &["--full"], &["--accept"], &["--full"]] {
        assert_eq!(look(0, more), Value::Array(Vec::new()), "{more:?}");
    }
    fs::remove_dir_all(outside.path().join("memory")).unwrap();
    // As it was at first, by a commit on top.
    host.git(["update-ref", "refs/tags/button@0.0.2", &before]).success();
    relist(&host, "button@0.0.2", |text| text.replace(&after, &before));
    for more in [&[][..], &[], &["--full"]] {
        let told = look(0, more);
        assert_eq!((told[0]["kind"].as_str(), told[0]["place"].as_str()), (Some("was-changed"), Some(id)), "{told}");
    }
    shop.bit(["fetch"]).success();
    shop.bit(["verify", "my-org.ui"]).success();
    // Another exchange is told as ever.
    forge(&host, "button@0.0.2");
    look(3, &[]);
}

#[test]
fn a_version_that_is_taken_off_the_list_is_told_before_it_can_come_back_as_another() {
    let env = TestEnvironment::new();
    let (host, shop) = imported(&env);
    let before = state(&shop);
    let listed: Value = host.git(["show", "main:catalog/theme.json"]).success().json();
    relist(&host, "theme@0.0.2", |text| {
        let mut entry: Value = serde_json::from_str(&text).unwrap();
        entry["versions"].as_array_mut().unwrap().pop();
        (entry["head"], entry["latest"]) = ("0.0.1".into(), "0.0.1".into());
        entry.to_string()
    });
    for command in [&["fetch"][..], &["import", "my-org.ui/button"]] {
        shop.bit(command).fails(1).complains("my-org.ui/theme@0.0.2").complains("is not listed any more");
        assert_eq!(state(&shop), before);
    }
    // Nor may an entry become what nobody can read.
    edit_catalog(&host, "catalog/theme.json", Some("{}"));
    shop.bit(["fetch"]).fails(1).complains("catalog/theme.json");
    assert_eq!(state(&shop), before);
    edit_catalog(&host, "catalog/theme.json", Some(&listed.to_string()));
    shop.bit(["fetch"]).success();
    // What is new beside it comes as ever.
    publish(&env.folder("author"), "theme", "// three\n");
    shop.bit(["import", "my-org.ui/theme"]).success().says("0.0.3");
}

/// What a mirroring says, without a change of words: its exit code, and the versions that differ.
fn mirrored(folder: &Folder, arguments: &[&str]) -> (Option<i32>, Vec<(String, Value)>) {
    let run = folder.bit(["mirror", "--json"].iter().chain(arguments));
    let diverged = run.json()["scopes"][0]["destinations"][0]["diverged"].clone();
    let told = |one: &Value| (one["id"].as_str().unwrap().to_owned(), one["known"].clone());
    (run.code, diverged.as_array().unwrap().iter().map(told).collect())
}

#[test]
fn an_exchanged_version_is_mirrored_by_nobody_who_knows_better() {
    let env = TestEnvironment::new();
    let (host, shop) = imported(&env);
    let ci = env.folder("ci");
    let source = host.path().display().to_string();
    let cached = |to: &str| mirrored(&ci, &[&source, to, "--create", "--cache", "cache"]);
    assert_eq!(cached("./first.git"), (Some(0), vec![]));
    let (was, is) = forge(&host, "theme@0.0.2");
    let id = "my-org.ui/theme@0.0.2";
    let told = || (Some(3), vec![(id.to_owned(), Value::from(was.clone()))]);
    assert_eq!(mirrored(&shop, &["my-org.ui", "../second.git", "--create"]), told());
    let run = shop.bit(["mirror", "my-org.ui", "../second.git"]);
    run.complains("was exchanged at the source")
        .complains(&was)
        .complains(&is)
        .complains("--accept-replaced my-org.ui");
    // All others came, and nobody sees the catalog.
    let tags =
        env.folder("second.git").git(["--git-dir=.", "for-each-ref", "--format=%(refname:short)"]).stdout.clone();
    assert_eq!(tags, "button@0.0.1\nbutton@0.0.2\ntheme@0.0.1\n");
    // The cache does not forget what it knows, however often it is asked.
    for to in ["./third.git", "./third.git", "./first.git"] {
        assert_eq!(cached(to), told(), "{to}");
    }
    let summary = ["mirror", &source, "./third.git", "--cache", "cache", "--summary-file", "page.md"];
    assert_eq!(ci.bit(summary).code, Some(3));
    assert!(ci.read("page.md").contains("was exchanged"), "{}", ci.read("page.md"));
    // Who knows nothing of it copies what there is; who knows better says so then too.
    assert_eq!(mirrored(&ci, &[&source, "./fourth.git", "--create"]), (Some(0), vec![]));
    assert_eq!(mirrored(&shop, &[&source, "../ci/fourth.git"]), told());
    shop.bit(["fetch", "--accept-replaced", "my-org.ui"]).success();
    assert_eq!(mirrored(&shop, &["my-org.ui", "../second.git"]), (Some(0), vec![]));
}

#[test]
fn a_scope_that_was_rolled_back_is_mirrored_by_nobody_who_knows_better() {
    let env = TestEnvironment::new();
    let (host, shop) = imported(&env);
    let copy = |from: &str, to: &str| env.folder(".").program("cp").args(["-a", from, to]).run();
    copy("my-org.ui", "good").success();
    copy("my-org.ui", "behind").success();
    let rolled_back = |folder: &Folder| drop(folder.git(["update-ref", "refs/heads/main", "main~1"]));
    let dropped = |folder: &Folder| {
        relist(folder, "button@0.0.2", |text| {
            let mut entry: Value = serde_json::from_str(&text).unwrap();
            entry["versions"].as_array_mut().unwrap().pop();
            (entry["head"], entry["latest"]) = ("0.0.1".into(), "0.0.1".into());
            entry.to_string()
        });
    };
    for (name, damage) in [("rolled", &rolled_back as &dyn Fn(&Folder)), ("dropped", &dropped)] {
        damage(&host);
        let to = format!("../{name}.git");
        let run = shop.bit(["mirror", "my-org.ui", &to, "--create"]);
        run.fails(4).complains("no longer lists").complains("my-org.ui/button@0.0.2").complains("--accept-replaced");
        assert!(!env.root().join(format!("{name}.git")).exists(), "{name}");
        fs::remove_dir_all(host.path()).unwrap();
        copy("good", "my-org.ui").success();
    }
    // A mirror that is behind is one all the same.
    rolled_back(&env.folder("behind"));
    shop.bit(["mirror", "../behind", "../copy.git", "--create"]).success();
    rolled_back(&host);
    shop.bit(["fetch", "--accept-replaced", "my-org.ui"]).success();
    shop.bit(["mirror", "my-org.ui", "../rolled.git", "--create"]).success();
}

#[test]
fn a_tag_that_was_stripped_of_its_signature_is_mirrored_by_nobody_who_knows_better() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let host = env.folder("my-org.ui");
    let ids = ["button", "theme"].map(|name| format!("my-org.ui/{name}@0.0.1"));
    let commits = ids.each_ref().map(|id| author.commit_of(id));
    let tags = ["button@0.0.1", "theme@0.0.1"];
    for (tag, commit) in tags.iter().zip(&commits) {
        host.git(["tag", "-f", "-a", "-m", "signed", tag, commit]).success();
    }
    let signed = tags.map(|tag| Value::from(host.git(["rev-parse", tag]).line()));
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/theme"]).success();
    shop.bit(["import", "my-org.ui/button", "--objects"]).success();
    assert_eq!(mirrored(&shop, &["my-org.ui", "../first.git", "--create"]), (Some(0), vec![]));
    for number in 1..=2 {
        for (tag, commit) in tags.iter().zip(&commits).rev().take(number) {
            host.git(["update-ref", &format!("refs/tags/{tag}"), commit]).success();
        }
        let told = |skipped: usize| ids.clone().into_iter().zip(signed.clone()).skip(skipped).collect::<Vec<_>>();
        let to = format!("../second-{number}.git");
        for to in [&to, "../first.git"] {
            assert_eq!(mirrored(&shop, &["my-org.ui", to, "--create"]), (Some(3), told(2 - number)), "{to}");
        }
        // What is named to go on does it.
        env.folder(".").program("cp").args(["-a", "shop", &format!("shop-{number}")]).run().success();
        let shop = env.folder(&format!("shop-{number}"));
        let told = shop.bit(["mirror", "my-org.ui", &to]);
        let (_, command) = told.stderr.split_once("looked at it, \"bit ").expect("a command");
        let (command, _) = command.split_once("\" takes it as it is").expect("its end");
        assert!(command.contains("--accept-moved"), "{command}");
        shop.bit(command.split(' ')).success();
        assert_eq!(mirrored(&shop, &["my-org.ui", &to]), (Some(0), vec![]));
    }
}

/// Only the tag: nobody can take what no catalog lists.
#[test]
fn a_tag_that_was_moved_at_the_source_is_mirrored_by_nobody() {
    let env = TestEnvironment::new();
    let (host, shop) = imported(&env);
    let (ci, source) = (env.folder("ci"), host.path().display().to_string());
    let cached = |to: &str| mirrored(&ci, &[&source, to, "--create", "--cache", "cache"]);
    assert_eq!(cached("./first.git"), (Some(0), vec![]));
    let id = "my-org.ui/theme@0.0.2";
    let was = host.git(["rev-parse", "theme@0.0.2"]).line().to_owned();
    let evil = host.git(["commit-tree", "-m", "evil", "theme@0.0.2^{tree}"]).line().to_owned();
    host.git(["update-ref", "refs/tags/theme@0.0.2", &evil]).success();
    let told = || (Some(3), vec![(id.to_owned(), Value::from(was.clone()))]);
    assert_eq!(mirrored(&shop, &["my-org.ui", "../second.git", "--create"]), told());
    for to in ["./third.git", "./first.git"] {
        assert_eq!(cached(to), told(), "{to}");
    }
    let put_back = "ask who runs the scope to put its tag back";
    let run = shop.bit(["mirror", "my-org.ui", "../second.git"]);
    run.complains(&format!("was exchanged at the source: it is {evil}")).complains(put_back).silent_about("accept");
    // The source can't hand out what it lists, to those as well who never saw it.
    let run = ci.bit(["mirror", &source, "./fourth.git", "--create"]);
    run.fails(4).complains(&format!("its tag is on {evil}")).complains(put_back);
    let there = env.folder("ci/fourth.git").git(["--git-dir=.", "for-each-ref", "--format=%(refname)"]).stdout.clone();
    assert!(there.contains("theme@0.0.1") && !there.contains("theme@0.0.2") && !there.contains("heads"), "{there}");
    host.git(["update-ref", "refs/tags/theme@0.0.2", &was]).success();
    assert_eq!(cached("./third.git"), (Some(0), vec![]));
    assert_eq!(mirrored(&shop, &["my-org.ui", "../second.git"]), (Some(0), vec![]));
}

/// Somebody accepted an exchanged version, and then the host was rolled back: what is here was the scope's, and nobody's
/// staged work.
#[test]
fn an_accepted_exchange_can_be_taken_back() {
    let env = TestEnvironment::new();
    let (host, shop) = imported(&env);
    let copy = |from: &str, to: &str| {
        env.folder(".").program("cp").args(["-a", from, to]).run().success();
    };
    copy("my-org.ui", "good");
    for (version, more) in [("theme@0.0.2", None), ("theme@0.0.1", Some("--objects"))] {
        let id = format!("my-org.ui/{version}");
        let take: Vec<&str> = ["import"].into_iter().chain(more).chain(["--accept-moved", &id, &id]).collect();
        let (was, is) = forge(&host, version);
        shop.bit(&take).success();
        assert_eq!(shop.commit_of(&id), is);
        fs::remove_dir_all(host.path()).unwrap();
        copy("good", "my-org.ui");
        shop.bit(["fetch"]).fails(1).complains("--accept-replaced");
        shop.bit(["fetch", "--accept-replaced", "my-org.ui"]).success();
        assert_eq!(kinds(&shop, &[], 3), [format!("version-changed {id}")]);
        shop.bit(["verify"]).says(&format!("\"bit {}\" takes the other one", take.join(" ")));
        shop.bit(&take).success();
        assert_eq!(shop.commit_of(&id), was);
        shop.bit(["verify"]).success().says("nothing is wrong");
        shop.bit(["import"]).success();
        shop.bit(["status"]).silent_about("staged").silent_about("--accept-moved");
        shop.fsck();
    }
}
