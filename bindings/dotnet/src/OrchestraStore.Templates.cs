namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Publishes a version of a template of tasks, which is the active one from then on.</summary>
        /// <param name="definition">A JSON object: Name and Definition; optional Description, Category,
        /// CategoryId, Version, Tags, IsPublic.</param>
        /// <returns>The version, with all columns of the table TaskTemplates.</returns>
        public string PublishTemplate(string definition) =>
            CallForText(definition, NativeMethods.orchestra_template_publish);

        /// <summary>Makes a version the active one of its template; the one that was is no longer.</summary>
        /// <returns>The version.</returns>
        public string ActivateTemplate(string id) => CallForText(id, NativeMethods.orchestra_template_activate);

        /// <summary>Looks a version of a template up.</summary>
        /// <returns>A JSON object with all columns of the table TaskTemplates.</returns>
        public string GetTemplate(string id) => CallForText(id, NativeMethods.orchestra_template_get);

        /// <summary>Looks the active version of the template with this name up.</summary>
        /// <returns>The version.</returns>
        public string GetActiveTemplate(string name) =>
            CallForText(name, NativeMethods.orchestra_template_get_active);

        /// <summary>Lists the active version of each template, by name: all, or those of a category and what is
        /// in it.</summary>
        /// <returns>A JSON array of versions.</returns>
        public string ListTemplates(string categoryId = null) =>
            CallForText(categoryId, NativeMethods.orchestra_template_list);

        /// <summary>Puts the steps of an active template into the queue as a chain: each waits for the one
        /// before.</summary>
        /// <param name="id">The version.</param>
        /// <param name="instantiation">A JSON object with any of Parameters, RepositoryPath, AgentId, Priority,
        /// CorrelationId, QueueName, OnFailure; <c>null</c> for none.</param>
        /// <returns>A JSON array of the tasks in their order.</returns>
        public string InstantiateTemplate(string id, string instantiation = null) =>
            CallForText(id, instantiation, NativeMethods.orchestra_template_instantiate);
    }
}
