//! `orchestra`: looks after the database of an orchestrator from the command line.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod arguments;
mod byte_size;
mod commands;
mod demo;
mod document;
mod exit_code;
mod interrupt;
mod output;
mod period;
mod progress;
mod report;
mod session;
mod visible;

use std::io::ErrorKind;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind as ClapErrorKind;
use orchestra_store::{Error, ErrorCode};

use arguments::Arguments;
use exit_code::Exit;
use output::{Format, Output};
use session::Session;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refused) => return refuse(&refused).into(),
    };
    let output = Output::new(Format::new(arguments.global.json));
    let mut session = Session::new(arguments.global, output);
    let ran = interrupt::listen().and_then(|()| commands::run(&arguments.command, &session));
    match ran {
        Ok(exit) => exit.into(),
        Err(error) => {
            let error = session.explain(error);
            output.error(&error);
            Exit::from(error.code()).into()
        }
    }
}

/// Tells what clap has to say: help, the version, or what is wrong with the arguments.
fn refuse(refused: &clap::Error) -> Exit {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    let is_help = refused.kind() == ClapErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if refused.use_stderr() && (wants_json || !is_help) {
        // Not by clap itself: the message repeats arguments as they are.
        let message = refused.to_string();
        let message = message.trim_start_matches("error: ").trim_end();
        let error = Error::new(ErrorCode::InvalidArgument, message);
        Output::new(Format::new(wants_json)).error(&error);
        return Exit::Usage;
    }
    match refused.print() {
        _ if refused.use_stderr() => Exit::Usage,
        // Nothing is left to be told to somebody who closed the pipe.
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            let message = format!("the standard output can't be written to: {e}");
            let error = Error::new(ErrorCode::Io, message);
            Output::new(Format::new(wants_json)).error(&error);
            Exit::Failed
        }
        _ => Exit::Ok,
    }
}
