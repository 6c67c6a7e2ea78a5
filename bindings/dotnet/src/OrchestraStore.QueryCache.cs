namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Keeps the result of a query under a key, in place of the one that it had.</summary>
        /// <param name="entry">A JSON object: Key, Value; optional ValidFor, IsSliding, Tags.</param>
        /// <returns>What <see cref="GetCachedQuery"/> gives.</returns>
        public string PutCachedQuery(string entry)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeEntry = call.Text(entry);
                orchestra_buffer row;
                orchestra_error* error;
                int status = NativeMethods.orchestra_query_cache_put(
                    call.Store, nativeEntry.Pointer, nativeEntry.Length, &row, &error);
                return NativeCall.Result(status, &row, error);
            }
        }

        /// <summary>Looks the result of a query up.</summary>
        /// <returns>A JSON object with all columns of the table QueryCache; <c>null</c> where there is none
        /// or it has expired.</returns>
        public string GetCachedQuery(string key)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                orchestra_buffer entry;
                orchestra_error* error;
                int status = NativeMethods.orchestra_query_cache_get(
                    call.Store, nativeKey.Pointer, nativeKey.Length, &entry, &error);
                return NativeCall.OptionalResult(status, &entry, error);
            }
        }

        /// <summary>The same, and one whose validity is sliding is valid for as long again.</summary>
        /// <returns>As <see cref="GetCachedQuery"/>.</returns>
        public string RenewCachedQuery(string key)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                orchestra_buffer entry;
                orchestra_error* error;
                int status = NativeMethods.orchestra_query_cache_renew(
                    call.Store, nativeKey.Pointer, nativeKey.Length, &entry, &error);
                return NativeCall.OptionalResult(status, &entry, error);
            }
        }

        /// <summary>Removes the result of a key.</summary>
        /// <returns>Whether there was one.</returns>
        public bool RemoveCachedQuery(string key)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                int removed;
                orchestra_error* error;
                int status = NativeMethods.orchestra_query_cache_remove(
                    call.Store, nativeKey.Pointer, nativeKey.Length, &removed, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return removed != 0;
            }
        }

        /// <summary>Removes the results of queries that have a tag.</summary>
        /// <returns>How many these were.</returns>
        public long InvalidateCachedQueries(string tag)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeTag = call.Text(tag);
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_query_cache_invalidate_tag(
                    call.Store, nativeTag.Pointer, nativeTag.Length, &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }

        /// <summary>Removes results of queries that have expired; a host calls it now and then.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>How many these were.</returns>
        public long RemoveExpiredCachedQueries(int limit)
        {
            using (var call = new NativeCall(_handle))
            {
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_query_cache_remove_expired(
                    call.Store, checked((uint)limit), &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }
    }
}
