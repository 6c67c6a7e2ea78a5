//! The content of a directory, in memory.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What a name leads to.
#[derive(Debug, Clone, Hash)]
pub enum Entry {
    Directory,
    /// Names with the same number are links to one file.
    File(usize, Rc<[u8]>),
}

/// All names of a directory and of those below it, relative to it; its own is empty.
#[derive(Debug)]
pub struct Image(pub BTreeMap<PathBuf, Entry>);

impl Image {
    /// A number that differs for images that differ.
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }

    /// Makes an empty directory one like this.
    pub fn write_to(&self, directory: &Path) {
        let mut written: HashMap<usize, PathBuf> = HashMap::new();
        for (path, entry) in &self.0 {
            let path = directory.join(path);
            match entry {
                Entry::Directory => std::fs::create_dir_all(path).unwrap(),
                Entry::File(number, content) => match written.get(number) {
                    Some(same) => std::fs::hard_link(same, path).unwrap(),
                    None => {
                        std::fs::write(&path, content).unwrap();
                        written.insert(*number, path);
                    }
                },
            }
        }
    }

    /// The names, and how long the files are.
    pub fn outline(&self) -> Vec<String> {
        let entries = self.0.iter();
        let outline = entries.map(|(path, entry)| match entry {
            Entry::Directory => format!("{}/", path.display()),
            Entry::File(_, content) => format!("{} ({})", path.display(), content.len()),
        });
        outline.collect()
    }

    /// Fails unless the directory is like this, but for shared memory, which isn't recorded.
    pub fn assert_is(&self, directory: &Path) {
        let mut real = BTreeMap::new();
        for (_, path, content) in files_of(directory) {
            real.insert(path, content);
        }
        real.retain(|path, _| !path.to_string_lossy().ends_with("-shm"));
        let paths: Vec<_> = self.0.keys().collect();
        assert_eq!(paths, real.keys().collect::<Vec<_>>());
        for (path, entry) in &self.0 {
            let same = match (entry, &real[path]) {
                (Entry::Directory, None) => true,
                (Entry::File(_, image), Some(real)) => image[..] == real[..],
                _ => false,
            };
            assert!(same, "{} is not as it was recorded", path.display());
        }
    }
}

/// All files and directories of a directory with their inodes and contents, itself first.
pub fn files_of(directory: &Path) -> Vec<(u64, PathBuf, Option<Vec<u8>>)> {
    let mut files = vec![(inode_of(directory), PathBuf::new(), None)];
    let mut next = 0;
    while next < files.len() {
        let (_, path, content) = &files[next];
        next += 1;
        if content.is_some() {
            continue;
        }
        let path = path.clone();
        for entry in std::fs::read_dir(directory.join(&path)).unwrap() {
            let entry = entry.unwrap();
            let is_file = entry.file_type().unwrap().is_file();
            let content = is_file.then(|| std::fs::read(entry.path()).unwrap());
            let inode = inode_of(&entry.path());
            files.push((inode, path.join(entry.file_name()), content));
        }
    }
    files
}

#[cfg(unix)]
fn inode_of(path: &Path) -> u64 {
    std::os::unix::fs::MetadataExt::ino(&path.metadata().unwrap())
}

/// Nothing is recorded there.
#[cfg(not(unix))]
fn inode_of(_: &Path) -> u64 {
    0
}
