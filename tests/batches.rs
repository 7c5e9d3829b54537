//! A host takes about 5,000 refs in one push: no push of bit has more, and what fits into one goes in one.

use std::fs;

use crate::common::servers::{Host, Hosted};
use crate::common::{Catalog, Folder, TestEnvironment};

const SCOPE: &str = "my-org.ui";
const MOST: usize = 5_000;

/// It writes down how many refs each push has.
fn counting<'e>(env: &TestEnvironment, to: Hosted<'e>) -> Hosted<'e> {
    let count = format!("wc -l >> '{}'", counts_of(env, &to).display());
    to.hook("pre-receive", &count)
}

fn counts_of(env: &TestEnvironment, to: &Hosted<'_>) -> std::path::PathBuf {
    env.root().join(format!("pushes-{}", to.folder.path().file_name().expect("a name").display()))
}

/// How many refs the pushes had since somebody asked.
fn pushes(env: &TestEnvironment, to: &Hosted<'_>) -> Vec<usize> {
    let file = counts_of(env, to);
    let text = fs::read_to_string(&file).unwrap_or_default();
    fs::write(&file, "").expect("the file of counts");
    text.lines().map(|line| line.trim().parse().expect("a count")).collect()
}

/// Pushes that went at the same time come in any order.
fn in_order(mut pushes: Vec<usize>) -> Vec<usize> {
    pushes.sort_unstable_by(|one, other| other.cmp(one));
    pushes
}

/// How many refs the pushes have that bring so many versions to a scope: with its catalog they go in one, if they fit.
fn expected(versions: usize) -> Vec<usize> {
    match versions {
        4_999 => vec![MOST],
        5_000 => vec![MOST, 1],
        5_001 => vec![MOST, 1, 1],
        _ => panic!("{versions} is far from the bound"),
    }
}

/// A scope to mirror from that lists nothing, and the commit of a version that it may list.
fn source<'e>(env: &'e TestEnvironment, host: &Host<'e>) -> (Hosted<'e>, String) {
    let source = host.repository("source");
    env.folder(".").bit(["scope", "create", &source.url, "--name", SCOPE]).success();
    source.workspace(env, "ws").bit(["export", "theme"]).success();
    let commit = source.refs()["refs/tags/theme@0.0.1"].clone();
    source.folder.git(["--git-dir=.", "tag", "-d", "theme@0.0.1"]).success();
    Catalog::of(SCOPE).replaces(&source.folder);
    (source, commit)
}

/// A scope as plain git makes it: so many versions of theme are listed and have their tags, all on one commit.
fn lists(source: &Hosted<'_>, commit: &str, versions: usize) {
    let numbers: Vec<String> = (1..=versions).map(|number| format!("1.0.{number}")).collect();
    let listed: Vec<(&str, &str)> = numbers.iter().map(|number| (number.as_str(), commit)).collect();
    Catalog::of(SCOPE).component("theme", &listed).follows(&source.folder);
    // Thousands of files would take longer than all that is tested here.
    let mut lines: Vec<String> = numbers.iter().map(|number| format!("{commit} refs/tags/theme@{number}\n")).collect();
    lines.sort();
    source.folder.write("packed-refs", format!("# pack-refs with: peeled fully-peeled sorted \n{}", lines.concat()));
}

#[track_caller]
fn has_all(source: &Hosted<'_>, to: &Hosted<'_>) {
    assert_eq!(source.refs(), to.refs(), "{}", to.url);
}

#[test]
fn a_mirror_pushes_at_most_5_000_refs_and_all_at_once_where_they_fit() {
    let env = TestEnvironment::in_memory();
    let host = Host::path(&env);
    let ci = env.folder("ci");
    let (source, commit) = source(&env, &host);
    let to = [4_999, 5_000, 5_001].map(|versions| (versions, host.repository(&format!("to-{versions}"))));
    let to = to.map(|(versions, to)| (versions, counting(&env, to)));
    for (versions, to) in &to {
        ci.bit(["mirror", &source.url, &to.url]).success();
        assert_eq!(pushes(&env, to), [1], "the catalog of nothing");
        lists(&source, &commit, *versions);
        ci.bit(["mirror", &source.url, &to.url]).success().says(&format!("{versions} versions copied"));
        assert_eq!(in_order(pushes(&env, to)), expected(*versions));
        has_all(&source, to);
        ci.bit(["mirror", &source.url, &to.url]).success().says("in sync");
        assert_eq!(pushes(&env, to), [0; 0]);
        if *versions < 5_001 {
            // The next one begins where this one did.
            source.folder.git(["--git-dir=.", "update-ref", "refs/heads/main", "main^"]).success();
        }
    }
    // Where nothing was before, the tags go alone and the catalog last.
    let new = counting(&env, host.repository("new"));
    let shown = ci.bit(["mirror", &source.url, &new.url, "--dry-run"]);
    shown.success().says("+ my-org.ui/theme@1.0.5001").silent_about("more\n");
    ci.bit(["mirror", &source.url, &new.url]).success().says("and 4991 more");
    assert_eq!(in_order(pushes(&env, &new)), [MOST, 1, 1]);
    has_all(&source, &new);
}

/// So many versions of theme more are staged, each made from the one before; by plain git, from the one that is there.
fn stages(workspace: &Folder<'_>, versions: usize) {
    let file = |path: &str| workspace.scope_git(["show", &format!("{}:{path}", tag(1))]).success().stdout.clone();
    let files = ["component.json", "index.js", "package.json"].map(|path| (path, file(path)));
    let mut stream = String::new();
    let mut parent = tag(1) + "^0";
    for number in 2..=versions {
        let (name, version) = (tag(number), format!("0.0.{number}"));
        let message = format!("more\n\nBit-Id: {SCOPE}/theme@{version}\n");
        stream.push_str(&format!("commit {name}\ncommitter Ada <ada@example.com> 981173106 +0000\n"));
        stream.push_str(&format!("data {}\n{message}from {parent}\n", message.len()));
        for (path, text) in &files {
            let text = text.replace("\"0.0.1\"", &format!("\"{version}\""));
            stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()));
        }
        parent = name;
    }
    let import = workspace.program("git").arg("--git-dir").arg(workspace.local_scope());
    import.args(["fast-import", "--quiet"]).stdin(stream).run().success();
    workspace.scope_git(["pack-refs", "--all"]).success();
    let [first, last] = [1, versions].map(|number| workspace.scope_git(["rev-parse", &tag(number)]).line().to_owned());
    let bitmap = workspace.read(".bitmap").replace("\"0.0.1\"", &format!("\"0.0.{versions}\"")).replace(&first, &last);
    workspace.write(".bitmap", bitmap);
}

fn tag(number: usize) -> String {
    format!("refs/tags/{SCOPE}/theme@0.0.{number}")
}

#[test]
fn an_export_pushes_at_most_5_000_refs_and_all_at_once_where_they_fit() {
    let env = TestEnvironment::in_memory();
    let (folder, far) = (Host::path(&env), Host::daemon(&env));
    for versions in [4_999, 5_000, 5_001] {
        // What takes several pushes may meet a host far away.
        let host = if versions > MOST { &far } else { &folder };
        let to = host.repository(&format!("to-{versions}"));
        env.folder(".").bit(["scope", "create", &to.url, "--name", SCOPE]).success();
        let to = counting(&env, to);
        let workspace = env.git_workspace_at(&format!("ws-{versions}"), SCOPE);
        workspace.bit(["remote", "add", SCOPE, &to.url]).success();
        workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
        workspace.bit(["tag", "-m", "first"]).success();
        stages(&workspace, versions);
        let to = if versions > MOST { fails_at_the_second(&env, &workspace, to, versions) } else { to };
        workspace.bit(["export"]).success().says(&format!("{versions} versions published"));
        // One that dies has made nothing of its batch: what came before is taken back, and goes once more.
        let expected = if versions > MOST { vec![NEW, 1, NEW, NEW, 1, 1] } else { expected(versions) };
        assert_eq!(pushes(&env, &to), expected);
        assert_eq!(to.listed().len(), versions);
    }
}

/// So many tags of the first batch are not there yet. (Taking back thousands would take git a minute.)
const NEW: usize = 49;

/// Most tags are there already, as a killed export leaves them. The second batch is refused: what the first has made is
/// taken back. Then the host dies of it, once: the same export begins anew.
fn fails_at_the_second<'e>(
    env: &TestEnvironment,
    workspace: &Folder<'_>,
    to: Hosted<'e>,
    versions: usize,
) -> Hosted<'e> {
    let all = format!("refs/tags/{SCOPE}/*:refs/tags/*");
    workspace.scope_git(["push", "--quiet", "--", &to.url, &all]).success();
    to.folder.git(["--git-dir=.", "pack-refs", "--all"]).success();
    let number = |line: &str| line.rsplit('.').next().and_then(|number| number.parse::<usize>().ok());
    let stays = |line: &&str| number(line).is_none_or(|number| number > NEW && number < versions);
    let kept: String = to.folder.read("packed-refs").lines().filter(stays).map(|line| format!("{line}\n")).collect();
    to.folder.write("packed-refs", kept);
    assert_eq!(pushes(env, &to), [versions]);
    let before = to.refs();
    assert_eq!(before.len(), 1 + versions - NEW - 1);
    let last = format!("^0* [0-9a-f]* refs/tags/theme@0.0.{versions}$");
    let count = format!("tee lines | wc -l >> '{}'", counts_of(env, &to).display());
    let refuses = format!("{count}; grep -q '{last}' lines && echo not this one >&2 && exit 1; exit 0");
    let to = to.hook("pre-receive", &refuses);
    workspace.bit(["export"]).fails(1).complains("not this one").silent_about("may have tags");
    assert_eq!(pushes(env, &to), [NEW, 1, NEW]);
    assert_eq!(to.refs(), before);
    to.fsck_objects();
    workspace.fsck();
    let died = env.root().join("died");
    let dies = format!("grep -q '{last}' lines && mkdir '{}' 2>/dev/null && kill -9 $PPID; exit 0", died.display());
    to.hook("pre-receive", &format!("{count}; {dies}"))
}

/// Refuses this one tag, and no other.
fn refusing<'e>(to: Hosted<'e>, tag: &str) -> Hosted<'e> {
    to.hook("update", &format!("[ \"$1\" != refs/tags/{tag} ] || {{ echo not this one >&2; exit 1; }}"))
}

/// Versions that are many, and few enough for a quick test.
const MANY: usize = 120;

#[test]
fn an_export_in_steps_makes_nothing_of_a_batch_that_is_refused_where_the_host_can() {
    let env = TestEnvironment::in_memory();
    let host = Host::path(&env);
    for is_atomic in [true, false] {
        let repository = |name: &str| {
            let to = host.repository(&format!("{name}-{is_atomic}"));
            let scope = format!("my-org.{name}");
            env.folder(".").bit(["scope", "create", &to.url, "--name", &scope]).success();
            counting(&env, if is_atomic { to } else { to.without_atomic() })
        };
        let (ui, other) = (repository("ui"), repository("other"));
        let workspace = env.git_workspace_at(&format!("ws-{is_atomic}"), SCOPE);
        workspace.bit(["remote", "add", SCOPE, &ui.url]).success();
        workspace.bit(["remote", "add", "my-org.other", &other.url]).success();
        workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
        workspace.component("more", &[("index.js", "module.exports = 1;\n")]);
        workspace.bit(["scope", "set", "my-org.other", "more"]).success();
        workspace.bit(["tag", "-m", "first"]).success();
        stages(&workspace, MANY);
        let before = [ui.refs(), other.refs()];
        let ui = refusing(ui, "theme@0.0.7");
        workspace.bit(["export"]).fails(1).complains("theme@0.0.7").complains("not this one");
        assert_eq!([ui.refs(), other.refs()], before);
        // One push, and where each ref is for itself a second one, which takes back those that were made.
        assert_eq!(pushes(&env, &ui), if is_atomic { vec![MANY] } else { vec![MANY, MANY - 1] });
        std::fs::remove_file(ui.folder.path().join("hooks/update")).expect("the hook");
        workspace.bit(["export"]).success().says(&format!("{} versions published", MANY + 1));
        assert_eq!((pushes(&env, &ui), ui.listed().len()), (vec![MANY, 1], MANY));
        for scope in [&ui, &other] {
            scope.fsck();
        }
    }
}

/// Each of three pushes waits for the others. A host that takes one at a time is not waited for.
#[test]
fn a_mirror_pushes_several_batches_at_a_time_where_the_host_takes_them() {
    let env = TestEnvironment::in_memory();
    let host = Host::path(&env);
    let ci = env.folder("ci");
    let (source, commit) = source(&env, &host);
    lists(&source, &commit, 2 * MOST + MANY);
    let meets = "mkdir -p at-work; : >at-work/$$; for moment in $(seq 100); do \
                 [ $(ls at-work | wc -l) -ge 3 ] && break; sleep 0.1; done; \
                 ls at-work | wc -l >>met; sleep 0.5; rm at-work/$$";
    let to = host.repository("to").hook("pre-receive", &format!("[ $(tee lines | wc -l) = 1 ] || {{ {meets}; }}"));
    ci.bit(["mirror", &source.url, &to.url]).success();
    assert_eq!(to.folder.read("met"), "3\n3\n3\n");
    has_all(&source, &to);
    // Who comes while another is at work is sent away.
    let one = "mkdir at-work 2>/dev/null || { echo one at a time >&2; exit 1; }; sleep 0.5; rmdir at-work";
    let to = host.repository("one");
    let count = format!("wc -l >> '{}'", counts_of(&env, &to).display());
    let to = to.hook("pre-receive", &format!("{count}; {one}"));
    ci.bit(["mirror", &source.url, &to.url]).success();
    let mut pushes = pushes(&env, &to);
    pushes[..3].sort_unstable();
    let (together, again) = pushes.split_at(3);
    assert_eq!(together, [MANY, MOST, MOST]);
    assert!([[MOST, MANY, 1], [MOST, MOST, 1]].iter().any(|left| again == left), "{again:?}");
    has_all(&source, &to);
    to.fsck_objects();
}

#[test]
fn a_mirror_gets_all_of_a_batch_but_what_is_refused() {
    let env = TestEnvironment::in_memory();
    let host = Host::path(&env);
    let ci = env.folder("ci");
    let (source, commit) = source(&env, &host);
    lists(&source, &commit, MANY);
    for is_atomic in [true, false] {
        let to = host.repository(&format!("to-{is_atomic}"));
        let to = counting(&env, if is_atomic { to } else { to.without_atomic() });
        let to = refusing(to, "theme@1.0.7");
        let run = ci.bit(["mirror", &source.url, &to.url]);
        run.fails(4).complains("my-org.ui/theme@1.0.7 was not copied").complains("not this one");
        assert_eq!(to.refs().len(), MANY - 1);
        assert_eq!(pushes(&env, &to), if is_atomic { vec![MANY, MANY] } else { vec![MANY] });
        std::fs::remove_file(to.folder.path().join("hooks/update")).expect("the hook");
        ci.bit(["mirror", &source.url, &to.url]).success();
        assert_eq!(pushes(&env, &to), [1, 1]);
        has_all(&source, &to);
        to.fsck_objects();
    }
}
