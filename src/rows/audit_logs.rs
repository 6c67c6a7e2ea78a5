//! Row and queries of the table `AuditLogs`.

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::AsSelect;
use diesel::helper_types::{IntoBoxed, Select};
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::{Entity as _, SYSTEM, UserId};
use crate::error::{Error, Result};
use crate::rows::answer_size::AnswerSize;
use crate::rows::entity;
use crate::rows::query::Cursor;
use crate::schema::audit_logs::{self, dsl};
use crate::sqlite::dialect::{
    self, TextCell, audit_log_entity_type_unindexed, audit_log_is_of_user, audit_log_is_risky,
    instr,
};
use crate::sqlite::{Backend, Conn, Kept};
use crate::types::{Id, Json, JsonStr, RiskLevel, StringList, Timestamp};

/// Id of an [`AuditLog`].
pub type AuditLogId = Id<AuditLog>;

entity! {
    /// An entry of the audit log: an action, or a change of a row, and the user responsible; append-only.
    #[derive(Debug)]
    pub struct AuditLog in audit_logs as "AuditLogs" {
        /// Primary key.
        pub id: AuditLogId,
        /// Table of the changed row.
        pub entity_type: String,
        /// Id of the changed row.
        pub entity_id: Option<String>,
        /// Action: `Create`, `Update`, `Delete`, `Execute` …
        pub action: String,
        /// Values before the change.
        pub old_values: Option<Json>,
        /// Values after the change.
        pub new_values: Option<Json>,
        /// Names of the columns that changed.
        pub changed_properties: Option<StringList>,
        /// User who acted.
        pub user_id: Option<UserId>,
        /// Session of the user.
        pub session_id: Option<String>,
        /// IP address that the request came from.
        pub ip_address: Option<String>,
        /// Program that the request came from.
        pub user_agent: Option<String>,
        /// Request that the entry belongs to.
        pub request_id: Option<String>,
        /// Correlation id shared by everything that belongs to one request.
        pub correlation_id: Option<String>,
        /// Method of the HTTP request.
        pub http_method: Option<String>,
        /// Path of the HTTP request.
        pub request_path: Option<String>,
        /// Time of the action.
        pub timestamp: Timestamp,
        /// Duration in milliseconds.
        pub duration: Option<i64>,
        /// True if the action succeeded.
        pub success: bool,
        /// Reason of the failure.
        pub error_message: Option<String>,
        /// Code of the error.
        pub error_code: Option<String>,
        /// Security-related context.
        pub security_context: Option<Json>,
        /// Risk of the action.
        pub risk_level: RiskLevel,
        /// Tags to filter lists by.
        pub tags: Option<StringList>,
        /// Further properties.
        pub properties: Option<Json>,
    }
    created { },
    updated { },
}

/// Entry of a change of a row whose values are JSON text already.
#[derive(Debug, Insertable)]
#[diesel(table_name = audit_logs, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub(crate) struct ChangeEntry<'a> {
    pub(crate) id: &'a str,
    pub(crate) entity_type: &'a str,
    pub(crate) entity_id: &'a str,
    pub(crate) action: &'a str,
    pub(crate) old_values: Option<JsonStr<'a>>,
    pub(crate) new_values: Option<JsonStr<'a>>,
    pub(crate) changed_properties: Option<JsonStr<'a>>,
    pub(crate) user_id: &'a str,
    pub(crate) session_id: Option<&'a str>,
    pub(crate) ip_address: Option<&'a str>,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) http_method: Option<&'a str>,
    pub(crate) request_path: Option<&'a str>,
    pub(crate) request_id: Option<&'a str>,
    pub(crate) correlation_id: Option<&'a str>,
    pub(crate) timestamp: Timestamp,
    pub(crate) success: bool,
    pub(crate) risk_level: RiskLevel,
}

/// Conditions for the entries to return; an entry must meet all that are given.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct AuditFilter {
    /// Table of the row, such as `Tasks`.
    pub entity_type: Option<String>,
    /// Id of the row; requires `entity_type`.
    pub entity_id: Option<String>,
    /// User who acted.
    pub user_id: Option<String>,
    /// Session of the user.
    pub session_id: Option<String>,
    /// Correlation id of the request.
    pub correlation_id: Option<String>,
    /// Lowest risk of the entries.
    pub minimum_risk: Option<RiskLevel>,
    /// Start of the period, inclusive.
    pub from: Option<Timestamp>,
    /// End of the period, exclusive.
    pub to: Option<Timestamp>,
}

impl AuditLog {
    /// Returns the properties, if they have this form.
    pub(super) fn properties_as<'a, T: Deserialize<'a>>(&'a self) -> Option<T> {
        T::deserialize(&self.properties.as_ref()?.0).ok()
    }
}

/// An entry and its row number, which ascends in the order of writing.
pub(crate) type Numbered = (AuditLog, i64);

/// Place of an entry in the log: by time, and by number, which belongs to a lineage of the database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuditPlace {
    pub(crate) timestamp: Timestamp,
    pub(crate) row_number: i64,
    pub(crate) base: i64,
}

impl AuditPlace {
    /// Returns the cursor that leads to the place.
    pub(crate) fn cursor(self) -> Cursor {
        Cursor::from(json!([self.timestamp, self.row_number, self.base]).to_string())
    }

    /// Reads a cursor that the log returned.
    pub(crate) fn read(cursor: &Cursor) -> Result<Self> {
        let (timestamp, row_number, base) =
            serde_json::from_str(&cursor.to_string()).map_err(|_| {
                Error::invalid("cursor", "must be a cursor that the audit log returned")
            })?;
        Ok(Self {
            timestamp,
            row_number,
            base,
        })
    }
}

/// Number of entries that one statement inserts at most.
pub(super) const MOST_AT_ONCE: usize = dialect::MOST_ROWS;

/// Inserts the entries of changes.
pub(super) fn insert_changes(conn: &mut Conn, entries: &[ChangeEntry<'_>]) -> QueryResult<()> {
    static TEXT: TextCell = TextCell::new();
    let clauses = entries.iter().map(Insertable::<audit_logs::table>::values);
    let rows: Vec<_> = clauses.map(|clause| clause.values).collect();
    dialect::insert_rows(conn, &TEXT, AuditLog::NAME, &rows)
}

type AuditQuery<'a> = IntoBoxed<
    'a,
    Select<audit_logs::table, (AsSelect<AuditLog, Backend>, audit_logs::sequence)>,
    Backend,
>;

fn numbered<'a>() -> AuditQuery<'a> {
    dsl::audit_logs
        .select((AuditLog::as_select(), dsl::sequence))
        .into_boxed()
}

/// Returns the newest entries before a place, of one level of risk or of any.
///
/// Each level is one walk along an index, whereas a range of levels would have to be sorted.
pub(crate) fn newest(
    conn: &mut Conn,
    filter: &AuditFilter,
    risk_level: Option<RiskLevel>,
    before: Option<(Timestamp, i64)>,
    limit: u32,
) -> QueryResult<Vec<Numbered>> {
    let query = newest_query(filter, risk_level, before).limit(limit.into());
    Kept(query).load(conn)
}

fn newest_query(
    filter: &AuditFilter,
    risk_level: Option<RiskLevel>,
    before: Option<(Timestamp, i64)>,
) -> AuditQuery<'_> {
    let mut query = numbered().filter(dsl::timestamp.ge(filter.from.unwrap_or(Timestamp::MIN)));
    if let Some(to) = filter.to {
        query = query.filter(dsl::timestamp.lt(to));
    }
    query = match (&filter.entity_type, &filter.entity_id) {
        (Some(kind), Some(id)) => query
            .filter(dsl::entity_type.eq(kind))
            .filter(dsl::entity_id.eq(id)),
        (Some(kind), None) => query.filter(audit_log_entity_type_unindexed().eq(kind)),
        (None, _) => query,
    };
    if let Some(user_id) = &filter.user_id {
        query = query.filter(dsl::user_id.assume_not_null().eq(user_id));
        if user_id != SYSTEM {
            query = query.filter(audit_log_is_of_user());
        }
    }
    if let Some(session_id) = &filter.session_id {
        query = query.filter(dsl::session_id.eq(session_id));
    }
    if let Some(correlation_id) = &filter.correlation_id {
        query = query.filter(dsl::correlation_id.eq(correlation_id));
    }
    if let Some(level) = risk_level {
        query = query.filter(dsl::risk_level.eq(level));
        if level > RiskLevel::Low {
            query = query.filter(audit_log_is_risky());
        }
    }
    if let Some((timestamp, row_number)) = before {
        let older = dsl::timestamp
            .lt(timestamp)
            .or(dsl::sequence.lt(row_number));
        query = query.filter(dsl::timestamp.le(timestamp)).filter(older);
    }
    query.order((dsl::timestamp.desc(), dsl::sequence.desc()))
}

/// Returns the newest time of an entry.
pub(crate) fn newest_audit_time(conn: &mut Conn) -> QueryResult<Option<Timestamp>> {
    dsl::audit_logs
        .select(diesel::dsl::max(dsl::timestamp))
        .first(conn)
}

/// Returns entries behind a row number in the order in which they were written.
pub(crate) fn written_after(
    conn: &mut Conn,
    row_number: i64,
    limit: u32,
) -> QueryResult<Vec<Numbered>> {
    Kept(written_after_query(row_number).limit(limit.into())).load(conn)
}

fn written_after_query<'a>(row_number: i64) -> AuditQuery<'a> {
    numbered()
        .filter(dsl::sequence.gt(row_number))
        .order(dsl::sequence)
}

/// Returns all entries about one row in the order in which they were written; if a size is given, as many as fit it, or
/// its error.
pub(crate) fn of_row(
    conn: &mut Conn,
    entity_type: &str,
    id: &str,
    mut size: Option<AnswerSize>,
) -> Result<Vec<Numbered>> {
    let mut entries = Vec::new();
    let query = Kept(of_row_query(entity_type, id));
    for entry in query.load_iter::<Numbered, DefaultLoadingMode>(conn)? {
        let entry = entry?;
        if let Some(size) = &mut size {
            size.add(&entry.0)?;
        }
        entries.push(entry);
    }
    // Not in the query: the index is in the order of time, which differs if the clock was set back.
    entries.sort_by_key(|(_, row_number)| *row_number);
    Ok(entries)
}

fn of_row_query<'a>(entity_type: &'a str, id: &'a str) -> AuditQuery<'a> {
    numbered()
        .filter(dsl::entity_type.eq(entity_type))
        .filter(dsl::entity_id.eq(id))
}

/// Returns the entries with one of these actions on rows of a table behind a row number whose properties have a text.
pub(super) fn naming(
    conn: &mut Conn,
    entity_type: &str,
    actions: &[&str; 2],
    text: &str,
    row_number: i64,
) -> QueryResult<Vec<Numbered>> {
    let quoted = json!(text).to_string();
    Kept(naming_query(entity_type, actions, &quoted, row_number)).load(conn)
}

fn naming_query<'a>(
    entity_type: &'a str,
    [one, other]: &[&'a str; 2],
    quoted: &'a str,
    row_number: i64,
) -> AuditQuery<'a> {
    numbered()
        .filter(dsl::entity_type.eq(entity_type))
        .filter(dsl::entity_id.is_null())
        .filter(dsl::sequence.gt(row_number))
        .filter(dsl::action.eq(*one).or(dsl::action.eq(*other)))
        .filter(instr(dsl::properties, quoted).gt(0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use diesel::debug_query;
    use diesel::sql_query;
    use diesel::sql_types::Text;

    use super::*;
    use crate::sqlite::connection::in_new_database;

    #[derive(QueryableByName)]
    struct PlanLine {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    /// Returns the plan of a query with nothing bound, as under query planner stability.
    fn plan(query: &AuditQuery<'_>) -> String {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = in_new_database(directory.path());
        let sql = debug_query::<Backend, _>(query).to_string();
        let sql = sql.split(" -- binds:").next().unwrap().to_owned();
        let lines = sql_query(format!("EXPLAIN QUERY PLAN {sql}"));
        let lines: Vec<PlanLine> = lines.load(&mut *connection).unwrap();
        let lines: Vec<String> = lines.into_iter().map(|line| line.detail).collect();
        lines.join("; ")
    }

    #[test]
    fn each_criterion_walks_an_index_that_has_the_order() {
        let text = || Some("x".to_owned());
        let base = AuditFilter::default;
        let before = Some((Timestamp::MAX, 5));
        for (filter, risk_level, index) in [
            (
                AuditFilter {
                    entity_type: text(),
                    entity_id: text(),
                    ..base()
                },
                None,
                "Entity",
            ),
            (
                AuditFilter {
                    entity_type: text(),
                    ..base()
                },
                None,
                "Timestamp",
            ),
            (
                AuditFilter {
                    user_id: text(),
                    ..base()
                },
                None,
                "User",
            ),
            (
                AuditFilter {
                    user_id: Some(SYSTEM.to_owned()),
                    ..base()
                },
                None,
                "Timestamp",
            ),
            (
                AuditFilter {
                    session_id: text(),
                    ..base()
                },
                None,
                "Session",
            ),
            (base(), Some(RiskLevel::High), "Risk"),
            (base(), None, "Timestamp"),
        ] {
            for before in [None, before] {
                let plan = plan(&newest_query(&filter, risk_level, before));
                let expected = format!("SEARCH AuditLogs USING INDEX IX_AuditLogs_{index} (");
                assert!(plan.starts_with(&expected), "{plan}");
                assert!(!plan.contains("SCAN") && !plan.contains("B-TREE"), "{plan}");
            }
        }
    }

    #[test]
    fn what_belongs_to_one_request_is_found_by_its_index_and_sorted() {
        let filter = AuditFilter {
            correlation_id: Some("x".to_owned()),
            ..AuditFilter::default()
        };
        let plan = plan(&newest_query(&filter, None, None));
        assert!(
            plan.starts_with("SEARCH AuditLogs USING INDEX IX_AuditLogs_Correlation"),
            "{plan}"
        );
    }

    #[test]
    fn one_row_and_the_order_of_writing_need_no_scan() {
        let of_row = plan(&of_row_query("Tasks", "x"));
        assert_eq!(
            of_row,
            "SEARCH AuditLogs USING INDEX IX_AuditLogs_Entity (EntityType=? AND EntityId=?)"
        );
        let naming = plan(&naming_query("Tasks", &["Import", "Retention"], "\"x\"", 5));
        assert_eq!(
            naming,
            "SEARCH AuditLogs USING INDEX IX_AuditLogs_Entity (EntityType=? AND EntityId=?)"
        );
        let written = plan(&written_after_query(5));
        assert_eq!(
            written,
            "SEARCH AuditLogs USING INTEGER PRIMARY KEY (rowid>?)"
        );
    }
}
