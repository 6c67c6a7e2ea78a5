//! Relations: the foreign keys under names, in both directions, so that queries can include related rows.

use super::condition::{Comparison, Test};
use super::include::{IncludeParts, IncludeReader, IncludedRows};
use super::specification::column;
use super::value::StoredValue;
use super::{Condition, include};
use crate::error::{Error, Result};
use crate::rows::Entity;

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
    /// Column and text that related rows must have, where the key alone doesn't tell to which table it belongs.
    only: Option<(&'static str, &'static str)>,
    /// Function that reads which related rows to include; all of them if nothing says so.
    pub(super) read: fn(&mut IncludeReader, IncludeParts<'_>) -> Result<IncludedRows>,
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
            only: None,
            read: include::read_rows::<R>,
        }
    }

    /// Returns the relation with only those related rows that have this text in a column.
    pub(crate) const fn only(self, column: &'static str, text: &'static str) -> Self {
        Self {
            only: Some((column, text)),
            ..self
        }
    }

    /// Returns the condition that related rows must meet beside the key.
    pub(crate) fn only_where<R: Entity>(&self) -> Result<Option<Condition<R>>> {
        let Some((name, text)) = self.only else {
            return Ok(None);
        };
        let value = StoredValue::Text(text.to_owned());
        let test = Test::Compare(column::<R>(name)?, Comparison::Equal, value);
        Ok(Some(Condition::test(test)))
    }

    /// Returns the relations that start from an entity.
    pub fn of<E: Entity>() -> impl Iterator<Item = &'static Self> {
        E::relations().iter()
    }

    /// Returns the relation from the rows of a tree to those right below them, if the entity is one.
    pub(crate) fn below<E: Entity>() -> Option<&'static Self> {
        Self::of::<E>().find(|relation| relation.is_many && relation.target == E::NAME)
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

    /// Returns the relation of an entity with this name, which must lead to `R`.
    pub(crate) fn leading_to<E: Entity, R: Entity>(name: &str) -> Result<&'static Self> {
        let relation = Self::named::<E>(name)?;
        if relation.target == R::NAME {
            return Ok(relation);
        }
        let reason = format!("must lead to {}, got {}", R::NAME, relation.target);
        Err(Error::invalid(relation.name, reason))
    }
}
