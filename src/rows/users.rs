//! The table `Users`.

use crate::rows::entity;
use crate::schema::users;
use crate::types::{Id, Timestamp};

/// Id of a [`User`].
pub type UserId = Id<User>;

entity! {
    /// A person or service that acts.
    #[derive(Debug)]
    pub struct User in users as "Users" {
        /// Primary key.
        pub id: UserId,
        /// Name to log in with, unique.
        pub user_name: String,
        /// Name to show.
        pub display_name: Option<String>,
        /// Address for mail.
        pub email: Option<String>,
        /// Whether the user may act.
        pub is_active: bool,
        /// When the row was created.
        pub created_at: Timestamp,
        /// When the row was last changed.
        pub updated_at: Timestamp,
        /// Who created the row.
        pub created_by: String,
        /// Who last changed the row.
        pub updated_by: String,
        /// Version of the row: each update adds one.
        pub row_version: i64,
    }
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by,
    version row_version,
}
