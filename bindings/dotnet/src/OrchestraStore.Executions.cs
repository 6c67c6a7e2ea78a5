namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Looks an execution of a workflow up.</summary>
        /// <returns>A JSON object with all columns of the table WorkflowExecutions.</returns>
        public string GetExecution(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer execution;
                orchestra_error* error;
                int status = NativeMethods.orchestra_execution_get(
                    call.Store, nativeId.Pointer, nativeId.Length, &execution, &error);
                return NativeCall.Result(status, &execution, error);
            }
        }

        /// <summary>Lists the executions that fit and started last.</summary>
        /// <param name="limit">How many at most.</param>
        /// <param name="filter">A JSON object with any of Status, WorkflowDefinitionId; <c>null</c> for all
        /// executions.</param>
        /// <returns>A JSON array of executions.</returns>
        public string ListExecutions(int limit, string filter = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeFilter = call.Text(filter);
                orchestra_buffer executions;
                orchestra_error* error;
                int status = NativeMethods.orchestra_execution_list(
                    call.Store, nativeFilter.Pointer, nativeFilter.Length, checked((uint)limit), &executions,
                    &error);
                return NativeCall.Result(status, &executions, error);
            }
        }

        /// <summary>Tells where the stages of an execution are, in the order of the definition.</summary>
        /// <returns>A JSON array: Name, State, Tasks.</returns>
        public string GetExecutionStages(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer stages;
                orchestra_error* error;
                int status = NativeMethods.orchestra_execution_stages(
                    call.Store, nativeId.Pointer, nativeId.Length, &stages, &error);
                return NativeCall.Result(status, &stages, error);
            }
        }

        /// <summary>Shows the tasks of an execution as a tree, with the state and progress of each
        /// branch.</summary>
        /// <returns>A JSON object with Executions: WorkflowExecutionId, Total, Nodes (Depth, Task, Total,
        /// DependsOn), Cycles.</returns>
        public string GetExecutionTaskTree(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer tree;
                orchestra_error* error;
                int status = NativeMethods.orchestra_execution_task_tree(
                    call.Store, nativeId.Pointer, nativeId.Length, &tree, &error);
                return NativeCall.Result(status, &tree, error);
            }
        }

        /// <summary>Pauses an execution: none of its tasks is claimed until <see cref="ResumeExecution"/>. Those
        /// that run go on.</summary>
        /// <returns>The execution.</returns>
        public string PauseExecution(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer execution;
                orchestra_error* error;
                int status = NativeMethods.orchestra_execution_pause(
                    call.Store, nativeId.Pointer, nativeId.Length, &execution, &error);
                return NativeCall.Result(status, &execution, error);
            }
        }

        /// <summary>Lets an execution that is paused go on.</summary>
        /// <returns>The execution.</returns>
        public string ResumeExecution(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer execution;
                orchestra_error* error;
                int status = NativeMethods.orchestra_execution_resume(
                    call.Store, nativeId.Pointer, nativeId.Length, &execution, &error);
                return NativeCall.Result(status, &execution, error);
            }
        }

        /// <summary>Cancels an execution and its tasks. Tasks that run are asked to stop.</summary>
        /// <returns>The execution.</returns>
        public string CancelExecution(string id, string reason = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeReason = call.Text(reason);
                orchestra_buffer execution;
                orchestra_error* error;
                int status = NativeMethods.orchestra_execution_cancel(
                    call.Store, nativeId.Pointer, nativeId.Length, nativeReason.Pointer, nativeReason.Length,
                    &execution, &error);
                return NativeCall.Result(status, &execution, error);
            }
        }

        /// <summary>Runs an execution that failed or was cancelled again: the stages that aren't done, the stage
        /// that is named, and all that depend on it.</summary>
        /// <returns>The execution.</returns>
        public string RetryExecution(string id, string fromStage = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeFromStage = call.Text(fromStage);
                orchestra_buffer execution;
                orchestra_error* error;
                int status = NativeMethods.orchestra_execution_retry(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    nativeFromStage.Pointer, nativeFromStage.Length, &execution, &error);
                return NativeCall.Result(status, &execution, error);
            }
        }

        /// <summary>Brings every execution that hasn't ended to what its tasks say.</summary>
        /// <returns>A JSON array of the executions that this changed.</returns>
        public string RecoverExecutions()
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer executions;
                orchestra_error* error;
                int status = NativeMethods.orchestra_execution_recover(call.Store, &executions, &error);
                return NativeCall.Result(status, &executions, error);
            }
        }
    }
}
