namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Notes that a running task did what it should, with what was measured of the run.</summary>
        /// <param name="result">The result, or <c>null</c>.</param>
        /// <param name="metrics">A JSON object of numbers by name.</param>
        /// <returns>The task.</returns>
        public string CompleteTaskWithMetrics(string id, string token, string result, string metrics) =>
            CallForText(id, token, result, metrics, NativeMethods.orchestra_task_complete_with_metrics);

        /// <summary>Notes how far a running task is, with what was measured by now.</summary>
        /// <param name="percentage">0 to 100; not less than before unless <paramref name="mayGoBack"/> is
        /// set.</param>
        /// <param name="metrics">A JSON object of numbers by name.</param>
        /// <returns>The task.</returns>
        public string UpdateTaskProgressWithMetrics(
            string id, string token, int percentage, string message, string metrics, bool mayGoBack = false) =>
            CallForText(id, token, message, metrics,
                (store, nativeId, idLength, nativeToken, tokenLength, nativeMessage, messageLength, nativeMetrics,
                 metricsLength, task, error) =>
                    NativeMethods.orchestra_task_update_progress_with_metrics(
                        store, nativeId, idLength, nativeToken, tokenLength, percentage, nativeMessage,
                        messageLength, mayGoBack ? 1 : 0, nativeMetrics, metricsLength, task, error));
    }
}
