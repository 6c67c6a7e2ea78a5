using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Lists the tasks that nobody runs yet, pending or assigned: the highest priority first, then
        /// the oldest.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListPendingTasks(int limit) =>
            CallForText((store, tasks, error) => NativeMethods.orchestra_task_list_pending(
                store, checked((uint)limit), tasks, error));

        /// <summary>Lists the tasks that failed and have no retries left, the latest first.</summary>
        /// <param name="limit">How many at most.</param>
        /// <param name="period">The length of the period that ends now and in which they failed; <c>null</c> for
        /// all.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListFailedTasks(int limit, TimeSpan? period = null) =>
            CallForText((store, tasks, error) => NativeMethods.orchestra_task_list_failed(
                store, Milliseconds.LengthOrDefault("period", period), checked((uint)limit), tasks, error));

        /// <summary>Lists the tasks that have been running for this long or longer, the longest first.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListLongRunningTasks(TimeSpan threshold, int limit) =>
            CallForText((store, tasks, error) => NativeMethods.orchestra_task_list_long_running(
                store, Milliseconds.LengthOrDefault("threshold", threshold), checked((uint)limit), tasks, error));

        /// <summary>Lists the tasks with this correlation id, the oldest first.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListCorrelatedTasks(string correlationId, int limit) =>
            CallForText(correlationId, (store, text, length, tasks, error) =>
                NativeMethods.orchestra_task_list_correlated(
                    store, text, length, checked((uint)limit), tasks, error));

        /// <summary>Lists the newest tasks of a repository.</summary>
        /// <param name="limit">How many at most.</param>
        /// <param name="period">The length of the period that ends now and in which they were made; <c>null</c>
        /// for all.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListTasksOfRepository(string repositoryId, int limit, TimeSpan? period = null) =>
            CallForText(repositoryId, (store, text, length, tasks, error) =>
                NativeMethods.orchestra_task_list_of_repository(
                    store, text, length, Milliseconds.LengthOrDefault("period", period), checked((uint)limit),
                    tasks, error));
    }
}
