//! Functions whose time SQLite lets grow with the product of their arguments' lengths, written so that it grows with
//! the sum: nothing interrupts a function.

use std::collections::HashSet;
use std::ffi::{CStr, c_int};

use memchr::memmem;

use crate::sqlite::raw::{Function, FunctionCall, FunctionResult, RawHandle, SqliteStatus};

/// Defines them on a connection.
pub(super) fn define_all(connection: RawHandle<'_>) -> Result<(), SqliteStatus> {
    connection.define::<Instr>()?;
    connection.define::<Replace>()?;
    connection.define::<Trim<BOTH, 1>>()?;
    connection.define::<Trim<BOTH, 2>>()?;
    connection.define::<Trim<LEFT, 1>>()?;
    connection.define::<Trim<LEFT, 2>>()?;
    connection.define::<Trim<RIGHT, 1>>()?;
    connection.define::<Trim<RIGHT, 2>>()
}

/// `instr(X, Y)`: the number of the character, or of the byte of a BLOB, at which Y begins in X, or 0.
struct Instr;

impl Function for Instr {
    const NAME: &'static CStr = c"instr";
    const ARGUMENTS: c_int = 2;

    fn call(call: &FunctionCall<'_>) -> FunctionResult {
        let (Some(text), Some(part)) = (call.bytes(0), call.bytes(1)) else {
            return FunctionResult::Null;
        };
        let Some(place) = memmem::find(text, part) else {
            return FunctionResult::Integer(0);
        };
        let before = match call.is_blob(0) && call.is_blob(1) {
            true => place,
            false => characters(&text[..place]),
        };
        FunctionResult::Integer(i64::try_from(before).unwrap_or(i64::MAX).saturating_add(1))
    }
}

/// Counts the characters of a text in UTF-8.
fn characters(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

/// `replace(X, Y, Z)`: X with Z in the place of each Y.
struct Replace;

impl Function for Replace {
    const NAME: &'static CStr = c"replace";
    const ARGUMENTS: c_int = 3;

    fn call(call: &FunctionCall<'_>) -> FunctionResult {
        let (Some(text), Some(part), Some(other)) = (call.bytes(0), call.bytes(1), call.bytes(2))
        else {
            return FunctionResult::Null;
        };
        if part.is_empty() {
            return FunctionResult::Text(text.to_vec());
        }
        let longest = call.longest();
        let (mut result, mut done) = (Vec::new(), 0);
        for place in memmem::find_iter(text, part) {
            result.extend_from_slice(&text[done..place]);
            result.extend_from_slice(other);
            done = place + part.len();
            if result.len() > longest {
                return FunctionResult::TooLong;
            }
        }
        result.extend_from_slice(&text[done..]);
        FunctionResult::Text(result)
    }
}

const LEFT: u8 = 1;
const RIGHT: u8 = 2;
const BOTH: u8 = LEFT | RIGHT;

/// `trim(X)`, `trim(X, Y)`, `ltrim` and `rtrim`: X without spaces, or characters of Y, at its ends.
struct Trim<const ENDS: u8, const ARGUMENTS: c_int>;

impl<const ENDS: u8, const ARGUMENTS: c_int> Function for Trim<ENDS, ARGUMENTS> {
    const NAME: &'static CStr = match ENDS {
        LEFT => c"ltrim",
        RIGHT => c"rtrim",
        _ => c"trim",
    };
    const ARGUMENTS: c_int = ARGUMENTS;

    fn call(call: &FunctionCall<'_>) -> FunctionResult {
        let unwanted = if ARGUMENTS == 1 {
            Some(&b" "[..])
        } else {
            call.bytes(1)
        };
        let (Some(text), Some(unwanted)) = (call.bytes(0), unwanted) else {
            return FunctionResult::Null;
        };
        let (text, unwanted) = (
            String::from_utf8_lossy(text),
            String::from_utf8_lossy(unwanted),
        );
        let unwanted: HashSet<char> = unwanted.chars().collect();
        let mut text = &*text;
        if ENDS & LEFT != 0 {
            text = text.trim_start_matches(|c| unwanted.contains(&c));
        }
        if ENDS & RIGHT != 0 {
            text = text.trim_end_matches(|c| unwanted.contains(&c));
        }
        FunctionResult::Text(text.as_bytes().to_vec())
    }
}
