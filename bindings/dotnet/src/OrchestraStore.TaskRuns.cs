using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Notes that a task runs now. One that nobody claimed is started with a <c>null</c>
        /// token.</summary>
        /// <returns>The task.</returns>
        public string StartTask(string id, string token) =>
            CallForText(id, token, NativeMethods.orchestra_task_start);

        /// <summary>Extends the lease of a claimed task.</summary>
        /// <param name="id">The task.</param>
        /// <param name="token">The token of its lease.</param>
        /// <param name="extend">How long from now on; <c>null</c> for the store's default.</param>
        public TaskLease HeartbeatTask(string id, string token, TimeSpan? extend = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeToken = call.Text(token);
                long expiresAt;
                int cancelRequested;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_heartbeat(
                    call.Store, nativeId.Pointer, nativeId.Length, nativeToken.Pointer, nativeToken.Length,
                    Milliseconds.OrDefault("extend", extend), &expiresAt, &cancelRequested, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return new TaskLease(Milliseconds.FromSince1970(expiresAt), cancelRequested != 0);
            }
        }

        /// <summary>Notes how far a running task is.</summary>
        /// <param name="id">The task.</param>
        /// <param name="token">The token of its lease.</param>
        /// <param name="percentage">0 to 100.</param>
        /// <param name="message">What is being done, or <c>null</c>.</param>
        /// <param name="mayGoBack">Whether less than before is fine.</param>
        /// <returns>The task.</returns>
        public string UpdateTaskProgress(
            string id, string token, int percentage, string message = null, bool mayGoBack = false) =>
            CallForText(id, token, message,
                (store, nativeId, idLength, nativeToken, tokenLength, nativeMessage, messageLength, task, error) =>
                    NativeMethods.orchestra_task_update_progress(
                        store, nativeId, idLength, nativeToken, tokenLength, percentage, nativeMessage,
                        messageLength, mayGoBack ? 1 : 0, task, error));

        /// <summary>Notes that a running task did what it should, with its result or <c>null</c>.</summary>
        /// <returns>The task.</returns>
        public string CompleteTask(string id, string token, string result = null) =>
            CallForText(id, token, result, NativeMethods.orchestra_task_complete);

        /// <summary>Notes that a run failed, and why. A task that has retries left is pending again
        /// after a while, unless <paramref name="permanent"/>.</summary>
        /// <returns>The task.</returns>
        public string FailTask(string id, string token, string message, bool permanent = false) =>
            CallForText(id, token, message,
                (store, nativeId, idLength, nativeToken, tokenLength, nativeMessage, messageLength, task, error) =>
                    NativeMethods.orchestra_task_fail(
                        store, nativeId, idLength, nativeToken, tokenLength, nativeMessage, messageLength,
                        permanent ? 1 : 0, task, error));

        /// <summary>Notes that a worker stopped a task that it was asked to cancel.</summary>
        /// <returns>The task.</returns>
        public string AcknowledgeTaskCancel(string id, string token) =>
            CallForText(id, token, NativeMethods.orchestra_task_acknowledge_cancel);

        /// <summary>Gives a claimed task back: it is pending again, at once and for anyone, and this
        /// doesn't count as a run.</summary>
        /// <returns>The task.</returns>
        public string ReleaseTask(string id, string token) =>
            CallForText(id, token, NativeMethods.orchestra_task_release);
    }
}
