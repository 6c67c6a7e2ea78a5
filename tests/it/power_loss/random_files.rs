//! Any changes of files, to see that the recorder misses none of them.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::random::Random;

/// Changes files at random, and syncs all of them at the end.
pub fn change(directory: &Path, seed: u64) {
    let mut random = Random::new(seed);
    fs::create_dir(directory.join("below")).unwrap();
    for _ in 0..60 {
        change_once(directory, &mut random);
    }
    let below = directory.join("below");
    for folder in [directory, &below] {
        for entry in fs::read_dir(folder).unwrap() {
            File::open(entry.unwrap().path())
                .unwrap()
                .sync_all()
                .unwrap();
        }
        File::open(folder).unwrap().sync_all().unwrap();
    }
}

fn change_once(directory: &Path, random: &mut Random) {
    let folder = [directory.to_owned(), directory.join("below")][random.index(2)].clone();
    let name = |random: &mut Random| folder.join(format!("file-{}", random.index(4)));
    let (file, other) = (name(random), name(random));
    match random.index(8) {
        0 if file.exists() => fs::remove_file(file).unwrap(),
        1 if file.exists() && file != other => fs::rename(file, other).unwrap(),
        2 if file.exists() && !other.exists() => fs::hard_link(file, other).unwrap(),
        3 if file.exists() => {
            fs::copy(file, other).map(drop).unwrap_or_default();
        }
        4 if file.exists() => File::open(file).unwrap().sync_data().unwrap(),
        5 => fs::write(file, vec![b'w'; random.index(3000)]).unwrap(),
        6 => File::open(folder).unwrap().sync_all().unwrap(),
        _ => edit(&file, random),
    }
}

fn edit(path: &PathBuf, random: &mut Random) {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path).unwrap();
    file.read_to_end(&mut Vec::new()).unwrap();
    file.seek(SeekFrom::Start(random.number(0..5000))).unwrap();
    let content = vec![b'a' + random.index(26) as u8; random.index(2000)];
    file.write_all(&content).unwrap();
    if random.happens(300) {
        file.set_len(random.number(0..5000)).unwrap();
    }
}
