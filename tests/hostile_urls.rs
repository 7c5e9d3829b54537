//! URLs that mean harm, typed and planted: no command hands one to git, and each says why.

use crate::common::{Folder, Run, TestEnvironment};

/// What git or ssh would do in the place of connecting, and why it is refused.
fn hostile(folder: &Folder<'_>) -> Vec<(String, &'static str)> {
    let touch = format!("touch% {}", folder.path().join("taken").display());
    let program = "git would run a program of that name";
    let option = "for an option";
    vec![
        (format!("ext::sh -c {touch}"), program),
        (format!("EXT::sh -c {touch}"), program),
        (format!("Ext::sh -c {touch}"), program),
        ("fd::17".into(), program),
        ("fD::17".into(), program),
        (format!("--upload-pack={touch}"), option),
        (format!("ssh://-oProxyCommand={touch}/x"), option),
    ]
}

/// All that a person has, but for what is worked out anew; nothing else was there before, so nothing was run.
fn everything(env: &TestEnvironment, workspace: &Folder<'_>) -> (crate::common::Refs, String, Vec<String>) {
    let listing = env.folder(".").listing(&["workspace/.git/bit/bit"]);
    (workspace.refs(), workspace.read(".bitmap"), listing)
}

#[track_caller]
fn is_refused(run: &Run, arguments: &[&str]) {
    // They tell findings by 1.. where others fail: a place that can't be used is wrong usage there.
    let code = if matches!(arguments[0], "verify" | "mirror") { 2 } else { 1 };
    run.fails(code).complains("can't be used: ").silent_about("panicked");
    assert!(
        run.stderr.contains("hint: name a folder, or a URL such as") || run.stderr.contains("(name a folder, or"),
        "{run}"
    );
}

fn staged(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "x"]).success();
    workspace
}

#[test]
fn typed_to_any_command() {
    let env = TestEnvironment::new();
    let workspace = staged(&env);
    let before = everything(&env, &workspace);
    for (url, why) in hostile(&workspace) {
        let of_remote = format!("--remote={url}");
        let url = url.as_str();
        let commands: &[&[&str]] = &[
            &["remote", "add", "--", url],
            &["remote", "add", "my-org.ui", "--", url],
            &["remote", "add", "my-org.ui", "--global", "--", url],
            &["scope", "create", "--name", "my-org.ui", "--", url],
            &["remote", "check", "--", url],
            &["scope", "sweep", "--", url],
            &["login", "--", url],
            &["logout", "--", url],
            &["list", "--", url],
            &["verify", "--", url],
            &["mirror", "--create", "--", url, "./there"],
            &["mirror", "--create", "--", "./there", url],
            &["show", "theme", &of_remote],
            &["log", "theme", &of_remote],
            &["pattern", "my-org.ui/**", &of_remote],
        ];
        for arguments in commands {
            let run = workspace.bit(*arguments);
            is_refused(&run, arguments);
            run.complains(why);
        }
        // These take names only.
        for arguments in [&["fetch", "--", url][..], &["import", "--", url], &["export", "--to", "x", "--", url]] {
            workspace.bit(arguments).fails(1).complains("hint: ");
        }
    }
    assert_eq!(everything(&env, &workspace), before, "nothing ran, and nothing was made");
}

#[test]
fn planted_by_somebody_else() {
    let env = TestEnvironment::new();
    let workspace = staged(&env);
    env.folder("home/config/bit").write("remotes.json", "{}");
    let config = workspace.read("workspace.jsonc");
    let before = everything(&env, &workspace);
    let commands: [&[&str]; 17] = [
        &["export"],
        &["export", "my-org.ui"],
        &["import", "my-org.ui/button"],
        &["fetch", "my-org.ui"],
        &["list", "my-org.ui"],
        &["show", "my-org.ui/button", "--remote"],
        &["log", "my-org.ui/button", "--remote"],
        &["pattern", "my-org.ui/**", "--remote"],
        &["verify", "my-org.ui"],
        &["mirror", "my-org.ui", "./there", "--create"],
        &["login"],
        &["logout", "my-org.ui"],
        &["remote", "check"],
        &["remote", "check", "my-org.ui"],
        &["scope", "sweep", "my-org.ui"],
        &["deprecate", "my-org.ui/button", "old", "--remote"],
        &["fork", "my-org.ui/button", "knob"],
    ];
    let quoted = |url: &str| serde_json::to_string(url).expect("JSON");
    for (at, (url, why)) in hostile(&workspace).into_iter().enumerate() {
        // Each in another place, and the worst in all of them.
        for place in ["my-org.ui", "my-org.*", "global"].iter().enumerate().filter(|(nth, _)| at < 1 || at % 3 == *nth)
        {
            let (shared, global) = match place.1 {
                &"global" => (config.clone(), format!("{{\"remotes\": {{\"my-org.ui\": {}}}}}", quoted(&url))),
                scopes => {
                    let remotes = format!("\"bit.scope/remotes\": {{\"{scopes}\": {}}},\n  \"$schema\"", quoted(&url));
                    (config.replacen("\"$schema\"", &remotes, 1), "{}".to_owned())
                }
            };
            workspace.write("workspace.jsonc", shared);
            env.folder("home/config/bit").write("remotes.json", global);
            for arguments in commands {
                let run = workspace.bit(arguments);
                is_refused(&run, arguments);
                run.complains(why);
            }
            // These show where a scope is said to be, and go nowhere.
            for arguments in [&["scope", "show"][..], &["scope", "list"], &["remote", "list"], &["status"]] {
                workspace.bit(arguments).success();
            }
            workspace.bit(["doctor"]).fails_quietly(1).says("can't be used");
        }
    }
    workspace.write("workspace.jsonc", config);
    env.folder("home/config/bit").write("remotes.json", "{}");
    assert_eq!(everything(&env, &workspace), before, "nothing ran, and nothing was made");
}
