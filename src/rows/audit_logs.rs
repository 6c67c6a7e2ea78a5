//! The table `AuditLogs`: its row and its queries.

use diesel::dsl::AsSelect;
use diesel::expression::SqlLiteral;
use diesel::helper_types::{IntoBoxed, Select};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde::Deserialize;

use super::{Entity as _, UserId};
use crate::rows::entity;
use crate::schema::audit_logs::{self, dsl};
use crate::sqlite::dialect::{
    self, TextCell, audit_log_entity_type_unindexed, audit_log_is_risky, audit_log_row_number,
};
use crate::sqlite::{Backend, Conn, Kept};
use crate::types::{Id, Json, JsonStr, RiskLevel, StringList, Timestamp};

/// Id of an [`AuditLog`].
pub type AuditLogId = Id<AuditLog>;

entity! {
    /// What was changed or done, by whom; append-only.
    #[derive(Debug)]
    pub struct AuditLog in audit_logs as "AuditLogs" {
        /// Primary key.
        pub id: AuditLogId,
        /// Table of the changed row.
        pub entity_type: String,
        /// Id of the changed row.
        pub entity_id: Option<String>,
        /// What was done: `Create`, `Update`, `Delete`, `Execute` …
        pub action: String,
        /// Values before.
        pub old_values: Option<Json>,
        /// Values after.
        pub new_values: Option<Json>,
        /// Names of the columns that changed.
        pub changed_properties: Option<StringList>,
        /// Who did it.
        pub user_id: Option<UserId>,
        /// In which session.
        pub session_id: Option<String>,
        /// From which address.
        pub ip_address: Option<String>,
        /// With which program.
        pub user_agent: Option<String>,
        /// In which request.
        pub request_id: Option<String>,
        /// Ties together what belongs to one request.
        pub correlation_id: Option<String>,
        /// Method of the HTTP request.
        pub http_method: Option<String>,
        /// Path of the HTTP request.
        pub request_path: Option<String>,
        /// When it was done.
        pub timestamp: Timestamp,
        /// How long it took, in milliseconds.
        pub duration: Option<i64>,
        /// Whether it succeeded.
        pub success: bool,
        /// Why it did not.
        pub error_message: Option<String>,
        /// Code of the error.
        pub error_code: Option<String>,
        /// Security-related context.
        pub security_context: Option<Json>,
        /// How risky it was.
        pub risk_level: RiskLevel,
        /// Tags, for lists.
        pub tags: Option<StringList>,
        /// Anything else.
        pub properties: Option<Json>,
    }
    created { },
    updated { },
}

/// The entry of one change of a row, whose values are JSON text already.
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
    pub(crate) request_id: Option<&'a str>,
    pub(crate) correlation_id: Option<&'a str>,
    pub(crate) timestamp: Timestamp,
    pub(crate) success: bool,
    pub(crate) risk_level: RiskLevel,
}

/// Which entries of the audit log are meant: those that all given values hold for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct AuditFilter {
    /// About this table, such as `Tasks`.
    pub entity_type: Option<String>,
    /// About the row with this id; only together with `entity_type`.
    pub entity_id: Option<String>,
    /// Done by this user.
    pub user_id: Option<String>,
    /// Done in this session.
    pub session_id: Option<String>,
    /// Tied to this request and what belongs to it.
    pub correlation_id: Option<String>,
    /// At least as risky as this.
    pub minimum_risk: Option<RiskLevel>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

/// An entry, and its place among all that were written.
pub(crate) type Numbered = (AuditLog, i64);

/// Adds the entry of a change.
pub(crate) fn insert_change(conn: &mut Conn, entry: &ChangeEntry<'_>) -> QueryResult<()> {
    static TEXT: TextCell = TextCell::new();
    let clause = Insertable::<audit_logs::table>::values(entry);
    dialect::insert_row(conn, &TEXT, AuditLog::NAME, clause.values)
}

type AuditQuery<'a> = IntoBoxed<
    'a,
    Select<audit_logs::table, (AsSelect<AuditLog, Backend>, SqlLiteral<BigInt>)>,
    Backend,
>;

fn numbered<'a>() -> AuditQuery<'a> {
    dsl::audit_logs
        .select((AuditLog::as_select(), audit_log_row_number()))
        .into_boxed()
}

/// The newest entries of one level of risk, or of any, before a place.
///
/// Each is one walk along an index: a range of levels would have to be sorted.
pub(crate) fn newest(
    conn: &mut Conn,
    filter: &AuditFilter,
    risk_level: Option<RiskLevel>,
    before: Option<(Timestamp, i64)>,
    limit: i64,
) -> QueryResult<Vec<Numbered>> {
    let query = newest_query(filter, risk_level, before).limit(limit);
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
            .or(audit_log_row_number().lt(row_number));
        query = query.filter(dsl::timestamp.le(timestamp)).filter(older);
    }
    query.order((dsl::timestamp.desc(), audit_log_row_number().desc()))
}

/// Entries in the order in which they were written, behind a place.
pub(crate) fn written_after(
    conn: &mut Conn,
    row_number: i64,
    limit: i64,
) -> QueryResult<Vec<Numbered>> {
    Kept(written_after_query(row_number).limit(limit)).load(conn)
}

fn written_after_query<'a>(row_number: i64) -> AuditQuery<'a> {
    numbered()
        .filter(audit_log_row_number().gt(row_number))
        .order(audit_log_row_number())
}

/// All entries about one row, in the order in which they were written.
pub(crate) fn of_row(conn: &mut Conn, entity_type: &str, id: &str) -> QueryResult<Vec<AuditLog>> {
    let mut entries: Vec<Numbered> = Kept(of_row_query(entity_type, id)).load(conn)?;
    // Not by the query: the index has the order of time, which a clock that is set back leaves.
    entries.sort_by_key(|(_, row_number)| *row_number);
    Ok(entries.into_iter().map(|(log, _)| log).collect())
}

fn of_row_query<'a>(entity_type: &'a str, id: &'a str) -> AuditQuery<'a> {
    numbered()
        .filter(dsl::entity_type.eq(entity_type))
        .filter(dsl::entity_id.eq(id))
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

    /// With nothing bound, as under query-planner stability.
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
        let written = plan(&written_after_query(5));
        assert_eq!(
            written,
            "SEARCH AuditLogs USING INTEGER PRIMARY KEY (rowid>?)"
        );
    }
}
