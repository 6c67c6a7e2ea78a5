namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Keeps a value for a session of the host under a key, in place of the one that it
        /// had.</summary>
        /// <param name="entry">A JSON object: SessionId, Key, Value; optional ValidFor, Tags.</param>
        /// <returns>What <see cref="GetSessionData"/> gives.</returns>
        public string PutSessionData(string entry) => CallForText(entry, NativeMethods.orchestra_session_data_put);

        /// <summary>Looks the value of a session's key up.</summary>
        /// <returns>A JSON object with all columns of the table SessionData; <c>null</c> where there is none
        /// or it has expired.</returns>
        public string GetSessionData(string sessionId, string key) =>
            NullIfEmpty(CallForText(sessionId, key, NativeMethods.orchestra_session_data_get));

        /// <summary>Lists all values of a session that have not expired, by key.</summary>
        /// <returns>A JSON array of what <see cref="GetSessionData"/> gives.</returns>
        public string ListSessionData(string sessionId) =>
            CallForText(sessionId, NativeMethods.orchestra_session_data_list);

        /// <summary>Removes the value of a session's key.</summary>
        /// <returns>Whether there was one.</returns>
        public bool RemoveSessionData(string sessionId, string key) =>
            CallForFlag(sessionId, key, NativeMethods.orchestra_session_data_remove);

        /// <summary>Removes all values of a session.</summary>
        /// <returns>How many these were.</returns>
        public long RemoveAllSessionData(string sessionId) =>
            CallForNumber(sessionId, NativeMethods.orchestra_session_data_remove_session);

        /// <summary>Removes the values of sessions that have a tag.</summary>
        /// <returns>How many these were.</returns>
        public long InvalidateSessionData(string tag) =>
            CallForNumber(tag, NativeMethods.orchestra_session_data_invalidate_tag);

        /// <summary>Removes values of sessions that have expired; a host calls it now and then.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>How many these were.</returns>
        public long RemoveExpiredSessionData(int limit) =>
            CallForNumber((store, count, error) => NativeMethods.orchestra_session_data_remove_expired(
                store, checked((uint)limit), count, error));
    }
}
