namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Cancels a task: one that no worker holds at once; of one that is leased, its worker
        /// learns with its next <see cref="HeartbeatTask"/>.</summary>
        /// <returns>The task.</returns>
        public string CancelTask(string id, string reason = null) =>
            CallForText(id, reason, NativeMethods.orchestra_task_cancel);

        /// <summary>Puts a failed task back into the queue, at once and with all its retries.</summary>
        /// <returns>The task.</returns>
        public string RetryTask(string id) => CallForText(id, NativeMethods.orchestra_task_retry);

        /// <summary>Takes tasks away from workers that let their leases end; a host calls it now and
        /// then.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>A JSON object with the ids in Requeued, Failed, Cancelled.</returns>
        public string RescueExpiredTasks(int limit) =>
            CallForText((store, rescue, error) => NativeMethods.orchestra_task_rescue_expired(
                store, checked((uint)limit), rescue, error));

        /// <summary>Gives back tasks that are assigned or running without a lease.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>How many these were.</returns>
        public int ReleaseUnleasedTasks(int limit)
        {
            using (var call = new NativeCall(_handle))
            {
                uint count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_release_unleased(
                    call.Store, checked((uint)limit), &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return checked((int)count);
            }
        }

        /// <summary>Puts the failed tasks that fit back into the queue, those that failed first.</summary>
        /// <param name="limit">How many at most.</param>
        /// <param name="filter">What <see cref="ListTasks"/> takes, without a Status other than Failed;
        /// <c>null</c> for all that failed.</param>
        /// <returns>A JSON array of the tasks.</returns>
        public string RedriveTasks(int limit, string filter = null) =>
            CallForText(filter, (store, text, length, tasks, error) => NativeMethods.orchestra_task_redrive(
                store, text, length, checked((uint)limit), tasks, error));

        /// <summary>Gives a task that hasn't ended to another agent, which alone may run it from then on; to any
        /// agent for <c>null</c>. A lease of it ends.</summary>
        /// <returns>The task.</returns>
        public string ReassignTask(string id, string agentId) =>
            CallForText(id, agentId, NativeMethods.orchestra_task_reassign);

        /// <summary>Tells why a task isn't running, or what it is doing.</summary>
        /// <returns>A JSON object: TaskId, Status, Reasons (each with Reason, the name of its kind, and what it
        /// is about).</returns>
        public string ExplainTask(string id) => CallForText(id, NativeMethods.orchestra_task_explain);
    }
}
