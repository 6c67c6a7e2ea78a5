namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Sets what the host wants to keep with a repository.</summary>
        /// <param name="settings">Any JSON, or <c>null</c> for nothing.</param>
        /// <returns>The repository.</returns>
        public string SetRepositorySettings(string id, string settings)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeSettings = call.Text(settings);
                orchestra_buffer repository;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_set_settings(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    nativeSettings.Pointer, nativeSettings.Length, &repository, &error);
                return NativeCall.Result(status, &repository, error);
            }
        }

        /// <summary>Sets who may see a repository.</summary>
        /// <returns>The repository.</returns>
        public string SetRepositoryAccessLevel(string id, AccessLevel level)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer repository;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_set_access_level(
                    call.Store, nativeId.Pointer, nativeId.Length, (int)level, &repository, &error);
                return NativeCall.Result(status, &repository, error);
            }
        }

        /// <summary>Sets which operations are allowed in a repository.</summary>
        /// <param name="operations">A JSON array of names; <c>null</c> allows all, and an empty array
        /// none.</param>
        /// <returns>The repository.</returns>
        public string SetRepositoryAllowedOperations(string id, string operations)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeOperations = call.Text(operations);
                orchestra_buffer repository;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_set_allowed_operations(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    nativeOperations.Pointer, nativeOperations.Length, &repository, &error);
                return NativeCall.Result(status, &repository, error);
            }
        }

        /// <summary>Tells whether an operation of this name is allowed in a repository. The host has to
        /// ask.</summary>
        public bool IsAllowedInRepository(string id, string operation)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeOperation = call.Text(operation);
                int allowed;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_is_allowed(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    nativeOperation.Pointer, nativeOperation.Length, &allowed, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return allowed != 0;
            }
        }
    }
}
