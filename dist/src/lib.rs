//! Builds what is released for C: `cargo run -p orchestra-dist`.
//!
//! - [`libraries`] has Cargo build them, [`static_library`] leaves only the header's functions in the
//!   static one.
//! - [`stage`] lays everything out as it is installed: header, libraries, files for pkg-config and
//!   CMake, [`licences`].
//! - [`archive`] adds the bill of materials ([`sbom`]) and checksums, and packs it.
//!
//! [`policy`] checks the licences and sources of the dependencies.
//!
//! It runs on Linux with a C compiler and binutils.

pub mod archive;
pub mod command;
pub mod libraries;
pub mod licences;
pub mod metadata;
pub mod policy;
pub mod sbom;
pub mod stage;
pub mod static_library;

/// What can go wrong: always told to a person.
pub type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;
