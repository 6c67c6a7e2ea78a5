namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Sets what the host wants to keep with a repository.</summary>
        /// <param name="settings">Any JSON, or <c>null</c> for nothing.</param>
        /// <returns>The repository.</returns>
        public string SetRepositorySettings(string id, string settings) =>
            CallForText(id, settings, NativeMethods.orchestra_repository_set_settings);

        /// <summary>Sets who may see a repository.</summary>
        /// <returns>The repository.</returns>
        public string SetRepositoryAccessLevel(string id, AccessLevel level) =>
            CallForText(id, (store, text, length, repository, error) =>
                NativeMethods.orchestra_repository_set_access_level(
                    store, text, length, (int)level, repository, error));

        /// <summary>Sets which operations are allowed in a repository.</summary>
        /// <param name="operations">A JSON array of names; <c>null</c> allows all, and an empty array
        /// none.</param>
        /// <returns>The repository.</returns>
        public string SetRepositoryAllowedOperations(string id, string operations) =>
            CallForText(id, operations, NativeMethods.orchestra_repository_set_allowed_operations);

        /// <summary>Tells whether an operation of this name is allowed in a repository. The host has to
        /// ask.</summary>
        public bool IsAllowedInRepository(string id, string operation) =>
            CallForFlag(id, operation, NativeMethods.orchestra_repository_is_allowed);
    }
}
