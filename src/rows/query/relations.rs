//! Relations: the foreign keys under names, in both directions, so that queries can include related rows.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::rows::{Entity, Reader, data};

/// A named way from the rows of one entity to rows of another.
#[derive(Debug)]
pub struct Relation {
    /// Its name, such as `Agent`.
    pub name: &'static str,
    /// The column of the starting row that is compared.
    pub(crate) own: &'static str,
    /// The entity that it leads to.
    pub target: &'static str,
    /// The column of the other rows that is compared.
    pub(crate) theirs: &'static str,
    /// Whether it leads to any number of rows, and not to one at the most.
    pub is_many: bool,
    /// Loads the rows whose column is in a JSON array.
    pub(crate) load: fn(&mut Reader<'_>, &'static str, String) -> Result<Vec<Value>>,
}

const ID: &str = "Id";

impl Relation {
    /// Leads to the one row whose id is in `column` of the starting row.
    pub(crate) const fn one<R: Entity>(name: &'static str, column: &'static str) -> Self {
        Self::new::<R>(name, column, ID, false)
    }

    /// Leads to all rows in whose `column` the starting row's id is.
    pub(crate) const fn many<R: Entity>(name: &'static str, column: &'static str) -> Self {
        Self::new::<R>(name, ID, column, true)
    }

    const fn new<R: Entity>(
        name: &'static str,
        own: &'static str,
        theirs: &'static str,
        is_many: bool,
    ) -> Self {
        Self {
            name,
            own,
            target: R::NAME,
            theirs,
            is_many,
            load: data::load_json::<R>,
        }
    }

    /// Returns the relations that start from an entity.
    pub fn of<E: Entity>() -> impl Iterator<Item = &'static Self> {
        E::relations().iter()
    }

    /// Returns the relation of an entity with this name.
    pub fn named<E: Entity>(name: &str) -> Result<&'static Self> {
        let unknown = || Error::invalid(name, format!("{} has no such relation", E::NAME));
        Self::of::<E>()
            .find(|relation| relation.name == name)
            .ok_or_else(unknown)
    }
}
