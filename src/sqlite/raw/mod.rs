//! SQLite's C interface in safe types, as far as the kernel needs more than Diesel offers: the one place of the
//! kernel with `unsafe`.
//!
//! All of it rests on one rule: a [`RawConnection`] holds a Diesel connection together with its handle, and every
//! [`RawHandle`], [`RawStatement`] and [`RawBackup`] borrows it. So the connection is open as long as any of them
//! exists, and one thread uses it at a time. Code that gets `&mut` of the Diesel connection must not put another
//! one in its place.
#![allow(unsafe_code, reason = "SQLite's C interface")]

mod backup;
mod connection;
mod functions;
mod handle;
mod hooks;
mod limits;
mod opening;
mod process;
mod statement;
mod temporary_files;
mod trace;

use std::ffi::c_int;

pub(super) use backup::RawBackup;
pub(super) use connection::RawConnection;
pub(super) use functions::{Function, FunctionCall, FunctionResult};
pub(super) use handle::ConnectionOption;
pub(crate) use handle::RawHandle;
pub(super) use hooks::{Authorizer, LOCK_PAUSE, SqlAction};
pub(super) use limits::ConnectionLimit;
pub(super) use process::{configure_process, version_number};
pub(crate) use process::{sqlite_version, text_of_code};
pub(super) use statement::{RawStatement, RawValue};
pub(super) use temporary_files::TemporaryFiles;
pub(super) use trace::EndedStatement;

/// SQLite's result code of a call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SqliteStatus(pub(super) c_int);

impl SqliteStatus {
    /// Fails where the result code isn't `SQLITE_OK`.
    fn check(code: c_int) -> Result<(), Self> {
        match code {
            libsqlite3_sys::SQLITE_OK => Ok(()),
            code => Err(Self(code)),
        }
    }
}
