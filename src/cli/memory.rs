//! What becomes of memory that is let go.
//!
//! zlib takes 40 KB for every object that libgit2 reads, and gives them back. The C library in turn gives them back to
//! the system, which clears them for the next object: a third of the time of reading versions. A command lives for
//! moments, so what it had may stay with it.

/// Memory that was let go is used again, and not given back before the end.
pub fn keep() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (setting, bytes) in glibc::KEPT {
        // What it does not know it passes over.
        let _ = glibc::mallopt(setting, bytes);
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    const M_TRIM_THRESHOLD: i32 = -1;
    const M_TOP_PAD: i32 = -2;
    const M_MMAP_THRESHOLD: i32 = -3;

    /// How much may wait for its next use, is asked for at once, and is too large for either.
    pub const KEPT: [(i32, i32); 3] =
        [(M_TRIM_THRESHOLD, 256 << 20), (M_TOP_PAD, 1 << 20), (M_MMAP_THRESHOLD, 4 << 20)];

    // SAFETY: this is mallopt(3) of the C library that this is built for. It changes how much memory is kept, and
    // takes any numbers.
    unsafe extern "C" {
        pub safe fn mallopt(setting: i32, value: i32) -> i32;
    }
}
