//! `bit login`, `bit logout` and BIT_TOKEN: passwords go to their host, to git's helpers, and nowhere else.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::common::servers::{Host, Hosted, base64, encoded, served};
use crate::common::{Folder, Invocation, Run, TestEnvironment, has_program, needs, skip};

/// It looks different in a URL, in a shell, in JSON and in nginx's file.
const TOKEN: &str = "p@ss/w%rd:&?#\"'+ü";

/// Every form in which it may be repeated.
fn forms() -> Vec<String> {
    let escaped = serde_json::to_string(TOKEN).unwrap();
    let percent = encoded(TOKEN);
    let lower = percent.split('%').enumerate().map(|(at, part)| match at {
        0 => part.to_owned(),
        _ => format!("%{}{}", part[..2].to_lowercase(), &part[2..]),
    });
    let mut forms = vec![TOKEN.to_owned(), encoded(TOKEN), lower.collect(), escaped.trim_matches('"').to_owned()];
    forms.extend(["", "ada:", "git:", "x:"].map(|user| base64(format!("{user}{TOKEN}").as_bytes())));
    forms
}

#[track_caller]
fn is_silent(run: &Run) {
    for form in forms() {
        run.silent_about(&form);
    }
}

/// Files below a folder that hold the token in any form.
fn holding(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(holding(&entry.path()));
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).unwrap();
            let holds = |form: &String| bytes.windows(form.len()).any(|window| window == form.as_bytes());
            found.extend(forms().iter().any(holds).then(|| entry.path()));
        }
    }
    found
}

/// The person has git's helper that keeps passwords in a file.
fn with_store(env: &TestEnvironment) -> PathBuf {
    let file = env.home().join("kept");
    env.git_config("credential.helper", &format!("store --file={}", file.display()));
    file
}

fn log_in<'e>(folder: &Folder<'e>, place: &str, token: &str) -> Invocation {
    folder.invocation().args(["login", place, "--token-stdin"]).stdin(token)
}

fn in_ci(folder: &Folder<'_>, host: &str) -> Invocation {
    folder.invocation().env("BIT_TOKEN", TOKEN).env("BIT_TOKEN_HOST", host)
}

fn create(scope: &Hosted<'_>) -> [String; 5] {
    ["scope", "create", &scope.url, "--name", "my-org.ui"].map(str::to_owned)
}

/// Everything that dials, with nothing but what the environment says.
fn publishes(env: &TestEnvironment, scope: &Hosted<'_>, run: impl Fn(&Folder<'_>, &[&str]) -> Run) {
    run(&env.folder("."), &["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let workspace = env.git_workspace_at("ws", "my-org.ui");
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    let exported = run(&workspace, &["export"]);
    exported.success().says("exported components (1)");
    is_silent(&exported);
    scope.fsck();
}

// ---- bit login and logout ----

#[test]
fn a_password_is_tried_remembered_and_forgotten() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.admit("ada", TOKEN).repository("s");
    let (kept, folder) = (with_store(&env), env.folder("."));
    let run = log_in(&folder, &scope.url, &format!("{TOKEN}\n")).args(["--username", "ada"]).run();
    run.success().says("logged in").says(" as ada").complains("in plain text");
    is_silent(&run);
    assert_eq!(holding(&env.root()), [kept.canonicalize().unwrap()]);

    publishes(&env, &scope, |folder, arguments| folder.bit(arguments));
    // The user that the helper knows is asked for again.
    let again = log_in(&folder, &scope.url, TOKEN).arg("--json").run();
    assert_eq!(again.success().json()["user"], "ada");
    assert_eq!(again.json()["stored"], true);

    // The helper may know somebody else too, and answer with them.
    let other = format!("http://eve:x@{}\n", host.address().replace(':', "%3a"));
    fs::write(&kept, format!("{other}{}", fs::read_to_string(&kept).unwrap())).unwrap();
    let workspace = env.folder("ws");
    workspace.bit(["logout", "--username", "eve"]).success().says("logged out").says(": eve");
    let out = workspace.bit(["logout"]);
    out.success().says("logged out").says(": ada");
    assert_eq!(holding(&env.root()), [""; 0].map(PathBuf::from));
    workspace.bit(["logout", "my-org.ui"]).success().says("nobody was logged in");
    assert_eq!(workspace.bit(["logout", "--json"]).json()["users"], serde_json::json!([]));
    workspace.append("theme/index.js", "// two\n").bit(["tag", "-m", "second"]).success();
    workspace.bit(["export"]).fails(1).complains(&format!("bit login {}", scope.url)).complains("BIT_TOKEN");
}

#[test]
fn a_wrong_password_is_not_stored_whatever_a_helper_knows() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.repository("s");
    let (kept, folder) = (with_store(&env), env.folder("."));
    for known in [false, true] {
        if known {
            log_in(&folder, &scope.url, host.password()).args(["--username", host.user()]).run().success();
        }
        let before = fs::read(&kept).ok();
        let run = log_in(&folder, &scope.url, TOKEN).args(["--username", host.user()]).run();
        run.fails(1).complains("does not take this password for the user ada; nothing was stored").complains("hint");
        is_silent(&run);
        log_in(&folder, &scope.url, "\n").run().fails(1).complains("no password or token was given");
        assert_eq!(fs::read(&kept).ok(), before);
    }
    // The URL's user, and without any the usual one.
    let named = scope.url.replace("http://", "http://eve@");
    log_in(&folder, &named, TOKEN).run().fails(1).complains("for the user eve");
    folder.bit(["logout", &scope.url]).success();
    log_in(&folder, &scope.url, TOKEN).run().fails(1).complains("for the user git");
    env.git_config("credential.username", "bob");
    log_in(&folder, &scope.url, TOKEN).run().fails(1).complains("for the user bob");
    log_in(&folder, &scope.url, host.password()).args(["--username", host.user()]).run().success();
}

#[test]
fn without_a_helper_or_a_terminal_it_says_so_at_once() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let (scope, folder) = (host.repository("s"), env.folder("."));
    let none = folder.bit(["login", &scope.url]);
    none.fails(1).complains("no credential helper").complains("cache").complains("store").complains("plain text");
    none.complains("libsecret").complains("osxkeychain").complains("manager").complains("BIT_TOKEN");
    env.git_config("credential.helper", "cache")
        .git_config(&format!("credential.http://{}.helper", host.address()), "");
    folder.bit(["login", &scope.url]).fails(1).complains("no credential helper");
    env.git_config(&format!("credential.http://{}.helper", host.address()), "store");
    folder.bit(["login", &scope.url]).fails(1).complains("--token-stdin").complains("BIT_TOKEN_HOST");
    folder.bit(["login", &scope.url, "--username", ""]).fails(2).complains("user name");
    let wrong = folder.bit(["login", &host.url("nowhere")]);
    wrong.fails(1).complains("--token-stdin");
}

#[test]
fn a_helper_that_keeps_or_forgets_nothing_is_named() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let (scope, folder) = (host.repository("s"), env.folder("."));
    for helper in ["!true", "no-such-helper"] {
        env.git_config("credential.helper", helper);
        let run = log_in(&folder, &scope.url, host.password()).args(["--username", host.user()]).run();
        run.fails(1).complains(helper).complains("did not keep it").silent_about(host.password());
    }
    let reader = "!f() { test $1 = get && echo username=eve && echo password=x; }; f";
    env.git_config("credential.helper", reader);
    folder.bit(["logout", &scope.url]).fails(1).complains("did not forget the password of eve");
    // One that comes first, and knows somebody else.
    let other = "!f() { test $1 = get && ! grep -q ^username= && echo username=eve && echo password=x; }; f";
    env.git_config("credential.helper", other);
    let store = format!("store --file={}", env.home().join("kept").display());
    folder.git(["config", "--global", "--add", "credential.helper", &store]).success();
    let run = log_in(&folder, &scope.url, host.password()).args(["--username", host.user()]).run();
    run.success().says(" as ada").complains("git takes the password of eve for this URL first");
}

#[test]
fn where_everybody_may_read_a_password_is_tried_by_pushing() {
    let env = TestEnvironment::new();
    let host = served!(Host::public_http(&env));
    let scope = host.admit("ada", TOKEN).repository("s");
    let (kept, folder) = (with_store(&env), env.folder("."));
    let login = |token: &str| log_in(&folder, &scope.url, token).args(["--username", "ada"]).run();
    login("wrong").fails(1).complains("nothing was stored");
    assert!(!kept.exists());
    login(TOKEN).success().says("logged in");
    assert!(scope.refs().is_empty());
    publishes(&env, &scope, |folder, arguments| folder.bit(arguments));
}

#[test]
fn two_users_and_paths_are_told_apart_as_git_does() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let (one, two, folder) = (host.repository("one"), host.repository("two"), env.folder("."));
    let kept = with_store(&env);
    env.git_config("credential.useHttpPath", "true");
    host.admit("ada", TOKEN);
    log_in(&folder, &one.url, TOKEN).args(["--username", "ada"]).run().success();
    assert!(fs::read_to_string(&kept).unwrap().trim_end().ends_with("/one"));
    folder.bit(["logout", &two.url]).success().says("nobody was logged in");
    // A URL may name its user.
    let named = two.url.replace("http://", "http://ada@");
    log_in(&folder, &named, TOKEN).run().success();
    folder.bit(["logout", &one.url, "--username", "eve"]).success().says("nobody was logged in");
    folder.bit(["logout", &one.url]).success().says("logged out");
    folder.bit(["logout", &named]).success().says("logged out");
    assert_eq!(fs::read_to_string(&kept).unwrap(), "");
}

#[test]
fn where_no_password_counts_it_says_what_does() {
    let env = TestEnvironment::new();
    let folder = env.folder(".");
    let path = Host::path(&env).repository("s");
    folder.bit(["login", &path.url]).success().says("nothing to log in to").says("is a folder");
    folder.bit(["logout", &path.url]).success().says("nothing to log out of").says("is a folder");
    folder.bit(["login", "./nowhere"]).fails(1).complains("no repository");
    let mut daemon = Host::daemon(&env);
    let scope = daemon.repository("s");
    folder.bit(["login", &scope.url]).success().says("asks nobody who they are");
    daemon.stop();
    folder.bit(["login", &scope.url]).fails(1).complains("Connection refused");
    folder.bit(["login", "http://127.0.0.1:1/x"]).fails(1).complains("can't be reached");
    folder.bit(["login", "https://ada:s3cret@example.com/x"]).fails(1).complains("bit login").silent_about("s3cret");
}

#[test]
fn at_an_ssh_host_keys_count() {
    let env = TestEnvironment::new();
    let host = served!(Host::ssh(&env));
    let (scope, folder) = (host.repository("s"), env.folder("."));
    folder.bit(["login", &scope.url]).success().says("your ssh keys count");
    let strange = scope.url.replace(&host.alias(), &host.alias_of_a_stranger());
    folder.bit(["login", &strange]).fails(1).complains("ssh-add").silent_about("bit login");
}

#[test]
fn without_a_word_the_scope_is_found_by_the_remotes() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (ui, base) = (host.repository("ui"), host.repository("base"));
    let (outside, workspace) = (env.folder("outside"), env.workspace_at("ws", "my-org.ui"));
    outside.bit(["login"]).fails(1).complains("which scope").complains("bit login <url>");
    outside.bit(["remote", "add", "--global", "my-org.base", &base.url]).success();
    for folder in [&outside, &workspace] {
        folder.bit(["login"]).success().says("/base is a folder");
        folder.bit(["login", "my-org.base"]).success().says("/base is a folder");
    }
    workspace.bit(["remote", "add", "my-org.ui", &ui.url]).success();
    workspace.bit(["login"]).success().says("/ui is a folder");
    outside.bit(["remote", "add", "--global", "my-org.more", &base.url]).success();
    outside.bit(["login"]).fails(1).complains("name one of my-org.base, my-org.more");
    outside.bit(["login", "my-org.ui"]).fails(1).complains("nobody has said where the scope my-org.ui is");
}

#[test]
fn a_person_is_asked_and_nothing_is_shown() {
    needs!("script");
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.admit("ada", TOKEN).repository("s");
    let (kept, folder) = (with_store(&env), env.folder("."));
    let at_terminal = |keys: &str| {
        // Keys are pressed when the question stands there.
        let session = "rm -f keys out; mkfifo keys; script -qefc \"$BIT login --username ada $URL\" out < keys > shown & exec 3> keys
            for i in $(seq 600); do grep -q 'password or token of ada' out && break; sleep 0.05; done
            printf \"$KEYS\" >&3; wait $!";
        let session = folder.program("sh").args(["-c", session]).env("BIT", TestEnvironment::binary());
        session.env("URL", &scope.url).env("KEYS", keys.replace('%', "%%")).run()
    };
    assert_eq!(at_terminal("wrong\\r").code, Some(1));
    assert!(folder.read("shown").contains("does not take this password") && !folder.read("shown").contains("wrong"));
    assert_eq!(at_terminal("\\003").code, Some(1));
    assert!(folder.read("shown").contains("no password or token was given"));
    assert!(!kept.exists());
    at_terminal(&format!("x\\177{TOKEN}\\r")).success();
    assert!(folder.read("shown").contains("logged in"));
    assert_eq!(holding(&env.root()), [kept.canonicalize().unwrap()]);
}

/// git asks by itself where nobody remembers a password: what it asks must not be drawn over.
#[test]
fn what_git_asks_stays_on_the_screen() {
    needs!("script");
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.admit("ada", TOKEN).repository("s");
    let folder = env.folder(".");
    let create = in_ci(&folder, &host.address()).env("BIT_USERNAME", "ada");
    create.args(["scope", "create", &scope.url, "--name", "my-org.ui"]).run().success();
    // Who types thinks for longer than a bar waits.
    let session = "rm -f keys out; mkfifo keys; script -qefc \"$BIT list $URL\" out < keys > shown & exec 3> keys
        until_there() { for i in $(seq 600); do grep -q \"$1\" out && break; sleep 0.05; done; sleep 1.2; }
        until_there 'Username for'; printf 'ada\\r' >&3; until_there 'Password for'; printf \"$KEYS\" >&3; wait $!";
    let session = folder.program("sh").args(["-c", session]).env("BIT", TestEnvironment::binary());
    let session = session.env("URL", &scope.url).env("TERM", "xterm").without_env("GIT_TERMINAL_PROMPT");
    session.env("KEYS", format!("{TOKEN}\\r").replace('%', "%%")).run().success();
    let shown = folder.read("shown");
    let place = |text: &str| shown.find(text).unwrap_or_else(|| panic!("no {text:?} in {shown:?}"));
    assert!(place("Password for") < place("found 0 components"), "{shown:?}");
    // What begins before the question was there, and what comes before it is answered.
    let asked: Vec<&str> = shown.split('\n').take(2).collect();
    let is_question = |line: &&str, what: &str| line.starts_with(what) && !line.contains(['\u{1b}', '⠁', '⠋']);
    assert!(is_question(&asked[0], "Username for") && is_question(&asked[1], "Password for"), "{shown:?}");
}

// ---- BIT_TOKEN ----

#[test]
fn a_token_of_the_environment_serves_every_command_and_stays_there() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.admit("ada", TOKEN).repository("s");
    // What a helper knows is wrong, and it must not learn.
    let kept = with_store(&env);
    let before = format!("http://ada:old@127.0.0.1%3a{}\n", host.address().rsplit_once(':').unwrap().1);
    fs::write(&kept, &before).unwrap();
    publishes(&env, &scope, |folder, arguments| {
        in_ci(folder, &host.address()).env("BIT_USERNAME", "ada").args(arguments).run()
    });
    assert_eq!(fs::read_to_string(&kept).unwrap(), before);
    assert_eq!(holding(&env.root()), [""; 0].map(PathBuf::from));
}

/// They are somebody else's programs, and run on this machine.
#[test]
fn hooks_of_a_folder_see_no_token() {
    let env = TestEnvironment::new();
    let seen = env.root().join("seen");
    let scope = Host::path(&env).repository("s");
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let scope = scope.hook("post-receive", &format!("env >> '{}'", seen.display()));
    for host in ["example.com", "127.0.0.1"] {
        let workspace = env.git_workspace_at(&format!("ws-{host}"), "my-org.ui");
        workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
        workspace.component(&format!("c{}", host.len()), &[("index.js", "module.exports = 1;\n")]);
        for message in ["one", "two"] {
            // The first goes another way than those after it.
            workspace.bit(["tag", "--unmodified", "-m", message]).success();
            in_ci(&workspace, host).env("BIT_USERNAME", "ada-of-ci").arg("export").run().success();
        }
    }
    let seen = fs::read_to_string(seen).unwrap();
    assert_eq!(seen.lines().filter(|line| line.starts_with("PATH=")).count(), 4);
    assert!(!seen.contains(TOKEN) && !seen.contains("ada-of-ci"), "{seen}");
}

#[test]
fn arguments_never_hold_a_token() {
    if !has_program("strace") {
        skip!("no strace on this machine");
    }
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.admit("ada", TOKEN).repository("s");
    with_store(&env);
    let folder = env.folder(".");
    let traced = |folder: &Folder<'_>, name: &str| {
        let options = ["-f", "-qq", "-s", "100000", "-e", "trace=execve", "-o"];
        folder.program("strace").args(options).arg(env.root().join(name)).arg(TestEnvironment::binary())
    };
    let ci = |folder: &Folder<'_>, name: &str, arguments: &[&str]| {
        let ci = traced(folder, name).args(arguments).env("BIT_TOKEN", TOKEN).env("BIT_USERNAME", "ada");
        ci.env("BIT_TOKEN_HOST", host.address()).run()
    };
    ci(&folder, "create", &create(&scope).each_ref().map(String::as_str)).success();
    let workspace = scope.workspace(&env, "ws");
    ci(&workspace, "export", &["export"]).success();
    let other = env.git_workspace_at("other", "my-org.ui");
    other.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    ci(&other, "fetch", &["fetch", "my-org.ui"]).success();
    ci(&other, "import", &["import", "my-org.ui/button"]).success();
    let login = traced(&folder, "login").args(["login", &scope.url, "--username", "ada", "--token-stdin"]);
    login.stdin(TOKEN).run().success();
    let dialled = [("create", "ls-remote"), ("export", "push"), ("fetch", "fetch"), ("import", "fetch")];
    for (name, git) in dialled.into_iter().chain([("login", "ls-remote")]) {
        let trace = folder.read(name);
        assert!(trace.contains(&format!("\"{git}\"")) && trace.contains("Password for"), "{name}: {trace}");
        forms().iter().for_each(|form| assert!(!trace.contains(form), "{trace}"));
        // As strace writes a quote and what is no ASCII.
        assert!(!trace.contains("p@ss") && !trace.contains("p%40ss"), "{trace}");
    }
}

#[test]
fn the_users_name_is_the_variables_else_the_urls_else_git() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let (scope, folder) = (host.repository("s"), env.folder("."));
    let ask = |user: Option<&str>, url: &str| {
        let ci = in_ci(&folder, &host.address());
        let ci = match user {
            Some(user) => ci.env("BIT_USERNAME", user),
            None => ci,
        };
        ci.args(["scope", "create", url, "--name", "my-org.ui"]).run()
    };
    let named = scope.url.replace("http://", "http://eve@");
    for (admitted, user, url) in [
        ("ada", Some("ada"), &scope.url),
        ("ada", Some("ada"), &named),
        ("eve", None, &named),
        ("git", None, &scope.url),
    ] {
        host.admit("nobody", TOKEN);
        ask(user, url).fails(1).complains("does not take BIT_TOKEN").complains("BIT_USERNAME");
        host.admit(admitted, TOKEN);
        let run = ask(user, url);
        is_silent(&run);
        let is_in = run.code == Some(0) || run.stderr.contains("is already the scope");
        assert!(is_in, "{admitted}: {run}");
    }
    // Also where only questions are asked.
    host.admit("ada", TOKEN);
    let check = in_ci(&folder, &host.address()).env("BIT_USERNAME", "ada");
    check.args(["remote", "check", &named]).run().success();
    // The configuration's word does not count against the job's.
    env.git_config("credential.username", "bob").git_config("credential.useHttpPath", "true");
    host.admit("ada", TOKEN);
    ask(Some("ada"), &scope.url).fails(1).silent_about("BIT_TOKEN");
}

#[test]
fn a_token_is_for_one_host_and_that_is_said() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.admit("git", TOKEN).repository("s");
    let folder = env.folder(".");
    let run = |invocation: Invocation| invocation.args(create(&scope)).run();
    let without = run(folder.invocation().env("BIT_TOKEN", TOKEN));
    without.fails(1).complains("BIT_TOKEN was not sent: BIT_TOKEN_HOST has to name");
    for (named, why) in [
        ("example.com", "it is for example.com alone"),
        ("127.0.0.1", "it is for 127.0.0.1 alone"),
        (&scope.url, "BIT_TOKEN_HOST is not a host"),
    ] {
        let refused = run(in_ci(&folder, named));
        refused.fails(1).complains("BIT_TOKEN was not sent").complains(why);
        is_silent(&refused);
    }
    run(in_ci(&folder, &host.address()).env("BIT_TOKEN", "a\nb")).fails(1).complains("not one line of text");
    // A helper serves where the token does not.
    host.admit("ada", "other").log_in("ada", "other");
    run(in_ci(&folder, "example.com")).success();
    assert_eq!(holding(&env.root()), [""; 0].map(PathBuf::from));
}

#[test]
fn for_other_hosts_the_persons_own_askpass_is_asked() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.admit("ada", "other").repository("s");
    env.program_of_user("my-askpass", "case $1 in Username*) echo ada;; *) echo other;; esac");
    let askpass = env.home().join("bin/my-askpass");
    let folder = env.folder(".");
    // It served before there was a BIT_TOKEN, and does so still.
    let named = [&create(&scope)[..2], &[host.repository("t").url, "--name".into(), "my-org.t".into()]].concat();
    folder.invocation().env("GIT_ASKPASS", &askpass).args(named).run().success();
    in_ci(&folder, "example.com").env("GIT_ASKPASS", &askpass).args(create(&scope)).run().success();
    env.git_config("core.askPass", askpass.to_str().unwrap());
    let again = in_ci(&folder, "example.com").args(create(&scope)).run();
    again.fails(1).silent_about("BIT_TOKEN");
    // For its own host it is not.
    host.admit("git", TOKEN);
    in_ci(&folder, &host.address()).args(create(&scope)).run().fails(1).silent_about("BIT_TOKEN");
}

/// A web server that gives each request the same answer, and remembers what it heard.
struct Listener {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    fn answering(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let memory = Arc::clone(&heard);
        // It ends with the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let request = request(&stream);
                let _ = (&stream).write_all(answer(&request).as_bytes());
                memory.lock().unwrap().push(request);
            }
        });
        Self { port, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn request(mut stream: &TcpStream) -> String {
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    while !text.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => text.extend_from_slice(&buffer[..read]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

const WHO_ARE_YOU: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn moved(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

#[test]
fn a_redirect_to_another_host_gets_nothing() {
    let env = TestEnvironment::new();
    let folder = env.folder(".");
    let thief = Listener::answering(|_| WHO_ARE_YOU.to_owned());
    let there = format!("{}/s/info/refs?service=git-upload-pack", thief.port);
    let places = [
        format!("http://127.0.0.1:{there}"),
        format!("http://localhost:{there}"),
        format!("http://x%2f@127.0.0.1:{there}"),
    ];
    for place in places {
        for is_guarded in [true, false] {
            let place = place.clone();
            let host = Listener::answering(move |request| match request.contains("Authorization:") || !is_guarded {
                true => moved(&place),
                false => WHO_ARE_YOU.to_owned(),
            });
            let address = format!("127.0.0.1:{}", host.port);
            let run = in_ci(&folder, &address).args(["scope", "create", &format!("http://{address}/s")]).run();
            is_silent(run.fails(1));
            assert_eq!(host.heard().iter().any(|request| request.contains("Authorization:")), is_guarded);
        }
    }
    assert!(thief.heard().len() >= 4, "{:?}", thief.heard());
    assert!(!thief.heard().iter().any(|request| request.contains("Authorization:")), "{:?}", thief.heard());
}

#[test]
fn nothing_is_sent_for_everybody_to_read() {
    let env = TestEnvironment::new();
    with_store(&env);
    let folder = env.folder(".");
    // All the way to that host.
    let network = Listener::answering(|_| WHO_ARE_YOU.to_owned());
    let proxy = format!("http://127.0.0.1:{}", network.port);
    let url = "http://scopes.example/s";
    let ci = in_ci(&folder, "scopes.example").env("http_proxy", &proxy).args(["scope", "create", url]).run();
    ci.fails(1).complains("BIT_TOKEN was not sent: http shows it to everybody");
    let login = log_in(&folder, url, TOKEN).env("http_proxy", &proxy).run();
    login.fails(1).complains("http shows a password to everybody on the way").complains("https");
    assert!(network.heard().len() >= 2);
    assert!(!network.heard().iter().any(|request| request.contains("Authorization:")), "{:?}", network.heard());
}

#[test]
fn what_git_shows_of_a_request_is_masked() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let (scope, folder) = (host.repository("s"), env.folder("."));
    for user in ["a", "ad", "ada"] {
        let run = in_ci(&folder, &host.address()).env("BIT_USERNAME", user).args(create(&scope));
        let run = run.env("GIT_TRACE_CURL", "1").env("GIT_TRACE_REDACT", "0").env("GIT_TRACE", "1").run();
        is_silent(run.fails(1));
        run.silent_about(&base64(format!("{user}:{TOKEN}").as_bytes()));
    }
}
