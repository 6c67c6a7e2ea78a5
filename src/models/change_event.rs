use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::change_events;
use crate::types::{ChangeAction, JsonStr, StringList, Timestamp};

/// One change of one row, as those learn it who follow changes.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Queryable,
    Selectable,
    Identifiable,
    Insertable,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = change_events, primary_key(sequence), check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct ChangeEvent {
    /// Number, primary key; later commits have greater ones.
    pub sequence: i64,
    /// Table of the row, such as `Tasks`.
    pub entity_type: String,
    /// Id of the row.
    pub entity_id: String,
    /// What happened to the row.
    pub action: ChangeAction,
    /// Columns that changed, where the row was there before and is afterwards.
    pub changed_properties: Option<StringList>,
    /// Who did it.
    pub user_id: String,
    /// When it was committed.
    pub timestamp: Timestamp,
}

/// A [`ChangeEvent`] that has no number yet.
#[derive(Debug, Insertable)]
#[diesel(table_name = change_events, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub(crate) struct NewChangeEvent<'a> {
    pub(crate) entity_type: &'a str,
    pub(crate) entity_id: &'a str,
    pub(crate) action: ChangeAction,
    pub(crate) changed_properties: Option<JsonStr<'a>>,
    pub(crate) user_id: &'a str,
    pub(crate) timestamp: Timestamp,
}
