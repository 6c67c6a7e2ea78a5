//! The `entity!` macro, which declares the row of a table and implements [`Entity`](super::Entity) for it.

use super::query::columns::{Column, ColumnKind, Columns, ReadEnum};

/// Names that the expansion of the macro uses.
pub(crate) mod names {
    pub(crate) use std::ops::ControlFlow;
    pub(crate) use std::sync::LazyLock;

    pub(crate) use diesel::connection::DefaultLoadingMode;
    pub(crate) use diesel::prelude::*;

    pub(crate) use super::{describe, selected};
    pub(crate) use crate::error::Result;
    pub(crate) use crate::rows::cell::{Cell, FieldType as _};
    pub(crate) use crate::rows::entity::KeptColumns;
    pub(crate) use crate::rows::query::columns::Column;
    pub(crate) use crate::rows::query::{
        AggregateOf, Changes, Condition, OrderBy, Relation, Selection, StoredValue, ValueOf,
    };
    pub(crate) use crate::rows::visibility::owners_seen_by;
    pub(crate) use crate::rows::{Entity, UnitOfWork, UserContext};
    pub(crate) use crate::sqlite::dialect::{self, FindRow, RowColumns, TextCell};
    pub(crate) use crate::sqlite::{Backend, Conn};
    pub(crate) use crate::types::{Id, Timestamp};
}

/// Builds the query of a selection.
macro_rules! selected {
    ($table:ident, $selection:ident) => {{
        let mut query = $table::table
            .select(Self::row_columns()?)
            .into_boxed::<Backend>();
        for condition in $selection.conditions {
            query = query.filter(*condition);
        }
        if let Some(limit) = $selection.limit {
            query = query.limit(limit.into());
        }
        if let Some(offset) = $selection.offset {
            query = query.offset(offset);
        }
        query.order(OrderBy::<Self>::new($selection.orders))
    }};
}

/// Declares the row of a table, and implements [`Entity`] for it.
///
/// The struct gets the derives that each row needs, with the names of its columns in JSON; further ones, such as
/// `Debug`, stand above it. The clauses come in this order, and all but `created` and `updated` may be left out:
///
/// ```text
/// entity! {
///     /// Documentation of the row.
///     #[derive(Debug)]
///     pub struct Agent in agents as "Agents" {          // the table in `schema`, and its name in the database
///         /// Documentation of the column.
///         pub id: AgentId,
///         …
///     }
///     created { created_at, updated_at } by created_by, // columns that an insertion stamps
///     updated { updated_at } by updated_by,             // columns that an update stamps
///     version row_version,                              // counts updates; a table without it is a log
///     numbered number within session_id,                // the place among the rows with this value, from 1
///     followed by note_message,                         // function that writes what other rows keep about a new one
///     deleted is_deleted at deleted_at by deleted_by,   // deletion marks a row instead of removing it
///     seen by user_id,                                  // only this user, and everyone if `default`, sees a row
///     secret sealed_columns,                            // method that returns the columns no log may show
///     locked is_read_only,                              // true in a row that must not change
///     kept {
///         [status] by "claim and start",                // columns that only these operations change
///         [last_ping] unversioned "heartbeat",          // the same, for a change that leaves the version as it is
///     },
///     given { last_ping },                              // columns among these whose first values a new row gives
///     derived { status },                               // columns among these that follow from other rows' audit entries
///     unrecorded { lease_boot },                        // columns that audit entries leave out
///     relations {
///         Repository: one CodeRepository by "RepositoryId", // the row whose id is in this column
///         Tasks: many Task by "AgentId",                    // the rows that have this row's id in this column
///         Metrics: many PerformanceMetric by "EntityId" where "EntityType" = "Agent", // and this text in another
///     },
/// }
/// ```
macro_rules! entity {
    (
        $(#[$about:meta])*
        pub struct $row:ident in $table:ident as $name:literal {
            $( $(#[$attribute:meta])* pub $field:ident: $type:ty, )+
        }
        created { $($created:ident),* } $(by $created_by:ident)?,
        updated { $($updated:ident),* } $(by $updated_by:ident)?
        $(, version $version:ident)?
        $(, numbered $number:ident within $group:ident)?
        $(, followed by $follow:path)?
        $(, deleted $is_deleted:ident at $deleted_at:ident by $deleted_by:ident)?
        $(, seen by $owner:ident)?
        $(, secret $secret:ident)?
        $(, locked $locked:ident)?
        $(, kept { $([$($kept:ident),+ $(,)?] $how:ident $writer:literal),+ $(,)? })?
        $(, given { $($given:ident),+ $(,)? })?
        $(, derived { $($derived:ident),+ $(,)? })?
        $(, unrecorded { $($unrecorded:ident),+ $(,)? })?
        $(, relations {
            $($relation:ident: $cardinality:ident $target:ident by $key:literal
                $(where $only:literal = $text:literal)?),* $(,)?
        })?
        $(,)?
    ) => {
        $(#[$about])*
        #[derive(
            Clone,
            PartialEq,
            diesel::Queryable,
            diesel::Selectable,
            diesel::Identifiable,
            diesel::Insertable,
            serde::Serialize,
            serde::Deserialize,
        )]
        #[serde(rename_all = "PascalCase")]
        #[diesel(
            table_name = $table,
            check_for_backend(diesel::sqlite::Sqlite),
            treat_none_as_default_value = false
        )]
        pub struct $row {
            $( $(#[$attribute])* pub $field: $type, )+
        }

        const _: () = {
            use $crate::rows::entity_macro::names::*;

            impl $row {
                fn row_columns() -> QueryResult<RowColumns<Self>> {
                    static TEXT: TextCell = TextCell::new();
                    RowColumns::of(&TEXT)
                }
            }

            impl Entity for $row {
                type Table = $table::table;
                const NAME: &'static str = $name;
                const IS_LOG: bool = true $(&& stringify!($version).is_empty())?;
                const KEEPS_DELETED: bool = false $(|| !stringify!($is_deleted).is_empty())?;

                $(const OWNER: Option<&'static str> = Some(<$table::$owner as diesel::Column>::NAME);)?

                fn id(&self) -> &Id<Self> {
                    &self.id
                }

                #[allow(unused_variables, reason = "not every table has these columns")]
                fn stamp_created(&mut self, now: Timestamp, user: &str) {
                    $(self.$created = now.into();)*
                    $(self.$created_by = user.into();)?
                    $(self.$updated_by = user.into();)?
                }

                #[allow(unused_variables, reason = "not every table has these columns")]
                fn stamp_updated(&mut self, now: Timestamp, user: &str) {
                    $(self.$updated = now.into();)*
                    $(self.$updated_by = user.into();)?
                }

                fn row_version(&self) -> Option<i64> {
                    #[allow(unused_mut, unused_assignments, reason = "logs have no version")]
                    let mut version = None;
                    $(version = Some(self.$version);)?
                    version
                }

                #[allow(unused_variables, reason = "logs have no version")]
                fn set_row_version(&mut self, version: i64) {
                    $(self.$version = version;)?
                }

                $(fn assign_number(&mut self, conn: &mut Conn) -> QueryResult<()> {
                    if self.$number == 0 {
                        let last: Option<i64> = $table::table
                            .filter($table::$group.eq(&self.$group))
                            .select(diesel::dsl::max($table::$number))
                            .first(conn)?;
                        self.$number = last.unwrap_or(0) + 1;
                    }
                    Ok(())
                })?

                $(fn follow_insertion(&self, uow: &mut UnitOfWork<'_>) -> Result<()> {
                    $follow(self, uow)
                })?

                $(fn owner(&self) -> Option<&str> {
                    Some(self.$owner.as_str())
                })?

                $(fn secret_columns(&self) -> &'static [&'static str] {
                    self.$secret()
                })?

                const KEPT: &'static [KeptColumns] = &[
                    $($(KeptColumns::$how(
                        &[$(<$table::$kept as diesel::Column>::NAME),+],
                        $writer,
                    ),)+)?
                    $(KeptColumns::by(
                        &[
                            <$table::$is_deleted as diesel::Column>::NAME,
                            <$table::$deleted_at as diesel::Column>::NAME,
                            <$table::$deleted_by as diesel::Column>::NAME,
                        ],
                        "delete and restore",
                    ),)?
                    $(KeptColumns::by(
                        &[<$table::$number as diesel::Column>::NAME],
                        "the store",
                    ),)?
                ];

                $(const GIVEN: &'static [&'static str] =
                    &[$(<$table::$given as diesel::Column>::NAME),+];)?

                $(const DERIVED: &'static [&'static str] =
                    &[$(<$table::$derived as diesel::Column>::NAME),+];)?

                $(const UNRECORDED: &'static [&'static str] =
                    &[$(<$table::$unrecorded as diesel::Column>::NAME),+];)?

                $(fn is_locked(&self) -> bool {
                    self.$locked
                })?

                fn is_deleted(&self) -> Option<bool> {
                    #[allow(unused_mut, unused_assignments, reason = "few tables have this column")]
                    let mut is_deleted = None;
                    $(is_deleted = Some(self.$is_deleted);)?
                    is_deleted
                }

                #[allow(unused_variables, reason = "few tables have these columns")]
                fn set_deleted(&mut self, deletion: Option<(Timestamp, &str)>) {
                    $(
                        self.$is_deleted = deletion.is_some();
                        self.$deleted_at = deletion.map(|(at, _)| at);
                        self.$deleted_by = deletion.map(|(_, user)| user.to_owned());
                    )?
                }

                #[allow(unused_variables, unused_mut, reason = "few tables have these columns")]
                fn default_condition(
                    user: &UserContext,
                    with_deleted: bool,
                ) -> Option<Condition<Self>> {
                    let mut conditions: Vec<Condition<Self>> = Vec::new();
                    $(if !with_deleted {
                        conditions.push(Condition::matching(diesel::dsl::not($table::$is_deleted)));
                    })?
                    $(
                        let [own, everyones] = owners_seen_by(user).map(|owner| $table::$owner.eq(owner.to_owned()));
                        conditions.push(Condition::matching(own.or(everyones)));
                    )?
                    conditions.into_iter().reduce(Condition::and)
                }

                fn columns() -> &'static [Column] {
                    static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
                        describe::<<$table::table as Table>::AllColumns>(&[
                            $((<$table::$field as diesel::Column>::NAME, <$type>::ENUM)),+
                        ])
                    });
                    &COLUMNS
                }

                fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
                    [$(Cell {
                        name: <$table::$field as diesel::Column>::NAME,
                        value: &self.$field,
                    }),+]
                    .into_iter()
                }

                $(fn relations() -> &'static [Relation] {
                    static RELATIONS: &[Relation] = &[$(
                        Relation::$cardinality::<$target>(stringify!($relation), $key)
                            $(.only($only, $text))?
                    ),*];
                    RELATIONS
                })?

                fn find(conn: &mut Conn, id: &Id<Self>) -> QueryResult<Option<Self>> {
                    static TEXT: TextCell = TextCell::new();
                    let query = || $table::table.find(id).select(Self::as_select());
                    FindRow::like(&TEXT, query, id)?.get_result(conn).optional()
                }

                fn find_where(
                    conn: &mut Conn,
                    id: &Id<Self>,
                    condition: &Condition<Self>,
                ) -> QueryResult<Option<Self>> {
                    $table::table
                        .find(id)
                        .filter(condition)
                        .select(Self::row_columns()?)
                        .get_result(conn)
                        .optional()
                }

                fn load(conn: &mut Conn, selection: &Selection<'_, Self>) -> QueryResult<Vec<Self>> {
                    let mut rows = Vec::with_capacity(selection.likely_rows());
                    for row in selected!($table, selection).load_iter::<Self, DefaultLoadingMode>(conn)? {
                        rows.push(row?);
                    }
                    Ok(rows)
                }

                fn for_each(
                    conn: &mut Conn,
                    selection: &Selection<'_, Self>,
                    each: &mut dyn FnMut(Self) -> ControlFlow<()>,
                ) -> QueryResult<()> {
                    for row in selected!($table, selection).load_iter::<Self, DefaultLoadingMode>(conn)? {
                        if each(row?).is_break() {
                            break;
                        }
                    }
                    Ok(())
                }

                fn aggregate(
                    conn: &mut Conn,
                    condition: Option<&Condition<Self>>,
                    aggregate: AggregateOf<Self>,
                ) -> QueryResult<Option<StoredValue>> {
                    let mut query = $table::table.select(aggregate).into_boxed::<Backend>();
                    if let Some(condition) = condition {
                        query = query.filter(condition);
                    }
                    query.get_result(conn)
                }

                fn each_value(
                    conn: &mut Conn,
                    condition: Option<&Condition<Self>>,
                    column: ValueOf<Self>,
                    each: &mut dyn FnMut(StoredValue),
                ) -> QueryResult<()> {
                    let mut query = $table::table.select(column).into_boxed::<Backend>();
                    if let Some(condition) = condition {
                        query = query.filter(condition);
                    }
                    for value in query.load_iter::<Option<StoredValue>, DefaultLoadingMode>(conn)? {
                        value?.into_iter().for_each(&mut *each);
                    }
                    Ok(())
                }

                fn exists(conn: &mut Conn, condition: Option<&Condition<Self>>) -> QueryResult<bool> {
                    let mut query = $table::table.into_boxed::<Backend>();
                    if let Some(condition) = condition {
                        query = query.filter(condition);
                    }
                    diesel::select(diesel::dsl::exists(query)).get_result(conn)
                }

                fn count(conn: &mut Conn, condition: Option<&Condition<Self>>) -> QueryResult<i64> {
                    let mut query = $table::table.count().into_boxed::<Backend>();
                    if let Some(condition) = condition {
                        query = query.filter(condition);
                    }
                    query.get_result(conn)
                }

                fn insert(&self, conn: &mut Conn) -> QueryResult<()> {
                    static TEXT: TextCell = TextCell::new();
                    let clause = Insertable::<$table::table>::values(self);
                    dialect::insert_row(conn, &TEXT, $name, clause.values)
                }

                fn update(
                    conn: &mut Conn,
                    id: &Id<Self>,
                    changes: &Changes<Self>,
                ) -> QueryResult<()> {
                    dialect::update_row(conn, $name, id, changes)
                }

                fn delete(conn: &mut Conn, id: &Id<Self>) -> QueryResult<usize> {
                    diesel::delete($table::table.find(id)).execute(conn)
                }
            }
        };
    };
}

pub(crate) use {entity, selected};

pub(crate) fn describe<C: Columns>(fields: &[(&str, Option<ReadEnum>)]) -> Vec<Column> {
    let mut columns = C::describe();
    for column in &mut columns {
        let field = fields.iter().find(|(name, _)| *name == column.name);
        if let Some(read) = field.and_then(|(_, read)| *read) {
            column.kind = ColumnKind::Enum(read);
        }
    }
    columns
}
