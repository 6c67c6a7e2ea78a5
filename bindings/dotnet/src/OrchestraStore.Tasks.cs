namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Puts a task into the queue.</summary>
        /// <param name="task">A JSON object: Command (1 to 2000 characters) and RepositoryPath; optional
        /// Id, AgentId, Priority, AvailableAt, MaxRetries, IdempotencyKey, CorrelationId, ParentTaskId,
        /// WorkflowId, WorkflowExecutionId, WorkflowStep, QueueName, DependsOn, OnDependencyFailure.</param>
        /// <returns>The task.</returns>
        public string EnqueueTask(string task)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeTask = call.Text(task);
                orchestra_buffer enqueued;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_enqueue(
                    call.Store, nativeTask.Pointer, nativeTask.Length, &enqueued, &error);
                return NativeCall.Result(status, &enqueued, error);
            }
        }

        /// <summary>Puts tasks into the queue in one transaction: all or none.</summary>
        /// <param name="tasks">A JSON array of what <see cref="EnqueueTask"/> takes; in DependsOn, a number
        /// stands for the task at this place of the array.</param>
        /// <returns>A JSON array of the tasks in the same order.</returns>
        public string EnqueueTasks(string tasks)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeTasks = call.Text(tasks);
                orchestra_buffer enqueued;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_enqueue_many(
                    call.Store, nativeTasks.Pointer, nativeTasks.Length, &enqueued, &error);
                return NativeCall.Result(status, &enqueued, error);
            }
        }

        /// <summary>Looks a task up.</summary>
        /// <returns>A JSON object with all columns of the table Tasks.</returns>
        public string GetTask(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer task;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_get(
                    call.Store, nativeId.Pointer, nativeId.Length, &task, &error);
                return NativeCall.Result(status, &task, error);
            }
        }

        /// <summary>Lists the newest tasks that fit.</summary>
        /// <param name="limit">How many at most.</param>
        /// <param name="filter">A JSON object with any of Status, AgentId, RepositoryPath,
        /// QueueName, CorrelationId; <c>null</c> for all tasks.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListTasks(int limit, string filter = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeFilter = call.Text(filter);
                orchestra_buffer tasks;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_list(
                    call.Store, nativeFilter.Pointer, nativeFilter.Length, checked((uint)limit), &tasks, &error);
                return NativeCall.Result(status, &tasks, error);
            }
        }

        /// <summary>Counts the tasks in each state.</summary>
        /// <returns>A JSON object with a number for each state.</returns>
        public string CountTasksByStatus()
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer counts;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_count_by_status(call.Store, &counts, &error);
                return NativeCall.Result(status, &counts, error);
            }
        }
    }
}
