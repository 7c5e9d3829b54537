//! What README.md and ARCHITECTURE.md say is true: the tour is walked, the tables are compared with the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bit::ops::IssueKind;

use crate::common::servers::{Host, served};
use crate::common::{Folder, TestEnvironment, has_program, needs};

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands below a heading, up to the next one of its level or above; headings inside code blocks are none.
fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let level = heading.chars().take_while(|c| *c == '#').count();
    let (mut start, mut at, mut in_code) = (None, 0, false);
    for line in text.split_inclusive('\n') {
        let own_level = line.chars().take_while(|c| *c == '#').count();
        in_code ^= line.starts_with("```");
        match start {
            None if line.trim_end() == heading => start = Some(at + line.len()),
            Some(start) if !in_code && (1..=level).contains(&own_level) => return &text[start..at],
            _ => {}
        }
        at += line.len();
    }
    &text[start.unwrap_or_else(|| panic!("no section {heading}"))..]
}

/// The first cells of every table row in a text, without the headings.
fn first_cells(text: &str) -> Vec<&str> {
    let rows = text.lines().filter(|line| line.starts_with('|')).collect::<Vec<_>>();
    let mut cells = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let is_rule = row.starts_with("|-");
        let is_heading = rows.get(at + 1).is_some_and(|next| next.starts_with("|-"));
        if !is_rule && !is_heading {
            cells.push(row.split('|').nth(1).unwrap_or_default().trim());
        }
    }
    cells
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

// ---- the tour ----

/// A command as it is typed, and what is shown of its output.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    command: String,
    output: Vec<String>,
}

/// The commands of the `sh` blocks, and the lines below each.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        match (in_block, line) {
            (false, "```sh") => in_block = true,
            (true, "```") => in_block = false,
            (true, line) => match line.strip_prefix("$ ") {
                Some(command) => steps.push(Step { command: command.to_owned(), output: Vec::new() }),
                None => {
                    steps.last_mut().expect("a block begins with a command").output.push(line.trim_end().to_owned())
                }
            },
            _ => {}
        }
    }
    steps
}

/// Whether what was printed is what is shown. `…` alone stands for any lines, within a line for any text.
fn is_shown(shown: &[&str], printed: &[&str]) -> bool {
    match (shown, printed) {
        ([], []) => true,
        (["…", rest @ ..], _) => (0..=printed.len()).any(|skipped| is_shown(rest, &printed[skipped..])),
        ([first, rest @ ..], [line, further @ ..]) => is_shown_line(first, line) && is_shown(rest, further),
        _ => false,
    }
}

fn is_shown_line(shown: &str, printed: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else { return shown == printed };
    printed.strip_prefix(before).is_some_and(|rest| {
        let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        ends.any(|at| is_shown_line(after, &rest[at..]))
    })
}

fn without_empty_end<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<&'l str> {
    let mut lines: Vec<&str> = lines.map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// Runs every step in one shell session's folder; what differs from what is shown.
fn walk(steps: &[Step]) -> Vec<String> {
    let env = TestEnvironment::new();
    let home = env.folder("work");
    let mut folder = home.clone();
    let mut differences = Vec::new();
    for step in steps {
        let (code, printed) = run(&mut folder, &step.command);
        let shown = without_empty_end(step.output.iter().map(String::as_str));
        if code != Some(0) || !is_shown(&shown, &without_empty_end(printed.lines())) {
            differences.push(format!("$ {}\nexit {code:?}\n{printed}--- shown\n{}", step.command, shown.join("\n")));
        }
    }
    differences
}

/// Runs one line as a shell does; afterwards the session is where the line has led it.
fn run(folder: &mut Folder<'_>, line: &str) -> (Option<i32>, String) {
    let path = std::env::var("PATH").expect("a path");
    let programs = TestEnvironment::binary().parent().expect("a folder").display();
    let place = folder.machine().root().join("place");
    let script = format!("exec 2>&1\n{line}\ncode=$?\npwd -P > '{}'\nexit $code", place.display());
    let run = folder.program("sh").env("PATH", format!("{programs}:{path}")).args(["-c", &script]).run();
    let now = PathBuf::from(fs::read_to_string(&place).expect("the session's place").trim_end());
    let root = folder.machine().root();
    *folder = folder.machine().folder(now.strip_prefix(&root).expect("on this machine").to_str().expect("UTF-8"));
    (run.code, run.stdout)
}

#[test]
fn the_tour_works_as_it_is_shown() {
    needs!("node");
    let steps = steps(section(&document("README.md"), "## Five minutes"));
    assert!(steps.len() > 15, "only {} commands were found", steps.len());
    let differences = walk(&steps);
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

#[test]
fn a_tour_that_does_not_work_is_noticed() {
    let block = |text: &str| steps(&format!("```sh\n{text}\n```\n"));
    let init = "$ git init --quiet a && cd a\n$ bit init --default-scope my-org.ui\n…\n";
    assert_eq!(walk(&block(&format!("{init}$ bit list\nfound 0 components"))), [""; 0]);
    assert_eq!(walk(&block(&format!("{init}$ bit list\nfound 1 components"))).len(), 1);
    assert_eq!(walk(&block(&format!("{init}$ bit list"))).len(), 1, "what is printed is not shown");
    assert_eq!(walk(&block(&format!("{init}$ bit show nothing\n…"))).len(), 1, "it fails");
    assert_eq!(walk(&block("$ cd nowhere\n…")).len(), 1);
}

#[test]
fn dots_stand_for_what_differs_and_nothing_else() {
    let is_shown =
        |shown: &str, printed: &str| is_shown(&shown.lines().collect::<Vec<_>>(), &printed.lines().collect::<Vec<_>>());
    for (shown, printed) in [
        ("", ""),
        ("…", ""),
        ("…\nc", "a\nb\nc"),
        ("a\n…\nd", "a\nd"),
        ("a … c", "a b c"),
        ("… c …", "a b c d"),
        ("  > x … ok", "  > x … ok"),
    ] {
        assert!(is_shown(shown, printed), "{shown:?} {printed:?}");
    }
    for (shown, printed) in [("", "a"), ("a", ""), ("…\nc", "a\nb"), ("a … c", "a b d"), ("a…", "b"), ("a", "a…")]
    {
        assert!(!is_shown(shown, printed), "{shown:?} {printed:?}");
    }
}

// ---- the tables ----

/// The commands that a help text lists, each with its other names.
fn listed_commands(help: &str) -> BTreeSet<Vec<String>> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A line that goes on is further in than a command's name.
    let commands = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let commands = commands.filter(|line| !line.starts_with("  help "));
    let names = |line: &str| {
        let name = line.split_whitespace().next().unwrap_or_default();
        let aliases = line.rsplit_once("[alias: ").or_else(|| line.rsplit_once("[aliases: "));
        let aliases = aliases.map_or("", |(_, list)| list.trim_end_matches(']'));
        let aliases = aliases.split(", ").filter(|alias| !alias.is_empty());
        std::iter::once(name).chain(aliases).map(str::to_owned).collect()
    };
    commands.map(names).collect()
}

/// The commands that the table in README.md lists, likewise.
fn described_commands(readme: &str) -> BTreeSet<Vec<String>> {
    let cells = first_cells(section(readme, "## Commands"));
    let names = |cell: &str| quoted(cell).map(|name| name.trim_start_matches("bit ").to_owned()).collect();
    cells.into_iter().map(names).collect()
}

fn help(arguments: &[&str]) -> String {
    TestEnvironment::new().folder("here").bit(arguments).success().stdout.clone()
}

#[test]
fn the_table_of_commands_is_complete() {
    let listed = listed_commands(&help(&["--help"]));
    assert!(listed.len() > 10, "the help is read wrongly: {listed:?}");
    assert_eq!(described_commands(&document("README.md")), listed);
}

#[test]
fn no_command_is_spoken_of_that_is_not_there() {
    let readme = document("README.md");
    let listed: BTreeSet<String> = listed_commands(&help(&["--help"])).into_iter().flatten().collect();
    let spoken = quoted(&readme).filter_map(|code| {
        let mut words = code.split_whitespace();
        words.next().filter(|first| *first == "bit").and_then(|_| words.next())
    });
    let unknown: Vec<&str> = spoken.filter(|name| !name.starts_with(['-', '<']) && !listed.contains(*name)).collect();
    let unknown: Vec<&str> = unknown.into_iter().filter(|name| *name != "help").collect();
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn the_table_of_issues_is_complete() {
    let readme = document("README.md");
    let rows = section(&readme, "## Issues").lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let described: BTreeSet<(String, bool)> = cells.map(|cells| (cells[1].to_owned(), cells[3] == "yes")).collect();
    let real = IssueKind::ALL.iter().map(|kind| (kind.name().to_owned(), kind.can_be_ignored())).collect();
    assert_eq!(described, real);
}

/// The keys of the outermost object that a shape like `[{id, list: [{x}]}]` describes.
fn keys_of_shape(shape: &str) -> BTreeSet<String> {
    let (mut depth, mut keys, mut word) = (0, BTreeSet::new(), String::new());
    let mut is_value = false;
    for c in shape.chars() {
        let ends_key = depth == 1 && !is_value && matches!(c, ',' | ':' | '}');
        if ends_key && !word.is_empty() {
            keys.insert(std::mem::take(&mut word));
        }
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ':' if depth == 1 => is_value = true,
            ',' if depth == 1 => is_value = false,
            _ if depth == 1 && !is_value && c.is_alphanumeric() => word.push(c),
            _ => {}
        }
    }
    keys
}

/// Those of the JSON value, or of the first in a list.
fn keys_of(value: &serde_json::Value) -> BTreeSet<String> {
    let object = value.get(0).unwrap_or(value).as_object();
    object.expect("an object, or a list of them").keys().cloned().collect()
}

#[test]
fn shapes_are_read_to_their_outermost_keys() {
    let keys = |shape: &str| keys_of_shape(shape).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(keys("{a, b: [{c, d: [{e}]}], f}"), "a b f");
    assert_eq!(keys("[{id, rest: {x, y}}]"), "id rest");
}

#[test]
fn the_shapes_of_json_are_what_is_printed() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("theme", &[("index.js", "module.exports = 'red';\n")]);
    let tag = workspace.bit(["tag", "--json"]).success().json();
    workspace.bit(["scope", "create", "a-scope", "--name", "my-org.new"]).success();
    workspace.write("theme/index.js", "module.exports = 'blue';\n").component("fresh", &[("index.js", "")]);
    let readme = document("README.md");
    let rows = section(&readme, "## Exit codes and JSON").lines().filter(|line| line.starts_with("| `bit "));
    let mut seen = 0;
    for row in rows {
        let mut codes = quoted(row);
        let command = codes.next().and_then(|code| code.strip_prefix("bit ")).expect("a command");
        let shape = codes.next().expect("a shape");
        let arguments: &[&str] = match command {
            "log" | "show" | "search" | "recover" => &[command, "theme", "--json"],
            "reset" => &[command, "--all", "--json"],
            "scope sweep" => &["scope", "sweep", "./a-scope", "--json"],
            "checkout" => &[command, "head", "--json"],
            "mirror" => &[command, "./a-scope", "./b-scope", "--create", "--json"],
            "publish" => &[command, "fres*", "--registry", "https://npm.example.com", "--json"],
            _ => &[command, "--json"],
        };
        let printed = if command == "tag" { tag.clone() } else { in_a_copy(&workspace, arguments) };
        assert_eq!(keys_of_shape(shape), keys_of(&printed), "{command}");
        seen += 1;
    }
    assert!(seen > 8, "only {seen} rows were found");
}

/// What a command prints in a copy of the workspace, so that none sees what another did.
fn in_a_copy(workspace: &Folder<'_>, arguments: &[&str]) -> serde_json::Value {
    let copy = workspace.machine().folder("copy");
    let both = [workspace.path(), copy.path()].map(|path| path.to_str().expect("UTF-8"));
    workspace.program("cp").args(["-a", &format!("{}/.", both[0]), both[1]]).run().success();
    let printed = copy.bit(arguments).success().json();
    fs::remove_dir_all(copy.path()).expect("the copy");
    printed
}

#[test]
fn the_shape_of_exports_json_is_what_is_printed() {
    let readme = document("README.md");
    let row = section(&readme, "## Publishing").split("With `--json`: `").nth(1).expect("a shape");
    let shape = row.split('`').next().expect("its end").replace("\n ", "");
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.bit(["scope", "create", "a-scope", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "./a-scope"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 'red';\n")]);
    workspace.bit(["tag", "-m", "x"]).success();
    let printed = workspace.bit(["export", "--json"]).success().json();
    assert_eq!(keys_of_shape(&shape), keys_of(&printed));
    let (_, scopes) = shape.split_once("scopes: ").expect("the scopes");
    assert_eq!(keys_of_shape(scopes.split("], renamed").next().unwrap()), keys_of(&printed["scopes"]));
}

/// What is said of nginx is what the tests run, but for what is of their machine.
#[test]
fn the_web_server_of_the_readme_is_that_of_the_tests() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let run = host.folder().read("nginx.conf");
    let readme = document("README.md");
    let block = readme.split("```nginx\n").nth(1).expect("a block").split("```").next().unwrap();
    let settings = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().map(|line| line.trim().replace('"', ""));
        lines.filter(|line| line.starts_with("fastcgi_param") || line.starts_with("client_max")).collect()
    };
    let of_the_machine = ["SCRIPT_FILENAME", "GIT_PROJECT_ROOT", "GIT_CONFIG", " PATH ", "REMOTE_ADDR"];
    let general = |settings: BTreeSet<String>| -> BTreeSet<String> {
        settings.into_iter().filter(|line| !of_the_machine.iter().any(|name| line.contains(name))).collect()
    };
    assert_eq!(general(settings(block)), general(settings(&run)));
    for word in ["SCRIPT_FILENAME", "GIT_PROJECT_ROOT", "auth_basic ", "auth_basic_user_file ", "fastcgi_pass unix:"] {
        assert!(block.contains(word) && run.contains(word), "{word}");
    }
}

/// "For several users": whoever is in the group may go on with what another one has made.
#[test]
fn a_scope_that_a_group_shares_stays_shared() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnvironment::new();
    let readme = document("README.md");
    let command = quoted(section(&readme, "## Hosting a scope")).find(|code| code.contains("--shared")).expect("it");
    let scope = env.folder("ui");
    scope.git(command.split(' ').skip(1).chain(["--quiet"])).success();
    env.folder(".").bit(["scope", "create", "ui", "--name", "my-org.ui"]).success();
    let workspace = env.git_workspace();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 'red';\n")]);
    workspace.bit(["tag", "-m", "x"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["deprecate", "theme", "old", "--remote"]).success();
    for path in scope.listing(&[]) {
        let path = scope.path().join(path);
        for path in path.ancestors().take_while(|path| path.starts_with(scope.path())) {
            let mode = fs::metadata(path).expect("it is there").permissions().mode();
            // Objects are read-only for everybody; what is replaced is replaced by who may write the folder.
            let wanted = if path.is_dir() { 0o2070 } else { 0o040 };
            assert_eq!(mode & wanted, wanted, "{}: {mode:o}", path.display());
        }
    }
}

// ---- ARCHITECTURE.md ----

/// The packages that a section of Cargo.toml names.
fn dependencies(manifest: &str, section: &str) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| *line != section).skip(1).take_while(|line| !line.starts_with('['));
    lines.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = document("Cargo.toml");
    let mut used = dependencies(&manifest, "[dependencies]");
    used.extend(dependencies(&manifest, "[dev-dependencies]"));
    assert!(used.len() > 20, "Cargo.toml is read wrongly: {used:?}");
    let architecture = document("ARCHITECTURE.md");
    let explained = first_cells(section(&architecture, "## Dependencies")).into_iter().flat_map(quoted);
    assert_eq!(explained.map(str::to_owned).collect::<BTreeSet<_>>(), used.into_iter().collect());
}

#[test]
fn every_folder_of_the_sources_is_explained() {
    let architecture = document("ARCHITECTURE.md");
    let explained: BTreeSet<String> =
        first_cells(section(&architecture, "## Layers")).into_iter().flat_map(quoted).map(str::to_owned).collect();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = fs::read_dir(sources).expect("the sources");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let there = names.filter(|name| !["lib.rs", "main.rs"].contains(&name.as_str()));
    assert_eq!(explained, there.map(|name| name.trim_end_matches(".rs").to_owned()).collect());
}

// ---- scripts/quickstart ----

/// The quickstart in an empty folder of a machine whose user git does not know.
#[test]
fn the_quickstart_gets_through() {
    let env = TestEnvironment::new();
    let here = env.folder("here");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/quickstart");
    let mut story = env.invocation(&script, here.path()).env("BIT", TestEnvironment::binary()).arg("story");
    for variable in ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"] {
        story = story.without_env(&format!("GIT_{variable}"));
    }
    let story = story.run();
    story.success().says("$ bit link --rewire").says("my-org.ui/theme@0.1.0").says("Done. Where to look:");
    // git's word on a catalog that does not exist yet.
    let complaints = story.stderr.lines().filter(|line| !line.starts_with("notice: "));
    assert_eq!(complaints.count(), 0, "{story}");
    if has_program("node") {
        story.says("Welcome: [ ok | green ]");
    }
    here.inside("story").fsck();
}

#[test]
fn the_quickstart_stops_where_a_step_fails() {
    let env = TestEnvironment::new();
    let here = env.folder("here");
    here.write("programs/bit", "#!/bin/sh\n[ \"$1\" = init ] || exit 3\n");
    here.program("chmod").args(["+x", "programs/bit"]).run().success();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/quickstart");
    let story = env.invocation(&script, here.path()).env("BIT", "programs/bit").arg("story").run();
    story.fails(3).complains("quickstart: it stopped at: bit add").silent_about("Done");
}
