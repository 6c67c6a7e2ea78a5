namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Makes the repository at a path known; one that is known becomes active again.</summary>
        /// <returns>The repository.</returns>
        public string RegisterRepository(string path) =>
            CallForText(path, NativeMethods.orchestra_repository_register);

        /// <summary>Looks a repository up.</summary>
        /// <returns>A JSON object with all columns of the table Repositories.</returns>
        public string GetRepository(string id) => CallForText(id, NativeMethods.orchestra_repository_get);

        /// <summary>Looks the repository at a path up.</summary>
        /// <returns>The repository, or <c>null</c> where none is known there.</returns>
        public string GetRepositoryByPath(string path) =>
            NullIfEmpty(CallForText(path, NativeMethods.orchestra_repository_get_by_path));

        /// <summary>Lists all repositories, by path.</summary>
        /// <returns>A JSON array of repositories.</returns>
        public string ListRepositories() => CallForText(NativeMethods.orchestra_repository_list);

        /// <summary>Lists the active repositories that had the most tasks, the most first.</summary>
        /// <param name="limit">How many at most, 1 to 1000.</param>
        /// <returns>A JSON array of repositories.</returns>
        public string ListMostUsedRepositories(int limit) =>
            CallForText((store, repositories, error) => NativeMethods.orchestra_repository_list_most_used(
                store, checked((uint)limit), repositories, error));

        /// <summary>Notes that a repository is no longer in use.</summary>
        /// <returns>The repository.</returns>
        public string DeactivateRepository(string id) =>
            CallForText(id, NativeMethods.orchestra_repository_deactivate);

        /// <summary>Notes that somebody used a repository now.</summary>
        public void NoteRepositoryAccess(string id) => Call(id, NativeMethods.orchestra_repository_note_access);
    }
}
