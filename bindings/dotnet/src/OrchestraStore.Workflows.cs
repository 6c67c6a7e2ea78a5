namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Publishes a version of a workflow, which is the active one from then on.</summary>
        /// <param name="workflow">A JSON object: Name and Definition; optional Description, Version, InputSchema,
        /// OutputSchema, Category, Tags, Author, IsPublic, ChangeLog.</param>
        /// <returns>The version, with all columns of the table WorkflowDefinitions.</returns>
        public string PublishWorkflow(string workflow)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeWorkflow = call.Text(workflow);
                orchestra_buffer published;
                orchestra_error* error;
                int status = NativeMethods.orchestra_workflow_publish(
                    call.Store, nativeWorkflow.Pointer, nativeWorkflow.Length, &published, &error);
                return NativeCall.Result(status, &published, error);
            }
        }

        /// <summary>Makes a version the active one of its workflow; the one that was is no longer.</summary>
        /// <returns>The version.</returns>
        public string ActivateWorkflow(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer workflow;
                orchestra_error* error;
                int status = NativeMethods.orchestra_workflow_activate(
                    call.Store, nativeId.Pointer, nativeId.Length, &workflow, &error);
                return NativeCall.Result(status, &workflow, error);
            }
        }

        /// <summary>Looks a version of a workflow up.</summary>
        /// <returns>A JSON object with all columns of the table WorkflowDefinitions.</returns>
        public string GetWorkflow(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer workflow;
                orchestra_error* error;
                int status = NativeMethods.orchestra_workflow_get(
                    call.Store, nativeId.Pointer, nativeId.Length, &workflow, &error);
                return NativeCall.Result(status, &workflow, error);
            }
        }

        /// <summary>Looks the active version of the workflow with this name up.</summary>
        /// <returns>The version.</returns>
        public string GetActiveWorkflow(string name)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeName = call.Text(name);
                orchestra_buffer workflow;
                orchestra_error* error;
                int status = NativeMethods.orchestra_workflow_get_active(
                    call.Store, nativeName.Pointer, nativeName.Length, &workflow, &error);
                return NativeCall.Result(status, &workflow, error);
            }
        }

        /// <summary>Lists the active version of each workflow, by name.</summary>
        /// <returns>A JSON array of versions.</returns>
        public string ListActiveWorkflows()
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer workflows;
                orchestra_error* error;
                int status = NativeMethods.orchestra_workflow_list_active(call.Store, &workflows, &error);
                return NativeCall.Result(status, &workflows, error);
            }
        }

        /// <summary>Lists all versions of the workflow with this name, the newest first.</summary>
        /// <returns>A JSON array of versions.</returns>
        public string GetWorkflowHistory(string name)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeName = call.Text(name);
                orchestra_buffer workflows;
                orchestra_error* error;
                int status = NativeMethods.orchestra_workflow_history(
                    call.Store, nativeName.Pointer, nativeName.Length, &workflows, &error);
                return NativeCall.Result(status, &workflows, error);
            }
        }

        /// <summary>Starts an execution of a version of a workflow that is active.</summary>
        /// <param name="id">The version.</param>
        /// <param name="start">A JSON object with any of Id, InputParameters, RepositoryPath, Priority,
        /// CorrelationId, QueueName, TriggerType, ParentExecutionId; <c>null</c> for none.</param>
        /// <returns>The execution.</returns>
        public string StartWorkflow(string id, string start = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeStart = call.Text(start);
                orchestra_buffer execution;
                orchestra_error* error;
                int status = NativeMethods.orchestra_workflow_start(
                    call.Store, nativeId.Pointer, nativeId.Length, nativeStart.Pointer, nativeStart.Length,
                    &execution, &error);
                return NativeCall.Result(status, &execution, error);
            }
        }

        /// <summary>Shows the tasks of all executions of a version of a workflow, as <see
        /// cref="GetExecutionTaskTree"/> does for one.</summary>
        /// <returns>A JSON object with Executions.</returns>
        public string GetWorkflowTaskTree(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer tree;
                orchestra_error* error;
                int status = NativeMethods.orchestra_workflow_task_tree(
                    call.Store, nativeId.Pointer, nativeId.Length, &tree, &error);
                return NativeCall.Result(status, &tree, error);
            }
        }
    }
}
