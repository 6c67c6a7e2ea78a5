//! `cargo run -p orchestra-dist [stage DIRECTORY | licences]`

use std::path::Path;
use std::process::ExitCode;

use orchestra_dist::metadata::{self, Metadata};
use orchestra_dist::{Result, archive, libraries, policy, stage};

const USAGE: &str = "\
usage: orchestra-dist                    packs a release into target/dist-archives
       orchestra-dist stage DIRECTORY    lays out there what is installed
       orchestra-dist licences           checks the dependencies against deny.toml";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        [] => pack(),
        ["stage", directory] => lay_out(Path::new(directory)),
        ["licences"] => check_licences(),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn lay_out(directory: &Path) -> Result<String> {
    let metadata = Metadata::read()?;
    stage::stage(&metadata, &libraries::build(&metadata)?, directory)?;
    Ok(directory.display().to_string())
}

fn pack() -> Result<String> {
    let metadata = Metadata::read()?;
    let libraries = libraries::build(&metadata)?;
    let directory = metadata::workspace().join("target/dist-archives");
    let archive = archive::archive(&metadata, &libraries, &directory)?;
    Ok(archive.display().to_string())
}

fn check_licences() -> Result<String> {
    Ok(format!(
        "deny.toml allows all {} packages",
        policy::check()?
    ))
}
