//! Real git servers, as teams have them: each on a free port of this machine, stopped with the test.
//!
//! ```ignore
//! let env = TestEnvironment::new();
//! let host = served!(Host::http_logged_in(&env));
//! let scope = host.repository("my-org.ui");
//! scope.without_atomic().rejecting("refs/tags/frozen");
//! env.folder("w").git(["ls-remote", &scope.url]).success();
//! ```

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::wire::{Trouble, Wire};
use super::{Folder, Refs, TestEnvironment, find_program, is_root};

/// The server, or leave the test: this machine has not what it takes.
macro_rules! served {
    ($host:expr) => {
        match $host {
            Ok(host) => host,
            Err(why) => $crate::common::skip!("{why}"),
        }
    };
}
pub(crate) use served;

/// A host, or what is missing for it.
pub type Served<'e> = Result<Host<'e>, String>;

/// A place where scopes live, on the machine of a test.
pub struct Host<'e> {
    env: &'e TestEnvironment,
    folder: Folder<'e>,
    /// What a URL begins with.
    base: String,
    port: u16,
    processes: Vec<Process>,
}

const DULWICH: &str = r#"
import os, socketserver, sys
from dulwich.server import FileSystemBackend, TCPGitServer

class Backend(FileSystemBackend):
    def open_repository(self, path):
        return super().open_repository(os.fsdecode(path).lstrip("/"))

class Server(socketserver.ThreadingMixIn, TCPGitServer):
    daemon_threads = True
    request_queue_size = 64

Server(Backend(sys.argv[1]), "127.0.0.1", int(sys.argv[2])).serve_forever()
"#;

const USER: &str = "ada";
/// What must not be seen anywhere, in no form: it looks different in a URL, in a shell and in JSON.
const PASSWORD: &str = "open/sesame %22+\"x\"";

impl<'e> Host<'e> {
    /// No server: a folder that everybody can reach.
    pub fn path(env: &'e TestEnvironment) -> Self {
        let folder = env.folder("hosts/path");
        Self { env, base: folder.path().display().to_string(), folder, port: 0, processes: Vec::new() }
    }

    /// `git daemon`, where everybody may push.
    pub fn daemon(env: &'e TestEnvironment) -> Self {
        Self::serve(env, "daemon", |host| {
            host.base = format!("git://127.0.0.1:{}", host.port);
            vec![host.daemon_command()]
        })
    }

    fn daemon_command(&self) -> Command {
        let base = format!("--base-path={}", self.folder.path().display());
        let port = format!("--port={}", self.port);
        let mut git = self.command("git");
        // In the group of what starts it, so that it goes with it.
        git.args(["daemon", "--export-all", "--reuseaddr", "--enable=receive-pack"]);
        git.args(["--listen=127.0.0.1", &port, &base]);
        git
    }

    /// The `git daemon` that was stopped is there again, at the same place.
    pub fn start_daemon_again(&mut self) {
        self.processes = vec![Process::start(self.daemon_command())];
        assert!(self.answers(), "{}", self.log());
    }

    /// A server that is not git: dulwich, in Python. It has no atomic push and no protocol v2; and it says yes to a
    /// push that came second, and lets it fall.
    pub fn dulwich(env: &'e TestEnvironment) -> Served<'e> {
        let python = python_with_dulwich()?;
        Ok(Self::serve(env, "dulwich", move |host| {
            host.folder.write("serve.py", DULWICH);
            let mut server = host.command(&python);
            server.arg("serve.py").arg(host.folder.path()).arg(host.port.to_string());
            host.base = format!("git://127.0.0.1:{}", host.port);
            vec![server]
        }))
    }

    /// Smart HTTP as many run it: nginx asks for a password, `git http-backend` behind it does the work.
    pub fn http(env: &'e TestEnvironment) -> Served<'e> {
        Self::nginx(env, "\"scopes\"")
    }

    /// The same, and the machine's user is logged in.
    pub fn http_logged_in(env: &'e TestEnvironment) -> Served<'e> {
        let host = Self::http(env)?;
        host.log_in(host.user(), host.password());
        Ok(host)
    }

    /// The same where everybody may read.
    pub fn public_http(env: &'e TestEnvironment) -> Served<'e> {
        Self::nginx(env, "$realm_of_writers")
    }

    fn nginx(env: &'e TestEnvironment, realm: &'static str) -> Served<'e> {
        let nginx = need("nginx", "nginx-light")?;
        let fcgiwrap = need("fcgiwrap", "fcgiwrap")?;
        let backend = PathBuf::from(env.folder(".").git(["--exec-path"]).line()).join("git-http-backend");
        Ok(Self::serve(env, "http", move |host| {
            host.base = format!("http://127.0.0.1:{}", host.port);
            host.folder.write("htpasswd", format!("{USER}:{{PLAIN}}{PASSWORD}\n"));
            host.folder.write("nginx.conf", host.nginx_conf(&backend, realm));
            let mut cgi = host.command(&fcgiwrap);
            cgi.args(["-c", "8", "-s"]).arg(format!("unix:{}", host.socket().display()));
            let mut web = host.command(&nginx);
            web.arg("-e").arg(host.folder.path().join("log")).arg("-c").arg(host.folder.path().join("nginx.conf"));
            vec![cgi, web]
        }))
    }

    /// sshd with a key; the alias in `~/.ssh/config` is the only way to it.
    pub fn ssh(env: &'e TestEnvironment) -> Served<'e> {
        Self::sshd(env, "")
    }

    /// The same with git-shell: nothing but fetch and push, as on a host.
    pub fn git_shell(env: &'e TestEnvironment) -> Served<'e> {
        let shell = need("git-shell", "git")?;
        Self::sshd(env, &format!("command=\"{} -c \\\"$SSH_ORIGINAL_COMMAND\\\"\",restrict ", shell.display()))
    }

    fn sshd(env: &'e TestEnvironment, key_options: &str) -> Served<'e> {
        let sshd = need("sshd", "openssh-server")?;
        let ssh = need("ssh", "openssh-client")?;
        if is_root() {
            // sshd wants it when it is started by root; a machine that has it as a service has it already.
            fs::create_dir_all("/run/sshd").expect("the folder of sshd");
        }
        // ssh asks the system for the home of its user, which is not the one of the test.
        env.program_of_user("ssh", &format!("exec {} -F \"$HOME/.ssh/config\" \"$@\"", ssh.display()));
        let key_options = key_options.to_owned();
        Ok(Self::serve(env, "ssh", move |host| {
            host.write_keys(&key_options);
            host.folder.write("sshd_config", host.sshd_config());
            host.write_ssh_config();
            host.base = format!("ssh://{}{}", host.alias(), host.folder.path().display());
            let mut server = host.command(&sshd);
            server.args(["-D", "-e", "-f"]).arg(host.folder.path().join("sshd_config"));
            vec![server]
        }))
    }

    /// Starts servers on a free port. Somebody else may take it in between; then on another one.
    fn serve(env: &'e TestEnvironment, kind: &str, commands: impl Fn(&mut Self) -> Vec<Command>) -> Self {
        for _ in 0..5 {
            let port = free_port();
            let folder = env.folder(&format!("hosts/{kind}-{port}"));
            let mut host = Self { env, folder, base: String::new(), port, processes: Vec::new() };
            let commands = commands(&mut host);
            host.processes = commands.into_iter().map(Process::start).collect();
            if host.answers() {
                return host;
            }
            eprintln!("{kind} did not start: {}", host.log());
        }
        panic!("{kind} does not start");
    }

    fn answers(&mut self) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(20) && self.processes.iter_mut().all(Process::runs) {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return self.processes.iter_mut().all(Process::runs);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// A server's command: what it says goes to the log.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let log = self.folder.path().join("log");
        let log = fs::OpenOptions::new().append(true).create(true).open(log).expect("a log");
        let mut command = self.env.command(program, self.folder.path());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").stdin(Stdio::null());
        command.stdout(log.try_clone().expect("a log")).stderr(log);
        command
    }

    /// What the server said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The URL of a repository here, whether there is one or not.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    /// A repository here, asked over a wire to this host.
    pub fn url_over(&self, wire: &Wire, name: &str) -> String {
        self.url(name).replacen(&self.port.to_string(), &wire.port().to_string(), 1)
    }

    /// A wire to it. Who is logged in is so over the wire too.
    pub fn wire(&self, trouble: Trouble) -> Wire {
        let wire = Wire::to(self.port, trouble);
        let file = self.credentials();
        let known = fs::read_to_string(&file).unwrap_or_default();
        // git, when it has used one, writes it down in its own way.
        let ours = [":", "%3a"].map(|colon| format!("@127.0.0.1{colon}{}", self.port));
        let logged_in = known.lines().find(|line| ours.iter().any(|host| line.ends_with(host)));
        if let Some((user, _)) = logged_in.and_then(|line| line.rsplit_once('@')) {
            fs::write(&file, format!("{known}{user}@127.0.0.1:{}\n", wire.port())).expect("the stored credentials");
        }
        wire
    }

    /// The folder that it serves.
    pub fn folder(&self) -> &Folder<'e> {
        &self.folder
    }

    /// An empty bare repository here.
    pub fn repository(&self, name: &str) -> Hosted<'e> {
        let options = ["init", "--bare", "--quiet", "--initial-branch=main", "--template="];
        self.folder.program("git").args(options).arg(name).run().success();
        let hosted = Hosted { folder: self.folder.inside(name), url: self.url(name) };
        hosted.set("http.receivepack", "true")
    }

    /// The machine goes down, with all that it is doing.
    pub fn stop(&mut self) {
        self.processes.clear();
    }

    // Who may do what.

    pub fn user(&self) -> &'static str {
        USER
    }

    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// Let this user in with this password, and nobody else: any characters will do.
    pub fn admit(&self, user: &str, password: &str) -> &Self {
        use sha1::Digest;
        // In plain text a colon would end the password.
        let hash = base64(&sha1::Sha1::digest(password.as_bytes()));
        self.folder.write("htpasswd", format!("{user}:{{SHA}}{hash}\n"));
        self
    }

    /// Its name and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The user's credential helper knows this answer for the HTTP server.
    pub fn log_in(&self, user: &str, password: &str) -> &Self {
        let file = self.credentials();
        let line = format!("http://{}:{}@127.0.0.1:{}\n", encoded(user), encoded(password), self.port);
        fs::write(&file, line).expect("the stored credentials");
        self.env.git_config("credential.helper", &format!("store --file={}", file.display()));
        self
    }

    fn credentials(&self) -> PathBuf {
        self.env.home().join("credentials")
    }

    /// What `~/.ssh/config` calls the ssh server.
    pub fn alias(&self) -> String {
        format!("scopes-{}", self.port)
    }

    /// A name under which the ssh server is asked with a key that it does not know.
    pub fn alias_of_a_stranger(&self) -> String {
        format!("stranger-{}", self.port)
    }

    // Configurations.

    fn socket(&self) -> PathBuf {
        self.folder.path().join("cgi")
    }

    fn nginx_conf(&self, backend: &Path, realm: &str) -> String {
        let root = self.folder.path().display();
        // As root it would give up its rights, and could not read the test's folders.
        let user = if is_root() { "user root;" } else { "" };
        let temporary = ["client_body", "fastcgi", "proxy", "uwsgi", "scgi"];
        let temporary: String = temporary.iter().map(|name| format!("{name}_temp_path {root}/{name};\n")).collect();
        let path = std::env::var("PATH").unwrap_or_default();
        let param = |name: &str, value: &str| format!("fastcgi_param {name} \"{value}\";\n");
        let params: String = [
            param("SCRIPT_FILENAME", &backend.to_string_lossy()),
            param("GIT_PROJECT_ROOT", &root.to_string()),
            param("GIT_HTTP_EXPORT_ALL", "1"),
            param("GIT_CONFIG_NOSYSTEM", "1"),
            param("GIT_CONFIG_GLOBAL", "/dev/null"),
            param("PATH", &path),
            param("PATH_INFO", "$uri"),
            param("REMOTE_USER", "$remote_user"),
            param("REMOTE_ADDR", "$remote_addr"),
            param("QUERY_STRING", "$query_string"),
            param("REQUEST_METHOD", "$request_method"),
            param("CONTENT_TYPE", "$content_type"),
            param("CONTENT_LENGTH", "$content_length"),
        ]
        .concat();
        format!(
            "daemon off;\nworker_processes 1;\n{user}\npid {root}/pid;\nerror_log {root}/log;\n\
             events {{ worker_connections 128; }}\nhttp {{\n{temporary}access_log {root}/access;\n\
             map $request_uri $realm_of_writers {{ default off; ~git-receive-pack scopes; }}\n\
             server {{\nlisten 127.0.0.1:{};\nclient_max_body_size 0;\nlocation / {{\n\
             auth_basic {realm};\nauth_basic_user_file {root}/htpasswd;\n\
             fastcgi_read_timeout 600;\nfastcgi_pass unix:{};\n{params}}}\n}}\n}}\n",
            self.port,
            self.socket().display()
        )
    }

    fn write_keys(&self, key_options: &str) {
        for name in ["host_key", "user_key", "strange_key"] {
            let keygen = self.folder.program("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", name]);
            keygen.run().success();
        }
        self.folder.write("authorized_keys", key_options.to_owned() + &self.folder.read("user_key.pub"));
        let known = format!("[127.0.0.1]:{} {}", self.port, self.folder.read("host_key.pub"));
        self.folder.write("known_hosts", known);
    }

    fn sshd_config(&self) -> String {
        let root = self.folder.path().display();
        let path = std::env::var("PATH").unwrap_or_default();
        format!(
            "Port {}\nListenAddress 127.0.0.1\nHostKey {root}/host_key\nAuthorizedKeysFile {root}/authorized_keys\n\
             PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nMaxStartups 100\nPrintMotd no\n\
             SetEnv GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null PATH={path}\n",
            self.port
        )
    }

    fn write_ssh_config(&self) {
        let ssh = self.env.folder("home/.ssh");
        fs::set_permissions(ssh.path(), fs::Permissions::from_mode(0o700)).expect("a private folder");
        let root = self.folder.path().display();
        let user = self.folder.program("id").arg("-un").run();
        let entry = |alias: &str, key: &str| {
            format!(
                "Host {alias}\n  HostName 127.0.0.1\n  Port {}\n  User {}\n  IdentityFile {root}/{key}\n  \
                 IdentitiesOnly yes\n  UserKnownHostsFile {root}/known_hosts\n  StrictHostKeyChecking yes\n",
                self.port,
                user.line()
            )
        };
        let mut config =
            fs::OpenOptions::new().append(true).create(true).open(ssh.path().join("config")).expect("the ssh config");
        let entries = entry(&self.alias(), "user_key") + &entry(&self.alias_of_a_stranger(), "strange_key");
        config.write_all(entries.as_bytes()).expect("the ssh config");
    }
}

/// A bare repository on a host.
pub struct Hosted<'e> {
    pub folder: Folder<'e>,
    pub url: String,
}

impl Hosted<'_> {
    /// A workspace with button → theme in it, tagged, which knows it as `my-org.ui`.
    pub fn workspace<'e>(&self, env: &'e TestEnvironment, folder: &str) -> Folder<'e> {
        let workspace = env.git_workspace_at(folder, "my-org.ui");
        workspace.bit(["remote", "add", "my-org.ui", &self.url]).success();
        workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
        workspace.component("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]);
        workspace.bit(["tag", "-m", "first"]).success();
        workspace
    }

    /// Set something in its configuration.
    pub fn set(self, key: &str, value: &str) -> Self {
        self.folder.git(["--git-dir=.", "config", "--add", key, value]).success();
        self
    }

    /// As Azure DevOps and AWS CodeCommit.
    pub fn without_atomic(self) -> Self {
        self.set("receive.advertiseAtomic", "false")
    }

    /// Refs of this beginning are neither shown nor taken.
    pub fn hiding(self, refs: &str) -> Self {
        self.set("transfer.hideRefs", refs)
    }

    /// Refs of this beginning are refused by its update hook, one by one.
    pub fn rejecting(self, refs: &str) -> Self {
        self.hook("update", &format!("case $1 in {refs}*) echo \"$1 is frozen\" >&2; exit 1;; esac"))
    }

    pub fn hook(self, name: &str, script: &str) -> Self {
        fs::create_dir_all(self.folder.path().join("hooks")).expect("the folder of hooks");
        self.folder.inside("hooks").write_program(name, script);
        self
    }

    /// All refs.
    #[track_caller]
    pub fn refs(&self) -> Refs {
        let run = self.folder.git(["--git-dir=.", "for-each-ref", "--format=%(refname) %(objectname)"]);
        let lines = run.success().stdout.lines().filter_map(|line| line.split_once(' '));
        lines.map(|(name, object)| (name.to_owned(), object.to_owned())).collect()
    }

    /// What its catalog lists, sorted: `button@0.0.1`. Every commit is what its tag is on.
    #[track_caller]
    pub fn listed(&self) -> Vec<String> {
        let mut listed = Vec::new();
        let files = self.folder.git(["--git-dir=.", "ls-tree", "-r", "--format=%(objectname)", "HEAD", "catalog/"]);
        let batch = self.folder.program("git").args(["--git-dir=.", "cat-file", "--batch=next"]);
        let texts = batch.stdin(files.success().stdout.clone()).run();
        // Read last: a git that outlived who started it may be at work, and makes tags before a catalog lists them.
        let refs = self.refs();
        for text in texts.success().stdout.split("next\n").filter(|text| !text.trim().is_empty()) {
            let entry: serde_json::Value = serde_json::from_str(text).expect("an entry");
            for version in entry["versions"].as_array().expect("versions") {
                let tag = format!("{}@{}", entry["name"].as_str().unwrap(), version["version"].as_str().unwrap());
                assert_eq!(
                    refs.get(&format!("refs/tags/{tag}")).map(String::as_str),
                    version["commit"].as_str(),
                    "{tag}"
                );
                listed.push(tag);
            }
        }
        listed.sort();
        listed
    }

    /// Plain git finds nothing wrong with it, and all that a scope promises holds.
    #[track_caller]
    pub fn fsck(&self) -> &Self {
        self.fsck_objects();
        self.folder.bit(["verify", "."]).success();
        self
    }

    /// Plain git finds nothing wrong with it, though something may be half done.
    #[track_caller]
    pub fn fsck_objects(&self) -> &Self {
        self.folder.git(["--git-dir=.", "fsck", "--full", "--strict", "--no-dangling"]).success();
        self
    }
}

/// A server that goes, with all that it started, when the test does.
struct Process(Child);

impl Process {
    fn start(mut command: Command) -> Self {
        command.process_group(0);
        Self(command.spawn().unwrap_or_else(|error| panic!("{}: {error}", command.get_program().to_string_lossy())))
    }

    fn runs(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        kill_process_group(Pid::from_child(&self.0), Signal::KILL).ok();
        self.0.wait().ok();
    }
}

fn need(program: &str, package: &str) -> Result<PathBuf, String> {
    find_program(program).ok_or_else(|| format!("no {program} on this machine (Debian: apt-get install {package})"))
}

/// The system's Python has what Debian offers, another one may have what PyPI offers.
fn python_with_dulwich() -> Result<PathBuf, String> {
    let pythons = find_program("python3").into_iter().chain([PathBuf::from("/usr/bin/python3")]);
    let has_it = |python: &PathBuf| {
        let import = Command::new(python).args(["-c", "import dulwich.server"]).stderr(Stdio::null()).status();
        import.is_ok_and(|status| status.success())
    };
    pythons.into_iter().find(has_it).ok_or_else(|| {
        "no dulwich on this machine (Debian: apt-get install python3-dulwich; else pip install dulwich)".to_owned()
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// As passwords are sent.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |bytes: &[u8]| {
        let value = (0..3).fold(0, |value, at| value << 8 | u32::from(bytes.get(at).copied().unwrap_or(0)));
        let letter = |at: usize| char::from(LETTERS[(value >> (18 - 6 * at) & 63) as usize]);
        (0..4).map(|at| if at <= bytes.len() { letter(at) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

/// As in a URL.
pub fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
