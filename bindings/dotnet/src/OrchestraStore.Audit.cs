using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Notes in the audit log something that is no change of a row.</summary>
        /// <param name="entry">A JSON object: Action, EntityType; optional EntityId, Duration, Success,
        /// ErrorMessage, ErrorCode, HttpMethod, RequestPath, RiskLevel, SecurityContext, Tags,
        /// Properties.</param>
        /// <returns>A JSON object with all columns of the table AuditLogs.</returns>
        public string RecordAudit(string entry) => CallForText(entry, NativeMethods.orchestra_audit_record);

        /// <summary>Lists entries of the audit log, the newest first.</summary>
        /// <param name="size">How many, 1 to 10000.</param>
        /// <param name="filter">A JSON object with any of EntityType, EntityId, UserId, SessionId,
        /// CorrelationId, MinimumRisk, From, To; <c>null</c> for all entries.</param>
        /// <param name="after"><c>null</c> for the newest, and then the Next of the answer before.</param>
        /// <returns>A JSON object: Items, an array of entries, and Next, where the next ones begin.</returns>
        public string ListAudit(int size, string filter = null, string after = null) =>
            CallForText(filter, after,
                (store, nativeFilter, filterLength, nativeAfter, afterLength, entries, error) =>
                    NativeMethods.orchestra_audit_list(
                        store, nativeFilter, filterLength, nativeAfter, afterLength, checked((uint)size), entries,
                        error));

        /// <summary>Lists entries of the audit log in the order in which they were written.</summary>
        /// <param name="size">How many, 1 to 10000.</param>
        /// <param name="after"><c>null</c> for the first ones, and then the Next of the answer
        /// before.</param>
        /// <returns>A JSON object: Items, an array of entries, and Next, where the next ones begin.</returns>
        public string ListAuditInOrder(int size, string after = null) =>
            CallForText(after, (store, text, length, entries, error) => NativeMethods.orchestra_audit_written_after(
                store, text, length, checked((uint)size), entries, error));

        /// <summary>Lists the changes of one row of an entity, the oldest first.</summary>
        /// <returns>A JSON array of AuditLogId, Timestamp, Action, UserId, RequestId, Columns.</returns>
        public string GetAuditHistory(OrchestraEntity entity, string id) =>
            CallForText(id, (store, text, length, changes, error) => NativeMethods.orchestra_audit_history(
                store, (int)entity, text, length, changes, error));

        /// <summary>Tells how a row of an entity was at a moment, by what the audit log tells.</summary>
        /// <param name="moment">Local or UTC, as its kind says.</param>
        /// <returns>A JSON object with the columns of the table; <c>null</c> where the row wasn't there yet
        /// or any more.</returns>
        public string GetStateAt(OrchestraEntity entity, string id, DateTime moment) =>
            NullIfEmpty(CallForText(id, (store, text, length, row, error) => NativeMethods.orchestra_audit_state_at(
                store, (int)entity, text, length, Milliseconds.Since1970(moment), row, error)));
    }
}
