//! `bit verify` and healthy scopes of every shape: no false alarm.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bit::ops::Quiet;
use bit::ops::verify::{Verified, VerifyOptions, verify};
use rayon::prelude::*;

use crate::common::random_scopes::RandomScope;
use crate::common::{Folder, TestEnvironment};

/// A workspace outside of git that knows the scopes; as `bit init` made it, with other remotes.
fn workspace_of(template: &Path, folder: &Path, scope: &RandomScope) {
    copy(template, folder);
    let remote = |name| format!("[remote \"{name}\"]\n\turl = {}\n", scope.place(name).display());
    let config = folder.join(".bit/config");
    let known = fs::read_to_string(&config).unwrap() + &scope.scopes.iter().map(remote).collect::<String>();
    fs::write(config, known).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(drop).unwrap() }
    }
}

/// A scope, and what verify says of it from a workspace that knows where all of them are.
fn looked_at(template: &Path, seed: u64, harm: impl Fn(&RandomScope)) -> (RandomScope, Verified) {
    let place = tempfile::tempdir_in(template.parent().unwrap()).unwrap();
    let scope = RandomScope::new(seed, place.path());
    harm(&scope);
    let workspace = place.path().join("workspace");
    workspace_of(template, &workspace, &scope);
    let options = VerifyOptions { place: Some(scope.name.to_string()), ..VerifyOptions::default() };
    let verified = verify(&workspace, &options, &Quiet).unwrap();
    (scope, verified)
}

#[test]
fn a_thousand_healthy_scopes_are_left_in_peace() {
    let env = TestEnvironment::in_memory();
    let template = env.workspace_at("template", "my-org.shop");
    let template = template.path();
    let alarms: Vec<String> = (0..1000u64)
        .into_par_iter()
        .filter_map(|seed| {
            let (_, verified) = looked_at(template, seed, |_| ());
            let found = &verified.diagnosis.findings;
            (!found.is_empty()).then(|| format!("{seed}: {found:?}"))
        })
        .collect();
    assert_eq!(alarms, [""; 0]);
}

#[test]
fn the_same_scopes_with_a_moved_tag_are_not() {
    let env = TestEnvironment::in_memory();
    let template = env.workspace_at("template", "my-org.shop");
    let mut kinds = BTreeSet::new();
    for seed in 0..40 {
        let harm = |scope: &RandomScope| {
            if let [(first, _), .., (_, last)] = scope.tags.iter().collect::<Vec<_>>()[..] {
                scope.move_tag(first, last.target);
            }
        };
        let (scope, verified) = looked_at(template.path(), seed, harm);
        if scope.tags.len() < 2 {
            continue;
        }
        let (first, found) = (scope.tags.keys().next().unwrap().to_string(), verified.diagnosis.findings);
        assert!(found.iter().any(|finding| finding.place == first), "{seed}: {found:?}");
        kinds.extend(found.into_iter().map(|finding| finding.kind));
    }
    assert!(kinds.contains("version-moved"), "{kinds:?}");
}

/// Every tag and the newest catalog are signed by the same person, with plain git.
fn sign(scope: &RandomScope, folder: &Folder<'_>) {
    let parents = folder.git(["--git-dir=.", "rev-parse", "main^@"]).success().stdout.clone();
    let parents = parents.lines().flat_map(|parent| ["-p", parent]);
    let commit =
        folder.program("git").args(["--git-dir=.", "commit-tree", "--gpg-sign", "-m", "export", "main^{tree}"]);
    folder.git(["--git-dir=.", "update-ref", "refs/heads/main", commit.args(parents).run().line()]).success();
    for (id, value) in &scope.tags {
        let (name, commit) = (format!("{}@{}", id.id.name, id.version), value.commit().to_string());
        folder.git(["--git-dir=.", "tag", "--force", "--sign", "--message", &id.to_string(), &name, &commit]).success();
    }
}

#[test]
fn the_program_leaves_them_in_peace_and_reads_nothing_twice() {
    let env = TestEnvironment::in_memory();
    let template = env.workspace_at("template", "my-org.shop");
    let home = env.folder("home");
    home.program("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", "ada"]).run().success();
    let signers = home.path().join("signers").display().to_string();
    home.write("signers", format!("ada@example.com {}", home.read("ada.pub")));
    env.git_config("gpg.format", "ssh").git_config("user.signingkey", &home.path().join("ada.pub").to_string_lossy());
    for seed in 0..50u64 {
        let place = env.folder(&format!("seed-{seed}"));
        let scope = RandomScope::new(seed, place.path());
        let workspace = place.inside("workspace");
        workspace_of(template.path(), workspace.path(), &scope);
        let name = scope.name.to_string();
        let mut arguments = vec!["verify", name.as_str(), "--json", "--cache", "seen"];
        if seed % 10 == 0 {
            sign(&scope, &place.inside(&name));
            arguments.extend(["--signers", signers.as_str()]);
        }
        let look = || workspace.bit(&arguments).success().json();
        let (first, second) = (look(), look());
        for told in [&first, &second] {
            assert_eq!((&told["findings"], &told["versions"]), (&serde_json::json!([]), &first["versions"]), "{seed}");
        }
        assert_eq!((&first["read"], &second["read"]), (&first["versions"], &serde_json::json!(0)), "{seed}");
    }
}
