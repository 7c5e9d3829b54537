//! `bit completions`: a script for each shell.

use crate::common::TestEnvironment;

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    let env = TestEnvironment::new();
    let folder = env.folder("nowhere");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        folder.bit(["completions", shell]).success().says("status").says("ignore-newest-version");
    }
    folder.bit(["completions", "fisch"]).fails(2).complains("fish");
}

#[test]
fn bash_can_read_its_script() {
    let env = TestEnvironment::new();
    let folder = env.folder("nowhere");
    folder.write("bit.bash", folder.bit(["completions", "bash"]).stdout);
    folder.program("bash").args(["-n", "bit.bash"]).run().success();
}
