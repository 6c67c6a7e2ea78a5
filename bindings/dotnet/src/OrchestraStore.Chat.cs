namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Gives the latest session of a user with an instance of the host, or begins one with this
        /// title.</summary>
        /// <returns>A JSON object with all columns of the table ChatSessions.</returns>
        public string GetOrCreateChatSession(string userId, string instanceId, string title) =>
            CallForText(userId, instanceId, title, NativeMethods.orchestra_chat_get_or_create_session);

        /// <summary>Looks a chat session up.</summary>
        /// <returns>The session.</returns>
        public string GetChatSession(string id) => CallForText(id, NativeMethods.orchestra_chat_get_session);

        /// <summary>Gives a chat session another title.</summary>
        /// <returns>The session.</returns>
        public string RenameChatSession(string id, string title) =>
            CallForText(id, title, NativeMethods.orchestra_chat_rename_session);

        /// <summary>Lists sessions of a user, those with the latest messages first.</summary>
        /// <param name="size">How many, 1 to 1000.</param>
        /// <param name="after"><c>null</c> for the first ones, and then the Next of the answer
        /// before.</param>
        /// <returns>A JSON object: Items, an array of sessions, and Next, where the next ones
        /// begin.</returns>
        public string ListChatSessions(string userId, int size, string after = null) =>
            CallForText(userId, after,
                (store, nativeUserId, userIdLength, nativeAfter, afterLength, sessions, error) =>
                    NativeMethods.orchestra_chat_list_sessions(
                        store, nativeUserId, userIdLength, nativeAfter, afterLength, checked((uint)size), sessions,
                        error));
    }
}
