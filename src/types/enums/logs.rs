//! Enums of the logs.

use super::stored_enum;

stored_enum! {
    /// The harm that an audited operation can do.
    #[derive(Default)]
    RiskLevel("risk level") {
        /// The operation can do no harm to speak of.
        #[default]
        Low = 0,
        /// The operation can do some harm, which is easily undone.
        Medium = 1,
        /// The operation can do much harm, or harm that is hard to undo.
        High = 2,
        /// The operation can do harm that can't be undone.
        Critical = 3,
    }
}

stored_enum! {
    /// The kind of change to a row.
    ChangeAction("change action") {
        /// The row was added.
        Create = 0,
        /// Some columns of the row got other values.
        Update = 1,
        /// The row was marked as deleted, or removed for good.
        Delete = 2,
        /// The row is no longer marked as deleted.
        Restore = 3,
    }
}

stored_enum! {
    /// The severity of a logged event, by the levels of .NET's `LogLevel`.
    ErrorSeverity("error severity") {
        /// The event is a step, logged for finding faults.
        Trace = 0,
        /// The event is a detail for developers.
        Debug = 1,
        /// The event is one that normally happens.
        Information = 2,
        /// The event is unusual, but handled.
        Warning = 3,
        /// The event is an operation that failed.
        Error = 4,
        /// The event puts the whole application at risk.
        Critical = 5,
    }
}
