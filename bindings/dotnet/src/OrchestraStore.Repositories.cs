namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Makes the repository at a path known; one that is known becomes active again.</summary>
        /// <returns>The repository.</returns>
        public string RegisterRepository(string path)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativePath = call.Text(path);
                orchestra_buffer repository;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_register(
                    call.Store, nativePath.Pointer, nativePath.Length, &repository, &error);
                return NativeCall.Result(status, &repository, error);
            }
        }

        /// <summary>Looks a repository up.</summary>
        /// <returns>A JSON object with all columns of the table Repositories.</returns>
        public string GetRepository(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer repository;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_get(
                    call.Store, nativeId.Pointer, nativeId.Length, &repository, &error);
                return NativeCall.Result(status, &repository, error);
            }
        }

        /// <summary>Looks the repository at a path up.</summary>
        /// <returns>The repository, or <c>null</c> where none is known there.</returns>
        public string GetRepositoryByPath(string path)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativePath = call.Text(path);
                orchestra_buffer repository;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_get_by_path(
                    call.Store, nativePath.Pointer, nativePath.Length, &repository, &error);
                return NativeCall.OptionalResult(status, &repository, error);
            }
        }

        /// <summary>Lists all repositories, by path.</summary>
        /// <returns>A JSON array of repositories.</returns>
        public string ListRepositories()
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer repositories;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_list(call.Store, &repositories, &error);
                return NativeCall.Result(status, &repositories, error);
            }
        }

        /// <summary>Lists the active repositories that had the most tasks, the most first.</summary>
        /// <param name="limit">How many at most, 1 to 1000.</param>
        /// <returns>A JSON array of repositories.</returns>
        public string ListMostUsedRepositories(int limit)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer repositories;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_list_most_used(
                    call.Store, checked((uint)limit), &repositories, &error);
                return NativeCall.Result(status, &repositories, error);
            }
        }

        /// <summary>Notes that a repository is no longer in use.</summary>
        /// <returns>The repository.</returns>
        public string DeactivateRepository(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer repository;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_deactivate(
                    call.Store, nativeId.Pointer, nativeId.Length, &repository, &error);
                return NativeCall.Result(status, &repository, error);
            }
        }

        /// <summary>Notes that somebody used a repository now.</summary>
        public void NoteRepositoryAccess(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_note_access(
                    call.Store, nativeId.Pointer, nativeId.Length, &error);
                OrchestraException.ThrowIfFailed(status, error);
            }
        }
    }
}
