//! Room on the stack for a parser that calls itself once for every level of nesting.
//!
//! A file may come from a stranger (or from a generator): 2,000 opening brackets must not end the program.

use std::{panic, thread};

/// What one opening bracket, and one byte of anything else that nests (`a=>a=>`, `!!!`), cost at most;
/// measured at 2.4 KiB and 310 bytes with oxc 0.146.
const PER_BRACKET: usize = 4 << 10;
const PER_BYTE: usize = 512;
/// What may be used of the stack of whichever thread this is; they have 2 MiB at least.
const AT_HAND: usize = 1 << 20;
/// More than this is not to be had on small machines.
const MOST: usize = 1 << 30;
/// Far deeper than any program a person or a tool writes, and shallow enough for `MOST`.
const DEEPEST: usize = 20_000;

/// The nesting is so deep that reading it would be a risk.
#[derive(Debug)]
pub(super) struct TooDeep;

/// Runs a reader of this source where it has room enough.
///
/// Most files are small, and are read right here. The others get a thread of their own,
/// which costs less than reading them does; of its stack only what is used is ever real memory.
pub(super) fn with_room<T: Send>(
    source: &str,
    read: impl FnOnce() -> T + Send,
) -> Result<T, TooDeep> {
    let room = room_for(source);
    if room <= AT_HAND {
        return Ok(read());
    }
    // Every bracket of a huge file was taken for a level. Here it is worth looking closer.
    if room > MOST && depth(source) > DEEPEST {
        return Err(TooDeep);
    }
    thread::scope(|scope| {
        let size = room.min(MOST).next_power_of_two();
        let reader = thread::Builder::new()
            .stack_size(size)
            .spawn_scoped(scope, read);
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
