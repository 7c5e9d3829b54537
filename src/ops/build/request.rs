//! What is to be built, and which tasks that takes.

use crate::build::KeepCapsules;
use crate::ops::state::Component;
use crate::source::compile::is_compiled;
use crate::workspace::{Environment, Task, TaskWork};

/// What to build, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// Components of the workspace, by their places, each with the tasks that are wanted.
    pub components: Vec<(usize, Tasks)>,
    /// What becomes of capsules.
    pub capsules: KeepCapsules,
    /// What a failure means for the rest.
    pub failures: Failures,
}

/// Which of an environment's tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tasks {
    /// All of them.
    #[default]
    All,
    /// All but tests.
    WithoutTests,
    /// What makes `dist`: compiling, and TypeScript's declarations.
    Compiled,
    /// Tests, and what comes before them.
    UpToTests,
    /// None.
    None,
}

/// What a failure means for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Failures {
    /// What needs the component is not built; all else is, so that everything that fails is told at once.
    #[default]
    Stop,
    /// It is written down, and the rest is built all the same.
    Record,
}

/// The tasks that have something to do with a component.
pub(super) fn wanted<'a>(component: &Component, environment: &'a Environment, tasks: Tasks) -> Vec<&'a Task> {
    let last_test = environment.tasks.iter().rposition(Task::is_test);
    let is_wanted = |(at, task): &(usize, &Task)| match tasks {
        Tasks::All => true,
        Tasks::WithoutTests => !task.is_test(),
        Tasks::Compiled => !matches!(task.work, TaskWork::Command(_)),
        Tasks::None => false,
        Tasks::UpToTests => last_test.is_some_and(|last| *at <= last),
    };
    let has_work = |task: &&Task| {
        matches!(task.work, TaskWork::Command(_)) || component.files.iter().any(|file| is_compiled(&file.source.path))
    };
    environment.tasks.iter().enumerate().filter(is_wanted).map(|(_, task)| task).filter(has_work).collect()
}
