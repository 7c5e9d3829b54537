//! Fault injection from outside: a command is run once for every system call with which it changes something,
//! and at that call it is killed, or the call fails. strace does it, so the program needs no hooks and cannot cheat.
//!
//! How strace counts shapes the plan. `when=N` counts *per system call and per thread*: with `-f`, the first thread
//! that makes its Nth call is hit, which hides the Nth call of every other one. So the command is first watched
//! undisturbed; then every call of the main thread is hit without `-f` (strace then sees no other thread), and the
//! calls of other threads and of child processes with `-f`, where they are the first to get to their number.
//! What remains hidden is counted, and a campaign with too much of it fails; one that leaves nothing out comes to them
//! too ([`in_turn`]). `RAYON_NUM_THREADS=1` keeps file work on few threads.
//!
//! A kill is delivered on *entering* the call, which is then not made: between two changing calls the disk stays the
//! same, so calls that only read are passed over, and the last change is followed by a run that gets through.

mod in_turn;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::servers::Hosted;
use super::{Folder, Invocation, Run, TestEnvironment, find_program, has_program};

/// Every call that changes a file, a folder or what the disk is told to keep. Which of them exist depends on the machine.
pub const CHANGING: &[&str] = &[
    "open",
    "openat",
    "creat",
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "ftruncate",
    "fallocate",
    "copy_file_range",
    "sendfile",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "mkdirat",
    "chmod",
    "fchmod",
    "fchmodat",
];

/// The calls that a full disk makes fail.
pub const NEEDING_SPACE: &[&str] = &[
    "open",
    "openat",
    "creat",
    "write",
    "writev",
    "pwrite64",
    "ftruncate",
    "fallocate",
    "copy_file_range",
    "sendfile",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "mkdir",
    "mkdirat",
];

/// The calls that move or remove a file, or wait until the disk has it: between two of them nothing is seen to change.
pub const MOVING: &[&str] = &["rename", "renameat", "renameat2", "fsync", "fdatasync", "unlink", "unlinkat"];

/// Beyond this many calls of one name, a campaign takes the first, the last and some of those between.
/// `BIT_FAULTS=all` takes every one.
const AT_MOST: usize = 48;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Kill,
    /// This one call fails with the named error.
    Error(&'static str),
    /// This call and every later one of its name fail.
    ErrorFromHere(&'static str),
}

/// One call of the watched command.
#[derive(Clone, Debug)]
struct Call {
    thread: u32,
    name: String,
    /// Which call of this name by this thread, from 1.
    nth: usize,
    line: String,
}

/// Whose calls a campaign strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The command's and those of all that it starts; of many, and of those that strace can't single out, not all.
    AllThatItStarts,
    /// Each one that the command itself makes, in whichever thread. What it starts is let go.
    Itself,
}

/// How a call is singled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Aim {
    /// By its number in the main thread; strace sees no other one.
    InMain,
    /// By its number in another thread or process, which is the first to come to it.
    FirstTo,
    /// By this number over all threads.
    InTurn(usize),
}

/// Where a fault strikes.
#[derive(Clone, Debug)]
pub struct Point {
    pub name: String,
    pub nth: usize,
    aim: Aim,
    /// The call as it was seen in the undisturbed run.
    line: String,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = if self.aim == Aim::InMain { "" } else { " of another thread" };
        write!(f, "{} number {}{who}: {}", self.name, self.nth, self.line)
    }
}

/// How the command ended with the fault.
#[derive(Clone)]
pub struct Outcome {
    pub point: Point,
    pub run: Run,
    /// False where the command never came to the point.
    pub struck: bool,
}

impl Outcome {
    /// Bit itself is gone (a child process may have been killed in its place).
    pub fn is_killed(&self) -> bool {
        self.run.signal.is_some()
    }
}

/// Whether strace is here and may do its work: some containers forbid it.
pub fn can_be_injected() -> Result<(), String> {
    if !has_program("strace") {
        return Err("no strace on the path".to_owned());
    }
    let env = TestEnvironment::new();
    let run = env.folder(".").program("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).run();
    if run.code == Some(0) { Ok(()) } else { Err(format!("strace does not work here: {}", run.stderr)) }
}

/// A prepared folder, put back before every run: the same path, the same bytes and times.
pub struct Preserved<'e> {
    folder: Folder<'e>,
    kept: PathBuf,
}

impl<'e> Preserved<'e> {
    pub fn new(folder: &Folder<'e>) -> Self {
        let mut kept = folder.path().with_extension("preserved");
        while kept.exists() {
            kept.as_mut_os_string().push("+");
        }
        copy(folder, folder.path(), &kept);
        Self { folder: folder.clone(), kept }
    }

    pub fn restore(&self) -> &Folder<'e> {
        // A git whose bit was killed may still be at work there, for moments.
        let goes = || fs::remove_dir_all(self.folder.path()).is_ok();
        let waits = |_: &usize| std::thread::sleep(Duration::from_millis(20));
        assert!(
            (0..100)
                .inspect(|at| if *at > 0 {
                    waits(at)
                })
                .any(|_| goes()),
            "the disturbed folder goes"
        );
        copy(&self.folder, &self.kept, self.folder.path());
        &self.folder
    }
}

impl Drop for Preserved<'_> {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.kept).ok();
    }
}

fn copy(folder: &Folder<'_>, from: &Path, to: &Path) {
    // From the machine's root: the folder itself may be gone.
    folder.machine().folder(".").program("cp").arg("-a").arg("--").arg(from).arg(to).run().success();
}

/// A workspace with a component in it, and the scope in which that is to live: both are put back together before each
/// run.
pub fn workspace_with_scope(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace_at("one", "my-scope");
    workspace.bit(["scope", "create", "scope", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "my-org.ui", "scope"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 'blue';\n")]);
    workspace
}

/// What a command does itself, and not the gits that it starts: each file that it moves or removes, each process.
pub const OF_BIT_ITSELF: [&str; 4] = ["rename,renameat,renameat2", "fsync", "unlink,unlinkat", "clone,clone3,vfork"];

/// The first of many, then ever fewer.
const EVER_FEWER: [usize; 11] = [1, 2, 3, 4, 6, 8, 11, 15, 20, 30, 45];

/// Kill bit itself at every one of these calls, each time in the folder as it was preserved; `judge` says what must be
/// true then, and gets the moment in words. That a command has so few moments would mean that none was hit.
pub fn killed_at_each<'e>(
    preserved: &Preserved<'e>,
    command: &[&str],
    moments: usize,
    judge: impl Fn(&Folder<'e>, &str),
) {
    killed_at_calls(preserved, (command, &[]), (1.., moments), judge);
}

/// The same for a command that works in several threads: calls of whichever of them is the first to make so many, the
/// first of each, then ever fewer.
pub fn killed_at_some_in_any_thread<'e>(
    preserved: &Preserved<'e>,
    command: &[&str],
    moments: usize,
    judge: impl Fn(&Folder<'e>, &str),
) {
    // The gits that it starts are let go.
    let of_bit = (command, &["-f", "-b", "execve"][..]);
    killed_at_calls(preserved, of_bit, (EVER_FEWER.into_iter(), moments), judge);
}

fn killed_at_calls<'e>(
    preserved: &Preserved<'e>,
    of_bit: (&[&str], &[&str]),
    (numbers, moments): (impl Iterator<Item = usize> + Clone, usize),
    judge: impl Fn(&Folder<'e>, &str),
) {
    let mut killed = 0;
    for calls in OF_BIT_ITSELF {
        for number in numbers.clone() {
            let folder = preserved.restore();
            if !is_killed(folder, of_bit, calls, number) {
                break;
            }
            killed += 1;
            judge(folder, &format!("{calls} number {number}"));
        }
    }
    assert!(killed > moments, "only {killed} moments were tried");
}

/// Kill bit itself at the N-th of these calls. False where the command ended well: there are no more such calls.
pub fn killed_at(folder: &Folder<'_>, command: &[&str], calls: &str, number: usize) -> bool {
    is_killed(folder, (command, &[]), calls, number)
}

fn is_killed(folder: &Folder<'_>, (command, who): (&[&str], &[&str]), calls: &str, number: usize) -> bool {
    let (trace, inject) = (format!("trace={calls}"), format!("inject={calls}:signal=KILL:when={number}"));
    let strace = folder.program("strace").args(who).args(["-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
    let run = strace.arg(TestEnvironment::binary()).args(command).run();
    run.signal.is_some() || run.code != Some(0)
}

/// Kill bit itself at every git that it starts, in whichever thread: before that one does anything, while it goes on
/// alone, and after it has ended. Otherwise as [`killed_at_each`].
pub fn killed_around_each_git<'e>(
    preserved: &Preserved<'e>,
    command: &[&str],
    moments: usize,
    judge: impl Fn(&Folder<'e>, &str),
) {
    const MOMENTS: [(&str, &str); 3] = [
        ("before", "kill -9 $PPID; exit 1"),
        ("during", "kill -9 $PPID"),
        ("after", "\"$real\" \"$@\"; kill -9 $PPID; exit 1"),
    ];
    let mut killed = 0;
    for (when, act) in MOMENTS {
        for number in 1.. {
            let folder = preserved.restore();
            let run = with_the_nth_git(folder, number, act, command);
            if run.signal.is_none() {
                run.success();
                break;
            }
            killed += 1;
            judge(folder, &format!("{when} git number {number}"));
        }
    }
    assert!(killed > moments, "only {killed} moments were tried");
}

/// Runs bit, whose N-th git does something else first.
pub fn with_the_nth_git(folder: &Folder<'_>, number: usize, act: &str, command: &[&str]) -> Run {
    let env = folder.machine();
    let real = find_program("git").expect("git");
    let counts = tempfile::tempdir_in(env.root()).expect("a folder to count in");
    // A git that a killed bit has started may come to it when nobody counts any more.
    let count = format!(
        "nth=1; while ! mkdir '{0}'/$nth 2>/dev/null; do [ -d '{0}' ] || exit 1; nth=$((nth + 1)); done",
        counts.path().display()
    );
    let script =
        format!("real='{}'\n{count}\n[ $nth -ne {number} ] || {{ {act}; }}\nexec \"$real\" \"$@\"", real.display());
    env.program_of_user("git", &script);
    let run = folder.bit(command);
    fs::remove_file(env.home().join("bin/git")).expect("the git goes");
    run
}

/// Runs bit, and kills whichever git is about to put this ref of a scope in its place: the host's.
pub fn with_the_host_killed(folder: &Folder<'_>, scope: &Hosted<'_>, name: &str, command: &[&str]) -> Run {
    let lock = format!("{}/./{name}.lock", scope.folder.path().display());
    let strace = folder.program("strace").args(["-f", "-qq", "-o", "/dev/null", "-P", &lock]);
    let strace = strace.args(["-e", "trace=rename", "-e", "inject=rename:signal=KILL", "--"]);
    strace.arg(TestEnvironment::binary()).args(command).run()
}

/// What a command does itself that a full disk makes fail.
pub const OF_BIT_NEEDING_SPACE: [&str; 5] =
    ["rename,renameat,renameat2", "fsync,fdatasync,syncfs", "mkdir,mkdirat", "write,pwrite64", "openat"];

/// Let these calls of bit itself fail as on a full disk, the first of each, then ever fewer: the first failure ends most
/// runs. Each time in the folder as it was preserved; `judge` sees it afterwards, and gets the moment in words. A
/// failure must be told, and by no panic. That a command has so few moments would mean that none was hit.
pub fn full_at_some<'e>(
    preserved: &Preserved<'e>,
    command: &[&str],
    moments: usize,
    judge: impl Fn(&Folder<'e>, &str),
) {
    let mut struck = 0;
    for calls in OF_BIT_NEEDING_SPACE {
        for number in EVER_FEWER {
            let folder = preserved.restore();
            let log = log_file(folder);
            let inject = format!("inject={calls}:error=ENOSPC:when={number}");
            let strace = folder.program("strace").args(["-qq", "-o"]).arg(&log).args(["-e", &format!("trace={calls}")]);
            let run = strace.args(["-e", &inject, "--"]).arg(TestEnvironment::binary()).args(command).run();
            if !fs::read_to_string(log).expect("strace's log").contains("(INJECTED)") {
                break;
            }
            struck += 1;
            run.silent_about("panicked");
            assert!(matches!(run.code, Some(0 | 1)), "{calls} {number}\n{run}");
            if run.code == Some(1) {
                run.fails(1);
            }
            judge(folder, &format!("{calls} number {number}"));
        }
    }
    assert!(struck > moments, "only {struck} moments were tried");
}

/// Kill the command at every call with which it changes something. `check` sees the folder after each.
pub fn kill_everywhere(folder: &Folder<'_>, command: &[&str], check: impl Fn(&Folder<'_>, &Outcome)) {
    Campaign::of_bit(Fault::Kill, CHANGING, command).run(folder, |folder, outcome| {
        assert!(
            !outcome.struck || outcome.point.aim != Aim::InMain || outcome.is_killed(),
            "it outlived the kill\n{}",
            outcome.run
        );
        check(folder, outcome);
    });
}

/// Kill bit itself at every one of these calls, in each of its threads, and let the gits go on that it started. None is
/// left out: the campaign fails where it could not be come to. Returns how many there are.
pub fn kill_itself_at_every(
    calls: &[&str],
    folder: &Folder<'_>,
    command: &[&str],
    check: impl Fn(&Folder<'_>, &Outcome),
) -> usize {
    let campaign = Campaign { reach: Reach::Itself, ..Campaign::of_bit(Fault::Kill, calls, command) };
    campaign.run(folder, |folder, outcome| {
        assert!(outcome.is_killed(), "it outlived the kill\n{}", outcome.run);
        check(folder, outcome);
    })
}

/// Let each of the named calls fail, one run a call. A failure must be told, and by no panic.
pub fn fail_everywhere(
    fault: Fault,
    calls: &[&str],
    folder: &Folder<'_>,
    command: &[&str],
    check: impl Fn(&Folder<'_>, &Outcome),
) {
    Campaign::of_bit(fault, calls, command).run(folder, |folder, outcome| {
        let run = &outcome.run;
        assert!(matches!(run.code, Some(0 | 1)), "neither done nor refused\n{run}");
        run.silent_about("panicked");
        if run.code == Some(1) {
            run.fails(1);
        }
        check(folder, outcome);
    });
}

/// One kind of fault at every place in one command.
struct Campaign {
    fault: Fault,
    reach: Reach,
    /// The calls at which it strikes.
    calls: Vec<String>,
    program: PathBuf,
    arguments: Vec<String>,
}

impl Campaign {
    fn of_bit(fault: Fault, calls: &[&str], arguments: &[&str]) -> Self {
        Self::of(TestEnvironment::binary(), fault, calls, arguments)
    }

    fn of(program: &Path, fault: Fault, calls: &[&str], arguments: &[&str]) -> Self {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let reach = Reach::AllThatItStarts;
        Self { fault, reach, calls: owned(calls), program: program.to_owned(), arguments: owned(arguments) }
    }

    /// How many points there were.
    fn run(&self, folder: &Folder<'_>, check: impl Fn(&Folder<'_>, &Outcome)) -> usize {
        let preserved = Preserved::new(folder);
        let plan = Plan::new(&self.watch(preserved.restore()), self.fault, self.reach);
        let hidden = plan.hidden.len();
        assert!(hidden * 10 <= plan.points.len(), "{hidden} calls are hidden from strace: {:#?}", plan.hidden);

        let mut failures = Vec::new();
        let mut missed = 0;
        for point in &plan.points {
            let outcome = self.strike(&preserved, point.clone());
            missed += usize::from(!outcome.struck);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(folder, &outcome))) {
                failures.push(format!("{:?} at {point}\n    {}", self.fault, message(panic).replace('\n', "\n    ")));
            }
        }
        for (name, last) in &plan.last {
            self.gets_through(&preserved, name, *last);
        }
        preserved.restore();

        let struck = plan.points.len() - missed;
        eprintln!(
            "{}: {:?} at {struck} of {} points ({} thinned out, {hidden} hidden)",
            self.arguments.join(" "),
            self.fault,
            plan.points.len(),
            plan.thinned
        );
        assert!(struck > 0, "the command changes nothing, or strace sees nothing");
        let may_be_missed = if self.reach == Reach::Itself { 0 } else { plan.points.len() / 20 };
        assert!(missed <= may_be_missed, "{missed} of {} points were never come to", plan.points.len());
        let failed = failures.len();
        assert!(failures.is_empty(), "{failed} of {struck} faults are not survived:\n\n{}", failures.join("\n\n"));
        plan.points.len()
    }

    /// Beyond the last call that was seen, the command ends by itself: nothing was left out at the end.
    fn gets_through(&self, preserved: &Preserved<'_>, name: &str, last: usize) {
        // A run may make a few calls more than the one that was watched (another number of retries, say).
        for nth in last + 1..=last + 8 {
            let point = Point { name: name.to_owned(), nth, aim: Aim::InMain, line: "beyond the last".to_owned() };
            let outcome = self.strike(preserved, point);
            if !outcome.struck {
                outcome.run.success();
                return;
            }
        }
        panic!("{name}: there is always one more");
    }

    /// Run the command undisturbed and note every call of the set.
    fn watch(&self, folder: &Folder<'_>) -> Vec<Call> {
        let log = log_file(folder);
        // A question mark: no fault if this machine has no such call.
        let set = self.calls.iter().map(|name| format!(",?{name}")).collect::<String>();
        let trace = format!("trace=execve{set}");
        let flags = self.following().iter().copied().chain(["-s", "80", "-e", &trace]);
        self.strace(folder, &log, flags).run().success();
        parse(&fs::read_to_string(log).expect("strace's log"))
    }

    /// How strace sees more than the main thread.
    fn following(&self) -> &'static [&'static str] {
        match self.reach {
            Reach::AllThatItStarts => &["-f"],
            Reach::Itself => &["-f", "-b", "execve"],
        }
    }

    /// Run the command with the fault at the point.
    fn strike(&self, preserved: &Preserved<'_>, point: Point) -> Outcome {
        if let Aim::InTurn(number) = point.aim {
            return self.kill_in_turn(preserved, point, number);
        }
        let folder = preserved.restore();
        let log = log_file(folder);
        let Point { name, nth, aim, .. } = &point;
        let injection = match self.fault {
            Fault::Kill => format!("inject={name}:signal=KILL:when={nth}"),
            Fault::Error(error) => format!("inject={name}:error={error}:when={nth}"),
            Fault::ErrorFromHere(error) => format!("inject={name}:error={error}:when={nth}+"),
        };
        let trace = format!("trace={name}");
        let following = if *aim == Aim::InMain { &[] } else { self.following() };
        let flags = following.iter().copied().chain(["-e", &trace, "-e", &injection]);
        let run = self.strace(folder, &log, flags).run();
        let told = fs::read_to_string(log).expect("strace's log");
        let struck = told.contains("(INJECTED)") || told.contains("killed by SIGKILL");
        Outcome { point, run, struck }
    }

    fn kill_in_turn(&self, preserved: &Preserved<'_>, point: Point, number: usize) -> Outcome {
        assert_eq!(self.fault, Fault::Kill, "strace has no other fault for a call that it can't single out");
        let attempt = |pause: Duration| {
            let folder = preserved.restore();
            let log = log_file(folder);
            let trace = format!("trace={}", point.name);
            let held_up = format!("inject={}:delay_enter={}", point.name, pause.as_micros());
            let flags = self.following().iter().copied().chain(["-e", &trace, "-e", &held_up]);
            let (run, struck) = in_turn::killed_in_turn(self.strace(folder, &log, flags), &log, number);
            Outcome { point: point.clone(), run, struck }
        };
        let [short, longer, longest] = in_turn::PAUSES;
        let in_time = [short, longer].into_iter().map(&attempt).find(|outcome| outcome.struck);
        in_time.unwrap_or_else(|| attempt(longest))
    }

    fn strace<'a>(&self, folder: &Folder<'_>, log: &Path, flags: impl IntoIterator<Item = &'a str>) -> Invocation {
        let strace = folder.program("strace").env("RAYON_NUM_THREADS", "1");
        strace.args(["-qq", "-o"]).arg(log).args(flags).arg("--").arg(&self.program).args(&self.arguments)
    }
}

fn message(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast_ref::<&str>().map_or_else(|| "no message".to_owned(), |text| (*text).to_owned()),
    }
}

/// Which calls to hit, worked out from an undisturbed run.
struct Plan {
    points: Vec<Point>,
    hidden: Vec<String>,
    thinned: usize,
    /// The number of the main thread's last call, by name.
    last: BTreeMap<String, usize>,
}

impl Plan {
    fn new(calls: &[Call], fault: Fault, reach: Reach) -> Self {
        // The program's own execve comes first of all.
        let main = calls.first().map_or(0, |call| call.thread);
        let mut points: BTreeMap<(Aim, String), Vec<Point>> = BTreeMap::new();
        let mut last = BTreeMap::new();
        let mut first_to = BTreeSet::new();
        let mut so_far: HashMap<&str, usize> = HashMap::new();
        let mut hidden = Vec::new();
        for call in calls.iter().filter(|call| call.name != "execve") {
            let in_turn = so_far.entry(&call.name).or_default();
            *in_turn += 1;
            let is_first = first_to.insert((call.name.clone(), call.nth));
            let is_main = call.thread == main;
            if is_main {
                last.insert(call.name.clone(), call.nth);
            }
            // What another process says, it says to us by a pipe.
            if !changes(call, fault) || (!is_main && is_speech(call)) {
                continue;
            }
            let aim = match (is_main, is_first) {
                (true, _) => Aim::InMain,
                (false, true) => Aim::FirstTo,
                (false, false) => Aim::InTurn(*in_turn),
            };
            let point = Point { name: call.name.clone(), nth: call.nth, aim, line: call.line.clone() };
            if matches!(aim, Aim::InTurn(_)) && reach != Reach::Itself {
                hidden.push(point.line);
                continue;
            }
            points.entry((aim, call.name.clone())).or_default().push(point);
        }
        let all = points.values().map(Vec::len).sum::<usize>();
        let chosen = if reach == Reach::Itself { |all| all } else { thin_out };
        let points = points.into_values().flat_map(chosen).collect::<Vec<_>>();
        let thinned = all - points.len();
        Self { points, hidden, thinned, last }
    }
}

/// The first and the last of many, and some between at a growing distance.
fn thin_out(points: Vec<Point>) -> Vec<Point> {
    if points.len() <= AT_MOST || std::env::var("BIT_FAULTS").is_ok_and(|which| which == "all") {
        return points;
    }
    let edge = AT_MOST / 3;
    let between = points.len() - 2 * edge;
    let step = between.div_ceil(edge);
    let is_kept = |index: usize| index < edge || index >= edge + between || (index - edge).is_multiple_of(step);
    points.into_iter().enumerate().filter(|(index, _)| is_kept(*index)).map(|(_, point)| point).collect()
}

/// Whether a call changes something, as opposed to opening a file for reading or talking to the terminal.
fn changes(call: &Call, fault: Fault) -> bool {
    let arguments = call.line.split_once('(').map_or("", |(_, rest)| rest);
    match call.name.as_str() {
        "open" | "openat" if arguments.contains("\"/dev/") => false,
        "open" | "openat" => ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|flag| arguments.contains(flag)),
        // A kill at the last words is one more moment; a terminal that takes none is another story.
        "write" | "writev" => fault == Fault::Kill || !is_speech(call),
        _ => true,
    }
}

/// Whether a call writes to standard output or standard error.
fn is_speech(call: &Call) -> bool {
    ["write(1,", "write(2,", "writev(1,", "writev(2,"].iter().any(|start| call.line.starts_with(start))
}

fn parse(log: &str) -> Vec<Call> {
    let mut counts: HashMap<(u32, String), usize> = HashMap::new();
    let started = log.lines().filter_map(|line| {
        let (thread, call) = line.split_once(char::is_whitespace)?;
        let call = call.trim_start();
        // Resumed calls, signals and exits begin with other characters.
        let (name, _) =
            call.split_once('(').filter(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'))?;
        let thread = thread.parse().ok()?;
        let nth = counts.entry((thread, name.to_owned())).or_default();
        *nth += 1;
        Some(Call { thread, name: name.to_owned(), nth: *nth, line: call.to_owned() })
    });
    started.collect()
}

fn log_file(folder: &Folder<'_>) -> PathBuf {
    folder.path().with_extension("strace")
}

#[cfg(test)]
mod tests {
    use super::super::skip;
    use super::*;

    const LOG: &str = "\
10 execve(\"/bin/bit\", [\"bit\"], 0x7f /* 9 vars */) = 0
10 openat(AT_FDCWD, \"/lib/libc.so\", O_RDONLY|O_CLOEXEC) = 3
10 mkdir(\"a\", 0755)                 = 0
11 mkdir(\"b\", 0755 <unfinished ...>
10 write(1, \"words\", 5)             = 5
11 <... mkdir resumed>)               = 0
11 mkdir(\"c\", 0755)                 = 0
10 openat(AT_FDCWD, \"d\", O_WRONLY|O_CREAT, 0666) = 3
11 +++ exited with 0 +++
10 +++ exited with 0 +++
";

    fn points(fault: Fault) -> Vec<String> {
        let points = Plan::new(&parse(LOG), fault, Reach::AllThatItStarts).points;
        points.iter().map(|point| format!("{} {} {:?}", point.name, point.nth, point.aim)).collect()
    }

    #[test]
    fn a_plan_hits_every_changing_call_once() {
        assert_eq!(points(Fault::Kill), ["mkdir 1 InMain", "openat 2 InMain", "write 1 InMain", "mkdir 2 FirstTo"]);
    }

    #[test]
    fn no_error_is_injected_into_last_words() {
        assert_eq!(points(Fault::Error("EIO")), ["mkdir 1 InMain", "openat 2 InMain", "mkdir 2 FirstTo"]);
    }

    #[test]
    fn calls_that_strace_cannot_reach_are_named() {
        let plan = Plan::new(&parse(LOG), Fault::Kill, Reach::AllThatItStarts);
        assert_eq!(plan.hidden, ["mkdir(\"b\", 0755 <unfinished ...>"]);
    }

    #[test]
    fn a_plan_that_leaves_nothing_out_comes_to_them_by_their_turn() {
        let plan = Plan::new(&parse(LOG), Fault::Kill, Reach::Itself);
        assert!(plan.hidden.is_empty());
        let in_turn: Vec<&Point> = plan.points.iter().filter(|point| point.aim == Aim::InTurn(2)).collect();
        assert!(matches!(in_turn[..], [Point { name, nth: 1, .. }] if name == "mkdir"), "{in_turn:?}");
    }

    /// A file that is replaced by renaming is whole at every moment; one that is written twice is not.
    #[test]
    fn a_campaign_tells_the_careful_from_the_careless() {
        if let Err(reason) = can_be_injected() {
            skip!("{reason}");
        }
        let env = TestEnvironment::new();
        let folder = env.folder("here");
        folder.write("file", "old");
        let is_whole = |script: &str, fault, calls: &[&str]| {
            let campaign = Campaign::of(Path::new("sh"), fault, calls, &["-ec", script]);
            let check = |folder: &Folder<'_>, outcome: &Outcome| {
                assert!(outcome.struck);
                assert!(["old", "new"].contains(&folder.read("file").as_str()));
            };
            catch_unwind(AssertUnwindSafe(|| campaign.run(&folder, check))).is_ok()
        };
        let careful = "printf new > other; mv other file";
        let careless = "printf n > file; printf ew >> file";
        assert!(is_whole(careful, Fault::Kill, CHANGING));
        assert!(is_whole(careful, Fault::Error("ENOSPC"), NEEDING_SPACE));
        assert!(!is_whole(careless, Fault::Kill, CHANGING));
        assert!(!is_whole(careless, Fault::Error("ENOSPC"), NEEDING_SPACE));
        assert_eq!(folder.listing(&[]), ["file"], "the folder is put back");
    }

    #[test]
    fn thinning_keeps_both_ends() {
        let point = |nth| Point { name: "write".into(), nth, aim: Aim::InMain, line: String::new() };
        let kept = thin_out((1..=1000).map(point).collect());
        assert!(kept.len() <= AT_MOST);
        assert_eq!((kept[0].nth, kept[kept.len() - 1].nth), (1, 1000));
    }
}
