namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Keeps the result of a query under a key, in place of the one that it had.</summary>
        /// <param name="entry">A JSON object: Key, Value; optional ValidFor, IsSliding, Tags.</param>
        /// <returns>What <see cref="GetCachedQuery"/> gives.</returns>
        public string PutCachedQuery(string entry) => CallForText(entry, NativeMethods.orchestra_query_cache_put);

        /// <summary>Looks the result of a query up.</summary>
        /// <returns>A JSON object with all columns of the table QueryCache; <c>null</c> where there is none
        /// or it has expired.</returns>
        public string GetCachedQuery(string key) =>
            NullIfEmpty(CallForText(key, NativeMethods.orchestra_query_cache_get));

        /// <summary>The same, and one whose validity is sliding is valid for as long again.</summary>
        /// <returns>As <see cref="GetCachedQuery"/>.</returns>
        public string RenewCachedQuery(string key) =>
            NullIfEmpty(CallForText(key, NativeMethods.orchestra_query_cache_renew));

        /// <summary>Removes the result of a key.</summary>
        /// <returns>Whether there was one.</returns>
        public bool RemoveCachedQuery(string key) => CallForFlag(key, NativeMethods.orchestra_query_cache_remove);

        /// <summary>Removes the results of queries that have a tag.</summary>
        /// <returns>How many these were.</returns>
        public long InvalidateCachedQueries(string tag) =>
            CallForNumber(tag, NativeMethods.orchestra_query_cache_invalidate_tag);

        /// <summary>Removes results of queries that have expired; a host calls it now and then.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>How many these were.</returns>
        public long RemoveExpiredCachedQueries(int limit) =>
            CallForNumber((store, count, error) => NativeMethods.orchestra_query_cache_remove_expired(
                store, checked((uint)limit), count, error));
    }
}
