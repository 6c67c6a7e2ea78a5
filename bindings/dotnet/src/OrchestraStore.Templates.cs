namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Publishes a version of a template of tasks, which is the active one from then on.</summary>
        /// <param name="definition">A JSON object: Name and Definition; optional Description, Category,
        /// CategoryId, Version, Tags, IsPublic.</param>
        /// <returns>The version, with all columns of the table TaskTemplates.</returns>
        public string PublishTemplate(string definition)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeDefinition = call.Text(definition);
                orchestra_buffer published;
                orchestra_error* error;
                int status = NativeMethods.orchestra_template_publish(
                    call.Store, nativeDefinition.Pointer, nativeDefinition.Length, &published, &error);
                return NativeCall.Result(status, &published, error);
            }
        }

        /// <summary>Makes a version the active one of its template; the one that was is no longer.</summary>
        /// <returns>The version.</returns>
        public string ActivateTemplate(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer version;
                orchestra_error* error;
                int status = NativeMethods.orchestra_template_activate(
                    call.Store, nativeId.Pointer, nativeId.Length, &version, &error);
                return NativeCall.Result(status, &version, error);
            }
        }

        /// <summary>Looks a version of a template up.</summary>
        /// <returns>A JSON object with all columns of the table TaskTemplates.</returns>
        public string GetTemplate(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer version;
                orchestra_error* error;
                int status = NativeMethods.orchestra_template_get(
                    call.Store, nativeId.Pointer, nativeId.Length, &version, &error);
                return NativeCall.Result(status, &version, error);
            }
        }

        /// <summary>Looks the active version of the template with this name up.</summary>
        /// <returns>The version.</returns>
        public string GetActiveTemplate(string name)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeName = call.Text(name);
                orchestra_buffer version;
                orchestra_error* error;
                int status = NativeMethods.orchestra_template_get_active(
                    call.Store, nativeName.Pointer, nativeName.Length, &version, &error);
                return NativeCall.Result(status, &version, error);
            }
        }

        /// <summary>Lists the active version of each template, by name: all, or those of a category and what is
        /// in it.</summary>
        /// <returns>A JSON array of versions.</returns>
        public string ListTemplates(string categoryId = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeCategoryId = call.Text(categoryId);
                orchestra_buffer templates;
                orchestra_error* error;
                int status = NativeMethods.orchestra_template_list(
                    call.Store, nativeCategoryId.Pointer, nativeCategoryId.Length, &templates, &error);
                return NativeCall.Result(status, &templates, error);
            }
        }

        /// <summary>Puts the steps of an active template into the queue as a chain: each waits for the one
        /// before.</summary>
        /// <param name="id">The version.</param>
        /// <param name="instantiation">A JSON object with any of Parameters, RepositoryPath, AgentId, Priority,
        /// CorrelationId, QueueName, OnFailure; <c>null</c> for none.</param>
        /// <returns>A JSON array of the tasks in their order.</returns>
        public string InstantiateTemplate(string id, string instantiation = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeInstantiation = call.Text(instantiation);
                orchestra_buffer tasks;
                orchestra_error* error;
                int status = NativeMethods.orchestra_template_instantiate(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    nativeInstantiation.Pointer, nativeInstantiation.Length, &tasks, &error);
                return NativeCall.Result(status, &tasks, error);
            }
        }
    }
}
