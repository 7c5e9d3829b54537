//! Room on the stack for a parser that calls itself once for every level of nesting.
//!
//! A file may come from a stranger (or from a generator): 2,000 opening brackets must not end the program.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::{cell::Cell, panic, sync::LazyLock, thread};

/// What one opening bracket, and one byte of anything else that nests (`a=>a=>`, `!!!`), cost at most;
/// measured at 2.4 KiB and 310 bytes with oxc 0.146.
const PER_BRACKET: usize = 4 << 10;
const PER_BYTE: usize = 512;
/// What may be used of the stack of any thread; they have 2 MiB at least.
const AT_HAND: usize = 1 << 20;
/// What a reader's thread has, and how much of that a parser may use: enough for all but huge files.
const READER_STACK: usize = 64 << 20;
const READER_ROOM: usize = READER_STACK - (4 << 20);
/// More than this is not to be had on small machines.
const MOST: usize = 1 << 30;
/// Far deeper than any program a person or a tool writes, and shallow enough for `MOST`.
const DEEPEST: usize = 20_000;

/// The nesting is so deep that reading it would be a risk.
#[derive(Debug)]
pub(in crate::source) struct TooDeep;

thread_local! {
    static HERE: Cell<usize> = const { Cell::new(AT_HAND) };
}

/// Threads with large stacks, of which only what is used is ever real memory.
static READERS: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    let readers = ThreadPoolBuilder::new()
        .thread_name(|index| format!("reader-{index}"))
        .stack_size(READER_STACK)
        .start_handler(|_| HERE.set(READER_ROOM));
    readers.build().ok()
});

/// Runs work that scans many files, with rayon, on threads where each scan has room at once.
///
/// Elsewhere a scan works too, but a file of more than a screen or two then gets a thread of its own.
/// (Handing such files over to the readers one by one would not do: a rayon thread that waits for another pool takes
/// up the next file meanwhile, and the next, until its own stack is full.)
pub fn with_readers<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match &*READERS {
        Some(readers) => readers.install(work),
        None => work(),
    }
}

/// Runs a reader of this source where it has room enough.
pub(in crate::source) fn with_room<T: Send>(source: &str, read: impl FnOnce() -> T + Send) -> Result<T, TooDeep> {
    let room = room_for(source);
    if room <= HERE.get() {
        return Ok(read());
    }
    // Every bracket of a huge file was taken for a level. Here it is worth looking closer.
    if room > MOST && depth(source) > DEEPEST {
        return Err(TooDeep);
    }
    on_thread_of_its_own(room.min(MOST), read)
}

fn on_thread_of_its_own<T: Send>(room: usize, read: impl FnOnce() -> T + Send) -> Result<T, TooDeep> {
    thread::scope(|scope| {
        let reader = thread::Builder::new().stack_size(room + AT_HAND).spawn_scoped(scope, read);
        let result = reader.map_err(|_| TooDeep)?.join();
        Ok(result.unwrap_or_else(|panicked| panic::resume_unwind(panicked)))
    })
}

/// The most that a source of this length, with this many brackets, can take.
fn room_for(source: &str) -> usize {
    let brackets = source.bytes().filter(|byte| opens(*byte)).count();
    brackets * PER_BRACKET + source.len() * PER_BYTE
}

fn opens(byte: u8) -> bool {
    matches!(byte, b'(' | b'[' | b'{' | b'<' | b'`')
}

/// About how deep the brackets are; those in strings and comments are counted too.
fn depth(source: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
