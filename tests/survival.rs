//! Whatever happens, nothing is lost: killed at any moment, on a full or read-only disk, beside another bit,
//! over damaged files.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common::disk::SmallDisk;
use crate::common::faults::{self, Fault, Outcome};
use crate::common::{Folder, Refs, Run, TestEnvironment, is_root, needs_faults, skip};
use crate::import::{Imported, published};

const NOBODY: u32 = 65534;

/// What a command may change in a workspace's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    refs: Refs,
    bitmap: Option<String>,
}

fn state(workspace: &Folder<'_>) -> State {
    State { refs: workspace.refs(), bitmap: workspace.exists(".bitmap").then(|| workspace.read(".bitmap")) }
}

/// The files that bit keeps, without objects (an interrupted command may leave some that no ref needs).
fn kept_files(workspace: &Folder<'_>) -> Vec<String> {
    let mut files = workspace.listing(&[".git/bit/objects", "node_modules"]);
    files.retain(|path| !path.starts_with(".git/") || path.starts_with(".git/bit/"));
    files
}

/// Three components in a row, `card` → `button` → `theme`.
fn three_in_a_row<'e>(workspace: &Folder<'e>) -> Folder<'e> {
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'red';\n"), ("theme.css", ".a { color: red }\n")]),
        ("button", &[("index.js", "module.exports = [require('@my-org/ui.theme')];\n")]),
        ("card", &[("index.js", "module.exports = [require('@my-org/ui.button')];\n")]),
    ]);
    workspace.clone()
}

/// All three tagged once; the first of the row edited, a fourth new: the next tag makes three auto-tags' worth of refs.
fn edited_after_a_tag(env: &TestEnvironment) -> Folder<'_> {
    let workspace = three_in_a_row(&env.git_workspace());
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.append("theme/index.js", "module.exports += ' and blue';\n");
    workspace.component("icon", &[("index.js", "module.exports = 'i';\n")]);
    // The stat cache is warm, as it is in a workspace that is lived in.
    workspace.bit(["status"]).success();
    workspace
}

/// An undisturbed run in a copy of the folder: the state before and after, and the files that are there in the end.
struct Undisturbed {
    old: State,
    new: State,
    files: Vec<String>,
    status: String,
}

impl Undisturbed {
    fn new(workspace: &Folder<'_>, command: &[&str], afterwards: &[&[&str]]) -> Self {
        let preserved = faults::Preserved::new(workspace);
        let old = state(workspace);
        workspace.bit(command).success();
        let new = state(workspace);
        for command in afterwards {
            workspace.bit(*command).success();
        }
        let status = workspace.bit(["status", "--json"]).success().stdout.clone();
        let files = kept_files(workspace);
        preserved.restore();
        assert_ne!(old, new, "the command changes nothing");
        Self { old, new, files, status }
    }

    /// Straight after the fault, before any other bit: each of the two is as it was or as it will be.
    fn check_at_once(&self, workspace: &Folder<'_>) {
        workspace.fsck();
        let State { refs, bitmap } = state(workspace);
        assert!(refs == self.old.refs || refs == self.new.refs, "neither the old refs nor the new ones: {refs:#?}");
        assert!(
            bitmap == self.old.bitmap || bitmap == self.new.bitmap,
            "neither the old .bitmap nor the new one: {bitmap:?}"
        );
    }

    /// The next command, whichever it is, finishes or discards: both old or both new. True: new.
    fn check_settled(&self, workspace: &Folder<'_>) -> bool {
        workspace.bit(["status"]).success();
        workspace.fsck();
        let now = state(workspace);
        assert!(now == self.old || now == self.new, "neither the old state nor the new one: {now:#?}");
        now == self.new
    }

    fn check_end(&self, workspace: &Folder<'_>) {
        workspace.fsck();
        let status = workspace.bit(["status", "--json"]).success().stdout.clone();
        assert_eq!(status, self.status, "status differs from that of an undisturbed workspace");
        assert_eq!(kept_files(workspace), self.files, "something is left behind, or gone");
    }
}

const TAG: &[&str] = &["tag", "-m", "two"];

/// A disturbed `bit tag`: the old state or the new one, and the next tag ends where an undisturbed one does.
fn tag_is_all_or_nothing(undisturbed: &Undisturbed, workspace: &Folder<'_>, outcome: &Outcome) {
    undisturbed.check_at_once(workspace);
    let is_new = undisturbed.check_settled(workspace);
    if outcome.run.code == Some(0) {
        assert!(is_new, "it said that it is done, and it is not\n{}", outcome.run);
    }
    workspace.bit(TAG).success();
    assert_eq!(state(workspace), undisturbed.new, "the next tag ends elsewhere");
    undisturbed.check_end(workspace);
}

#[test]
fn tag_survives_a_kill_at_every_change() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = edited_after_a_tag(&env);
    let undisturbed = Undisturbed::new(&workspace, TAG, &[]);
    faults::kill_everywhere(&workspace, TAG, |workspace, outcome| {
        tag_is_all_or_nothing(&undisturbed, workspace, outcome);
    });
}

#[test]
fn the_first_tag_survives_a_kill_at_every_change() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = three_in_a_row(&env.git_workspace());
    let undisturbed = Undisturbed::new(&workspace, TAG, &[]);
    faults::kill_everywhere(&workspace, TAG, |workspace, outcome| {
        tag_is_all_or_nothing(&undisturbed, workspace, outcome);
    });
}

#[test]
fn tag_survives_every_failed_write() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = edited_after_a_tag(&env);
    let undisturbed = Undisturbed::new(&workspace, TAG, &[]);
    faults::fail_everywhere(Fault::Error("ENOSPC"), faults::NEEDING_SPACE, &workspace, TAG, |workspace, outcome| {
        tag_is_all_or_nothing(&undisturbed, workspace, outcome);
    });
}

#[test]
fn tag_survives_a_disk_that_is_full_from_some_moment_on() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = edited_after_a_tag(&env);
    let undisturbed = Undisturbed::new(&workspace, TAG, &[]);
    // A full disk can still be read (so no `openat`), and the message still be told (so no `write`).
    let calls = ["rename", "renameat", "renameat2", "mkdir", "mkdirat", "fsync", "fdatasync", "pwrite64", "ftruncate"];
    faults::fail_everywhere(Fault::ErrorFromHere("ENOSPC"), &calls, &workspace, TAG, |workspace, outcome| {
        tag_is_all_or_nothing(&undisturbed, workspace, outcome);
    });
}

#[test]
fn tag_survives_a_disk_that_cannot_be_trusted() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = edited_after_a_tag(&env);
    let undisturbed = Undisturbed::new(&workspace, TAG, &[]);
    let calls = ["fsync", "fdatasync", "write", "pwrite64", "rename", "renameat2"];
    faults::fail_everywhere(Fault::Error("EIO"), &calls, &workspace, TAG, |workspace, outcome| {
        tag_is_all_or_nothing(&undisturbed, workspace, outcome);
    });
}

#[test]
fn reset_survives_a_kill_at_every_change() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = edited_after_a_tag(&env);
    let reset: &[&str] = &["reset", "--all"];
    let undisturbed = Undisturbed::new(&workspace, reset, &[TAG]);
    let tagged_again = {
        let preserved = faults::Preserved::new(&workspace);
        workspace.bit(reset).success();
        workspace.bit(TAG).success();
        let tagged = state(&workspace);
        preserved.restore();
        tagged
    };
    faults::kill_everywhere(&workspace, reset, |workspace, _| {
        undisturbed.check_at_once(workspace);
        if !undisturbed.check_settled(workspace) {
            workspace.bit(reset).success();
        }
        workspace.bit(TAG).success();
        assert_eq!(state(workspace), tagged_again, "a tag after it ends elsewhere");
        undisturbed.check_end(workspace);
    });
}

#[test]
fn add_survives_a_kill_at_every_change() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = three_in_a_row(&env.git_workspace());
    workspace.write("icon/index.js", "module.exports = 'i';\n").write("menu/index.js", "module.exports = 'm';\n");
    let add: &[&str] = &["add", "icon", "menu"];
    let undisturbed = Undisturbed::new(&workspace, add, &[]);
    faults::kill_everywhere(&workspace, add, |workspace, _| {
        undisturbed.check_at_once(workspace);
        undisturbed.check_settled(workspace);
        workspace.bit(add).success();
        assert_eq!(state(workspace), undisturbed.new, "adding again ends elsewhere");
        undisturbed.check_end(workspace);
    });
}

#[test]
fn init_survives_a_kill_at_every_change() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = env.git_folder("workspace");
    let init: &[&str] = &["init", "--default-scope", "my-org.ui"];

    let go_on = |workspace: &Folder<'_>| {
        workspace.bit(init).success();
        let fresh = (workspace.read("workspace.jsonc"), state(workspace), kept_files(workspace));
        three_in_a_row(workspace).bit(TAG).success();
        workspace.fsck();
        (fresh, state(workspace), kept_files(workspace))
    };
    let preserved = faults::Preserved::new(&workspace);
    let undisturbed = go_on(&workspace);
    preserved.restore();

    faults::kill_everywhere(&workspace, init, |workspace, _| {
        // It may not be a workspace yet; but it says so, and a person can go on.
        let status = workspace.bit(["status"]);
        assert!(matches!(status.code, Some(0 | 1)), "{status}");
        assert_eq!(go_on(workspace), undisturbed, "a second init ends elsewhere");
    });
}

#[test]
fn two_tags_at_once_lose_no_version() {
    let env = TestEnvironment::new();
    let workspace = three_in_a_row(&env.git_workspace());
    workspace.bit(["tag", "-m", "one"]).success();
    for round in 0..8 {
        workspace.append("card/index.js", &format!("// {round}\n"));
        workspace.component(&format!("new-{round}"), &[("index.js", "module.exports = 0;\n")]);
        let first = workspace.invocation().args(["tag", "card", "-m", "card"]).start();
        let second = workspace.invocation().args(["tag", &format!("new-{round}"), "-m", "new"]).start();
        first.finish().success();
        second.finish().success();
        assert_all_is_tagged(&workspace, 3 + 2 * (round + 1));
    }
}

/// The same, with the first one held up in the middle of its writing, so that the second surely meets it.
#[test]
fn a_tag_waits_for_another_in_the_middle_of_its_writing() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = three_in_a_row(&env.git_workspace());
    let held_up = workspace
        .program("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=?rename,?renameat,?renameat2"])
        .args(["-e", "inject=?rename,?renameat,?renameat2:delay_enter=300000", "--"])
        .arg(TestEnvironment::binary())
        .args(["tag", "theme", "-m", "first"])
        .start();
    std::thread::sleep(Duration::from_millis(250));
    let second = workspace.invocation().args(["tag", "-m", "second"]).start();
    held_up.finish().success();
    second.finish().success();
    assert_all_is_tagged(&workspace, 3);
}

/// Every component's version is in .bitmap and in the refs, and nothing waits to be tagged.
#[track_caller]
fn assert_all_is_tagged(workspace: &Folder<'_>, versions: usize) {
    workspace.fsck();
    assert_eq!(workspace.versions().len(), versions, "{:#?}", workspace.versions());
    let status = workspace.bit(["status", "--json"]).success().json();
    for list in ["newComponents", "modifiedComponents", "autoTagPendingComponents", "componentsWithIssues"] {
        assert_eq!(status[list], serde_json::json!([]), "{list}");
    }
}

#[test]
fn a_read_only_workspace_is_named_and_left_alone() {
    let env = TestEnvironment::new();
    let workspace = edited_after_a_tag(&env);
    let before = (state(&workspace), workspace.listing(&[]));

    // Root may write everywhere, so there it is a user who owns the workspace and may not write.
    let user = is_root().then_some(NOBODY);
    let run = run_by(&workspace, user);
    let locked = ReadOnly::new(workspace.path(), user);
    // What only reads works on.
    run(&["status"]).success().says("theme");
    run(&["list"]).success().says("theme");
    run(TAG).fails(1).complains("[ROOT]/workspace").silent_about("panicked");
    run(&["add", "button"]).silent_about("panicked");
    drop(locked);

    if user.is_none() {
        assert_eq!((state(&workspace), workspace.listing(&[])), before);
        workspace.bit(TAG).success();
    } else {
        assert_eq!(workspace.listing(&[]), before.1);
        assert_eq!(workspace.read(".bitmap"), before.0.bitmap.unwrap_or_default());
    }
}

#[test]
fn what_can_not_be_written_is_built_all_the_same_or_named() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("theme", &[("index.js", "")]);
    let task = crate::build::one_task(serde_json::json!({"name": "look", "run": "true"}));
    crate::build::configure(&workspace, &task, &[("*", "own")]);
    let user = is_root().then_some(NOBODY);
    let run = run_by(&workspace, user);
    let locked = ReadOnly::new(workspace.path(), user);
    // Only the memory of it can't be kept.
    for _ in 0..2 {
        run(&["build"]).success().says("1 component built").silent_about("as before");
    }
    run(&["tag", "-m", "x"]).fails(1).complains("[ROOT]/workspace/.git/bit").silent_about("panicked");
    run(&["compile"]).fails(1).complains("[ROOT]/workspace").silent_about("panicked");
    drop(locked);
    let _locked = ReadOnly::new(&env.root().join("tmp"), user);
    let run = run(&["build"]);
    run.fails(1).complains("could not make a folder for capsules in [ROOT]/tmp").complains("let TMPDIR name a folder");
    // What compiles by itself needs none: it is made in memory.
    workspace.write("theme/typed.ts", "export const one: number = 1;\n");
    crate::build::configure(&workspace, &serde_json::json!({}), &[]);
    let run = run_by(&workspace, user)(&["build"]);
    run.success().says("1 component built");
}

/// bit in this folder, run by that user.
fn run_by<'e>(workspace: &Folder<'e>, user: Option<u32>) -> impl Fn(&[&str]) -> Run + use<'e> {
    let (env, workspace) = (workspace.machine(), workspace.clone());
    let binary = env.root().join("bit");
    // By another process: a file that this one has open for writing can't be run, and a fork of another test keeps it open.
    env.folder(".").program("cp").arg(TestEnvironment::binary()).arg(&binary).run().success();
    for path in [env.root(), env.home(), env.root().join("tmp")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).expect("open to everybody");
    }
    move |arguments| {
        let bit = env.invocation(&binary, workspace.path()).args(arguments);
        user.into_iter().fold(bit, |bit, user| bit.user(user)).run()
    }
}

#[test]
fn what_may_not_be_read_is_said_to_be_forbidden() {
    let env = TestEnvironment::new();
    let workspace = edited_after_a_tag(&env);
    let user = is_root().then_some(NOBODY);
    let run = run_by(&workspace, user);
    let _locked = ReadOnly::new(workspace.path(), user);
    let forbid = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o000)).expect("forbidden");
    let packs = fs::read_dir(workspace.local_scope().join("objects/pack")).expect("the packs");
    packs.for_each(|pack| forbid(&pack.expect("a pack").path()));
    let diff = run(&["diff"]);
    diff.fails(1).complains("permission denied").complains("objects/pack/pack-").silent_about("damaged");
    forbid(&workspace.path().join(".bitmap"));
    run(&["status"]).fails(1).complains(".bitmap").complains("whether they can be read and written");
}

#[test]
fn a_broken_configuration_of_git_is_named() {
    let env = TestEnvironment::new();
    let workspace = edited_after_a_tag(&env);
    fs::write(env.home().join(".gitconfig"), "[user\nbroken").expect("written");
    for command in [&["status"][..], TAG] {
        let run = workspace.bit(command);
        run.fails(1).complains("git's configuration can't be read").complains(".gitconfig");
        run.complains("mend that file").silent_about("bit init");
    }
}

/// A folder in which nothing can be written, until this is dropped.
struct ReadOnly(PathBuf);

impl ReadOnly {
    fn new(path: &Path, owner: Option<u32>) -> Self {
        every_entry(path, &|path, mode| {
            if let Some(owner) = owner {
                chown(path, Some(owner), Some(owner)).expect("given away");
            }
            fs::set_permissions(path, fs::Permissions::from_mode(mode & !0o222)).expect("locked");
        });
        Self(path.to_owned())
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        every_entry(&self.0, &|path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode | 0o200)).expect("unlocked");
        });
    }
}

fn every_entry(path: &Path, act: &dyn Fn(&Path, u32)) {
    let about = path.symlink_metadata().expect("an entry");
    if about.is_symlink() {
        return;
    }
    if about.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            every_entry(&entry.expect("an entry").path(), act);
        }
    }
    act(path, about.permissions().mode());
}

/// A real file system that is really full, where one can be mounted.
#[test]
fn a_full_disk_is_named_and_nothing_is_lost() {
    let env = TestEnvironment::new();
    let disk = match SmallDisk::mount(&env, "disk", "2m") {
        Ok(disk) => disk,
        Err(reason) => skip!("no small disk can be mounted: {reason}"),
    };
    let workspace = three_in_a_row(&env.git_workspace_at("disk/workspace", "my-org.ui"));
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.append("theme/index.js", "module.exports += ' and blue';\n");
    let undisturbed = Undisturbed::new(&workspace, TAG, &[]);

    // From no room at all to room enough, in small steps: every write is the first to fail once.
    let mut refused = 0;
    for room in (0..).step_by(4096) {
        disk.leave_room(room);
        let run = workspace.bit(TAG);
        if run.code == Some(0) {
            break;
        }
        refused += 1;
        run.fails(1).silent_about("panicked");
        assert!(
            ["No space left on device", "disk is full"].iter().any(|words| run.stderr.contains(words)),
            "no word about the full disk\n{run}"
        );
        undisturbed.check_at_once(&workspace);
    }
    assert!(refused > 0, "the disk was never full");
    disk.leave_all();
    undisturbed.check_settled(&workspace);
    assert_eq!(state(&workspace), undisturbed.new);
    undisturbed.check_end(&workspace);
}

/// What git receives and what bit writes both have no room, at each size of what is left.
#[test]
fn an_import_onto_a_full_disk_is_finished_later() {
    let env = TestEnvironment::new();
    let disk = match SmallDisk::mount(&env, "disk", "4m") {
        Ok(disk) => disk,
        Err(reason) => skip!("no small disk can be mounted: {reason}"),
    };
    published(&env);
    let shop = env.git_workspace_at("disk/shop", "my-org.ui");
    shop.bit(["remote", "add", "my-org.ui", "../../my-org.ui"]).success();
    let command = ["import", "my-org.ui/*"];
    let preserved = faults::Preserved::new(&shop);
    let before = Imported::of(&shop);
    shop.bit(command).success();
    let after = Imported::of(&shop);
    preserved.restore();
    let mut refused = 0;
    for room in (0..).step_by(8192) {
        disk.leave_room(room);
        let run = shop.bit(command);
        if run.code == Some(0) {
            break;
        }
        refused += 1;
        run.fails(1).silent_about("panicked");
        let words = run.stderr.to_lowercase();
        let is_named = ["no space left on device", "no room is left"].iter().any(|full| words.contains(full));
        assert!(is_named, "no word about the full disk\n{run}");
        Imported::of(&shop).is_nothing_half(&before, &after, &format!("{room} bytes"));
        shop.fsck();
    }
    assert!(refused > 3, "the disk was hardly ever full");
    assert_eq!(Imported::of(&shop), after);
    disk.leave_all();
    shop.bit(["status"]).success().says("the workspace is clean");
    shop.fsck();
}

#[test]
fn a_damaged_bitmap_is_named_with_its_line_and_left_alone() {
    let env = TestEnvironment::new();
    let workspace = edited_after_a_tag(&env);
    let refs = workspace.refs();
    let good = workspace.read(".bitmap");

    let broken_at = good.lines().position(|line| line.contains("\"theme\"")).expect("theme is in .bitmap");
    let mut lines = good.lines().collect::<Vec<_>>();
    lines[broken_at] = "  <<<<<<< HEAD";
    let merge_conflict = lines.join("\n");
    for (damaged, place) in [
        (merge_conflict.as_str(), format!(".bitmap:{}", broken_at + 1)),
        (&good[..good.len() / 2], ".bitmap:".to_owned()),
        ("", ".bitmap".to_owned()),
        ("[]", ".bitmap".to_owned()),
    ] {
        workspace.write(".bitmap", damaged);
        for command in [&["status"][..], TAG, &["add", "icon"], &["list"], &["reset", "--all"]] {
            workspace.bit(command).fails(1).complains(&place).silent_about("panicked");
            assert_eq!(workspace.read(".bitmap"), damaged, "{command:?} wrote over it");
            assert_eq!(workspace.refs(), refs, "{command:?} changed the scope");
        }
    }
    workspace.write(".bitmap", &good).bit(TAG).success();
}

#[test]
fn a_damaged_object_is_named() {
    let env = TestEnvironment::new();
    env.is_left_damaged("an object is broken");
    let workspace = edited_after_a_tag(&env);
    let manifest =
        workspace.scope_git(["rev-parse", "refs/tags/my-org.ui/theme@0.0.1:component.json"]).line().to_owned();
    let object = loose(&workspace, &manifest);
    let good = fs::read(&object).expect("the object");
    let refs = workspace.refs();

    for damaged in [Some(&b"this is no object"[..]), Some(&good[..good.len() / 2]), Some(&[]), None] {
        fs::remove_file(&object).ok();
        if let Some(damaged) = damaged {
            fs::write(&object, damaged).expect("damaged");
        }
        workspace.bit(["cat", "theme@0.0.1"]).fails(1).complains(&manifest).silent_about("panicked");
        // What does not need it may go on; whatever it does, it does not panic, and no ref is lost.
        workspace.bit(["status"]).silent_about("panicked");
        workspace.bit(["list"]).silent_about("panicked");
        let tag = workspace.bit(TAG);
        tag.silent_about("panicked");
        let now = workspace.refs();
        assert!(refs.iter().all(|(name, object)| now.get(name) == Some(object)), "{tag}");
    }
}

/// Take the packs apart, and find the file of an object.
fn loose(workspace: &Folder<'_>, object: &str) -> PathBuf {
    let objects = workspace.local_scope().join("objects");
    for entry in fs::read_dir(objects.join("pack")).expect("the packs") {
        let path = entry.expect("a pack").path();
        let bytes = fs::read(&path).expect("a pack");
        fs::remove_file(&path).expect("the pack goes");
        if path.extension().is_some_and(|extension| extension == "pack") {
            let unpack = workspace.program("git").arg("--git-dir").arg(workspace.local_scope());
            unpack.args(["unpack-objects", "-q"]).stdin(bytes).run().success();
        }
    }
    let file = objects.join(&object[..2]).join(&object[2..]);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("the object is there");
    file
}
