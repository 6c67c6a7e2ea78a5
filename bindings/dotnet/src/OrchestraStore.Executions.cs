namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Looks an execution of a workflow up.</summary>
        /// <returns>A JSON object with all columns of the table WorkflowExecutions.</returns>
        public string GetExecution(string id) => CallForText(id, NativeMethods.orchestra_execution_get);

        /// <summary>Lists the executions that fit and started last.</summary>
        /// <param name="limit">How many at most.</param>
        /// <param name="filter">A JSON object with any of Status, WorkflowDefinitionId; <c>null</c> for all
        /// executions.</param>
        /// <returns>A JSON array of executions.</returns>
        public string ListExecutions(int limit, string filter = null) =>
            CallForText(filter, (store, text, length, executions, error) => NativeMethods.orchestra_execution_list(
                store, text, length, checked((uint)limit), executions, error));

        /// <summary>Tells where the stages of an execution are, in the order of the definition.</summary>
        /// <returns>A JSON array: Name, State, Tasks.</returns>
        public string GetExecutionStages(string id) => CallForText(id, NativeMethods.orchestra_execution_stages);

        /// <summary>Shows the tasks of an execution as a tree, with the state and progress of each
        /// branch.</summary>
        /// <returns>A JSON object with Executions: WorkflowExecutionId, Total, Nodes (Depth, Task, Total,
        /// DependsOn), Cycles.</returns>
        public string GetExecutionTaskTree(string id) =>
            CallForText(id, NativeMethods.orchestra_execution_task_tree);

        /// <summary>Pauses an execution: none of its tasks is claimed until <see cref="ResumeExecution"/>. Those
        /// that run go on.</summary>
        /// <returns>The execution.</returns>
        public string PauseExecution(string id) => CallForText(id, NativeMethods.orchestra_execution_pause);

        /// <summary>Lets an execution that is paused go on.</summary>
        /// <returns>The execution.</returns>
        public string ResumeExecution(string id) => CallForText(id, NativeMethods.orchestra_execution_resume);

        /// <summary>Cancels an execution and its tasks. Tasks that run are asked to stop.</summary>
        /// <returns>The execution.</returns>
        public string CancelExecution(string id, string reason = null) =>
            CallForText(id, reason, NativeMethods.orchestra_execution_cancel);

        /// <summary>Runs an execution that failed or was cancelled again: the stages that aren't done, the stage
        /// that is named, and all that depend on it.</summary>
        /// <returns>The execution.</returns>
        public string RetryExecution(string id, string fromStage = null) =>
            CallForText(id, fromStage, NativeMethods.orchestra_execution_retry);

        /// <summary>Brings every execution that hasn't ended to what its tasks say.</summary>
        /// <returns>A JSON array of the executions that this changed.</returns>
        public string RecoverExecutions() => CallForText(NativeMethods.orchestra_execution_recover);
    }
}
