namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Looks a row up as <see cref="Get"/> does, but in memory where it was asked for before and
        /// nobody has changed it since: what it gives is never older.</summary>
        /// <returns>A JSON object with all columns of the table.</returns>
        public string GetCached(OrchestraEntity entity, string id) =>
            CallForText(id, (store, text, length, row, error) => NativeMethods.orchestra_cache_get(
                store, (int)entity, text, length, row, error));

        /// <summary>Drops the row or result of a key from memory, such as <c>Tasks:42</c>.</summary>
        /// <returns>Whether there was one.</returns>
        public bool InvalidateCache(string key) => CallForFlag(key, NativeMethods.orchestra_cache_invalidate);

        /// <summary>Drops the rows and results from memory whose keys match: <c>*</c> stands for any
        /// characters, <c>?</c> for one.</summary>
        /// <returns>How many these were.</returns>
        public long InvalidateCachePattern(string pattern) =>
            CallForNumber(pattern, NativeMethods.orchestra_cache_invalidate_pattern);

        /// <summary>Tells what the cache in memory holds, and how useful it was.</summary>
        /// <returns>A JSON object with Hits, Misses, Entries, Bytes, Evictions and Clears.</returns>
        public string GetCacheStatistics() => CallForText(NativeMethods.orchestra_cache_statistics);
    }
}
