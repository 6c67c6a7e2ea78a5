namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Reads the preference that holds for the acting user's work with an agent in a repository:
        /// the most specific one.</summary>
        /// <returns>What <see cref="GetPreference"/> gives; <c>null</c> where there is none.</returns>
        public string ResolvePreference(string key, string repositoryId = null, string agentId = null) =>
            NullIfEmpty(CallForText(key, repositoryId, agentId, NativeMethods.orchestra_preference_resolve));

        /// <summary>Reads the value of the preference that holds, as it is.</summary>
        /// <returns><c>null</c> where there is no preference.</returns>
        public string ResolvePreferenceText(string key, string repositoryId = null, string agentId = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                NativeText nativeRepositoryId = call.Text(repositoryId);
                NativeText nativeAgentId = call.Text(agentId);
                orchestra_buffer value;
                int found;
                orchestra_error* error;
                int status = NativeMethods.orchestra_preference_resolve_text(
                    call.Store, nativeKey.Pointer, nativeKey.Length,
                    nativeRepositoryId.Pointer, nativeRepositoryId.Length,
                    nativeAgentId.Pointer, nativeAgentId.Length, &value, &found, &error);
                string text = NativeCall.Result(status, &value, error);
                return found != 0 ? text : null;
            }
        }

        /// <summary>Reads the value of the preference that holds, where it is <c>true</c> or
        /// <c>false</c>.</summary>
        /// <returns><c>null</c> where there is no preference.</returns>
        public bool? ResolvePreferenceBool(string key, string repositoryId = null, string agentId = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                NativeText nativeRepositoryId = call.Text(repositoryId);
                NativeText nativeAgentId = call.Text(agentId);
                int value;
                int found;
                orchestra_error* error;
                int status = NativeMethods.orchestra_preference_resolve_bool(
                    call.Store, nativeKey.Pointer, nativeKey.Length,
                    nativeRepositoryId.Pointer, nativeRepositoryId.Length,
                    nativeAgentId.Pointer, nativeAgentId.Length, &value, &found, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return found != 0 ? (bool?)(value != 0) : null;
            }
        }

        /// <summary>Reads the value of the preference that holds, where it is a whole number.</summary>
        /// <returns><c>null</c> where there is no preference.</returns>
        public long? ResolvePreferenceInt64(string key, string repositoryId = null, string agentId = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                NativeText nativeRepositoryId = call.Text(repositoryId);
                NativeText nativeAgentId = call.Text(agentId);
                long value;
                int found;
                orchestra_error* error;
                int status = NativeMethods.orchestra_preference_resolve_i64(
                    call.Store, nativeKey.Pointer, nativeKey.Length,
                    nativeRepositoryId.Pointer, nativeRepositoryId.Length,
                    nativeAgentId.Pointer, nativeAgentId.Length, &value, &found, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return found != 0 ? (long?)value : null;
            }
        }

        /// <summary>Reads the value of the preference that holds, where it is a finite number.</summary>
        /// <returns><c>null</c> where there is no preference.</returns>
        public double? ResolvePreferenceDouble(string key, string repositoryId = null, string agentId = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                NativeText nativeRepositoryId = call.Text(repositoryId);
                NativeText nativeAgentId = call.Text(agentId);
                double value;
                int found;
                orchestra_error* error;
                int status = NativeMethods.orchestra_preference_resolve_f64(
                    call.Store, nativeKey.Pointer, nativeKey.Length,
                    nativeRepositoryId.Pointer, nativeRepositoryId.Length,
                    nativeAgentId.Pointer, nativeAgentId.Length, &value, &found, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return found != 0 ? (double?)value : null;
            }
        }
    }
}
