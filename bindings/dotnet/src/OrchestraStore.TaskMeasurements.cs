namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Notes that a running task did what it should, with what was measured of the run.</summary>
        /// <param name="result">The result, or <c>null</c>.</param>
        /// <param name="metrics">A JSON object of numbers by name.</param>
        /// <returns>The task.</returns>
        public string CompleteTaskWithMetrics(string id, string token, string result, string metrics)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeToken = call.Text(token);
                NativeText nativeResult = call.Text(result);
                NativeText nativeMetrics = call.Text(metrics);
                orchestra_buffer task;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_complete_with_metrics(
                    call.Store, nativeId.Pointer, nativeId.Length, nativeToken.Pointer, nativeToken.Length,
                    nativeResult.Pointer, nativeResult.Length, nativeMetrics.Pointer, nativeMetrics.Length,
                    &task, &error);
                return NativeCall.Result(status, &task, error);
            }
        }

        /// <summary>Notes how far a running task is, with what was measured by now.</summary>
        /// <param name="percentage">0 to 100; not less than before unless <paramref name="mayGoBack"/> is
        /// set.</param>
        /// <param name="metrics">A JSON object of numbers by name.</param>
        /// <returns>The task.</returns>
        public string UpdateTaskProgressWithMetrics(
            string id, string token, int percentage, string message, string metrics, bool mayGoBack = false)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeToken = call.Text(token);
                NativeText nativeMessage = call.Text(message);
                NativeText nativeMetrics = call.Text(metrics);
                orchestra_buffer task;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_update_progress_with_metrics(
                    call.Store, nativeId.Pointer, nativeId.Length, nativeToken.Pointer, nativeToken.Length,
                    percentage, nativeMessage.Pointer, nativeMessage.Length, mayGoBack ? 1 : 0,
                    nativeMetrics.Pointer, nativeMetrics.Length, &task, &error);
                return NativeCall.Result(status, &task, error);
            }
        }
    }
}
