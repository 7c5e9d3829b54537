//! `scripts/ci`: ready jobs that mirror a scope. Each is read from the scope's own catalog branch after an export and run
//! whole, as its host runs it: on a machine that knows nothing, with its variables, secrets and downloads.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::managers::{BUN, needs_installed};
use crate::common::servers::{Host, Hosted, served};
use crate::common::{Folder, Run, TestEnvironment, find_program};

const SCOPE: &str = "my-org.ui";
const TOKEN: &str = "t0ken-of-this-run";
const PROGRAM: &str = "https://files.example.com/bit";

fn job(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/ci").join(name)).expect("a job")
}

/// A machine that runs jobs: nobody has logged in there, and it knows no host.
struct Runner<'e> {
    env: &'e TestEnvironment,
    tools: Folder<'e>,
    work: Folder<'e>,
}

impl<'e> Runner<'e> {
    /// curl brings the program from where the team keeps it, and apt-get has nothing to do.
    fn new(env: &'e TestEnvironment) -> Self {
        let (tools, work) = (env.folder("tools"), env.folder("work"));
        let bit = TestEnvironment::binary().display();
        tools.write_program(
            "curl",
            &format!(
                "[ $# = 4 ] && [ \"$1 $2 $3\" = '-fsSL {PROGRAM} -o' ] || exit 22\n\
                 printf '#!/bin/sh\\nexec %s \"$@\"\\n' '{bit}' > \"$4\""
            ),
        );
        tools.write_program("apt-get", "case $1 in update|install) exit 0;; esac; exit 100");
        // ssh asks the system for the home of its user, which is not that of this machine.
        let ssh = find_program("ssh").expect("ssh");
        let config = tools.path().join("ssh-config");
        tools.write_program("ssh", &format!("exec {} -F '{}' \"$@\"", ssh.display(), config.display()));
        tools.write("ssh-config", format!("UserKnownHostsFile {}/.ssh/known_hosts\n", env.home().display()));
        Self { env, tools, work }
    }

    /// The steps of a job, one after the other, until one fails.
    fn run(&self, shell: &[&str], variables: &[(String, String)], script: &str) -> Run {
        let path = format!("{}:{}", self.tools.path().display(), std::env::var("PATH").unwrap_or_default());
        let run = self.work.program("env").arg(format!("PATH={path}")).args(shell).arg(script);
        variables.iter().fold(run, |run, (name, value)| run.env(name, value)).run()
    }

    fn parsed(&self, text: &str) -> Value {
        let read = "console.log(JSON.stringify(Bun.YAML.parse(await Bun.stdin.text())))";
        let bun = self.work.program(&BUN.path().to_string_lossy());
        bun.args(["-e", read]).stdin(text).run().success().json()
    }
}

/// What a job is started with.
struct Start<'s> {
    runner: &'s Runner<'s>,
    /// The job, as the catalog branch has it.
    text: String,
    /// Where the scope is, and where to.
    from: String,
    to: String,
    /// Files of the ssh host's: the key that it knows, and its line for known_hosts.
    key: PathBuf,
    hosts: PathBuf,
}

impl Start<'_> {
    fn variable(name: &str, value: impl ToString) -> (String, String) {
        (name.to_owned(), value.to_string())
    }
}

/// A host of jobs: what it does with one. `None`: it is not to run.
type Machine = fn(&Start<'_>) -> Option<Run>;

struct Kind {
    file: &'static str,
    place: &'static str,
    /// The user that its token belongs to.
    user: &'static str,
    machine: Machine,
    /// Where the report is.
    summary: Option<&'static str>,
}

/// GitHub's expressions. One that nobody here knows is none of theirs.
fn filled(text: &str, context: &[(&str, String)]) -> String {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("${{ ") {
        let (name, after) = after.split_once(" }}").expect("the end of an expression");
        let found = context.iter().find(|(known, _)| *known == name);
        filled += &format!("{before}{}", found.unwrap_or_else(|| panic!("{name} is nothing")).1);
        rest = after;
    }
    filled + rest
}

fn environment(of: &Value, context: &[(&str, String)]) -> Vec<(String, String)> {
    let set = of["env"].as_object().into_iter().flatten();
    set.map(|(name, value)| Start::variable(name, filled(value.as_str().expect("a text"), context))).collect()
}

/// GitHub Actions, and those that are made like it.
fn actions(start: &Start<'_>) -> Option<Run> {
    let told = start.runner.parsed(&start.text);
    assert_eq!(told["on"]["push"]["branches"], serde_json::json!(["**"]), "every export pushes to the catalog branch");
    let (server, repository) = start.from.rsplit_once('/').expect("a URL");
    let read = |path: &Path| fs::read_to_string(path).expect("a secret");
    let context = [
        ("github.token", TOKEN.to_owned()),
        ("secrets.GITHUB_TOKEN", TOKEN.to_owned()),
        ("github.server_url", server.to_owned()),
        ("github.repository", repository.trim_end_matches(".git").to_owned()),
        ("github.run_id", "17".to_owned()),
        ("vars.MIRROR_TO", start.to.clone()),
        ("vars.BIT_URL", PROGRAM.to_owned()),
        ("secrets.MIRROR_KEY", read(&start.key)),
        ("secrets.MIRROR_HOSTS", read(&start.hosts)),
    ];
    let job = &told["jobs"]["mirror"];
    assert_eq!(job["if"], "vars.MIRROR_TO != ''");
    if start.to.is_empty() {
        return None;
    }
    let summary = start.runner.work.path().join("summary.md");
    let always = [environment(job, &context), vec![Start::variable("GITHUB_STEP_SUMMARY", summary.display())]].concat();
    let mut last = None;
    for step in job["steps"].as_array().expect("steps") {
        let Some(script) = step["run"].as_str() else {
            assert_eq!((&step["uses"], &step["with"]["path"]), (&"actions/cache@v5".into(), &"mirror-cache".into()));
            continue;
        };
        let variables = [always.clone(), environment(step, &context)].concat();
        let run = start.runner.run(&["bash", "-e", "-c"], &variables, &filled(script, &context));
        if run.code != Some(0) {
            return Some(run);
        }
        last = Some(run);
    }
    last
}

/// GitLab puts variables into the values of others, and runs all lines in one shell. Of a variable of the kind "file"
/// some runners put the content there: what is to be a path is said in a script.
fn gitlab(start: &Start<'_>) -> Option<Run> {
    let told = start.runner.parsed(&start.text);
    let job = &told["mirror"];
    assert_eq!(job["rules"][0]["if"], "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $MIRROR_TO");
    if start.to.is_empty() {
        return None;
    }
    // A variable of the kind "file" is a path to one that the job may change.
    let own = |path: &Path, name: &str| {
        let copy = start.runner.work.path().join(name);
        fs::copy(path, &copy).expect("a file of the job");
        copy.display().to_string()
    };
    let mut variables = vec![
        Start::variable("CI_PROJECT_URL", start.from.trim_end_matches(".git")),
        Start::variable("CI_JOB_TOKEN", TOKEN),
        Start::variable("MIRROR_TO", &start.to),
        Start::variable("BIT_URL", PROGRAM),
        Start::variable("MIRROR_KEY", own(&start.key, "key.tmp")),
        Start::variable("MIRROR_HOSTS", own(&start.hosts, "hosts.tmp")),
    ];
    for (name, value) in job["variables"].as_object().expect("variables") {
        let put = |value: String, (known, is): &(String, String)| {
            let content = is.ends_with(".tmp").then(|| fs::read_to_string(is).expect("a file of the job"));
            value.replace(&format!("${known}"), content.as_ref().unwrap_or(is))
        };
        let value = variables.iter().fold(value.as_str().expect("a text").to_owned(), put);
        variables.push(Start::variable(name, value));
    }
    let lines = |key: &str| -> Vec<String> {
        let lines = job[key].as_array().expect("lines").iter();
        lines.map(|line| line.as_str().expect("a line").to_owned()).collect()
    };
    let script = [lines("before_script"), lines("script")].concat().join("\n");
    Some(start.runner.run(&["bash", "-eo", "pipefail", "-c"], &variables, &script))
}

/// Jenkins runs each `sh` in a shell of its own; what an agent needs is there.
fn jenkins(start: &Start<'_>) -> Option<Run> {
    let text: String =
        start.text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for (open, close) in [("{", "}"), ("(", ")"), ("[", "]")] {
        assert_eq!(text.matches(open).count(), text.matches(close).count(), "{open}{close}");
    }
    assert!(text.contains("pollSCM") && text.contains("credentialsId: 'mirror-key', keyFileVariable: 'MIRROR_KEY'"));
    assert!(text.contains("when { expression { env.MIRROR_TO ? true : false } }"));
    if start.to.is_empty() {
        return None;
    }
    let tools = &start.runner.tools;
    tools.write_program("bit", &format!("exec '{}' \"$@\"", TestEnvironment::binary().display()));
    let home = start.runner.env.folder("home");
    home.write(".ssh/known_hosts", fs::read(&start.hosts).expect("known hosts"));
    let set = text.split_once("withEnv([").and_then(|(_, set)| set.split_once("])")).expect("variables").0;
    let set = set.split(", ").map(|set| set.trim_matches(['"', '\'']).split_once('=').expect("a variable"));
    let mut variables: Vec<(String, String)> =
        set.map(|(name, value)| Start::variable(name, value.replace("${env.GIT_URL}", &start.from))).collect();
    variables.push(Start::variable("MIRROR_KEY", start.key.display()));
    variables.push(Start::variable("MIRROR_TO", &start.to));
    let steps = text.lines().filter_map(|line| line.trim().strip_prefix("sh '")?.strip_suffix('\''));
    let mut last = None;
    for step in steps {
        let run = start.runner.run(&["sh", "-e", "-c"], &variables, step);
        if run.code != Some(0) {
            return Some(run);
        }
        last = Some(run);
    }
    last
}

const KINDS: [Kind; 4] = [
    Kind {
        file: "github.yml",
        place: ".github/workflows/mirror.yml",
        user: "x-access-token",
        machine: actions,
        summary: Some("summary.md"),
    },
    Kind { file: "gitea.yml", place: ".gitea/workflows/mirror.yml", user: "git", machine: actions, summary: None },
    Kind {
        file: "gitlab.yml",
        place: ".gitlab-ci.yml",
        user: "gitlab-ci-token",
        machine: gitlab,
        summary: Some("mirror.md"),
    },
    Kind { file: "Jenkinsfile", place: "Jenkinsfile", user: "", machine: jenkins, summary: Some("mirror.md") },
];

#[test]
fn every_job_is_short_and_says_what_it_needs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/ci");
    let mut files: Vec<String> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let mut known = KINDS.map(|kind| kind.file.to_owned());
    files.sort();
    known.sort();
    assert_eq!(files, known);
    for kind in KINDS {
        let text = job(kind.file);
        let (lines, place) = (text.lines().count(), kind.place);
        assert!(lines <= 45, "{}: {lines} lines", kind.file);
        let first = text.lines().next().unwrap();
        assert!(first.contains(place), "{}: {first}", kind.file);
        let (says, is): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with(['#', '/']));
        // What the team has to set stands at the top; the rest is the host's own.
        let ours = |word: &&str| word.starts_with("MIRROR_") && *word != "MIRROR_FROM" || *word == "BIT_URL";
        let is = is.join("\n");
        let named = is.split(|letter: char| !letter.is_ascii_uppercase() && letter != '_').filter(ours);
        for name in named {
            let is_credential = kind.file == "Jenkinsfile" && name == "MIRROR_KEY";
            assert!(is_credential || says.join("\n").contains(name), "{}: {name}", kind.file);
        }
    }
}

/// The scope's catalog branch has the job, and its host says where something was pushed to.
fn hosting<'e>(env: &'e TestEnvironment, source: Hosted<'e>, kind: &Kind) -> (Hosted<'e>, Folder<'e>) {
    env.folder(".").bit(["scope", "create", &source.url, "--name", SCOPE]).success();
    let workspace = source.workspace(env, "ws");
    workspace.bit(["export"]).success();
    let clone = env.folder("clone");
    clone.git(["clone", "--quiet", &source.url, "."]).success();
    clone.write(kind.place, job(kind.file)).git(["add", "--all"]).success();
    clone.git(["commit", "--quiet", "-m", "a mirror"]).success();
    clone.git(["push", "--quiet"]).success();
    let queue = env.root().join("pushed");
    (source.hook("post-receive", &format!("cat >> '{}'", queue.display())), workspace)
}

/// An export, and what its host does with it.
fn export_and_run(kind: &Kind, source: &Hosted<'_>, workspace: &Folder<'_>, start: &mut Start<'_>) -> Option<Run> {
    let queue = workspace.machine().root().join("pushed");
    fs::write(&queue, "").expect("the queue");
    workspace.machine().later(60);
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "-m", "more"]).success();
    workspace.bit(["export"]).success();
    let pushed = fs::read_to_string(&queue).expect("the queue");
    assert!(pushed.lines().any(|line| line.ends_with(" refs/heads/main")), "{pushed}");
    let place = format!("refs/heads/main:{}", kind.place);
    start.text = source.folder.git(["--git-dir=.", "show", &place]).success().stdout.clone();
    (kind.machine)(start)
}

fn mirrors_on_every_export(kind: &Kind) {
    needs_installed!(BUN);
    let (env, machine) = (TestEnvironment::new(), TestEnvironment::new());
    let (http, ssh) = (served!(Host::http(&env)), served!(Host::ssh(&env)));
    if !kind.user.is_empty() {
        http.admit(kind.user, TOKEN).log_in(kind.user, TOKEN);
    }
    let user = env.folder(".").program("id").arg("-un").run().line().to_owned();
    let for_all = |url: &str| url.replace(&ssh.alias(), &format!("{user}@{}", ssh.address()));
    // Jenkins reads the scope with its key, the others with a token of the run.
    let source = if kind.user.is_empty() { ssh.repository("ui.git") } else { http.repository("ui.git") };
    let (source, workspace) = hosting(&env, source, kind);
    let to = [ssh.repository("a"), ssh.repository("b")];
    let runner = Runner::new(&machine);
    let mut start = Start {
        runner: &runner,
        text: String::new(),
        from: for_all(&source.url),
        to: to.iter().map(|to| for_all(&to.url)).collect::<Vec<_>>().join(" "),
        key: ssh.folder().path().join("user_key"),
        hosts: ssh.folder().path().join("known_hosts"),
    };
    let key = fs::read_to_string(&start.key).expect("a key");
    for _ in 0..2 {
        let run = export_and_run(kind, &source, &workspace, &mut start).expect("it is to run");
        run.success().silent_about(TOKEN).silent_about(key.lines().nth(1).expect("a key"));
        for to in &to {
            assert_eq!(source.refs(), to.refs(), "{run}");
            let job = to.folder.git(["--git-dir=.", "show", &format!("HEAD:{}", kind.place)]);
            assert_eq!(job.success().stdout, start.text);
        }
        let told = kind.summary.map(|file| runner.work.read(file));
        assert!(told.is_none_or(|told| told.contains("| my-org.ui |")), "{run}");
    }
    to[0].fsck();
    // What can't be done makes the job fail.
    start.to += &format!(" {}", for_all(&ssh.url("nowhere")));
    let run = export_and_run(kind, &source, &workspace, &mut start).expect("it is to run");
    run.fails(4).complains("nowhere");
    to.iter().for_each(|to| assert_eq!(source.refs(), to.refs()));
    // In a mirror, which has the file too, nobody said where to.
    start.to.clear();
    assert!((kind.machine)(&start).is_none());
}

#[test]
fn github_mirrors_on_every_export() {
    mirrors_on_every_export(&KINDS[0]);
}

#[test]
fn gitea_and_forgejo_mirror_on_every_export() {
    mirrors_on_every_export(&KINDS[1]);
}

#[test]
fn gitlab_mirrors_on_every_export() {
    mirrors_on_every_export(&KINDS[2]);
}

#[test]
fn jenkins_mirrors_on_every_export() {
    mirrors_on_every_export(&KINDS[3]);
}
