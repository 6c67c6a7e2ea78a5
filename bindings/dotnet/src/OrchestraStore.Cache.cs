namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Looks a row up as <see cref="Get"/> does, but in memory where it was asked for before and
        /// nobody has changed it since: what it gives is never older.</summary>
        /// <returns>A JSON object with all columns of the table.</returns>
        public string GetCached(OrchestraEntity entity, string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer row;
                orchestra_error* error;
                int status = NativeMethods.orchestra_cache_get(
                    call.Store, (int)entity, nativeId.Pointer, nativeId.Length, &row, &error);
                return NativeCall.Result(status, &row, error);
            }
        }

        /// <summary>Drops the row or result of a key from memory, such as <c>Tasks:42</c>.</summary>
        /// <returns>Whether there was one.</returns>
        public bool InvalidateCache(string key)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                int dropped;
                orchestra_error* error;
                int status = NativeMethods.orchestra_cache_invalidate(
                    call.Store, nativeKey.Pointer, nativeKey.Length, &dropped, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return dropped != 0;
            }
        }

        /// <summary>Drops the rows and results from memory whose keys match: <c>*</c> stands for any
        /// characters, <c>?</c> for one.</summary>
        /// <returns>How many these were.</returns>
        public long InvalidateCachePattern(string pattern)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativePattern = call.Text(pattern);
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_cache_invalidate_pattern(
                    call.Store, nativePattern.Pointer, nativePattern.Length, &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }

        /// <summary>Tells what the cache in memory holds, and how useful it was.</summary>
        /// <returns>A JSON object with Hits, Misses, Entries, Bytes, Evictions and Clears.</returns>
        public string GetCacheStatistics()
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer statistics;
                orchestra_error* error;
                int status = NativeMethods.orchestra_cache_statistics(call.Store, &statistics, &error);
                return NativeCall.Result(status, &statistics, error);
            }
        }
    }
}
