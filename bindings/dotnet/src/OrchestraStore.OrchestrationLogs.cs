namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Notes in the orchestration log what happened to agents, tasks and repositories.</summary>
        /// <param name="entry">A JSON object: EventType, Message; optional Level, AgentId, TaskId,
        /// RepositoryId, AdditionalData.</param>
        /// <returns>The entry.</returns>
        public string AppendOrchestrationLog(string entry)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeEntry = call.Text(entry);
                orchestra_buffer appended;
                orchestra_error* error;
                int status = NativeMethods.orchestra_orchestration_log_append(
                    call.Store, nativeEntry.Pointer, nativeEntry.Length, &appended, &error);
                return NativeCall.Result(status, &appended, error);
            }
        }

        /// <summary>Looks an entry of the orchestration log up.</summary>
        /// <returns>A JSON object with all columns of the table OrchestrationLogs.</returns>
        public string GetOrchestrationLog(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer entry;
                orchestra_error* error;
                int status = NativeMethods.orchestra_orchestration_log_get(
                    call.Store, nativeId.Pointer, nativeId.Length, &entry, &error);
                return NativeCall.Result(status, &entry, error);
            }
        }

        /// <summary>Lists entries of the orchestration log, the newest first.</summary>
        /// <param name="size">How many, 1 to 1000.</param>
        /// <param name="filter">A JSON object with any of MinimumLevel, EventType, AgentId, TaskId,
        /// RepositoryId, From, To; <c>null</c> for all entries.</param>
        /// <param name="after"><c>null</c> for the newest, and then the Next of the answer before.</param>
        /// <returns>A JSON object: Items, an array of entries, and Next, where the next ones begin.</returns>
        public string ListOrchestrationLogs(int size, string filter = null, string after = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeFilter = call.Text(filter);
                NativeText nativeAfter = call.Text(after);
                orchestra_buffer entries;
                orchestra_error* error;
                int status = NativeMethods.orchestra_orchestration_log_list(
                    call.Store, nativeFilter.Pointer, nativeFilter.Length,
                    nativeAfter.Pointer, nativeAfter.Length, checked((uint)size), &entries, &error);
                return NativeCall.Result(status, &entries, error);
            }
        }
    }
}
