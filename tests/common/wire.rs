//! A wire between bit and a host of this machine, which hangs up, is cut, is slow or loses what the host answers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The first calls are hung up on without a word.
    HangsUp(usize),
    /// Each push is cut off when so many bytes of it have gone to the host; 0: none is.
    CutsAfter(usize),
    /// The host gets the first push, and what it answers is lost.
    LosesTheAnswer,
    /// The same, and the line stays open.
    SwallowsTheAnswer,
    /// A web server answers without saying how much there is to say, and of a push so many bytes come through.
    BreaksOffTheAnswer(usize),
    /// It takes so long for every half kilobyte.
    IsSlow(Duration),
}

/// A wire that is there until the program ends.
pub struct Wire {
    port: u16,
    /// How many bytes of the last push came through.
    last_push: Arc<AtomicUsize>,
}

impl Wire {
    /// To the host at this port.
    pub fn to(host: u16, trouble: Trouble) -> Self {
        let here = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = here.local_addr().expect("an address").port();
        let last_push = Arc::new(AtomicUsize::new(0));
        let (heard, pushes) = (last_push.clone(), AtomicUsize::new(0));
        thread::spawn(move || {
            for (nth, call) in here.incoming().enumerate() {
                let Ok(call) = call else { continue };
                match trouble {
                    Trouble::HangsUp(first) if nth < first => drop(call.shutdown(Shutdown::Both)),
                    _ => put_through(call, host, (trouble, &pushes), &heard),
                }
            }
        });
        Self { port, last_push }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn last_push(&self) -> usize {
        self.last_push.load(Ordering::SeqCst)
    }
}

fn put_through(mut call: TcpStream, host: u16, (trouble, pushes): (Trouble, &AtomicUsize), heard: &Arc<AtomicUsize>) {
    let Ok(host) = TcpStream::connect(("127.0.0.1", host)) else {
        return drop(call.shutdown(Shutdown::Both));
    };
    // Whoever calls speaks first, and says what it is about.
    let Ok(mut first) = opening(&mut call) else { return };
    if let Trouble::BreaksOffTheAnswer(_) = trouble {
        first = String::from_utf8_lossy(&first).replacen(" HTTP/1.1\r\n", " HTTP/1.0\r\n", 1).into_bytes();
    }
    let length = first.len();
    let is_push = first.windows(16).any(|words| words == b"git-receive-pack");
    let swallows = trouble == Trouble::SwallowsTheAnswer;
    let loses =
        (swallows || trouble == Trouble::LosesTheAnswer) && is_push && pushes.fetch_add(1, Ordering::SeqCst) == 0;
    let cut = match trouble {
        Trouble::CutsAfter(bytes) if is_push && bytes > 0 => bytes,
        _ => usize::MAX,
    };
    let answer = match trouble {
        Trouble::BreaksOffTheAnswer(bytes) if is_push && first.starts_with(b"POST ") => bytes,
        _ => usize::MAX,
    };
    let sent = if is_push { heard.clone() } else { Arc::default() };
    sent.store(0, Ordering::SeqCst);
    let ends = || (call.try_clone().expect("a call"), host.try_clone().expect("a call"));
    let (mut from, mut to) = ends();
    let said = sent.clone();
    thread::spawn(move || {
        let mut chunk = first;
        while !chunk.is_empty() {
            // A web server is asked before on the same connection, or on another one.
            if chunk.starts_with(b"POST ") {
                said.store(0, Ordering::SeqCst);
            }
            let before = said.load(Ordering::SeqCst);
            chunk.truncate(cut - before);
            said.fetch_add(chunk.len(), Ordering::SeqCst);
            if write(&mut to, &chunk, trouble).is_err() || before + chunk.len() == cut {
                let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
                return;
            }
            chunk.resize(4096, 0);
            let read = from.read(&mut chunk).unwrap_or(0);
            chunk.truncate(read);
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let (mut to, mut from) = ends();
    thread::spawn(move || {
        let mut chunk = [0; 4096];
        let mut left = answer;
        while let Ok(read @ 1..) = from.read(&mut chunk[..left.min(4096)]) {
            left -= read;
            // What it says before it was asked for something is what it has.
            let is_lost = loses && sent.load(Ordering::SeqCst) > length;
            if !is_lost && to.write_all(&chunk[..read]).is_err() {
                break;
            }
        }
        if loses && swallows {
            // Nobody ends it: it is there until the program ends.
            loop {
                thread::park();
            }
        }
        let _ = to.shutdown(if loses { Shutdown::Both } else { Shutdown::Write });
    });
}

/// What git says first. To a daemon four digits for the length, and the rest; to a web server, which is asked for a push
/// on the connection that it goes over, a head. They may come in pieces.
fn opening(call: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut said = vec![0; 4];
    call.read_exact(&mut said)?;
    let length = std::str::from_utf8(&said).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
    match length {
        Some(length) => {
            said.resize(length.max(4), 0);
            call.read_exact(&mut said[4..])?;
        }
        None => {
            while !said.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                call.read_exact(&mut byte)?;
                said.push(byte[0]);
            }
        }
    }
    Ok(said)
}

fn write(to: &mut TcpStream, chunk: &[u8], trouble: Trouble) -> std::io::Result<()> {
    let Trouble::IsSlow(pause) = trouble else { return to.write_all(chunk) };
    chunk.chunks(512).try_for_each(|part| {
        thread::sleep(pause);
        to.write_all(part)
    })
}
