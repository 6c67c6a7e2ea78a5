//! Documents that a command takes from a file.

use std::path::Path;

use orchestra_store::maintenance::documents;
use orchestra_store::{Error, Result};
use serde::de::DeserializeOwned;

/// Stands for the standard input, or the standard output.
pub(crate) const STANDARD_STREAM: &str = "-";

/// Reads the JSON document in a file, or in the standard input for `-`.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let (name, text) = if path == Path::new(STANDARD_STREAM) {
        let name = "the standard input";
        let text = documents::read_stream(std::io::stdin().lock(), name)?;
        (name.to_owned(), text)
    } else {
        (path.display().to_string(), documents::read(path)?)
    };
    serde_json::from_str(&text).map_err(|e| Error::invalid(name, e))
}
