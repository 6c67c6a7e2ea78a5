using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Lists the tasks that nobody runs yet, pending or assigned: the highest priority first, then
        /// the oldest.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListPendingTasks(int limit)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer tasks;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_list_pending(
                    call.Store, checked((uint)limit), &tasks, &error);
                return NativeCall.Result(status, &tasks, error);
            }
        }

        /// <summary>Lists the tasks that failed and have no retries left, the latest first.</summary>
        /// <param name="limit">How many at most.</param>
        /// <param name="period">The length of the period that ends now and in which they failed; <c>null</c> for
        /// all.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListFailedTasks(int limit, TimeSpan? period = null)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer tasks;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_list_failed(
                    call.Store, Milliseconds.LengthOrDefault("period", period), checked((uint)limit),
                    &tasks, &error);
                return NativeCall.Result(status, &tasks, error);
            }
        }

        /// <summary>Lists the tasks that have been running for this long or longer, the longest first.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListLongRunningTasks(TimeSpan threshold, int limit)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer tasks;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_list_long_running(
                    call.Store, Milliseconds.LengthOrDefault("threshold", threshold), checked((uint)limit),
                    &tasks, &error);
                return NativeCall.Result(status, &tasks, error);
            }
        }

        /// <summary>Lists the tasks with this correlation id, the oldest first.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListCorrelatedTasks(string correlationId, int limit)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeCorrelationId = call.Text(correlationId);
                orchestra_buffer tasks;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_list_correlated(
                    call.Store, nativeCorrelationId.Pointer, nativeCorrelationId.Length, checked((uint)limit),
                    &tasks, &error);
                return NativeCall.Result(status, &tasks, error);
            }
        }

        /// <summary>Lists the newest tasks of a repository.</summary>
        /// <param name="limit">How many at most.</param>
        /// <param name="period">The length of the period that ends now and in which they were made; <c>null</c>
        /// for all.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListTasksOfRepository(string repositoryId, int limit, TimeSpan? period = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeRepositoryId = call.Text(repositoryId);
                orchestra_buffer tasks;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_list_of_repository(
                    call.Store, nativeRepositoryId.Pointer, nativeRepositoryId.Length,
                    Milliseconds.LengthOrDefault("period", period), checked((uint)limit), &tasks, &error);
                return NativeCall.Result(status, &tasks, error);
            }
        }
    }
}
