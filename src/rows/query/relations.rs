//! Relations: the foreign keys under names, in both directions, so that queries can include related rows.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::rows::{Entity, Reader, data};

/// A named way from the rows of one entity to rows of another.
#[derive(Debug)]
pub struct Relation {
    /// Name, such as `Agent`.
    pub name: &'static str,
    /// Column of the starting row that is compared.
    pub(crate) own: &'static str,
    /// Entity that the relation leads to.
    pub target: &'static str,
    /// Column of the related rows that is compared.
    pub(crate) theirs: &'static str,
    /// True if the relation leads to any number of rows, false if to one at most.
    pub is_many: bool,
    /// Function that loads the rows whose column is in a JSON array.
    pub(crate) load: fn(&mut Reader<'_>, &'static str, String) -> Result<Vec<Value>>,
}

const ID: &str = "Id";

impl Relation {
    /// Creates the relation to the one row whose id is in `column` of the starting row.
    pub(crate) const fn one<R: Entity>(name: &'static str, column: &'static str) -> Self {
        Self::new::<R>(name, column, ID, false)
    }

    /// Creates the relation to all rows that have the starting row's id in `column`.
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
        let found = Self::of::<E>().find(|relation| relation.name == name);
        found.ok_or_else(|| {
            let known: Vec<&str> = Self::of::<E>().map(|relation| relation.name).collect();
            let reason = match known.as_slice() {
                [] => format!("must be a relation, and {} has none", E::NAME),
                known => format!("must be a relation of {}: {}", E::NAME, known.join(", ")),
            };
            Error::invalid(name, reason)
        })
    }
}
