namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Notes in the orchestration log what happened to agents, tasks and repositories.</summary>
        /// <param name="entry">A JSON object: EventType, Message; optional Level, AgentId, TaskId,
        /// RepositoryId, AdditionalData.</param>
        /// <returns>The entry.</returns>
        public string AppendOrchestrationLog(string entry) =>
            CallForText(entry, NativeMethods.orchestra_orchestration_log_append);

        /// <summary>Looks an entry of the orchestration log up.</summary>
        /// <returns>A JSON object with all columns of the table OrchestrationLogs.</returns>
        public string GetOrchestrationLog(string id) =>
            CallForText(id, NativeMethods.orchestra_orchestration_log_get);

        /// <summary>Lists entries of the orchestration log, the newest first.</summary>
        /// <param name="size">How many, 1 to 1000.</param>
        /// <param name="filter">A JSON object with any of MinimumLevel, EventType, AgentId, TaskId,
        /// RepositoryId, From, To; <c>null</c> for all entries.</param>
        /// <param name="after"><c>null</c> for the newest, and then the Next of the answer before.</param>
        /// <returns>A JSON object: Items, an array of entries, and Next, where the next ones begin.</returns>
        public string ListOrchestrationLogs(int size, string filter = null, string after = null) =>
            CallForText(filter, after,
                (store, nativeFilter, filterLength, nativeAfter, afterLength, entries, error) =>
                    NativeMethods.orchestra_orchestration_log_list(
                        store, nativeFilter, filterLength, nativeAfter, afterLength, checked((uint)size), entries,
                        error));
    }
}
