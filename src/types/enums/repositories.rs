//! Enums of code repositories.

use super::stored_enum;

stored_enum! {
    /// The way in which a repository is kept.
    #[derive(Default)]
    RepositoryType("repository type") {
        /// Git keeps the repository.
        #[default]
        Git = 0,
        /// Subversion keeps the repository.
        Svn = 1,
        /// The repository is a directory without version control.
        Local = 2,
        /// The repository is on another machine.
        Remote = 3,
    }
}

stored_enum! {
    /// The people who may see a repository.
    #[derive(Default)]
    AccessLevel("access level") {
        /// Its owner sees the repository.
        #[default]
        Private = 0,
        /// The owner's team sees the repository.
        Team = 1,
        /// Everybody sees the repository.
        Public = 2,
    }
}
