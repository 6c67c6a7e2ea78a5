//! A disk that loses its power: what it certainly holds after a row of events, and what else it may hold.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::image::{Entry, Image};
use crate::random::Random;

/// One change of the recorded directory. Paths are relative to it; the empty one is the directory itself.
#[derive(Debug, Clone)]
pub enum Event {
    Create {
        inode: u64,
        path: PathBuf,
        is_directory: bool,
    },
    Write {
        inode: u64,
        offset: usize,
        data: Vec<u8>,
    },
    Truncate {
        inode: u64,
        length: usize,
    },
    Sync {
        inode: u64,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Link {
        from: PathBuf,
        to: PathBuf,
    },
    Unlink {
        path: PathBuf,
    },
    /// The process told that something is done.
    Mark(String),
}

impl Event {
    /// The event without the bytes that were written.
    pub fn outline(&self) -> String {
        match self {
            Self::Write {
                inode,
                offset,
                data,
            } => format!("write {} at {offset} of {inode}", data.len()),
            other => format!("{other:?}"),
        }
    }
}

/// The rule by which names reach the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Model {
    /// In the order in which they were changed, as journalling file systems do it. Syncing a file or directory takes
    /// along what its own names need, and all that came before.
    Ordered,
    /// Each by itself, until its directory is synced: all that POSIX promises.
    Strict,
}

/// The part of what wasn't synced that an image holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remains {
    Nothing,
    Everything,
    /// Any writes, whole, in part or only by the size that they gave the file, and any names that the model allows.
    Some,
}

/// Syncs that the disk only pretends to do, so that the campaign can be seen to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    None,
    IgnoresSyncsOfLogs,
    IgnoresSyncsOfDirectories,
}

/// The number of bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;

#[derive(Debug)]
struct Node {
    first_name: PathBuf,
    is_directory: bool,
    synced: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { offset: usize, data: Vec<u8> },
    Truncate(usize),
}

#[derive(Debug)]
struct NameChange {
    /// Node of the directory that has the name.
    directory: usize,
    /// Node that has the name then, if any.
    node: Option<usize>,
    to: PathBuf,
    /// The name that the node had instead.
    from: Option<PathBuf>,
    is_synced: bool,
}

type Names = BTreeMap<PathBuf, usize>;

/// The disk after all events so far.
pub struct Disk {
    sabotage: Sabotage,
    nodes: Vec<Node>,
    node_of_inode: HashMap<u64, usize>,
    /// The names at the begin, all of them on the disk.
    base: Names,
    /// The names that the process sees.
    names: Names,
    changes: Vec<NameChange>,
    /// The number of changes that the ordered model has on the disk.
    journalled: usize,
}

impl Disk {
    /// A disk that holds these files, all of it synced. The directory itself is among them, with an empty path.
    pub fn holding(files: &[(u64, PathBuf, Option<Vec<u8>>)], sabotage: Sabotage) -> Self {
        let mut disk = Self {
            sabotage,
            nodes: Vec::new(),
            node_of_inode: HashMap::new(),
            base: Names::new(),
            names: Names::new(),
            changes: Vec::new(),
            journalled: 0,
        };
        for (inode, path, content) in files {
            let node = disk.node(*inode, path, content.is_none());
            disk.nodes[node].synced = content.clone().unwrap_or_default();
            disk.base.insert(path.clone(), node);
        }
        disk.names = disk.base.clone();
        disk
    }

    fn node(&mut self, inode: u64, path: &Path, is_directory: bool) -> usize {
        self.nodes.push(Node {
            first_name: path.to_owned(),
            is_directory,
            synced: Vec::new(),
            since: Vec::new(),
        });
        self.node_of_inode.insert(inode, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Create {
                inode,
                path,
                is_directory,
            } => {
                let node = self.node(*inode, path, *is_directory);
                self.change_name(path, Some(node), None);
            }
            Event::Write {
                inode,
                offset,
                data,
            } => {
                let (offset, data) = (*offset, data.clone());
                self.change_content(*inode, Change::Write { offset, data });
            }
            Event::Truncate { inode, length } => {
                self.change_content(*inode, Change::Truncate(*length));
            }
            Event::Sync { inode } => self.sync(self.node_of_inode[inode]),
            // Two names of one file stay as they are.
            Event::Rename { from, to } if self.names.get(to) == Some(&self.names[from]) => {}
            Event::Rename { from, to } => {
                assert_eq!(from.parent(), to.parent(), "the model has no such rename");
                self.change_name(to, Some(self.names[from]), Some(from));
            }
            Event::Link { from, to } => self.change_name(to, Some(self.names[from]), None),
            Event::Unlink { path } => self.change_name(path, None, None),
            Event::Mark(_) => {}
        }
    }

    fn change_content(&mut self, inode: u64, change: Change) {
        self.nodes[self.node_of_inode[&inode]].since.push(change);
    }

    fn change_name(&mut self, to: &Path, node: Option<usize>, from: Option<&Path>) {
        let change = NameChange {
            directory: self.names[to.parent().unwrap()],
            node,
            to: to.to_owned(),
            from: from.map(Path::to_owned),
            is_synced: false,
        };
        change.apply(&mut self.names);
        self.changes.push(change);
    }

    fn sync(&mut self, node: usize) {
        let Node {
            first_name,
            is_directory,
            ..
        } = &self.nodes[node];
        let is_ignored = match self.sabotage {
            Sabotage::None => false,
            Sabotage::IgnoresSyncsOfLogs => first_name.to_string_lossy().ends_with("-wal"),
            Sabotage::IgnoresSyncsOfDirectories => *is_directory,
        };
        if is_ignored {
            return;
        }
        let Node { synced, since, .. } = &mut self.nodes[node];
        since.drain(..).for_each(|change| change.apply(synced));
        for (place, change) in self.changes.iter_mut().enumerate() {
            change.is_synced |= change.directory == node;
            if change.directory == node || change.node == Some(node) {
                self.journalled = self.journalled.max(place + 1);
            }
        }
    }

    /// What the disk may hold if the power fails now.
    pub fn image(&self, model: Model, remains: Remains, random: &mut Random) -> Image {
        // Disks differ in how much they keep back.
        let keeps = [100, 500, 900, 990][random.index(4)];
        let names = self.names_that_remain(model, remains, keeps, random);
        let mut contents = HashMap::new();
        let mut entries = BTreeMap::new();
        for (path, node) in &names {
            let mut above = path.ancestors().skip(1);
            if !above.all(|directory| names.contains_key(directory)) {
                continue;
            }
            if self.nodes[*node].is_directory {
                entries.insert(path.clone(), Entry::Directory);
                continue;
            }
            let content = contents
                .entry(*node)
                .or_insert_with(|| self.nodes[*node].content(remains, keeps, random).into());
            let entry = Entry::File(*node, std::rc::Rc::clone(content));
            entries.insert(path.clone(), entry);
        }
        Image(entries)
    }

    fn names_that_remain(
        &self,
        model: Model,
        remains: Remains,
        keeps: u64,
        random: &mut Random,
    ) -> Names {
        let end = self.changes.len();
        let journalled = match remains {
            Remains::Nothing => self.journalled,
            Remains::Everything => end,
            Remains::Some => self.journalled + random.index(end - self.journalled + 1),
        };
        let mut names = self.base.clone();
        for (place, change) in self.changes.iter().enumerate() {
            let is_kept = match (model, remains) {
                (Model::Ordered, _) => place < journalled,
                (Model::Strict, Remains::Nothing) => change.is_synced,
                (Model::Strict, Remains::Everything) => true,
                (Model::Strict, Remains::Some) => change.is_synced || random.happens(keeps),
            };
            if is_kept {
                change.apply(&mut names);
            }
        }
        names
    }
}

impl NameChange {
    fn apply(&self, names: &mut Names) {
        if let Some(from) = &self.from {
            names.remove(from);
            self.move_what_is_below(from, names);
        }
        match self.node {
            Some(node) => names.insert(self.to.clone(), node),
            None => names.remove(&self.to),
        };
    }

    /// A directory takes along what is in it.
    fn move_what_is_below(&self, from: &Path, names: &mut Names) {
        let is_below = |path: &&PathBuf| path.starts_with(from);
        let below: Vec<_> = names.keys().filter(is_below).cloned().collect();
        for path in below {
            let moved = self.to.join(path.strip_prefix(from).unwrap());
            let node = names.remove(&path).unwrap();
            names.insert(moved, node);
        }
    }
}

impl Node {
    fn content(&self, remains: Remains, keeps: u64, random: &mut Random) -> Vec<u8> {
        let mut content = self.synced.clone();
        for change in &self.since {
            match remains {
                Remains::Nothing => {}
                Remains::Everything => change.apply(&mut content),
                Remains::Some if random.happens(keeps) => change.apply(&mut content),
                Remains::Some => change.apply_in_part(&mut content, random),
            }
        }
        content
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { offset, data } => put(content, *offset, data),
            Self::Truncate(length) => content.resize(*length, 0),
        }
    }

    /// Some sectors of it, its size alone, or nothing.
    fn apply_in_part(&self, content: &mut Vec<u8>, random: &mut Random) {
        let Self::Write { offset, data } = self else {
            return;
        };
        match random.index(3) {
            0 => {}
            1 => content.resize(content.len().max(offset + data.len()), 0),
            _ => {
                let mut begin = 0;
                while begin < data.len() {
                    let end = data.len().min(begin + SECTOR - (offset + begin) % SECTOR);
                    if random.happens(500) {
                        put(content, offset + begin, &data[begin..end]);
                    }
                    begin = end;
                }
            }
        }
    }
}

fn put(content: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    content.resize(content.len().max(end), 0);
    content[offset..end].copy_from_slice(data);
}
