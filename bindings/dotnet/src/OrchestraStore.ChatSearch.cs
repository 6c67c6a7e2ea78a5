namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Finds messages by their words, those that match best first.</summary>
        /// <param name="query">A JSON object: Text; optional Matching (Words, Prefixes, Phrase), SessionId,
        /// UserId, AgentId, From, To.</param>
        /// <param name="limit">How many at most, 1 to 100.</param>
        /// <returns>A JSON array of Message, Rank, Snippet.</returns>
        public string SearchChat(string query, int limit) =>
            CallForText(query, (store, text, length, hits, error) => NativeMethods.orchestra_chat_search(
                store, text, length, checked((uint)limit), hits, error));

        /// <summary>Counts the messages that <see cref="RemoveExpiredChatMessages"/> would remove in
        /// all.</summary>
        /// <param name="retention">A JSON object with one of OlderThan (<c>[d.]hh:mm:ss</c>) or
        /// NewestPerSession.</param>
        public long CountExpiredChatMessages(string retention) =>
            CallForNumber(retention, NativeMethods.orchestra_chat_count_expired);

        /// <summary>Removes old messages for good; a host that wants it calls it until it removes less than
        /// the limit.</summary>
        /// <param name="retention">As for <see cref="CountExpiredChatMessages"/>.</param>
        /// <param name="limit">How many at most, 1 to 1000.</param>
        /// <returns>How many were removed.</returns>
        public long RemoveExpiredChatMessages(string retention, int limit) =>
            CallForNumber(retention, (store, text, length, count, error) =>
                NativeMethods.orchestra_chat_remove_expired(
                    store, text, length, checked((uint)limit), count, error));
    }
}
