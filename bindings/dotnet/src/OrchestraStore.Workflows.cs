namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Publishes a version of a workflow, which is the active one from then on.</summary>
        /// <param name="workflow">A JSON object: Name and Definition; optional Description, Version, InputSchema,
        /// OutputSchema, Category, Tags, Author, IsPublic, ChangeLog.</param>
        /// <returns>The version, with all columns of the table WorkflowDefinitions.</returns>
        public string PublishWorkflow(string workflow) =>
            CallForText(workflow, NativeMethods.orchestra_workflow_publish);

        /// <summary>Makes a version the active one of its workflow; the one that was is no longer.</summary>
        /// <returns>The version.</returns>
        public string ActivateWorkflow(string id) => CallForText(id, NativeMethods.orchestra_workflow_activate);

        /// <summary>Looks a version of a workflow up.</summary>
        /// <returns>A JSON object with all columns of the table WorkflowDefinitions.</returns>
        public string GetWorkflow(string id) => CallForText(id, NativeMethods.orchestra_workflow_get);

        /// <summary>Looks the active version of the workflow with this name up.</summary>
        /// <returns>The version.</returns>
        public string GetActiveWorkflow(string name) =>
            CallForText(name, NativeMethods.orchestra_workflow_get_active);

        /// <summary>Lists the active version of each workflow, by name.</summary>
        /// <returns>A JSON array of versions.</returns>
        public string ListActiveWorkflows() => CallForText(NativeMethods.orchestra_workflow_list_active);

        /// <summary>Lists all versions of the workflow with this name, the newest first.</summary>
        /// <returns>A JSON array of versions.</returns>
        public string GetWorkflowHistory(string name) =>
            CallForText(name, NativeMethods.orchestra_workflow_history);

        /// <summary>Starts an execution of a version of a workflow that is active.</summary>
        /// <param name="id">The version.</param>
        /// <param name="start">A JSON object with any of Id, InputParameters, RepositoryPath, Priority,
        /// CorrelationId, QueueName, TriggerType, ParentExecutionId; <c>null</c> for none.</param>
        /// <returns>The execution.</returns>
        public string StartWorkflow(string id, string start = null) =>
            CallForText(id, start, NativeMethods.orchestra_workflow_start);

        /// <summary>Shows the tasks of all executions of a version of a workflow, as <see
        /// cref="GetExecutionTaskTree"/> does for one.</summary>
        /// <returns>A JSON object with Executions.</returns>
        public string GetWorkflowTaskTree(string id) => CallForText(id, NativeMethods.orchestra_workflow_task_tree);
    }
}
