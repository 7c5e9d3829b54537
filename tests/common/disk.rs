//! A small disk that is really full.

use std::fs;

use super::{Folder, TestEnvironment, is_root};

/// A file system of its own, which goes with the test.
pub struct SmallDisk<'e> {
    folder: Folder<'e>,
}

impl<'e> SmallDisk<'e> {
    /// At this place on the machine of a test; else why not.
    pub fn mount(env: &'e TestEnvironment, name: &str, size: &str) -> Result<Self, String> {
        let folder = env.folder(name);
        if !is_root() {
            return Err("only root mounts".to_owned());
        }
        let parent = env.folder(".");
        let run = parent.program("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs", name]).run();
        match run.code {
            Some(0) => Ok(Self { folder }),
            _ => Err(run.stderr),
        }
    }

    /// Fill the disk but for this many bytes.
    pub fn leave_room(&self, bytes: u64) {
        self.leave_all();
        let path = self.folder.path().join("filling");
        let free = self.free();
        let wanted = usize::try_from(free.saturating_sub(bytes)).expect("a small disk");
        fs::write(path, vec![0; wanted]).expect("the filling fits");
    }

    /// All of it is there again.
    pub fn leave_all(&self) {
        if self.folder.exists("filling") {
            self.folder.remove("filling");
        }
    }

    fn free(&self) -> u64 {
        let run = self.folder.program("df").args(["--output=avail", "--block-size=1", "."]).run();
        let number = run.success().stdout.lines().last().unwrap_or_default().trim().to_owned();
        number.parse().expect("a number of bytes")
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        self.folder.inside("..").program("umount").arg(self.folder.path()).run();
    }
}
