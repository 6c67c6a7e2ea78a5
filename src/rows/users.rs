//! Row of the table `Users`.

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
        /// Display name.
        pub display_name: Option<String>,
        /// E-mail address.
        pub email: Option<String>,
        /// True if the user may act.
        pub is_active: bool,
        /// Time at which the row was created.
        pub created_at: Timestamp,
        /// Time of the last change to the row.
        pub updated_at: Timestamp,
        /// User who created the row.
        pub created_by: String,
        /// User who last changed the row.
        pub updated_by: String,
        /// Version of the row; each update raises it.
        pub row_version: i64,
    }
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by,
    version row_version,
}
