namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Sets a preference, new or known, in exactly this scope.</summary>
        /// <param name="newPreference">A JSON object: Key, Value; optional Scope (with any of IsDefault,
        /// RepositoryId, AgentId), Type, Category, Description, IsEncrypted, IsReadOnly.</param>
        /// <returns>A JSON object with all columns of the table UserPreferences; a sealed value stays
        /// sealed.</returns>
        public string SetPreference(string newPreference) =>
            CallForText(newPreference, NativeMethods.orchestra_preference_set);

        /// <summary>Removes the preference of exactly this scope.</summary>
        /// <param name="scope">A JSON object with any of IsDefault, RepositoryId, AgentId; <c>null</c> for
        /// all work of the acting user.</param>
        /// <returns>Whether there was one.</returns>
        public bool RemovePreference(string key, string scope = null) =>
            CallForFlag(key, scope, NativeMethods.orchestra_preference_remove);

        /// <summary>Reads the preference of exactly this scope.</summary>
        /// <param name="scope">As for <see cref="RemovePreference"/>.</param>
        /// <returns>A JSON object with all columns of the table UserPreferences, the Value readable;
        /// <c>null</c> where there is none.</returns>
        public string GetPreference(string key, string scope = null) =>
            NullIfEmpty(CallForText(key, scope, NativeMethods.orchestra_preference_get));

        /// <summary>Reads a preference of the acting user or of everyone by its id.</summary>
        /// <returns>A JSON object with all columns of the table UserPreferences, the Value
        /// readable.</returns>
        public string OpenPreference(string id) => CallForText(id, NativeMethods.orchestra_preference_open);

        /// <summary>Lists the preferences that hold for the acting user's work with an agent in a repository,
        /// by key. Sealed values stay sealed.</summary>
        /// <returns>A JSON array of rows of UserPreferences.</returns>
        public string ListEffectivePreferences(string repositoryId = null, string agentId = null) =>
            CallForText(repositoryId, agentId, NativeMethods.orchestra_preference_list_effective);
    }
}
