namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Puts a task into the queue.</summary>
        /// <param name="task">A JSON object: Command (1 to 2000 characters) and RepositoryPath; optional
        /// Id, AgentId, Priority, AvailableAt, MaxRetries, IdempotencyKey, CorrelationId, ParentTaskId,
        /// WorkflowId, WorkflowExecutionId, WorkflowStep, QueueName, DependsOn, OnDependencyFailure.</param>
        /// <returns>The task.</returns>
        public string EnqueueTask(string task) => CallForText(task, NativeMethods.orchestra_task_enqueue);

        /// <summary>Puts tasks into the queue in one transaction: all or none.</summary>
        /// <param name="tasks">A JSON array of what <see cref="EnqueueTask"/> takes; in DependsOn, a number
        /// stands for the task at this place of the array.</param>
        /// <returns>A JSON array of the tasks in the same order.</returns>
        public string EnqueueTasks(string tasks) => CallForText(tasks, NativeMethods.orchestra_task_enqueue_many);

        /// <summary>Looks a task up.</summary>
        /// <returns>A JSON object with all columns of the table Tasks.</returns>
        public string GetTask(string id) => CallForText(id, NativeMethods.orchestra_task_get);

        /// <summary>Lists the newest tasks that fit.</summary>
        /// <param name="limit">How many at most.</param>
        /// <param name="filter">A JSON object with any of Status, AgentId, RepositoryPath,
        /// QueueName, CorrelationId; <c>null</c> for all tasks.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ListTasks(int limit, string filter = null) =>
            CallForText(filter, (store, text, length, tasks, error) => NativeMethods.orchestra_task_list(
                store, text, length, checked((uint)limit), tasks, error));

        /// <summary>Counts the tasks in each state.</summary>
        /// <returns>A JSON object with a number for each state.</returns>
        public string CountTasksByStatus() => CallForText(NativeMethods.orchestra_task_count_by_status);
    }
}
