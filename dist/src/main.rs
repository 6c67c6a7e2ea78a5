//! `cargo run -p orchestra-dist [stage DIRECTORY]`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use orchestra_dist::metadata::{self, Metadata};
use orchestra_dist::{Result, archive, libraries, stage};

const USAGE: &str = "\
usage: orchestra-dist                    packs a release into target/dist-archives
       orchestra-dist stage DIRECTORY    lays out there what is installed";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        [] => pack(),
        ["stage", directory] => lay_out(Path::new(directory)),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(place) => {
            println!("{}", place.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn lay_out(directory: &Path) -> Result<PathBuf> {
    let metadata = Metadata::read()?;
    stage::stage(&metadata, &libraries::build(&metadata)?, directory)?;
    Ok(directory.to_owned())
}

fn pack() -> Result<PathBuf> {
    let metadata = Metadata::read()?;
    let libraries = libraries::build(&metadata)?;
    let directory = metadata::workspace().join("target/dist-archives");
    archive::archive(&metadata, &libraries, &directory)
}
