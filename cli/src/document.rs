//! Documents that a command takes from a file.

use std::io::ErrorKind;
use std::path::Path;

use orchestra_store::{Error, ErrorCode, Result};
use serde::de::DeserializeOwned;

/// The JSON document in a file.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => Error::new(
            ErrorCode::NotFound,
            format!("{name}: there is no such file"),
        ),
        _ => Error::from(e).while_doing(name.to_string()),
    })?;
    serde_json::from_str(&text).map_err(|e| Error::invalid(name.to_string(), e))
}
