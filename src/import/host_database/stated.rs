//! Columns by which a row of a host is the same as that of the database, or differs.

/// Columns that a host's row states about what it is, by table. Counters go on in the database, and the stamps of changes
/// tell which row is newer.
const STATED: [(&str, &[&str]); 9] = [
    (
        "Repositories",
        &[
            "Name",
            "Description",
            "Type",
            "IsActive",
            "SettingsJson",
            "DefaultBranch",
            "AllowedOperations",
            "AccessLevel",
            "OwnerUserId",
        ],
    ),
    (
        "Agents",
        &[
            "Name",
            "Type",
            "RepositoryPath",
            "RepositoryId",
            "Status",
            "LastPing",
            "CurrentTask",
            "ConfigurationJson",
            "MaxConcurrentTasks",
            "HealthCheckInterval",
            "SessionId",
            "IsDeleted",
            "DeletedAt",
            "DeletedBy",
        ],
    ),
    (
        "UserPreferences",
        &["Value", "Type", "Category", "Description", "IsReadOnly"],
    ),
    (
        "TaskTemplates",
        &[
            "Name",
            "Description",
            "Category",
            "Version",
            "Definition",
            "Tags",
            "IsPublic",
            "IsActive",
        ],
    ),
    (
        "WorkflowDefinitions",
        &["Name", "Description", "Version", "Definition", "IsActive"],
    ),
    (
        "PerformanceMetrics",
        &["MetricName", "MetricValue", "MetricUnit", "Timestamp"],
    ),
    (
        "OrchestrationLogs",
        &[
            "EventType",
            "Message",
            "Level",
            "AdditionalData",
            "CreatedAt",
        ],
    ),
    ("ChatSessions", &["InstanceId", "Title", "LastMessageAt"]),
    (
        "ChatMessages",
        &[
            "MessageType",
            "Content",
            "CreatedBy",
            "Metadata",
            "Timestamp",
        ],
    ),
];

/// Returns the columns that a host's row of a table states.
pub(super) fn stated_of(table: &str) -> &'static [&'static str] {
    let of_table = STATED.iter().find(|(name, _)| *name == table);
    of_table.map_or(&[], |(_, columns)| columns)
}
