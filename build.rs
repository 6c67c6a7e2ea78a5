//! Rebuilds the library when a migration is added or changed, which cargo wouldn't notice.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
