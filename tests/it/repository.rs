//! The texts of the repository, for tests that hold its structure.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of the repository that a test looks into.
pub struct Repository {
    pub root: PathBuf,
    /// The text of each file, by its path from the root.
    pub files: BTreeMap<PathBuf, String>,
}

impl Repository {
    /// Reads the files with these extensions below these places, which are paths from the root.
    pub fn read(places: &[&str], extensions: &[&str]) -> Self {
        let mut repository = Self {
            root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
            files: BTreeMap::new(),
        };
        for place in places {
            repository.add(Path::new(place), extensions);
        }
        repository
    }

    fn add(&mut self, directory: &Path, extensions: &[&str]) {
        for entry in fs::read_dir(self.root.join(directory)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            let path = directory.join(&name);
            let is_generated = name == "target" || name.to_string_lossy().starts_with('.');
            if entry.file_type().unwrap().is_dir() {
                if !is_generated {
                    self.add(&path, extensions);
                }
            } else if path
                .extension()
                .is_some_and(|e| extensions.iter().any(|x| e == *x))
            {
                let text = fs::read_to_string(entry.path()).unwrap();
                self.files.insert(path, text);
            }
        }
    }
}
