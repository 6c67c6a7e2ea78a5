namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Keeps the result of a costly computation under a key, in place of the one that it
        /// had.</summary>
        /// <param name="result">A JSON object: Key, Value; optional InputHash, ComputationTime, ValidFor,
        /// Tags.</param>
        /// <returns>What <see cref="GetComputedResult"/> gives.</returns>
        public string PutComputedResult(string result)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeResult = call.Text(result);
                orchestra_buffer row;
                orchestra_error* error;
                int status = NativeMethods.orchestra_computed_result_put(
                    call.Store, nativeResult.Pointer, nativeResult.Length, &row, &error);
                return NativeCall.Result(status, &row, error);
            }
        }

        /// <summary>Looks the result of a computation up.</summary>
        /// <param name="inputHash">The hash of what it was computed from; <c>null</c> for whatever it
        /// was.</param>
        /// <returns>A JSON object with all columns of the table ComputedResults; <c>null</c> where there is
        /// none, it has expired, or it has another hash.</returns>
        public string GetComputedResult(string key, string inputHash = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                NativeText nativeInputHash = call.Text(inputHash);
                orchestra_buffer result;
                orchestra_error* error;
                int status = NativeMethods.orchestra_computed_result_get(
                    call.Store, nativeKey.Pointer, nativeKey.Length,
                    nativeInputHash.Pointer, nativeInputHash.Length, &result, &error);
                return NativeCall.OptionalResult(status, &result, error);
            }
        }

        /// <summary>Removes the result of a key.</summary>
        /// <returns>Whether there was one.</returns>
        public bool RemoveComputedResult(string key)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeKey = call.Text(key);
                int removed;
                orchestra_error* error;
                int status = NativeMethods.orchestra_computed_result_remove(
                    call.Store, nativeKey.Pointer, nativeKey.Length, &removed, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return removed != 0;
            }
        }

        /// <summary>Removes the results of computations that have a tag.</summary>
        /// <returns>How many these were.</returns>
        public long InvalidateComputedResults(string tag)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeTag = call.Text(tag);
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_computed_result_invalidate_tag(
                    call.Store, nativeTag.Pointer, nativeTag.Length, &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }

        /// <summary>Removes results of computations that have expired; a host calls it now and
        /// then.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>How many these were.</returns>
        public long RemoveExpiredComputedResults(int limit)
        {
            using (var call = new NativeCall(_handle))
            {
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_computed_result_remove_expired(
                    call.Store, checked((uint)limit), &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }
    }
}
