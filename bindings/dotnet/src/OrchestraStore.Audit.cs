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
        public string RecordAudit(string entry)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeEntry = call.Text(entry);
                orchestra_buffer recorded;
                orchestra_error* error;
                int status = NativeMethods.orchestra_audit_record(
                    call.Store, nativeEntry.Pointer, nativeEntry.Length, &recorded, &error);
                return NativeCall.Result(status, &recorded, error);
            }
        }

        /// <summary>Lists entries of the audit log, the newest first.</summary>
        /// <param name="size">How many, 1 to 10000.</param>
        /// <param name="filter">A JSON object with any of EntityType, EntityId, UserId, SessionId,
        /// CorrelationId, MinimumRisk, From, To; <c>null</c> for all entries.</param>
        /// <param name="after"><c>null</c> for the newest, and then the Next of the answer before.</param>
        /// <returns>A JSON object: Items, an array of entries, and Next, where the next ones begin.</returns>
        public string ListAudit(int size, string filter = null, string after = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeFilter = call.Text(filter);
                NativeText nativeAfter = call.Text(after);
                orchestra_buffer entries;
                orchestra_error* error;
                int status = NativeMethods.orchestra_audit_list(
                    call.Store, nativeFilter.Pointer, nativeFilter.Length,
                    nativeAfter.Pointer, nativeAfter.Length, checked((uint)size), &entries, &error);
                return NativeCall.Result(status, &entries, error);
            }
        }

        /// <summary>Lists entries of the audit log in the order in which they were written.</summary>
        /// <param name="size">How many, 1 to 10000.</param>
        /// <param name="after"><c>null</c> for the first ones, and then the Next of the answer
        /// before.</param>
        /// <returns>A JSON object: Items, an array of entries, and Next, where the next ones begin.</returns>
        public string ListAuditInOrder(int size, string after = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeAfter = call.Text(after);
                orchestra_buffer entries;
                orchestra_error* error;
                int status = NativeMethods.orchestra_audit_written_after(
                    call.Store, nativeAfter.Pointer, nativeAfter.Length, checked((uint)size), &entries, &error);
                return NativeCall.Result(status, &entries, error);
            }
        }

        /// <summary>Lists the changes of one row of an entity, the oldest first.</summary>
        /// <returns>A JSON array of AuditLogId, Timestamp, Action, UserId, RequestId, Columns.</returns>
        public string GetAuditHistory(OrchestraEntity entity, string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer changes;
                orchestra_error* error;
                int status = NativeMethods.orchestra_audit_history(
                    call.Store, (int)entity, nativeId.Pointer, nativeId.Length, &changes, &error);
                return NativeCall.Result(status, &changes, error);
            }
        }

        /// <summary>Tells how a row of an entity was at a moment, by what the audit log tells.</summary>
        /// <param name="moment">Local or UTC, as its kind says.</param>
        /// <returns>A JSON object with the columns of the table; <c>null</c> where the row wasn't there yet
        /// or any more.</returns>
        public string GetStateAt(OrchestraEntity entity, string id, DateTime moment)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer row;
                orchestra_error* error;
                int status = NativeMethods.orchestra_audit_state_at(
                    call.Store, (int)entity, nativeId.Pointer, nativeId.Length, Milliseconds.Since1970(moment),
                    &row, &error);
                return NativeCall.OptionalResult(status, &row, error);
            }
        }
    }
}
