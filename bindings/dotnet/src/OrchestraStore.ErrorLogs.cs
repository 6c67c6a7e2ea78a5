using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Notes an error in the error log.</summary>
        /// <param name="entry">A JSON object: Message; optional Severity, Source, ErrorCode, StackTrace,
        /// EntityType, EntityId, Properties.</param>
        /// <returns>The entry.</returns>
        public string AppendErrorLog(string entry)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeEntry = call.Text(entry);
                orchestra_buffer appended;
                orchestra_error* error;
                int status = NativeMethods.orchestra_error_log_append(
                    call.Store, nativeEntry.Pointer, nativeEntry.Length, &appended, &error);
                return NativeCall.Result(status, &appended, error);
            }
        }

        /// <summary>Looks an entry of the error log up.</summary>
        /// <returns>A JSON object with all columns of the table ErrorLogs.</returns>
        public string GetErrorLog(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer entry;
                orchestra_error* error;
                int status = NativeMethods.orchestra_error_log_get(
                    call.Store, nativeId.Pointer, nativeId.Length, &entry, &error);
                return NativeCall.Result(status, &entry, error);
            }
        }

        /// <summary>Lists entries of the error log, the newest first.</summary>
        /// <param name="size">How many, 1 to 1000.</param>
        /// <param name="filter">A JSON object with any of MinimumSeverity, Source, ErrorCode, EntityType,
        /// EntityId, CorrelationId, From, To; <c>null</c> for all entries.</param>
        /// <param name="after"><c>null</c> for the newest, and then the Next of the answer before.</param>
        /// <returns>A JSON object: Items, an array of entries, and Next, where the next ones begin.</returns>
        public string ListErrorLogs(int size, string filter = null, string after = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeFilter = call.Text(filter);
                NativeText nativeAfter = call.Text(after);
                orchestra_buffer entries;
                orchestra_error* error;
                int status = NativeMethods.orchestra_error_log_list(
                    call.Store, nativeFilter.Pointer, nativeFilter.Length,
                    nativeAfter.Pointer, nativeAfter.Length, checked((uint)size), &entries, &error);
                return NativeCall.Result(status, &entries, error);
            }
        }

        /// <summary>Tells how often each code occurred in a period, the most frequent first.</summary>
        /// <param name="from">The first moment; local or UTC, as its kind says.</param>
        /// <param name="to">The moment after the last.</param>
        /// <param name="limit">How many codes at most.</param>
        /// <returns>A JSON array of ErrorCode, Severity, Count, LastAt.</returns>
        public string CountErrorLogsByCode(DateTime from, DateTime to, int limit)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer counts;
                orchestra_error* error;
                int status = NativeMethods.orchestra_error_log_counts_by_code(
                    call.Store, Milliseconds.Since1970(from), Milliseconds.Since1970(to), checked((uint)limit),
                    &counts, &error);
                return NativeCall.Result(status, &counts, error);
            }
        }
    }
}
