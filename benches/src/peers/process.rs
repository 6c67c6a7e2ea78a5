//! A peer's program, and how it is talked to: a line `SIDE WORK COUNT` there, a line with
//! nanoseconds back.

use std::cell::RefCell;
use std::io::{BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::Work;

pub(super) struct Process {
    child: Child,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
    versions: String,
}

impl Process {
    /// Starts a program, which first says its versions.
    pub(super) fn start(mut program: Command) -> Self {
        program.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = program.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let versions = read_line(&mut output);
        Self {
            child,
            pipes: RefCell::new((input, output)),
            versions,
        }
    }

    pub(super) fn versions(&self) -> &str {
        &self.versions
    }

    /// Has one of its sides do some work, and returns the time that it took.
    pub(super) fn work(&self, side: &str, work: Work, count: u32) -> Duration {
        let (input, output) = &mut *self.pipes.borrow_mut();
        writeln!(input, "{side} {} {count}", work.word()).unwrap();
        input.flush().unwrap();
        Duration::from_nanos(read_line(output).parse().unwrap())
    }
}

fn read_line(output: &mut impl std::io::BufRead) -> String {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.trim().to_owned()
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends when its input does; that it is gone is all that is left to do where it hangs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
