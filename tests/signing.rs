//! Signed versions: `bit tag --sign`, and who may sign for whom.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::Value;

use crate::common::faults::{Preserved, killed_at_each};
use crate::common::servers::{Host, Hosted};
use crate::common::{Folder, Run, TestEnvironment, find_program, has_program, needs, needs_faults, skip};

const SCOPE: &str = "my-org.ui";

/// A key of ssh in the home of the user.
fn key(env: &TestEnvironment, name: &str, passphrase: &str) {
    let home = env.folder("home");
    let make = ["-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", name];
    home.program("ssh-keygen").args(make).run().success();
}

fn public(env: &TestEnvironment, name: &str) -> String {
    env.folder("home").read(&format!("{name}.pub")).trim().to_owned()
}

/// The user signs with this key.
fn signs_with(env: &TestEnvironment, name: &str) {
    let path = env.home().join(format!("{name}.pub"));
    env.git_config("gpg.format", "ssh").git_config("user.signingkey", path.to_str().expect("UTF-8"));
}

/// A machine with keys of Ada, who signs, and of Bob.
pub fn machine() -> TestEnvironment {
    let env = TestEnvironment::new();
    key(&env, "ada", "");
    key(&env, "bob", "");
    signs_with(&env, "ada");
    env
}

/// A line of a file of allowed signers.
pub fn allowed(env: &TestEnvironment, name: &str) -> String {
    format!("{name}@example.com {}\n", public(env, name))
}

pub fn create(env: &TestEnvironment, url: &str, scope: &str) {
    env.folder(".").bit(["scope", "create", url, "--name", scope]).success();
    env.folder("home").bit(["remote", "add", "--global", scope, url]).success();
}

/// theme ← button, tagged and exported.
fn author<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>, tag: &[&str]) -> Folder<'e> {
    create(env, &scope.url, SCOPE);
    let workspace = env.git_workspace_at("author", SCOPE);
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 1;\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
    ]);
    workspace.bit([&["tag", "-m", "one"], tag].concat()).success();
    workspace.bit(["export"]).success();
    workspace
}

/// One more version of theme, and of button with it.
fn goes_on(workspace: &Folder<'_>, tag: &[&str]) {
    workspace.machine().later(60);
    workspace.append("theme/index.js", "// more\n");
    workspace.bit([&["tag", "-m", "more"], tag].concat()).success();
    workspace.bit(["export"]).success();
}

/// A workspace that asks for signatures of every scope of my-org.
pub fn careful<'e>(env: &'e TestEnvironment, name: &str, signers: &str) -> Folder<'e> {
    let workspace = env.git_workspace_at(name, "my-org.shop");
    asks_for(&workspace, signers);
    workspace
}

/// From now on it does.
fn asks_for(workspace: &Folder<'_>, signers: &str) {
    let config = workspace.read("workspace.jsonc");
    let (before, after) = config.split_once('{').expect("an object");
    let rules = "\n  \"bit.trust/signers\": {\"my-org.*\": \"trust/signers\"},";
    workspace.write("workspace.jsonc", format!("{before}{{{rules}{after}"));
    workspace.write("trust/signers", signers);
}

/// One that takes what Ada has signed.
pub fn trusting<'e>(env: &'e TestEnvironment, name: &str) -> Folder<'e> {
    careful(env, name, &allowed(env, "ada"))
}

/// Ada signs theme ← button; a shop that trusts her has the theme.
fn supplied<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>) -> Folder<'e> {
    author(env, scope, &["--sign"]);
    let shop = trusting(env, "shop");
    shop.bit(["import", "my-org.ui/theme"]).success();
    shop
}

/// Nothing came: no ref, no folder, no record.
#[track_caller]
pub fn refuses<'r>(workspace: &Folder<'_>, arguments: &[&str], run: &'r mut Option<Run>) -> &'r Run {
    let state = |workspace: &Folder<'_>| {
        (workspace.refs(), workspace.listing(&[".git", "node_modules"]), workspace.read(".bitmap"))
    };
    let before = state(workspace);
    let refused = workspace.bit(arguments);
    refused.fails(1);
    assert!(state(workspace) == before, "something was written\n{refused}");
    run.insert(refused)
}

/// What plain git says of a tag, on the standard error.
fn judged_by_git(folder: &Folder<'_>, tag: &str, allowed: &str) -> Run {
    folder.write("../git-allowed", allowed);
    let setting = format!("gpg.ssh.allowedSignersFile={}", folder.path().join("../git-allowed").display());
    let git = folder.program("git").arg("--git-dir").arg(folder.local_scope());
    git.args(["-c", &setting, "tag", "-v", tag]).run()
}

fn kinds(run: &Run) -> Vec<(String, String)> {
    let told = run.json();
    let findings = told["findings"].as_array().expect("findings").iter();
    findings.map(|finding| (word(&finding["kind"]), word(&finding["place"]))).collect()
}

fn word(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn pair(kind: &str, place: &str) -> (String, String) {
    (kind.to_owned(), place.to_owned())
}

/// The version's tag is on another object now, by plain git.
fn plant(scope: &Hosted<'_>, tag: &str, object: &str) {
    scope.folder.git(["--git-dir=.", "update-ref", &format!("refs/tags/{tag}"), object]).success();
}

fn write_object(scope: &Hosted<'_>, kind: &str, bytes: impl Into<Vec<u8>>) -> String {
    let git =
        scope.folder.program("git").args(["--git-dir=.", "hash-object", "-t", kind, "-w", "--stdin", "--literally"]);
    git.stdin(bytes).run().line().to_owned()
}

#[test]
fn a_signed_version_is_good_for_plain_git_everywhere() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &["--sign"]);
    let good = "Good \"git\" signature for ada@example.com";
    let local = judged_by_git(&workspace, "my-org.ui/button@0.0.1", &allowed(&env, "ada"));
    local.success().says("tag button@0.0.1").says("Bit-Id: my-org.ui/button@0.0.1").complains(good);
    judged_by_git(&scope.folder, "button@0.0.1", &allowed(&env, "ada")).success().complains(good);
    judged_by_git(&scope.folder, "button@0.0.1", &allowed(&env, "bob")).fails(1);
    let target = |name: &str, folder: &Folder<'_>| folder.refs()[name].clone();
    assert_eq!(
        target("refs/tags/my-org.ui/button@0.0.1", &workspace),
        target("refs/tags/button@0.0.1", &scope.folder),
        "the tag's object goes unchanged"
    );
    scope.fsck();
    workspace.fsck();
    // The catalog is signed where all that is new in it is.
    let catalog = |signers: &str| {
        scope.folder.write("../catalog-allowed", signers);
        let setting =
            format!("gpg.ssh.allowedSignersFile={}", scope.folder.path().join("../catalog-allowed").display());
        scope.folder.git(["--git-dir=.", "-c", &setting, "verify-commit", "main"])
    };
    catalog(&allowed(&env, "ada")).success().complains(good);
    goes_on(&workspace, &[]);
    catalog(&allowed(&env, "ada")).fails_quietly(1);
    workspace.append("theme/index.js", "// again\n");
    workspace.bit(["tag", "-m", "again"]).success();
    workspace.bit(["export", "--sign"]).success();
    catalog(&allowed(&env, "ada")).success();
    assert_eq!(workspace.bit(["status", "--json"]).success().json()["stagedComponents"], serde_json::json!([]));
}

#[test]
fn show_tells_who_signed() {
    let env = machine();
    let host = Host::path(&env);
    let workspace = author(&env, &host.repository("ui"), &["--sign"]);
    workspace.bit(["show", "theme"]).success().says("signed by").says("an unknown signer (ED25519 key SHA256:");
    env.folder("home").write("mine", allowed(&env, "ada"));
    env.git_config("gpg.ssh.allowedSignersFile", env.home().join("mine").to_str().unwrap());
    workspace.bit(["show", "theme@0.0.1"]).success().says("ada@example.com (ED25519 key SHA256:");
    workspace.bit(["show", "theme", "--remote"]).success().says("ada@example.com (ED25519 key");
    let shown = workspace.bit(["show", "theme", "--json"]).success().json();
    let signed = shown.as_array().unwrap().iter().find(|field| field["title"] == "signed by").unwrap().clone();
    assert!(word(&signed["json"]).starts_with("ada@example.com"), "{signed}");
    goes_on(&workspace, &[]);
    workspace.bit(["show", "theme"]).success().silent_about("signed by");
}

#[test]
fn a_signer_that_fails_fails_the_tag_before_anything_is_stored() {
    let env = machine();
    let workspace = env.git_workspace_at("author", SCOPE);
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "unsigned"]).success();
    workspace.append("theme/index.js", "// more\n");
    let objects = || workspace.listing(&["node_modules"]).into_iter().filter(|path| path.contains("objects/")).count();
    let before = (workspace.refs(), workspace.read(".bitmap"), objects());
    let fails = |words: &str| {
        workspace.bit(["tag", "--sign"]).fails(1).complains("nothing was signed").complains(words);
        assert_eq!((workspace.refs(), workspace.read(".bitmap"), objects()), before, "{words}");
    };
    env.git_config("user.signingkey", "/nowhere.pub");
    fails("Couldn't load public key /nowhere.pub");
    env.git_config("user.signingkey", "");
    fails("user.signingkey");
    signs_with(&env, "ada");
    env.program_of_user("my-signer", "echo 'no touch of the token' >&2; exit 3");
    env.git_config("gpg.ssh.program", "my-signer");
    fails("no touch of the token");
    // A key with a passphrase, and nobody there to type it.
    env.git_config("gpg.ssh.program", "ssh-keygen");
    key(&env, "locked", "a secret");
    signs_with(&env, "locked");
    fails("passphrase");
    // Nothing is signed in a dry run.
    workspace.bit(["tag", "--sign", "--dry-run"]).success();
    signs_with(&env, "ada");
    workspace.bit(["tag", "--sign"]).success().says("1 component(s) tagged and signed");
    assert!(workspace.bit(["tag", "--unmodified", "--sign", "--json"]).success().json()["signed"].as_bool().unwrap());
}

#[test]
fn a_passphrase_is_asked_for_at_the_terminal() {
    needs!("script");
    let env = machine();
    key(&env, "locked", "a secret");
    signs_with(&env, "locked");
    let workspace = env.git_workspace_at("author", SCOPE);
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    let command = format!("{} tag --sign", TestEnvironment::binary().display());
    // What is typed before the prompt is thrown away.
    let typing = "until grep -q passphrase shown 2>/dev/null; do sleep 0.05; done; echo 'a secret'";
    let line = format!("({typing}) | script --quiet --flush --return --command '{command}' shown");
    let run = workspace.program("sh").args(["-c", &line]).run();
    run.success().says("Enter passphrase").says("tagged and signed");
    judged_by_git(&workspace, "my-org.ui/theme@0.0.1", &allowed(&env, "locked")).success();
}

#[test]
fn the_settings_of_the_teams_own_repository_count() {
    let env = TestEnvironment::new();
    key(&env, "ada", "");
    let workspace = env.git_workspace_at("author", SCOPE);
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.git(["config", "gpg.format", "ssh"]).success();
    workspace.git(["config", "gpg.ssh.defaultKeyCommand", &format!("echo key::{}", public(&env, "ada"))]).success();
    // A literal key is looked for in an agent, which is not there: the words show that it was asked.
    workspace.bit(["tag", "--sign"]).fails(1).complains("agent");
    workspace.git(["config", "user.signingkey", env.home().join("ada.pub").to_str().unwrap()]).success();
    workspace.bit(["tag", "--sign"]).success();
    judged_by_git(&workspace, "my-org.ui/theme@0.0.1", &allowed(&env, "ada")).success();
}

#[test]
fn a_workspace_may_sign_every_tag() {
    let env = machine();
    let workspace = env.git_workspace_at("author", SCOPE);
    let config = workspace.read("workspace.jsonc").replacen('{', "{\n  \"bit.trust/sign\": true,", 1);
    workspace.write("workspace.jsonc", config);
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag"]).success().says("tagged and signed");
    judged_by_git(&workspace, "my-org.ui/theme@0.0.1", &allowed(&env, "ada")).success();
}

#[test]
fn killed_anywhere_while_it_signs_nothing_is_half() {
    needs_faults!();
    let env = machine();
    let workspace = env.git_workspace_at("author", SCOPE);
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    let preserved = Preserved::new(&workspace);
    killed_at_each(&preserved, &["tag", "--sign", "-m", "one"], 20, |folder, moment| {
        folder.bit(["status"]).success();
        folder.fsck();
        let versions = folder.versions();
        match folder.read(".bitmap").contains("\"version\": \"0.0.1\"") {
            true => drop(judged_by_git(folder, "my-org.ui/theme@0.0.1", &allowed(&env, "ada")).success()),
            false => assert!(versions.is_empty(), "{moment}: {versions:?}"),
        }
    });
}

#[test]
fn import_takes_what_the_right_people_have_signed() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &["--sign"]);
    let shop = trusting(&env, "shop");
    shop.bit(["import", "my-org.ui/button"]).success();
    for version in ["theme@0.0.1", "button@0.0.1"] {
        let id = format!("my-org.ui/{version}");
        judged_by_git(&shop, &id, &allowed(&env, "ada")).success();
    }
    shop.fsck();
    // What came along is as signed as what was asked for.
    goes_on(&workspace, &["--sign"]);
    let other = trusting(&env, "other");
    other.bit(["import", "my-org.ui/button"]).success();
    judged_by_git(&other, "my-org.ui/theme@0.0.1", &allowed(&env, "ada")).success();
    // A second look needs no program that judges.
    env.program_of_user("ssh-keygen", "exit 7");
    other.bit(["import", "my-org.ui/button"]).success();
}

#[test]
fn many_signed_versions_come_from_a_folder_and_from_a_host() {
    let env = machine();
    let (path, daemon) = (Host::path(&env), Host::daemon(&env));
    for host in [&path, &daemon] {
        let name = if host.url("x").starts_with('/') { "folder" } else { "host" };
        let (scope, id) = (host.repository(name), format!("my-org.{name}"));
        create(&env, &scope.url, &id);
        let workspace = env.git_workspace_at(name, &id);
        for number in 0..101 {
            workspace.write(&format!("c/c{number}/index.js"), format!("module.exports = {number};\n"));
        }
        workspace.bit(["add", "c/*"]).success();
        workspace.bit(["tag", "--sign"]).success().says("101 component(s) tagged and signed");
        workspace.bit(["export"]).success();
        let shop = trusting(&env, &format!("shop-{name}"));
        shop.bit(["import", "--objects", &format!("{id}/*")]).success();
        assert_eq!(shop.versions().len(), 101);
        judged_by_git(&shop, &format!("{id}/c100@0.0.1"), &allowed(&env, "ada")).success();
        let other = scope.refs()["refs/tags/c7@0.0.1"].clone();
        plant(&scope, "c8@0.0.1", &other);
        let more = trusting(&env, &format!("more-{name}"));
        let mut run = None;
        refuses(&more, &["import", "--objects", &format!("{id}/*")], &mut run)
            .complains("c8@0.0.1")
            .complains("was moved");
    }
}

#[test]
fn import_refuses_what_nobody_has_signed() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &[]);
    let shop = trusting(&env, "shop");
    let mut run = None;
    let refused = refuses(&shop, &["import", "my-org.ui/button"], &mut run);
    refused.complains("my-org.ui/button@0.0.1: nobody signed it").complains("my-org.ui/theme@0.0.1: nobody signed it");
    refused.complains("bit tag my-org.ui/button my-org.ui/theme --unmodified --sign").complains("bit.trust/signers");
    // An annotated tag is no signature.
    let arguments = ["--git-dir=.", "tag", "-a", "-f", "-m", "x", "theme@0.0.1", "theme@0.0.1^{}"];
    scope.folder.git(arguments).success();
    refuses(&shop, &["import", "my-org.ui/theme"], &mut run).complains("theme@0.0.1: nobody signed it");
    // The way out: a newer version that is signed. What it was made from becomes no version here.
    workspace.bit(["tag", "--unmodified", "--sign"]).success();
    workspace.bit(["export"]).success();
    shop.bit(["import", "my-org.ui/button"]).success();
    assert_eq!(shop.versions(), ["my-org.ui/button@0.0.2", "my-org.ui/theme@0.0.2"]);
    refuses(&shop, &["import", "--objects", "my-org.ui/theme@0.0.1"], &mut run).complains("nobody signed it");
    shop.bit(["import"]).success();
    shop.bit(["status"]).success();
    shop.fsck();
    // A scope that no rule names is not asked.
    shop.write("workspace.jsonc", shop.read("workspace.jsonc").replace("my-org.*", "your-org.*"));
    shop.bit(["import", "--objects", "my-org.ui/theme@0.0.1"]).success();
    // The rule is back: what is here already was taken before, and is named by verify.
    shop.write("workspace.jsonc", shop.read("workspace.jsonc").replace("your-org.*", "my-org.*"));
    shop.bit(["import", "--objects", "my-org.ui/theme@0.0.1"]).success();
    shop.bit(["verify"]).fails_quietly(3).says("my-org.ui/theme@0.0.1").says("nobody signed it");
}

#[test]
fn a_stranger_is_named() {
    let env = machine();
    let host = Host::path(&env);
    author(&env, &host.repository("ui"), &["--sign"]);
    let shop = careful(&env, "shop", &allowed(&env, "bob"));
    let mut run = None;
    let mut refuses = |signers: &str, words: &str| {
        shop.write("trust/signers", signers);
        let refused = refuses(&shop, &["import", "my-org.ui/theme"], &mut run);
        refused.complains("my-org.ui/theme@0.0.1: it").complains(words);
    };
    refuses(&allowed(&env, "bob"), "who is not among the signers in");
    refuses("", "it is signed by the ED25519 key SHA256:");
    let ada = public(&env, "ada");
    refuses(&format!("ada@example.com valid-before=\"19990101\" {ada}\n"), "its key has expired");
    refuses(&format!("ada@example.com namespaces=\"file\" {ada}\n"), "not permitted");
    let revoked = env.home().join("revoked");
    fs::write(&revoked, &ada).unwrap();
    shop.write("trust/signers", allowed(&env, "ada"));
    env.git_config("gpg.ssh.revocationFile", revoked.to_str().unwrap());
    let refused = shop.bit(["import", "my-org.ui/theme"]);
    refused.fails(1).complains("my-org.ui/theme@0.0.1").complains("Or its key was revoked (gpg.ssh.revocationFile: ");
    fs::write(&revoked, public(&env, "bob")).unwrap();
    shop.bit(["import", "my-org.ui/theme"]).success();
}

#[test]
fn signers_that_cannot_be_read_let_nobody_in() {
    let env = machine();
    let host = Host::path(&env);
    author(&env, &host.repository("ui"), &["--sign"]);
    let shop = careful(&env, "shop", "ada@example.com openpgp ABC\n");
    let mut run = None;
    let arguments = ["import", "my-org.ui/theme"];
    refuses(&shop, &arguments, &mut run).complains("line 1 has no whole fingerprint");
    let key = "A7".repeat(20);
    shop.write("trust/signers", format!("# all\nada@example.com valid-before=\"20300101\" openpgp {key}\n"));
    refuses(&shop, &arguments, &mut run).complains("line 2 has options, which do not count for a key of OpenPGP");
    // What ssh-keygen would pass over: who is meant would be called a stranger.
    let ada = public(&env, "ada");
    let (kind, blob) = ada.split_once(' ').unwrap();
    let cut = &blob[..blob.len() - 9];
    for (text, why) in [
        (format!("# all\n{ada}\n"), "line 2 begins with a key"),
        (format!("ada@example.com {kind} {cut}\n"), "line 1 has no whole key"),
        (format!("ada@example.com {blob}\n"), "line 1 has no whole key"),
        ("ada@example.com\n".to_owned(), "line 1 has no whole key"),
        (format!("# all\n\nada@example.com valid-aftr=\"20000101\" {ada}\n"), "line 3 has the option valid-aftr"),
        (format!("ada@example.com namespaces=git {ada}\n"), "line 1 has no quotes"),
    ] {
        shop.write("trust/signers", text);
        refuses(&shop, &arguments, &mut run).complains(why);
    }
    shop.remove("trust/signers");
    refuses(&shop, &arguments, &mut run).complains("trust/signers can't be read");
    env.folder("home").write("outside", allowed(&env, "ada"));
    symlink(env.home().join("outside"), shop.path().join("trust/signers")).unwrap();
    refuses(&shop, &arguments, &mut run).complains("leads out of the workspace");
    shop.bit(["verify", "my-org.ui"]).fails(2).complains("leads out of the workspace");
    for path in ["../outside", "/etc/passwd", ".git/config"] {
        let config = shop.read("workspace.jsonc");
        shop.write("workspace.jsonc", config.replace("\"trust/signers\"", &format!("\"{path}\"")));
        shop.bit(arguments).fails(1).complains("is no file of the workspace");
        shop.write("workspace.jsonc", config);
    }
}

#[test]
fn a_rule_that_would_ask_nobody_stops_every_command() {
    let env = machine();
    let shop = trusting(&env, "shop");
    let config = shop.read("workspace.jsonc");
    for (pattern, why) in [
        ("my-org.ui/*", "\"my-org.ui/*\" names no scope: it is a pattern of components"),
        ("MY-ORG.*", "names are in lower case"),
        ("!my-org.ui", "all others are \"*,!my-org.ui\""),
        ("my-org.[", "can't be read"),
    ] {
        shop.write("workspace.jsonc", config.replace("my-org.*", pattern));
        for command in [&["status"][..], &["import", "my-org.ui/theme"], &["mirror", "./a", "./b"], &["verify"]] {
            let run = shop.bit(command);
            // Verify could not look.
            assert!(matches!(run.code, Some(1 | 2 | 4)), "{run}");
            run.complains("workspace.jsonc:3:").complains(why);
        }
    }
}

#[test]
fn what_a_version_needs_is_judged_by_the_rule_of_its_own_scope() {
    let env = machine();
    let host = Host::path(&env);
    create(&env, &host.repository("ui").url, SCOPE);
    create(&env, &host.repository("base").url, "your-org.base");
    let workspace = env.git_workspace_at("author", SCOPE);
    workspace.write("theme/index.js", "module.exports = 1;\n");
    workspace.bit(["add", "theme", "--scope", "your-org.base"]).success();
    workspace.component("button", &[("index.js", "module.exports = require('@your-org/base.theme');\n")]);
    workspace.bit(["tag", "theme"]).success();
    workspace.bit(["tag", "button", "--sign"]).success();
    workspace.bit(["export"]).success();
    let shop = trusting(&env, "shop");
    shop.write("workspace.jsonc", shop.read("workspace.jsonc").replace("my-org.*", "*"));
    let mut run = None;
    let refused = refuses(&shop, &["import", "my-org.ui/button"], &mut run);
    refused.complains("your-org.base/theme@0.0.1: nobody signed it").silent_about("button@0.0.1: nobody");
    shop.write("workspace.jsonc", shop.read("workspace.jsonc").replace("\"*\"", "\"my-org.*\""));
    shop.bit(["import", "my-org.ui/button"]).success();
}

#[test]
fn a_signed_version_altered_in_any_byte_is_refused() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    author(&env, &scope, &["--sign"]);
    let shop = trusting(&env, "shop");
    let bytes = |kind: &str, name: &str| {
        scope.folder.git(["--git-dir=.", "cat-file", kind, name]).success().stdout.clone().into_bytes()
    };
    let target = scope.refs()["refs/tags/theme@0.0.1"].clone();
    let tag = bytes("tag", "theme@0.0.1");
    let text = String::from_utf8(tag.clone()).unwrap();
    let mut run = None;
    let places = [
        text.find("tagger").unwrap() + 8,
        text.find("+0000").unwrap() + 1,
        text.find("one").unwrap(),
        text.find("Bit-Id").unwrap() + 9,
        text.find("SIGNATURE-----\n").unwrap() + 60,
        text.rfind("\n-----END").unwrap() - 8,
    ];
    for place in places {
        let mut altered = tag.clone();
        altered[place] = if altered[place] == b'1' { b'2' } else { b'1' };
        plant(&scope, "theme@0.0.1", &write_object(&scope, "tag", altered));
        refuses(&shop, &["import", "my-org.ui/theme"], &mut run).complains("theme@0.0.1");
    }
    // The same tag under another name, and a tag on the signed tag.
    let button = scope.refs()["refs/tags/button@0.0.1"].clone();
    plant(&scope, "theme@0.0.1", &button);
    refuses(&shop, &["import", "my-org.ui/theme"], &mut run).complains("was moved");
    plant(&scope, "theme@0.0.1", &target);
    scope.folder.git(["--git-dir=.", "tag", "-a", "-f", "-m", "x", "theme@0.0.1", &target]).success();
    refuses(&shop, &["import", "my-org.ui/theme"], &mut run).complains("what is signed is another commit");
    // Another commit, with its own catalog entry, under a tag that was signed for the true one.
    plant(&scope, "theme@0.0.1", &target);
    let commit = scope.folder.git(["--git-dir=.", "rev-parse", "theme@0.0.1^{}"]).line().to_owned();
    let altered = String::from_utf8(bytes("commit", &commit)).unwrap().replacen("\n\none", "\n\nevil", 1);
    let altered = write_object(&scope, "commit", altered);
    let forged = write_object(&scope, "tag", text.replacen(&commit, &altered, 1));
    plant(&scope, "theme@0.0.1", &forged);
    let entry = scope.folder.git(["--git-dir=.", "show", "main:catalog/theme.json"]).success().stdout.clone();
    let entry = write_object(&scope, "blob", entry.replace(&commit, &altered));
    let index = scope.folder.path().join("knife");
    let git = |arguments: &[&str]| {
        let git = scope.folder.program("git").arg("--git-dir=.").args(arguments).env("GIT_INDEX_FILE", &index);
        git.run().success().stdout.trim().to_owned()
    };
    git(&["read-tree", "main"]);
    git(&["update-index", "--cacheinfo", &format!("100644,{entry},catalog/theme.json")]);
    let tree = git(&["write-tree"]);
    let catalog = git(&["commit-tree", "-m", "x", "-p", "main", &tree]);
    git(&["update-ref", "refs/heads/main", &catalog]);
    refuses(&shop, &["import", "my-org.ui/theme"], &mut run).complains("its signature is not good");
}

/// A tag whose signature stands otherwise than the program wrote it, and is as good for that.
fn in_other_words(tag: &str) -> Vec<String> {
    let first = tag.lines().find(|line| line.len() > 60 && !line.contains(' ')).expect("a line of the signature");
    let end = tag.find("\n-----END").expect("an end");
    vec![
        format!("{tag}junk\n"),
        format!("{tag}\n"),
        tag.trim_end().to_owned(),
        tag.replacen(first, &format!(" {first}"), 1),
        tag.replacen(first, &format!("{first}\r"), 1),
        tag.replacen(&format!("{first}\n"), first, 1),
        format!("{}\n{}", &tag[..end], &tag[end..]),
    ]
}

/// Each of them is refused, by import, verify and mirror.
fn refuses_other_words(scope: &Hosted<'_>, shop: &Folder<'_>) {
    let tag = scope.folder.git(["--git-dir=.", "cat-file", "tag", "theme@0.0.1"]).success().stdout.clone();
    let object = scope.refs()["refs/tags/theme@0.0.1"].clone();
    let mut run = None;
    for altered in in_other_words(&tag) {
        plant(scope, "theme@0.0.1", &write_object(scope, "tag", altered.clone()));
        let refused = refuses(shop, &["import", "my-org.ui/theme"], &mut run);
        refused.complains("theme@0.0.1").complains("its signature is not good");
        shop.bit(["verify", SCOPE]).fails_quietly(3).says("its signature is not good");
        let run = shop.bit(["mirror", SCOPE, "../mirrored", "--create"]);
        run.fails(4).complains("theme@0.0.1 was not copied: its signature is not good");
    }
    plant(scope, "theme@0.0.1", &object);
    shop.bit(["import", "my-org.ui/theme"]).success();
    shop.bit(["mirror", SCOPE, "../mirrored", "--create"]).success();
}

#[test]
fn a_signature_in_other_words_is_refused() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    author(&env, &scope, &["--sign"]);
    refuses_other_words(&scope, &trusting(&env, "shop"));
}

#[test]
fn mirror_refuses_what_is_not_signed_and_all_else_goes_on() {
    let env = machine();
    let host = Host::path(&env);
    let (scope, mirror) = (host.repository("ui"), host.repository("mirror"));
    let workspace = author(&env, &scope, &["--sign"]);
    let ci = env.folder("ci");
    ci.write("signers", allowed(&env, "ada"));
    let run = |arguments: &[&str]| {
        ci.bit([&["mirror", &scope.url, &mirror.url, "--signers", "signers", "--json"], arguments].concat())
    };
    let destination = |run: &Run| run.json()["scopes"][0]["destinations"][0].clone();
    run(&[]).success();
    run(&[]).success();
    goes_on(&workspace, &[]);
    let catalog = || mirror.refs()["refs/heads/main"].clone();
    let before = catalog();
    // A dry run knows of tags without a signature.
    assert_eq!(destination(run(&["--dry-run"]).fails(4))["refused"].as_array().unwrap().len(), 2);
    let refused = run(&[]);
    let told = destination(refused.fails(4));
    assert_eq!((word(&told["status"]), word(&told["catalog"])), ("failed".into(), "waits".into()), "{told}");
    assert_eq!(told["refused"][0]["id"], "my-org.ui/button@0.0.2");
    assert!(word(&told["refused"][0]["reason"]).starts_with("nobody signed it; ask who made it: "), "{told}");
    assert_eq!(catalog(), before, "the catalog waits");
    // The others go on.
    workspace.append("button/index.js", "// signed\n");
    workspace.bit(["tag", "button", "--sign"]).success();
    workspace.bit(["export"]).success();
    let told = destination(run(&[]).fails(4));
    assert_eq!(told["copied"], serde_json::json!(["my-org.ui/button@0.0.3"]));
    mirror.fsck();
    // By the rule of a workspace, the signer is somebody else.
    let shop = careful(&env, "shop", &allowed(&env, "bob"));
    let fresh = host.repository("fresh");
    let refused = shop.bit(["mirror", &scope.url, &fresh.url]);
    refused.fails(4).complains("button@0.0.3 was not copied: it is signed by the ED25519 key SHA256:");
    assert!(fresh.refs().is_empty());
}

/// What a mirror says of a version that nobody signed, and nobody is to have, is done word by word; then nothing is left
/// to say. The same words are those of `bit verify`.
#[test]
fn the_way_out_of_what_is_not_signed_works_word_by_word() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let mirrors = [host.repository("before"), host.repository("after")];
    let workspace = author(&env, &scope, &["--sign"]);
    let ci = env.folder("ci");
    ci.write("signers", allowed(&env, "ada"));
    let run = |more: &[&str]| {
        let places = [scope.url.as_str(), &mirrors[0].url, &mirrors[1].url];
        ci.bit([&["mirror"], &places[..], more].concat())
    };
    goes_on(&workspace, &[]);
    // One has it already.
    ci.bit(["mirror", &scope.url, &mirrors[0].url]).success();
    let told = run(&["--signers", "signers"]);
    let verified = ci.bit(["verify", &scope.url, "--signers", "signers"]);
    verified.fails_quietly(3);
    for name in ["button", "theme"] {
        let command = format!("\"bit delete my-org.ui/{name} --range 0.0.2 --force --remote\" takes it out");
        told.fails(4).complains(&format!("my-org.ui/{name}@0.0.2 was not copied: nobody signed it"));
        told.complains(&command).complains("--since");
        verified.says(&command);
    }
    // Whichever comes first: what the others need goes all the same.
    for name in ["theme", "button"] {
        let command = format!("delete my-org.ui/{name} --range 0.0.2 --force --remote --silent");
        workspace.bit(command.split(' ')).success();
    }
    let told = run(&["--signers", "signers"]);
    told.success().silent_about("0.0.2");
    let head = |at: &Hosted<'_>| at.refs()["refs/heads/main"].clone();
    mirrors.iter().for_each(|mirror| assert_eq!(head(mirror), head(&scope)));
    assert!(!mirrors[1].refs().contains_key("refs/tags/theme@0.0.2"), "it is for nobody");
    run(&["--signers", "signers"]).success().says("in sync");
    ci.bit(["verify", &mirrors[1].url, "--signers", "signers"]).success();
    // One that a signed version needs is no more than what it was: that can't be used without it.
    workspace.bit(["checkout", "latest", "theme", "button"]).success();
    workspace.bit(["merge", "theme", "button"]).success();
    goes_on(&workspace, &[]);
    workspace.append("button/index.js", "// signed\n");
    workspace.bit(["tag", "button", "--sign"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["delete", "my-org.ui/theme", "--range", "0.0.3", "--force", "--silent"]).success();
    workspace.bit(["export"]).success();
    run(&["--signers", "signers"]).fails(4).complains("theme@0.0.3 was not copied: nobody signed it");
}

/// Whoever was there first: what is not signed is told, also where a destination has it already.
#[test]
fn mirror_tells_what_is_there_already_and_not_signed() {
    let env = machine();
    let (host, daemon) = (Host::path(&env), Host::daemon(&env));
    // From a folder nothing is fetched; from a host what is to be judged is.
    for (name, scope) in [("folder", host.repository("ui")), ("host", daemon.repository("ui"))] {
        let mirror = host.repository(&format!("mirror-of-{name}"));
        create(&env, &scope.url, SCOPE);
        let workspace = env.git_workspace_at(name, SCOPE);
        workspace.bit(["remote", "add", SCOPE, &scope.url]).success();
        workspace.components(&[("theme", &[("index.js", "1\n")]), ("button", &[("index.js", "2\n")])]);
        workspace.bit(["tag", "theme", "-m", "one", "--sign"]).success();
        workspace.bit(["tag", "button", "-m", "one"]).success();
        workspace.bit(["export"]).success();
        let ci = env.folder("ci");
        ci.write("ada", allowed(&env, "ada")).write("bob", allowed(&env, "bob"));
        let run = |more: &[&str]| ci.bit([&["mirror", &scope.url, &mirror.url, "--json"], more].concat());
        let refused = |run: &Run| run.json()["scopes"][0]["destinations"][0]["refused"].clone();
        run(&[]).success();
        for more in [&[][..], &["--dry-run"], &["--cache", "cache"], &["--cache", "cache"]] {
            let told = run(&[&["--signers", "ada"], more].concat());
            let told_of = refused(told.fails(4));
            let reason = word(&told_of[0]["reason"]);
            assert_eq!(
                (word(&told_of[0]["id"]), &told_of[1]),
                ("my-org.ui/button@0.0.1".into(), &Value::Null),
                "{name}"
            );
            assert!(reason.starts_with("it is there already; nobody signed it; "), "{name} {more:?}: {reason}");
            assert_eq!(told.json()["scopes"][0]["destinations"][0]["status"], "failed");
        }
        // A dry run judges too what it has to fetch for that.
        for more in [&["--dry-run"][..], &[]] {
            let told = run(&[&["--signers", "bob"], more].concat());
            assert_eq!(refused(told.fails(4)).as_array().map(Vec::len), Some(2), "{told}");
        }
        run(&[]).success();
    }
}

#[test]
fn verify_finds_what_is_not_signed() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &["--sign"]);
    let ci = env.folder("ci");
    ci.write("ada", allowed(&env, "ada")).write("bob", allowed(&env, "bob"));
    let verify = |signers: &str| ci.bit(["verify", &scope.url, "--signers", signers, "--cache", "cache", "--json"]);
    assert_eq!(kinds(verify("ada").success()), []);
    // What was found right is not judged again.
    env.program_of_user("ssh-keygen", "exit 7");
    assert_eq!(kinds(verify("ada").success()), []);
    fs::remove_file(env.home().join("bin/ssh-keygen")).unwrap();
    let by_bob = verify("bob");
    let untrusted = |version: &str| pair("untrusted-version", &format!("my-org.ui/{version}"));
    let catalog = || pair("unsigned-catalog", SCOPE);
    assert_eq!(kinds(by_bob.fails_quietly(3)), [untrusted("button@0.0.1"), untrusted("theme@0.0.1"), catalog()]);
    goes_on(&workspace, &[]);
    assert_eq!(kinds(verify("ada").fails_quietly(3)), [untrusted("button@0.0.2"), untrusted("theme@0.0.2"), catalog()]);
    verify("nobody").fails(2).complains("can't be read");
    // By the rule of a workspace: the scope, and what is here of it.
    let shop = trusting(&env, "shop");
    shop.bit(["verify", SCOPE]).fails_quietly(3).says("nobody signed it");
    shop.write("workspace.jsonc", shop.read("workspace.jsonc").replace("my-org.*", "your-org.*"));
    shop.bit(["verify", SCOPE]).success();
    shop.bit(["import", "my-org.ui/theme"]).success();
    shop.bit(["verify"]).success();
    shop.write("workspace.jsonc", shop.read("workspace.jsonc").replace("your-org.*", "my-org.*"));
    let local = shop.bit(["verify", "--json"]);
    let found = kinds(local.fails_quietly(3));
    assert!(found.contains(&untrusted("theme@0.0.2")), "{found:?}");
    // An import under the rule brings the tags that are signed of what is here already.
    workspace.append("theme/index.js", "// signed\n");
    workspace.bit(["tag", "theme", "--sign"]).success();
    workspace.bit(["export"]).success();
    shop.bit(["import", "my-org.ui/theme"]).success();
    let local = shop.bit(["verify", "--json"]);
    assert_eq!(kinds(local.fails_quietly(3)), [untrusted("theme@0.0.2")]);
}

#[test]
fn a_scope_does_not_choose_who_judges_it() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &["--sign"]);
    goes_on(&workspace, &[]);
    // A program of its own that finds all good.
    let script =
        "touch \"$(dirname \"$0\")/ran\"; echo 'Good \"git\" signature for ada@example.com with ED25519 key x'";
    scope.folder.write_program("judge", script);
    let program = scope.folder.path().join("judge").display().to_string();
    scope.folder.git(["config", "--file", "config", "gpg.ssh.program", &program]).success();
    // A tag that pretends to be signed, and stands for one that is.
    let commit = scope.folder.git(["--git-dir=.", "rev-parse", "theme@0.0.2^{}"]).line().to_owned();
    let good = scope.refs()["refs/tags/theme@0.0.1"].clone();
    let text = scope.folder.git(["--git-dir=.", "cat-file", "tag", "theme@0.0.1"]).success().stdout.clone();
    let first = text.lines().next().unwrap().strip_prefix("object ").unwrap().to_owned();
    let forged = text.replacen(&first, &commit, 1).replacen("theme@0.0.1", "theme@0.0.2", 1);
    let forged = write_object(&scope, "tag", forged);
    plant(&scope, "theme@0.0.2", &forged);
    scope.folder.git(["--git-dir=.", "update-ref", &format!("refs/replace/{forged}"), &good]).success();
    let ci = env.folder("ci");
    ci.write("ada", allowed(&env, "ada"));
    let run = ci.bit(["verify", &scope.url, "--signers", "ada", "--json"]);
    let theme = pair("untrusted-version", "my-org.ui/theme@0.0.2");
    assert!(kinds(run.fails_quietly(3)).contains(&theme), "{run}");
    assert!(!scope.folder.exists("ran"));
    let mirror = host.repository("mirror");
    ci.bit(["mirror", &scope.url, &mirror.url, "--signers", "ada"]).fails(4).complains("theme@0.0.2 was not copied");
    let shop = trusting(&env, "shop");
    let mut run = None;
    refuses(&shop, &["import", "my-org.ui/theme"], &mut run).complains("its signature is not good");
    assert!(!scope.folder.exists("ran"));
}

#[test]
fn verify_of_a_host_brings_the_signatures_that_it_has_to_judge() {
    let env = machine();
    let (folders, host) = (Host::path(&env), Host::daemon(&env));
    let scope = host.repository("ui");
    author(&env, &scope, &["--sign"]);
    let shop = careful(&env, "shop", "");
    // Without the rule all is right, and remembered.
    shop.write("workspace.jsonc", shop.read("workspace.jsonc").replace("my-org.*", "your-org.*"));
    shop.bit(["verify", SCOPE]).success();
    shop.write("workspace.jsonc", shop.read("workspace.jsonc").replace("your-org.*", "my-org.*"));
    shop.bit(["verify", SCOPE]).fails_quietly(3).says("it is signed by");
    shop.write("trust/signers", allowed(&env, "ada"));
    shop.bit(["verify", SCOPE]).success();
    shop.bit(["import", "my-org.ui/button"]).success();
    drop(folders);
}

#[test]
fn a_tag_that_is_moved_after_an_import_is_refused_by_all() {
    let env = machine();
    let host = Host::path(&env);
    let (scope, mirror) = (host.repository("ui"), host.repository("mirror"));
    let shop = supplied(&env, &scope);
    let button = scope.refs()["refs/tags/button@0.0.1"].clone();
    plant(&scope, "theme@0.0.1", &button);
    let mut run = None;
    refuses(&shop, &["import", "my-org.ui/theme"], &mut run).complains("theme@0.0.1").complains("was moved");
    refuses(&shop, &["import"], &mut run).complains("was moved");
    refuses(&shop, &["eject", "theme"], &mut run).complains("theme@0.0.1").complains("was moved");
    shop.bit(["verify", SCOPE]).fails_quietly(3).says("its tag is on");
    shop.bit(["mirror", SCOPE, &mirror.url])
        .fails(3)
        .complains("theme@0.0.1 was exchanged at the source")
        .complains("ask who runs the scope to put its tag back");
    assert!(!mirror.refs().contains_key("refs/tags/theme@0.0.1"));
}

#[test]
fn export_publishes_nothing_that_nobody_could_import() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    create(&env, &scope.url, SCOPE);
    let workspace = trusting(&env, "author");
    workspace.bit(["scope", "set", SCOPE]).success();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    let before = scope.refs();
    let refused = workspace.bit(["export"]);
    refused.fails(1).complains("theme@0.0.1: nobody signed it").complains("bit reset");
    assert_eq!(scope.refs(), before);
    workspace.bit(["reset", "--all"]).success();
    workspace.bit(["tag", "-m", "one", "--sign"]).success();
    workspace.bit(["export"]).success();
    assert_eq!(workspace.bit(["verify", SCOPE, "--json"]).success().json()["findings"], serde_json::json!([]));
}

/// Who imports a version imports what it needs, near and far.
#[test]
fn export_publishes_nothing_that_needs_what_nobody_signed() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &[]);
    workspace.component("page", &[("index.js", "module.exports = require('@my-org/ui.button');\n")]);
    asks_for(&workspace, &allowed(&env, "ada"));
    workspace.bit(["tag", "page", "-m", "page", "--sign"]).success();
    let before = scope.refs();
    let refused = workspace.bit(["export"]);
    refused.fails(1).complains("page@0.0.1: it needs my-org.ui/button@0.0.1: nobody signed it");
    refused.complains("page@0.0.1: it needs my-org.ui/theme@0.0.1: nobody signed it");
    refused.complains("\"bit tag --unmodified\" takes what has not changed");
    assert_eq!(scope.refs(), before);
    workspace.bit(["reset", "--all"]).success();
    workspace.bit(["tag", "--unmodified", "-m", "signed", "--sign"]).success();
    workspace.bit(["export"]).success();
    let shop = trusting(&env, "shop");
    shop.bit(["import", "my-org.ui/page"]).success();
    workspace.append("page/index.js", "// more\n");
    workspace.bit(["tag", "-m", "more", "--sign"]).success();
    workspace.bit(["export"]).success();
}

#[test]
fn a_signature_is_not_lost_by_a_new_id() {
    let env = machine();
    let host = Host::path(&env);
    create(&env, &host.repository("ui").url, SCOPE);
    create(&env, &host.repository("more").url, "my-org.more");
    let workspace = env.git_workspace_at("author", SCOPE);
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "--sign"]).success();
    let before = workspace.refs();
    workspace
        .bit(["export", "my-org.more", "--force"])
        .fails(1)
        .complains("theme@0.0.1")
        .complains("tag again with --sign");
    workspace.bit(["rename", "theme", "colours"]).fails(1).complains("lose their signatures");
    assert_eq!(workspace.refs(), before);
    let homeless = env.git_workspace_at("homeless", "my-scope");
    homeless.component("theme", &[("index.js", "module.exports = 1;\n")]);
    homeless.bit(["tag", "--sign"]).fails(1).complains("has no scope yet").complains("bit scope set");
    assert!(homeless.refs().is_empty());
}

#[test]
fn a_guarded_scope_takes_signed_versions() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    env.folder(".").bit(["scope", "create", &scope.url, "--name", SCOPE]).success();
    scope.folder.bit(["scope", "hooks", "install"]).success();
    let workspace = env.git_workspace_at("author", SCOPE);
    workspace.bit(["remote", "add", SCOPE, &scope.url]).success();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "--sign"]).success();
    workspace.bit(["export"]).success();
    judged_by_git(&scope.folder, "theme@0.0.1", &allowed(&env, "ada")).success();
    // A staged version that is signed is taken back like any other.
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "--sign"]).success();
    workspace.bit(["reset", "--all"]).success();
    assert_eq!(workspace.versions(), ["my-org.ui/theme@0.0.1"]);
}

/// The agent of gpg outlives it: it goes with the test.
pub struct Agent<'e>(pub &'e TestEnvironment);

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        let gpgconf = self.0.folder("home").program("gpgconf").args(["--kill", "gpg-agent"]);
        gpgconf.run();
    }
}

/// A key of OpenPGP in the user's keyring, by its fingerprint.
pub fn openpgp_key(env: &TestEnvironment) -> String {
    let home = env.folder("home");
    let make = [
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-gen-key",
        "Ada Tester <ada@example.com>",
        "ed25519",
        "sign",
        "0",
    ];
    home.program("gpg").args(make).run().success();
    let listed = home.program("gpg").args(["--batch", "--with-colons", "--list-keys"]).run();
    let line = listed.success().stdout.lines().find_map(|line| line.strip_prefix("fpr:::::::::"));
    line.expect("a fingerprint").trim_end_matches(':').to_owned()
}

/// A signature counts only as ssh-keygen and gpg write it by themselves. Who signs by another program, or tells gpg to
/// say more, signs all the same.
#[test]
fn what_other_programs_write_becomes_what_counts() {
    needs!("gpg");
    let env = TestEnvironment::new();
    let _agent = Agent(&env);
    let fingerprint = openpgp_key(&env);
    env.folder("home").write(".gnupg/gpg.conf", "comment of the team\nemit-version\n");
    let scope = Host::path(&env).repository("ui");
    author(&env, &scope, &["--sign"]);
    let signers = format!("bob@example.com openpgp {fingerprint}\n");
    careful(&env, "shop", &signers).bit(["import", "my-org.ui/theme"]).success();
    // As some do: in one line.
    let env = machine();
    let keygen = find_program("ssh-keygen").expect("ssh-keygen");
    let other = format!(
        "'{}' \"$@\" || exit; for last; do :; done; test -f \"$last.sig\" || exit 0; \
         {{ head -n 1 \"$last.sig\"; sed '1d;$d' \"$last.sig\" | tr -d '\\n'; echo; tail -n 1 \"$last.sig\"; }} > \"$last.one\"; \
         mv \"$last.one\" \"$last.sig\"; touch '{}/was-here'",
        keygen.display(),
        env.root().display()
    );
    env.program_of_user("my-signer", &other).git_config("gpg.ssh.program", "my-signer");
    let scope = Host::path(&env).repository("ui");
    author(&env, &scope, &["--sign"]);
    assert!(env.root().join("was-here").exists());
    env.git_config("gpg.ssh.program", "ssh-keygen");
    careful(&env, "shop", &allowed(&env, "ada")).bit(["import", "my-org.ui/theme"]).success();
}

#[test]
fn of_a_key_of_openpgp_that_is_not_good_any_more_the_owner_is_named() {
    if !has_program("gpg") || !has_program("gpg-agent") {
        skip!("gpg is not installed");
    }
    let env = TestEnvironment::new();
    let _agent = Agent(&env);
    let fingerprint = openpgp_key(&env);
    let scope = Host::path(&env).repository("ui");
    let workspace = author(&env, &scope, &["--sign"]);
    let home = env.folder("home");
    home.program("gpg").args(["--batch", "--quick-set-expire", &fingerprint, "1y"]).run().success();
    let gpg = find_program("gpg").expect("gpg");
    let later = format!("exec {} --faked-system-time 20990101T000000 \"$@\"", gpg.display());
    env.program_of_user("later-gpg", &later).git_config("gpg.program", "later-gpg");
    let shop = careful(&env, "shop", &format!("bob@example.com openpgp {fingerprint}\n"));
    let verify = || shop.bit(["verify", &scope.url, "--signers", "trust/signers"]);
    let mut run = None;
    let import = ["import", "my-org.ui/theme"];
    let words = format!("it is signed by bob@example.com, but the OpenPGP key {fingerprint} has expired");
    refuses(&shop, &import, &mut run).complains(&words).silent_about("is not among the signers");
    verify().fails_quietly(3).says(&words).says("get the key from its owner, as it is now").silent_about("bit delete");
    workspace.bit(["show", "theme"]).success().says(&format!("(the OpenPGP key {fingerprint} has expired)"));
    // Of somebody who is not listed it is said too.
    let listed = shop.read("trust/signers");
    shop.write("trust/signers", format!("bob@example.com openpgp {}\n", "A7".repeat(20)));
    let refused = refuses(&shop, &import, &mut run);
    refused.complains("it is signed by Ada Tester <ada@example.com>, who is not among the signers in");
    refused.complains("has expired");
    shop.write("trust/signers", listed);
    env.git_config("gpg.program", "gpg");
    let revocation = home.read(&format!(".gnupg/openpgp-revocs.d/{fingerprint}.rev")).replace("\n:-----", "\n-----");
    home.write("revoked.asc", revocation);
    home.program("gpg").args(["--batch", "--quiet", "--import", "revoked.asc"]).run().success();
    let words = format!("it is signed by bob@example.com, but the OpenPGP key {fingerprint} was revoked");
    refuses(&shop, &import, &mut run).complains(&words).silent_about("is not among the signers");
    verify().fails_quietly(3).says(&words);
}

#[test]
fn keys_of_openpgp_are_named_by_their_fingerprints() {
    if !has_program("gpg") || !has_program("gpg-agent") {
        skip!("gpg is not installed");
    }
    let env = TestEnvironment::new();
    let _agent = Agent(&env);
    let fingerprint = openpgp_key(&env);
    let host = Host::path(&env);
    // Without user.signingkey gpg takes the key of the committer.
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &["--sign"]);
    workspace.scope_git(["tag", "-v", "my-org.ui/button@0.0.1"]).success().complains("Good signature from");
    workspace
        .bit(["show", "theme"])
        .success()
        .says(&format!("Ada Tester <ada@example.com> (OpenPGP key {fingerprint})"));
    let somebody = format!("ada@example.com openpgp {}\n", "A7".repeat(20));
    let shop = careful(&env, "shop", &somebody);
    let mut run = None;
    let refused = refuses(&shop, &["import", "my-org.ui/theme"], &mut run);
    refused.complains("it is signed by Ada Tester <ada@example.com>").complains(&fingerprint);
    shop.write("trust/signers", format!("# the team\nada@example.com openpgp {}\n", fingerprint.to_lowercase()));
    refuses_other_words(&scope, &shop);
    shop.bit(["verify", SCOPE]).success();
    // A keyring without the key says nothing of it; what the message says to do is done.
    let keyring = env.folder("keyring");
    fs::set_permissions(keyring.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let gpg = find_program("gpg").expect("gpg");
    env.program_of_user(
        "other-gpg",
        &format!("exec {} --homedir '{}' \"$@\"", gpg.display(), keyring.path().display()),
    );
    env.git_config("gpg.program", "other-gpg");
    let other = careful(&env, "other", &shop.read("trust/signers"));
    let refused = refuses(&other, &["import", "my-org.ui/theme"], &mut run);
    refused.complains("gpg's keyring does not have the OpenPGP key").silent_about("is not among the signers");
    refused.complains("said to be that of ada@example.com").complains("\"gpg --import key.asc\" then for here");
    // It is no reason to take the version out.
    let other_scope = other.bit(["verify", &scope.url, "--signers", "trust/signers"]);
    other_scope.fails_quietly(3).says("get the key from its owner").says("gpg --import").silent_about("bit delete");
    let mirror = other.bit(["mirror", &scope.url, "../mirror.git", "--create", "--signers", "trust/signers"]);
    mirror.fails(4).complains("\"gpg --import key.asc\" then for here").silent_about("bit delete");
    let exported = env.folder("home").program("gpg").args(["--export", "--armor", &fingerprint]).run();
    other.write("ada.asc", &exported.success().stdout);
    other.program("other-gpg").args(["--batch", "--quiet", "--import", "ada.asc"]).run().success();
    other.bit(["import", "my-org.ui/theme"]).success();
    env.git_config("gpg.program", "gpg");
    // The catalog is signed too where a person says so, and by itself where git knows the key and all in it is signed.
    let catalog = || scope.folder.git(["--git-dir=.", "verify-commit", "main"]);
    let is_signed = || catalog().success().complains("Good signature from \"Ada Tester").complains(&fingerprint).code;
    catalog().fails_quietly(1);
    workspace.append("theme/index.js", "// said\n").bit(["tag", "--sign", "-m", "said"]).success();
    workspace.bit(["export", "--sign"]).success();
    is_signed();
    env.git_config("user.signingkey", &fingerprint);
    goes_on(&workspace, &["--sign"]);
    is_signed();
    shop.bit(["verify", SCOPE]).success();
    goes_on(&workspace, &[]);
    catalog().fails_quietly(1);
    env.git_config("user.signingkey", "nobody@example.com");
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "--sign"]).fails(1).complains("No secret key");
}

/// Two people took a number, both signed; the one whose version was published keeps it, with the tag that is signed.
#[test]
fn a_merge_of_one_number_keeps_the_tag_that_the_scope_has() {
    for how in ["fetch", "import"] {
        let env = machine();
        let host = Host::path(&env);
        let scope = host.repository("ui");
        let we = author(&env, &scope, &[]);
        env.folder(".").program("cp").args(["-a", "author", "others"]).run().success();
        let others = env.folder("others");
        signs_with(&env, "bob");
        goes_on(&others, &["--sign"]);
        signs_with(&env, "ada");
        env.later(60);
        we.append("button/index.js", "// ours\n");
        we.append("theme/index.js", "// ours\n");
        we.bit(["tag", "-m", "ours", "--sign"]).success();
        we.bit(["export"]).fails(1).complains("bit merge");
        drop(we.bit([how]));
        we.bit(["merge", "--ours"]).success();
        // Nothing but the refs keeps what the merge needs.
        we.scope_git(["gc", "--prune=now", "--quiet"]).success();
        we.bit(["tag", "-m", "both", "--sign"]).success();
        let id = "my-org.ui/theme@0.0.2";
        let named = |workspace: &Folder<'_>| workspace.scope_git(["rev-parse", id]).line().to_owned();
        assert_eq!(we.scope_git(["cat-file", "-t", id]).line(), "tag", "{how}");
        assert_eq!(named(&we), named(&others), "{how}");
        we.bit(["export"]).success();
        let both = format!("{}{}", allowed(&env, "ada"), allowed(&env, "bob"));
        assert!(judged_by_git(&we, id, &both).code == Some(0));
        // What was lost with its scope comes back as it was.
        let before = scope.refs();
        fs::remove_dir_all(scope.folder.path()).unwrap();
        env.folder(".").bit(["scope", "create", &scope.url, "--name", SCOPE]).success();
        we.bit(["export", "--all-versions"]).success();
        let (tags, main) = ("refs/tags/theme@0.0.2", scope.refs());
        assert_eq!(before.iter().find(|one| one.0 == tags), main.iter().find(|one| one.0 == tags), "{how}");
        we.fsck();
    }
}

/// The ref of a version names its commit only, by an older program: its tag object is still here, or somebody saw it.
#[test]
fn no_bare_commit_is_published_for_what_was_signed() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let we = author(&env, &scope, &["--sign"]);
    we.bit(["verify", SCOPE]).success();
    let before = scope.refs();
    let id = "my-org.ui/theme@0.0.1";
    let commit = we.commit_of(id);
    let bare = || {
        we.scope_git(["update-ref", &format!("refs/tags/{id}"), &commit]).success();
    };
    let anew = || {
        fs::remove_dir_all(scope.folder.path()).unwrap();
        env.folder(".").bit(["scope", "create", &scope.url, "--name", SCOPE]).success();
    };
    bare();
    // The tag is lost on the host, and comes back as it was.
    scope.folder.git(["--git-dir=.", "tag", "-d", "theme@0.0.1"]).success();
    scope.folder.git(["--git-dir=.", "gc", "--prune=now", "--quiet"]).success();
    we.bit(["verify", SCOPE, "--fix"]).success();
    assert_eq!(scope.refs(), before);
    anew();
    bare();
    we.bit(["export", "--all-versions"]).success();
    let tags = |refs: &crate::common::Refs| {
        refs.iter().filter(|(name, _)| name.starts_with("refs/tags/")).map(|one| format!("{one:?}")).collect::<Vec<_>>()
    };
    assert_eq!(tags(&scope.refs()), tags(&before));
    // Nor where the tag is gone here.
    drop(we.bit(["verify", SCOPE]));
    anew();
    bare();
    we.scope_git(["gc", "--prune=now", "--quiet"]).success();
    we.bit(["export", "--all-versions"]).fails(1).complains(id).complains("had an annotated or signed tag");
}

/// `bit mirror` of all that there is, then only of what was exported since the team began to sign.
#[test]
fn a_team_that_begins_to_sign_mirrors_what_it_had() {
    let env = machine();
    let host = Host::path(&env);
    let (scope, mirror) = (host.repository("ui"), host.repository("mirror"));
    let workspace = author(&env, &scope, &[]);
    let ci = env.folder("ci");
    ci.write("signers", allowed(&env, "ada"));
    let run = |more: &[&str]| ci.bit([&["mirror", &scope.url, &mirror.url], more].concat());
    run(&[]).success();
    env.later(3 * 86_400);
    goes_on(&workspace, &["--sign"]);
    run(&["--signers", "signers"]).fails(4).complains("theme@0.0.1 was not copied: it is there already");
    let since = ["--signers", "signers", "--since", "2001-02-04"];
    run(&since).success();
    assert_eq!(scope.refs(), mirror.refs());
    goes_on(&workspace, &[]);
    run(&since).fails(4).complains("theme@0.0.3 was not copied: nobody signed it").silent_about("0.0.1");
}

/// Who begins to sign in the middle of a day says when.
#[test]
fn a_team_that_begins_to_sign_names_the_moment() {
    let env = machine();
    let host = Host::path(&env);
    let (scope, mirror) = (host.repository("ui"), host.repository("mirror"));
    let workspace = author(&env, &scope, &[]);
    let ci = env.folder("ci");
    ci.write("signers", allowed(&env, "ada"));
    ci.bit(["mirror", &scope.url, &mirror.url]).success();
    goes_on(&workspace, &["--sign"]);
    let moment = |commit: &str| {
        let seconds = scope.folder.git(["--git-dir=.", "log", "-1", "--format=%cI", commit]);
        seconds.success().line().to_owned()
    };
    let since = |moment: &str| {
        ci.bit(["mirror", &scope.url, &mirror.url, "--signers", "signers", "--since", moment, "--dry-run"])
    };
    since(&moment("main")[..10]).fails(4).complains("theme@0.0.1 was not copied");
    since(&moment("main~1")).fails(4).complains("theme@0.0.1 was not copied");
    since(&moment("main")).success().says("my-org.ui/theme@0.0.2");
    since("2001-02-03T04:05").fails(2).complains("is no moment").complains("2026-01-31T09:30:00Z");
}

/// What was never signed can't come back signed. Who saw it as it was puts it back so.
#[test]
fn the_tag_of_a_version_from_before_comes_back_as_it_was() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &[]);
    goes_on(&workspace, &["--sign"]);
    let ci = env.folder("ci");
    ci.write("signers", allowed(&env, "ada"));
    let mend =
        |cache: &str| ci.bit(["verify", &scope.url, "--signers", "signers", "--cache", cache, "--fix", "--json"]);
    mend("seen").success();
    let before = scope.refs();
    let lose = |tag: &str| {
        scope.folder.git(["--git-dir=.", "tag", "-d", tag]).success();
        scope.folder.git(["--git-dir=.", "gc", "--prune=now", "--quiet"]).success();
    };
    lose("theme@0.0.1");
    let run = mend("new");
    assert_eq!(kinds(run.fails_quietly(3))[0], pair("version-gone", "my-org.ui/theme@0.0.1"), "{run}");
    assert_ne!(scope.refs(), before);
    mend("seen").success();
    assert_eq!(scope.refs(), before);
    // What was signed comes back signed, or not at all.
    scope.folder.git(["--git-dir=.", "branch", "keep", "theme@0.0.2^{commit}"]).success();
    lose("theme@0.0.2");
    let run = mend("seen");
    assert!(kinds(run.fails_quietly(3)).contains(&pair("version-gone", "my-org.ui/theme@0.0.2")), "{run}");
    assert!(!scope.refs().contains_key("refs/tags/theme@0.0.2"));
    workspace.bit(["verify", SCOPE, "--fix"]).success();
    scope.folder.git(["--git-dir=.", "branch", "-D", "keep"]).success();
    assert_eq!(scope.refs(), before);
}

/// Nothing signed covers it, whatever comes after; once it is removed it is for nobody.
#[test]
fn an_unsigned_version_on_top_of_a_signed_one_is_a_fault_until_it_is_removed() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &["--sign"]);
    let shop = trusting(&env, "shop");
    goes_on(&workspace, &[]);
    goes_on(&workspace, &["--sign"]);
    let told = shop.bit(["verify", SCOPE]);
    told.fails_quietly(3).says("theme@0.0.2: nobody signed it").says("bit delete my-org.ui/theme --range 0.0.2");
    for name in ["theme", "button"] {
        workspace.bit(["delete", &format!("my-org.ui/{name}"), "--range", "0.0.2", "--silent"]).success();
    }
    workspace.bit(["export"]).success();
    shop.bit(["verify", SCOPE]).success().says("2 versions are not signed by them").says("or they are removed");
    let mut run = None;
    refuses(&shop, &["import", "my-org.ui/theme@0.0.2"], &mut run);
}

/// Nothing is wrong with a version of which only nobody here can tell who signed it.
#[test]
fn without_the_program_that_judges_nobody_is_blamed() {
    let env = machine();
    let host = Host::path(&env);
    let (scope, mirror) = (host.repository("ui"), host.repository("mirror"));
    let workspace = author(&env, &scope, &["--sign"]);
    let shop = trusting(&env, "shop");
    env.git_config("gpg.ssh.program", "/nowhere/ssh-keygen");
    let ci = env.folder("ci");
    ci.write("signers", allowed(&env, "ada"));
    for command in [
        &["verify", &scope.url, "--signers", "signers"] as &[&str],
        &["mirror", &scope.url, &mirror.url, "--signers", "signers"],
    ] {
        let run = ci.bit(command);
        run.fails(4).complains("/nowhere/ssh-keygen can't be run here").complains("hint: install it");
        assert!(!run.stdout.contains("not good") && !run.stderr.contains("not good"), "{run}");
    }
    let mut run = None;
    refuses(&shop, &["import", "my-org.ui/theme"], &mut run).complains("/nowhere/ssh-keygen can't be run here");
    workspace.bit(["show", "theme"]).success().says("nobody can tell here");
}

/// A host signs what is merged there with a key of its own. No version depends on that.
#[test]
fn a_catalog_that_nobody_here_can_judge_is_a_notice() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    author(&env, &scope, &["--sign"]);
    let text = scope.folder.git(["--git-dir=.", "cat-file", "commit", "main"]).success().stdout.clone();
    let (head, _) = text.split_once("gpgsig ").expect("a signature");
    let (_, message) = text.split_once("\n\n").expect("a message");
    let signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----\n";
    let by_host = write_object(&scope, "commit", format!("{head}{signature}\n{message}"));
    scope.folder.git(["--git-dir=.", "update-ref", "refs/heads/main", &by_host]).success();
    env.git_config("gpg.program", "/nowhere/gpg");
    let ci = env.folder("ci");
    ci.write("signers", allowed(&env, "ada"));
    let run = ci.bit(["verify", &scope.url, "--signers", "signers"]);
    run.success().says("its newest catalog: /nowhere/gpg can't be run here");
}

/// What was there before is settled by signed versions that were made from it: the scope is whole.
#[test]
fn a_team_that_begins_to_sign_settles_what_it_had() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &[]);
    goes_on(&workspace, &[]);
    let shop = careful(&env, "shop", &allowed(&env, "ada"));
    let told = |place: &[&str]| shop.bit([&["verify"], place].concat());
    told(&[SCOPE])
        .fails_quietly(3)
        .says("theme@0.0.1: nobody signed it")
        .says("bit tag my-org.ui/theme --unmodified --sign");
    goes_on(&workspace, &["--sign"]);
    shop.bit(["import", "my-org.ui/button"]).success();
    for again in ["first", "again"] {
        let run = told(&[SCOPE]);
        run.success().says("my-org.ui/theme@0.0.1").says("signed versions were made from them");
        let json = told(&[SCOPE, "--json"]).success().json();
        let kinds: Vec<&str> =
            json["findings"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains(&"unsigned-history"), "{again}: {kinds:?}");
    }
    shop.bit(["verify"]).success();
    // A maintenance version is in no other one's history. Once it is removed nobody is to use it.
    workspace.bit(["checkout", "0.0.1", "theme"]).success();
    workspace.append("theme/index.js", "// old\n");
    workspace.bit(["tag", "theme", "--ver", "0.0.1-hotfix.0", "--ignore-newest-version", "--skip-auto-tag"]).success();
    workspace.bit(["export"]).success();
    told(&[SCOPE]).fails_quietly(3).says("theme@0.0.1-hotfix.0: nobody signed it");
    workspace.bit(["checkout", "latest", "theme"]).success();
    workspace.bit(["delete", "theme", "--range", "0.0.1-hotfix.0", "--silent"]).success();
    workspace.bit(["export"]).success();
    told(&[SCOPE]).success().says("or they are removed");
}

/// A version that was made from a signed one, and one that a stranger signed, are nobody's past: they go by being removed,
/// as verify says.
#[test]
fn what_a_stranger_published_goes_by_being_removed() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &["--sign"]);
    let shop = careful(&env, "shop", &allowed(&env, "ada"));
    goes_on(&workspace, &[]);
    key(&env, "eve", "");
    signs_with(&env, "eve");
    goes_on(&workspace, &["--sign"]);
    let told = shop.bit(["verify", SCOPE]);
    told.fails_quietly(3).says("theme@0.0.2: nobody signed it").silent_about("--unmodified");
    for (name, number) in [("theme", "0.0.2"), ("theme", "0.0.3"), ("button", "0.0.2"), ("button", "0.0.3")] {
        told.says(&format!("bit delete my-org.ui/{name} --range {number}"));
    }
    let removes = |name: &str, range: &str| {
        workspace.bit(["delete", &format!("my-org.ui/{name}"), "--range", range, "--silent"]).success();
        workspace.bit(["export"]).success();
    };
    workspace.bit(["checkout", "0.0.1", "theme", "button"]).success();
    removes("button", "0.0.2 || 0.0.3");
    removes("theme", "0.0.2");
    shop.bit(["verify", SCOPE]).fails_quietly(3).says("theme@0.0.3: ").silent_about("theme@0.0.2: nobody");
    removes("theme", "0.0.3");
    shop.bit(["verify", SCOPE]).success().says("or they are removed");
}

/// The next version goes on from it, as from all that a scope lists, and holds nothing of it.
#[test]
fn a_team_goes_on_after_a_strangers_version_was_removed() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let ada = author(&env, &scope, &["--sign"]);
    let shop = careful(&env, "shop", &allowed(&env, "ada"));
    shop.bit(["import", "my-org.ui/theme", "-p", "theme"]).success();
    asks_for(&ada, &allowed(&env, "ada"));
    let eve = env.git_workspace_at("eve", SCOPE);
    eve.bit(["import", "my-org.ui/theme", "-p", "theme"]).success();
    eve.write("theme/evil.js", "evil").append("theme/index.js", "evil();\n");
    eve.bit(["tag", "-m", "evil"]).success();
    eve.bit(["export"]).success();
    ada.bit(["fetch"]).success();
    ada.bit(["merge", "theme"]).fails(1).complains("nobody signed it");
    ada.bit(["delete", "my-org.ui/theme", "--range", "0.0.2", "--silent"]).success();
    ada.bit(["export"]).success();
    shop.bit(["import"]).success();
    for number in ["0.0.3", "0.0.4"] {
        env.later(60);
        ada.append("theme/index.js", "// hers\n");
        if number == "0.0.3" {
            let refused = ada.bit(["tag", "-m", "on", "--sign"]);
            refused
                .fails(1)
                .complains("the newest one is 0.0.2, which is removed")
                .complains("bit merge theme goes on");
            let before = ada.listing(&[".git"]);
            ada.bit(["merge", "theme"]).success().says("0.0.2 is removed and passed over");
            assert_eq!(ada.listing(&[".git"]), before);
        }
        ada.bit(["tag", "-m", "on", "--sign"]).success().says(&format!("my-org.ui/theme@{number}"));
        ada.bit(["export"]).success();
        ada.bit(["verify"]).success();
        ada.bit(["verify", SCOPE]).success();
    }
    shop.bit(["import"]).success();
    shop.bit(["checkout", "head", "theme"]).success();
    assert!(shop.read("theme/index.js").ends_with("// hers\n// hers\n") && !shop.exists("theme/evil.js"));
    assert!(!shop.read("theme/index.js").contains("evil"));
    shop.bit(["verify"]).success();
    let fresh = trusting(&env, "fresh");
    fresh.bit(["import", "my-org.ui/theme", "my-org.ui/button"]).success();
    scope.fsck();
}

/// Between two signed versions nothing is from before.
#[test]
fn a_signature_that_was_taken_off_is_no_history() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = author(&env, &scope, &["--sign"]);
    goes_on(&workspace, &["--sign"]);
    goes_on(&workspace, &["--sign"]);
    let ci = env.folder("ci");
    ci.write("signers", allowed(&env, "ada"));
    ci.bit(["verify", &scope.url, "--signers", "signers"]).success();
    scope.folder.git(["--git-dir=.", "tag", "-f", "theme@0.0.2", "theme@0.0.2^{}"]).success();
    let run = env.folder("ci-2").bit(["verify", &scope.url, "--signers", "../ci/signers"]);
    run.fails_quietly(3).says("theme@0.0.2: nobody signed it");
}

/// What a merge brings goes into the next tag, which signs it.
#[test]
fn a_merge_asks_for_signatures_too() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    author(&env, &scope, &["--sign"]);
    let eve = env.git_workspace_at("eve", SCOPE);
    eve.bit(["import", "my-org.ui/theme", "-p", "theme"]).success();
    let shop = careful(&env, "shop", &allowed(&env, "ada"));
    shop.bit(["import", "my-org.ui/theme", "-p", "theme"]).success();
    eve.append("theme/index.js", "// evil\n");
    eve.bit(["tag", "-m", "hers"]).success();
    eve.bit(["export"]).success();
    env.later(60);
    shop.write("theme/other.js", "// ours\n");
    shop.bit(["tag", "-m", "ours", "--sign"]).success();
    shop.bit(["export"]).fails(1).complains("bit merge");
    let before = (shop.refs(), shop.read(".bitmap"));
    for _ in 0..2 {
        shop.bit(["merge"])
            .fails(1)
            .complains("my-org.ui/theme@0.0.2: nobody signed it")
            .complains("bit.trust/signers");
        assert_eq!((shop.refs(), shop.read(".bitmap")), before);
        assert!(!shop.read("theme/index.js").contains("evil"));
    }
    // A tag that is not on what the catalog lists is refused, whoever signed it.
    scope.folder.git(["--git-dir=.", "tag", "-f", "-s", "-m", "x", "theme@0.0.2", "theme@0.0.1^{}"]).success();
    shop.bit(["merge"]).fails(1).complains("theme@0.0.2").complains("was moved");
    // Once it is signed by one of them it goes on.
    eve.scope_git(["push", "--force", &scope.url, "refs/tags/my-org.ui/theme@0.0.2:refs/tags/theme@0.0.2"]).success();
    scope.folder.git(["--git-dir=.", "tag", "-f", "-s", "-m", "seen", "theme@0.0.2", "theme@0.0.2^{}"]).success();
    shop.bit(["merge"]).success();
    assert!(shop.read("theme/index.js").contains("evil"));
    shop.bit(["tag", "--sign"]).success();
    shop.bit(["export"]).success();
    shop.bit(["verify"]).success();
}

/// Who looked at a tag that was replaced accepts that it is another one, and not whoever made it.
#[test]
fn accepting_a_moved_tag_asks_for_its_signature() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    author(&env, &scope, &["--sign"]);
    let shop = careful(&env, "shop", &allowed(&env, "ada"));
    shop.bit(["import", "my-org.ui/theme", "-p", "theme"]).success();
    let id = "my-org.ui/theme@0.0.1";
    let accept = ["import", "--objects", "--accept-moved", id, id];
    for replace in [&["tag", "-f", "-a", "-m", "x"] as &[&str], &["tag", "-f"]] {
        let arguments = [&["--git-dir=."], replace, &["theme@0.0.1", "theme@0.0.1^{}"]].concat();
        scope.folder.git(arguments).success();
        let mut run = None;
        refuses(&shop, &accept, &mut run).complains("my-org.ui/theme@0.0.1: nobody signed it");
        refuses(&shop, &["eject", "theme"], &mut run).complains(&format!("the tag of {id}")).complains("was moved");
    }
    // Ada signs it anew.
    env.later(60);
    scope.folder.git(["--git-dir=.", "tag", "-f", "-s", "-m", "anew", "theme@0.0.1", "theme@0.0.1^{}"]).success();
    shop.bit(["import"]).fails(1).complains("was moved");
    shop.bit(accept).success();
    shop.bit(["import"]).success();
}

/// Signed is what a person has made, on whichever way.
#[test]
fn merges_prereleases_and_maintenance_versions_are_signed_as_all_others() {
    let env = machine();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let ada = author(&env, &scope, &["--sign"]);
    let eve = env.git_workspace_at("eve", SCOPE);
    eve.bit(["import", "my-org.ui/theme", "-p", "theme"]).success();
    goes_on(&ada, &["--sign"]);
    eve.append("theme/index.js", "// hers\n");
    eve.bit(["import"]).success();
    eve.bit(["tag", "theme", "--ver", "0.0.1-fix.0", "--ignore-newest-version", "--sign"]).success();
    eve.bit(["export"]).success();
    eve.bit(["checkout", "head", "theme"]).success();
    eve.append("theme/index.js", "// next\n");
    eve.bit(["tag", "--sign"]).success();
    env.later(60);
    ada.write("theme/other.js", "// ada's\n");
    ada.bit(["tag", "theme", "--prerelease", "beta", "--sign", "--skip-auto-tag"]).success();
    ada.bit(["export"]).success();
    eve.bit(["import"]).success().says("both sides went on");
    eve.bit(["merge"]).success();
    eve.bit(["tag", "--sign"]).success();
    eve.bit(["export"]).success();
    let shop = trusting(&env, "shop");
    shop.bit(["import", "my-org.ui/*", "my-org.ui/theme"]).success();
    let versions = shop.versions();
    assert!(versions.len() > 5, "{versions:?}");
    shop.bit(["verify"]).success();
    shop.bit(["verify", SCOPE]).success();
}

/// A copy is another commit, which nobody has signed: a scope that is asked for signatures does not get it.
#[test]
fn copies_are_not_signed_and_go_where_nobody_asks() {
    let env = machine();
    let host = Host::path(&env);
    let (scope, other) = (host.repository("ui"), host.repository("other"));
    let shop = supplied(&env, &scope);
    create(&env, &other.url, "my-org.other");
    let before = other.refs();
    let refused = shop.bit(["export", "my-org.other", "theme"]);
    refused.fails(1).complains("my-org.other/theme@0.0.1: nobody signed it").complains("\"<pattern>, !my-org.other\"");
    refused.silent_about("bit reset");
    assert_eq!(other.refs(), before);
    let config = shop.read("workspace.jsonc");
    shop.write("workspace.jsonc", config.replace("my-org.*", "my-org.*, !my-org.other"));
    shop.bit(["export", "my-org.other", "theme"]).success();
    // Who asks that scope too is not deceived by where the copy is from.
    let mut run = None;
    let wary = trusting(&env, "wary");
    refuses(&wary, &["import", "my-org.other/theme"], &mut run).complains("my-org.other/theme@0.0.1: nobody signed it");
    wary.bit(["import", "my-org.ui/theme"]).success();
}

/// What a signed version was made from is here along with it, and is copied as it is.
#[test]
fn what_is_from_before_a_team_signed_is_copied_too() {
    let env = machine();
    let host = Host::path(&env);
    let (scope, kit) = (host.repository("ui"), host.repository("kit"));
    let ada = author(&env, &scope, &[]);
    goes_on(&ada, &["--sign"]);
    create(&env, &kit.url, "other.kit");
    let shop = careful(&env, "shop", &allowed(&env, "ada"));
    shop.bit(["import", "my-org.ui/theme"]).success();
    shop.bit(["export", "other.kit", "theme"]).success().says("theme@0.0.1").says("theme@0.0.2");
    let signed = ["my-org.ui/theme@0.0.2"];
    assert_eq!(shop.versions().iter().filter(|id| id.starts_with(SCOPE)).collect::<Vec<_>>(), signed);
    let reader = env.git_workspace_at("reader", "my-org.reader");
    reader.bit(["import", "other.kit/theme@0.0.1"]).success();
}

/// The same catalog without its signature is another commit, and goes on from nothing that was seen.
#[test]
fn a_catalog_that_was_stripped_of_its_signature_is_another_one() {
    let env = machine();
    let host = Host::path(&env);
    let (scope, mirror) = (host.repository("ui"), host.repository("mirror"));
    let shop = supplied(&env, &scope);
    shop.bit(["mirror", SCOPE, &mirror.url]).success();
    let git = |arguments: &[&str]| {
        scope.folder.git([&["--git-dir=."], arguments].concat()).success().stdout.trim().to_owned()
    };
    assert!(git(&["cat-file", "commit", "main"]).contains("gpgsig"));
    let plain = git(&["commit-tree", "-m", "Export", "-p", "main^", "main^{tree}"]);
    git(&["update-ref", "refs/heads/main", &plain]);
    let mut run = None;
    for command in [&["fetch"][..], &["import"]] {
        refuses(&shop, command, &mut run).complains("with another history").complains("--accept-replaced");
    }
    shop.bit(["verify", SCOPE]).fails_quietly(3).says("does not go on from the one that this workspace saw last");
    shop.bit(["mirror", SCOPE, &mirror.url]).fails(3).complains("the catalog differs");
    // Who never saw it hears that nobody signed it; every version is signed by itself.
    let other = trusting(&env, "other");
    other.bit(["verify", SCOPE]).success().says("its newest catalog: nobody signed it");
    other.bit(["import", "my-org.ui/theme"]).success();
}
