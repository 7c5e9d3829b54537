//! Whether somebody is there who can answer.

use rustix::{stdio, termios::isatty};

/// Somebody who can answer: a question is read from the terminal, and what is asked is seen there. A CI job may have a
/// terminal too (`docker run --tty`), and nobody sits at it.
pub fn is_there() -> bool {
    isatty(stdio::stdin()) && isatty(stdio::stderr()) && !is_ci(std::env::var("CI").ok().as_deref())
}

/// Whether this says that it is a CI job.
fn is_ci(variable: Option<&str>) -> bool {
    variable.is_some_and(|value| !["", "0", "false"].contains(&value.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ci_job_says_so() {
        assert!(["true", "1", "yes"].iter().all(|value| is_ci(Some(value))));
        assert!(["", "0", "false", "False"].iter().all(|value| !is_ci(Some(value))));
        assert!(!is_ci(None));
    }
}
