namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Keeps the result of a costly computation under a key, in place of the one that it
        /// had.</summary>
        /// <param name="result">A JSON object: Key, Value; optional InputHash, ComputationTime, ValidFor,
        /// Tags.</param>
        /// <returns>What <see cref="GetComputedResult"/> gives.</returns>
        public string PutComputedResult(string result) =>
            CallForText(result, NativeMethods.orchestra_computed_result_put);

        /// <summary>Looks the result of a computation up.</summary>
        /// <param name="inputHash">The hash of what it was computed from; <c>null</c> for whatever it
        /// was.</param>
        /// <returns>A JSON object with all columns of the table ComputedResults; <c>null</c> where there is
        /// none, it has expired, or it has another hash.</returns>
        public string GetComputedResult(string key, string inputHash = null) =>
            NullIfEmpty(CallForText(key, inputHash, NativeMethods.orchestra_computed_result_get));

        /// <summary>Removes the result of a key.</summary>
        /// <returns>Whether there was one.</returns>
        public bool RemoveComputedResult(string key) =>
            CallForFlag(key, NativeMethods.orchestra_computed_result_remove);

        /// <summary>Removes the results of computations that have a tag.</summary>
        /// <returns>How many these were.</returns>
        public long InvalidateComputedResults(string tag) =>
            CallForNumber(tag, NativeMethods.orchestra_computed_result_invalidate_tag);

        /// <summary>Removes results of computations that have expired; a host calls it now and
        /// then.</summary>
        /// <param name="limit">How many at most.</param>
        /// <returns>How many these were.</returns>
        public long RemoveExpiredComputedResults(int limit) =>
            CallForNumber((store, count, error) => NativeMethods.orchestra_computed_result_remove_expired(
                store, checked((uint)limit), count, error));
    }
}
