namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Sets a preference, new or known, in exactly this scope.</summary>
        /// <param name="newPreference">A JSON object: Key, Value; optional Scope (with any of IsDefault,
        /// RepositoryId, AgentId), Type, Category, Description, IsEncrypted, IsReadOnly.</param>
        /// <returns>A JSON object with all columns of the table UserPreferences; a sealed value stays
        /// sealed.</returns>
        public string SetPreference(string newPreference)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativePreference = call.Text(newPreference);
                orchestra_buffer row;
                orchestra_error* error;
                int status = NativeMethods.orchestra_preference_set(
                    call.Store, nativePreference.Pointer, nativePreference.Length, &row, &error);
                return NativeCall.Result(status, &row, error);
            }
        }

        /// <summary>Removes the preference of exactly this scope.</summary>
        /// <param name="scope">A JSON object with any of IsDefault, RepositoryId, AgentId; <c>null</c> for
        /// all work of the acting user.</param>
        /// <returns>Whether there was one.</returns>
        public bool RemovePreference(string key, string scope = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                NativeText nativeScope = call.Text(scope);
                int removed;
                orchestra_error* error;
                int status = NativeMethods.orchestra_preference_remove(
                    call.Store, nativeKey.Pointer, nativeKey.Length, nativeScope.Pointer, nativeScope.Length,
                    &removed, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return removed != 0;
            }
        }

        /// <summary>Reads the preference of exactly this scope.</summary>
        /// <param name="scope">As for <see cref="RemovePreference"/>.</param>
        /// <returns>A JSON object with all columns of the table UserPreferences, the Value readable;
        /// <c>null</c> where there is none.</returns>
        public string GetPreference(string key, string scope = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                NativeText nativeScope = call.Text(scope);
                orchestra_buffer preference;
                orchestra_error* error;
                int status = NativeMethods.orchestra_preference_get(
                    call.Store, nativeKey.Pointer, nativeKey.Length, nativeScope.Pointer, nativeScope.Length,
                    &preference, &error);
                return NativeCall.OptionalResult(status, &preference, error);
            }
        }

        /// <summary>Reads a preference of the acting user or of everyone by its id.</summary>
        /// <returns>A JSON object with all columns of the table UserPreferences, the Value
        /// readable.</returns>
        public string OpenPreference(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer preference;
                orchestra_error* error;
                int status = NativeMethods.orchestra_preference_open(
                    call.Store, nativeId.Pointer, nativeId.Length, &preference, &error);
                return NativeCall.Result(status, &preference, error);
            }
        }

        /// <summary>Lists the preferences that hold for the acting user's work with an agent in a repository,
        /// by key. Sealed values stay sealed.</summary>
        /// <returns>A JSON array of rows of UserPreferences.</returns>
        public string ListEffectivePreferences(string repositoryId = null, string agentId = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeRepositoryId = call.Text(repositoryId);
                NativeText nativeAgentId = call.Text(agentId);
                orchestra_buffer preferences;
                orchestra_error* error;
                int status = NativeMethods.orchestra_preference_list_effective(
                    call.Store, nativeRepositoryId.Pointer, nativeRepositoryId.Length,
                    nativeAgentId.Pointer, nativeAgentId.Length, &preferences, &error);
                return NativeCall.Result(status, &preferences, error);
            }
        }
    }
}
