namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Cancels a task: one that no worker holds at once; of one that is leased, its worker
        /// learns with its next <see cref="HeartbeatTask"/>.</summary>
        /// <returns>The task.</returns>
        public string CancelTask(string id, string reason = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeReason = call.Text(reason);
                orchestra_buffer task;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_cancel(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    nativeReason.Pointer, nativeReason.Length, &task, &error);
                return NativeCall.Result(status, &task, error);
            }
        }

        /// <summary>Puts a failed task back into the queue, at once and with all its retries.</summary>
        /// <returns>The task.</returns>
        public string RetryTask(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer task;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_retry(
                    call.Store, nativeId.Pointer, nativeId.Length, &task, &error);
                return NativeCall.Result(status, &task, error);
            }
        }

        /// <summary>Takes tasks away from workers that let their leases end; a host calls it now and
        /// then.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>A JSON object with the ids in Requeued, Failed, Cancelled.</returns>
        public string RescueExpiredTasks(int limit)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer rescue;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_rescue_expired(
                    call.Store, checked((uint)limit), &rescue, &error);
                return NativeCall.Result(status, &rescue, error);
            }
        }

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
        public string RedriveTasks(int limit, string filter = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeFilter = call.Text(filter);
                orchestra_buffer tasks;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_redrive(
                    call.Store, nativeFilter.Pointer, nativeFilter.Length, checked((uint)limit), &tasks, &error);
                return NativeCall.Result(status, &tasks, error);
            }
        }

        /// <summary>Gives a task that hasn't ended to another agent, which alone may run it from then on; to any
        /// agent for <c>null</c>. A lease of it ends.</summary>
        /// <returns>The task.</returns>
        public string ReassignTask(string id, string agentId)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeAgentId = call.Text(agentId);
                orchestra_buffer task;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_reassign(
                    call.Store, nativeId.Pointer, nativeId.Length, nativeAgentId.Pointer, nativeAgentId.Length,
                    &task, &error);
                return NativeCall.Result(status, &task, error);
            }
        }

        /// <summary>Tells why a task isn't running, or what it is doing.</summary>
        /// <returns>A JSON object: TaskId, Status, Reasons (each with Reason, the name of its kind, and what it
        /// is about).</returns>
        public string ExplainTask(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer explanation;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_explain(
                    call.Store, nativeId.Pointer, nativeId.Length, &explanation, &error);
                return NativeCall.Result(status, &explanation, error);
            }
        }
    }
}
