using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Notes an error in the error log.</summary>
        /// <param name="entry">A JSON object: Message; optional Severity, Source, ErrorCode, StackTrace,
        /// EntityType, EntityId, Properties.</param>
        /// <returns>The entry.</returns>
        public string AppendErrorLog(string entry) => CallForText(entry, NativeMethods.orchestra_error_log_append);

        /// <summary>Looks an entry of the error log up.</summary>
        /// <returns>A JSON object with all columns of the table ErrorLogs.</returns>
        public string GetErrorLog(string id) => CallForText(id, NativeMethods.orchestra_error_log_get);

        /// <summary>Lists entries of the error log, the newest first.</summary>
        /// <param name="size">How many, 1 to 1000.</param>
        /// <param name="filter">A JSON object with any of MinimumSeverity, Source, ErrorCode, EntityType,
        /// EntityId, CorrelationId, From, To; <c>null</c> for all entries.</param>
        /// <param name="after"><c>null</c> for the newest, and then the Next of the answer before.</param>
        /// <returns>A JSON object: Items, an array of entries, and Next, where the next ones begin.</returns>
        public string ListErrorLogs(int size, string filter = null, string after = null) =>
            CallForText(filter, after,
                (store, nativeFilter, filterLength, nativeAfter, afterLength, entries, error) =>
                    NativeMethods.orchestra_error_log_list(
                        store, nativeFilter, filterLength, nativeAfter, afterLength, checked((uint)size), entries,
                        error));

        /// <summary>Tells how often each code occurred in a period, the most frequent first.</summary>
        /// <param name="from">The first moment; local or UTC, as its kind says.</param>
        /// <param name="to">The moment after the last.</param>
        /// <param name="limit">How many codes at most.</param>
        /// <returns>A JSON array of ErrorCode, Severity, Count, LastAt.</returns>
        public string CountErrorLogsByCode(DateTime from, DateTime to, int limit) =>
            CallForText((store, counts, error) => NativeMethods.orchestra_error_log_counts_by_code(
                store, Milliseconds.Since1970(from), Milliseconds.Since1970(to), checked((uint)limit), counts,
                error));
    }
}
