//! One task of one component: what its result depends on, whether it is remembered, and running it.

use super::capsule::Contents;
use super::compile::compile;
use super::made::{Built, MadeFile, TaskFailure, TaskRun, Why};
use super::pipeline::Pipeline;
use crate::build::{Ending, Job, Key, Made, collect, missing, run, tail};
use crate::model::{ModuleSystem, fingerprint};
use crate::source::compile::{COMPILER, Problem, with_endings};
use crate::source::files::{MAX_FILE_SIZE, case_collisions, check_path};
use crate::workspace::{Declarations, Task};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A result as it is remembered.
#[derive(Serialize, Deserialize)]
struct Remembered {
    made: Vec<Made>,
    warnings: Vec<Problem>,
}

impl Pipeline<'_> {
    /// Compiles a member, or remembers what came of it. `None`: there is nothing to compile.
    pub(super) fn compile(&self, member: usize) -> Result<Built> {
        let (component, environment) = (self.component(member), self.members[member].environment);
        let mut built = Built::default();
        let key = self.compile_key(member, environment.declarations)?;
        if let Some(Remembered { made, warnings }) = self.remembered(&key) {
            built.files = made.into_iter().map(MadeFile::from).collect();
            built.warnings = warnings;
            built.tasks.push(TaskRun { task: "compile".to_owned(), ok: true, remembered: true });
            return Ok(built);
        }
        match compile(&self.author_files(member)?, &component.entry.main_file, component.module) {
            Ok(None) => {}
            Ok(Some((files, warnings))) => {
                (built.files, built.warnings) = (files, warnings);
                self.remember(key, &built.files, &built.warnings)?;
                built.tasks.push(TaskRun { task: "compile".to_owned(), ok: true, remembered: false });
            }
            Err(problems) => {
                built.failures.push(TaskFailure { task: "compile".to_owned(), why: Why::Compile(problems) });
                built.tasks.push(TaskRun { task: "compile".to_owned(), ok: false, remembered: false });
            }
        }
        Ok(built)
    }

    fn compile_key(&self, member: usize, declarations: Declarations) -> Result<Key> {
        let component = self.component(member);
        let files = component.files.iter().map(|file| &file.source);
        let files: Vec<_> = files.map(|file| (&file.path, file.mode, file.blob.as_bytes())).collect();
        let is_esm = component.module == ModuleSystem::Esm;
        let tsc = declarations == Declarations::Tsc;
        Ok(fingerprint(&postcard::to_stdvec(&("compile", COMPILER, &component.entry.main_file, is_esm, tsc, files))?))
    }

    /// Runs a command in a capsule of its own, or remembers what it made. Adds that to what was built before.
    pub(super) fn command(&self, member: usize, task: &Task, line: &str, built: &mut Built) -> Result<()> {
        let contents = self.contents(member, built)?;
        let key = self.command_key(member, task, line, &contents, built)?;
        if let Some(Remembered { made, .. }) = self.remembered(&key) {
            take_in(built, task, made.into_iter().map(MadeFile::from).collect());
            built.tasks.push(TaskRun { task: task.name.clone(), ok: true, remembered: true });
            return Ok(());
        }
        let capsule = self.make_capsule(member, task, contents)?;
        if self.keeps_capsules() {
            built.capsules.push(capsule.folder.clone());
        }
        let why = match self.run_in(&capsule.folder, member, task, line)? {
            None => match self.collected(&capsule.folder, member, task) {
                Ok(made) => {
                    self.remember(key, &made, &[])?;
                    take_in(built, task, made);
                    None
                }
                Err(why) => Some(why),
            },
            failed => failed,
        };
        built.tasks.push(TaskRun { task: task.name.clone(), ok: why.is_none(), remembered: false });
        built.failures.extend(why.map(|why| TaskFailure { task: task.name.clone(), why }));
        if !self.keeps_capsules() {
            capsule.remove();
        }
        Ok(())
    }

    /// Has the workspace's own TypeScript write the declarations. One that happens to be on this machine is none: what is
    /// built must not depend on that.
    pub(super) fn declarations(&self, member: usize, task: &Task, built: &mut Built) -> Result<()> {
        if !self.root.join("node_modules/.bin/tsc").is_file() {
            built.failures.push(TaskFailure { task: task.name.clone(), why: Why::NoTypeScript });
            built.tasks.push(TaskRun { task: task.name.clone(), ok: false, remembered: false });
            return Ok(());
        }
        let version = self.installed.version_of("", "typescript").unwrap_or_default();
        let line = format!("{} # TypeScript {version}", self.tsc(member));
        self.command(member, task, &line, built)?;
        self.put_endings(member, built);
        Ok(())
    }

    /// TypeScript leaves specifiers as their author wrote them; those who resolve as Node does find nothing there.
    fn put_endings(&self, member: usize, built: &mut Built) {
        let author_files = self.component(member).files.iter().map(|file| file.source.path.as_str());
        let files: Vec<(&str, &[u8])> =
            built.files.iter().map(|file| (file.path.as_str(), file.content.as_slice())).collect();
        for (at, content) in with_endings(author_files, self.component(member).module, &files) {
            let MadeFile { path, executable, .. } = built.files[at].clone();
            built.files[at] = MadeFile::from(Made { path, executable, content });
        }
    }

    /// The line by which TypeScript writes declarations: with the component's own tsconfig.json, where it has one.
    fn tsc(&self, member: usize) -> String {
        const OWN: &str = "tsconfig.json";
        let component = self.component(member);
        let options = if component.file(OWN).is_some() {
            r#""extends": "./tsconfig.json", "compilerOptions": {"#.to_owned()
        } else {
            // "preserve" has what CommonJS has (`export =`), and finds packages as the other does.
            let module = match component.module {
                ModuleSystem::Esm => "esnext",
                ModuleSystem::CommonJs => "preserve",
            };
            format!(
                r#""compilerOptions": {{"target": "esnext", "module": "{module}", "moduleResolution": "bundler", "jsx": "preserve", "strict": true, "skipLibCheck": true, "#
            )
        };
        let always = r#""declaration": true, "emitDeclarationOnly": true, "noEmit": false, "composite": false, "incremental": false, "rootDir": ".", "outDir": "dist"}"#;
        let files = r#""include": ["**/*"], "exclude": ["dist", "node_modules"]"#;
        format!("printf '%s' '{{{options}{always}, {files}}}' > tsconfig.bit.json && tsc --project tsconfig.bit.json")
    }

    fn command_key(&self, member: usize, task: &Task, line: &str, contents: &Contents, built: &Built) -> Result<Key> {
        let component = self.component(member);
        let counts = |path: &str| task.inputs.as_ref().is_none_or(|inputs| inputs.matches(path));
        let files = component.files.iter().map(|file| &file.source).filter(|file| counts(&file.path));
        let files: Vec<_> = files.map(|file| (&file.path, file.mode, file.blob.as_bytes())).collect();
        let made: Vec<_> = built.files.iter().map(|file| (&file.path, file.executable, file.blob.as_bytes())).collect();
        let needs =
            contents.packages.iter().map(|package| Ok((self.name_of(package).to_string(), self.digest(package)?)));
        let needs = needs.collect::<Result<Vec<_>>>()?;
        let root_dir = &component.entry.root_dir;
        let closure = |name: &String| self.installed.closure_of(root_dir, name);
        let outside: Vec<_> = contents.outside.iter().filter_map(|name| Some((name, closure(name)?))).collect();
        let definition = (line, &task.outputs, task.inputs.as_ref().map(|inputs| &inputs.patterns));
        let installed = (outside, self.programs(), self.tools(line));
        let key =
            ("command", definition, component.package.as_str(), files, made, &contents.package_json, needs, installed);
        Ok(fingerprint(&postcard::to_stdvec(&key)?))
    }

    /// Why it failed, if it did.
    fn run_in(&self, capsule: &Path, member: usize, task: &Task, line: &str) -> Result<Option<Why>> {
        let log = PathBuf::from(format!("{}.log", capsule.display()));
        let programs = self.root.join("node_modules/.bin");
        Ok(match run(&Job { line, folder: capsule, programs: &programs, log: &log })? {
            Ending::Passed => None,
            Ending::Failed(code) => {
                let tail = tail(&log)?;
                Some(Why::Command { code, tail, log: self.keep_log(member, task, &log) })
            }
        })
    }

    /// What it made, if that is all of its outputs, and a version can hold it beside the author's files.
    fn collected(&self, capsule: &Path, member: usize, task: &Task) -> Result<Vec<MadeFile>, Why> {
        match missing(capsule, &task.outputs) {
            none if none.is_empty() => self.made_in(capsule, member, task).map_err(Why::Output),
            outputs => Err(Why::Missing(outputs)),
        }
    }

    fn made_in(&self, capsule: &Path, member: usize, task: &Task) -> Result<Vec<MadeFile>, String> {
        let made = collect(capsule, &task.outputs, MAX_FILE_SIZE)?;
        for file in &made {
            check_path(&file.path).map_err(|why| format!("{}: {why}", file.path.escape_debug()))?;
        }
        let sources = self.component(member).files.iter().map(|file| file.source.path.as_str());
        let mut all: Vec<&str> = sources.chain(made.iter().map(|file| file.path.as_str())).collect();
        all.sort_unstable();
        match case_collisions(all).first() {
            Some((path, with)) => Err(format!("{path} and {with} are one name on some machines")),
            None => Ok(made.into_iter().map(MadeFile::from).collect()),
        }
    }

    fn remembered(&self, key: &Key) -> Option<Remembered> {
        postcard::from_bytes(&self.results().get(key)?).ok()
    }

    fn remember(&self, key: Key, made: &[MadeFile], warnings: &[Problem]) -> Result<()> {
        let made = made.iter().cloned().map(Made::from).collect();
        let remembered = Remembered { made, warnings: warnings.to_vec() };
        self.results().put(key, postcard::to_stdvec(&remembered)?);
        Ok(())
    }
}

/// What a task made takes the place of what was below its outputs before.
fn take_in(built: &mut Built, task: &Task, made: Vec<MadeFile>) {
    built.files.retain(|file| !task.outputs.iter().any(|output| is_within(&file.path, output)));
    built.files.extend(made);
    built.files.sort_by(|a, b| a.path.cmp(&b.path));
}

/// Whether a path is this file or folder, or lies in it.
pub fn is_within(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
