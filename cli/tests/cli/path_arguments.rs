//! The arguments of the program that are paths. A test compares this list with the command tree.

/// What a command does with the file or directory at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathUse {
    /// It is the database of every command.
    Database,
    /// A file that is read.
    Input,
    /// A directory that is read.
    InputDirectory,
    /// A file that is written.
    Output,
    /// A directory in which files are written.
    OutputDirectory,
}

/// An argument that is a path.
#[derive(Debug)]
pub(crate) struct PathArgument {
    /// The command and the argument, such as `backup create file`.
    pub(crate) name: &'static str,
    pub(crate) use_: PathUse,
    /// A call, in which [`PATH`] stands for the path.
    pub(crate) call: &'static [&'static str],
}

/// Stands for the path in a call.
pub(crate) const PATH: &str = "PATH";

const fn argument(
    name: &'static str,
    use_: PathUse,
    call: &'static [&'static str],
) -> PathArgument {
    PathArgument { name, use_, call }
}

pub(crate) const PATH_ARGUMENTS: [PathArgument; 15] = [
    argument("db", PathUse::Database, &["--db", PATH, "status"]),
    argument(
        "backup auto directory",
        PathUse::OutputDirectory,
        &["backup", "auto", PATH],
    ),
    argument(
        "backup create file",
        PathUse::Output,
        &["backup", "create", PATH, "--yes"],
    ),
    argument(
        "backup list directory",
        PathUse::InputDirectory,
        &["backup", "list", PATH, "--verify"],
    ),
    argument(
        "backup verify file",
        PathUse::Input,
        &["backup", "verify", PATH],
    ),
    argument(
        "demo directory",
        PathUse::OutputDirectory,
        &[
            "demo",
            "--directory",
            PATH,
            "--tasks",
            "20",
            "--workers",
            "2",
        ],
    ),
    argument(
        "export all",
        PathUse::OutputDirectory,
        &["export", "--all", PATH],
    ),
    argument("import file", PathUse::Input, &["import", PATH]),
    argument("man directory", PathUse::OutputDirectory, &["man", PATH]),
    argument(
        "recover into",
        PathUse::Output,
        &["recover", "--into", PATH],
    ),
    argument(
        "report html",
        PathUse::Output,
        &["report", "--html", PATH, "--yes"],
    ),
    argument("restore file", PathUse::Input, &["restore", PATH, "--yes"]),
    argument(
        "templates publish file",
        PathUse::Input,
        &["templates", "publish", PATH],
    ),
    argument(
        "users erase backups",
        PathUse::InputDirectory,
        &["users", "erase", "ann", "--backups", PATH],
    ),
    argument(
        "workflows publish file",
        PathUse::Input,
        &["workflows", "publish", PATH],
    ),
];
