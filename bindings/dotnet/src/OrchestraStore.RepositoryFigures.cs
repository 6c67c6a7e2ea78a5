using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Tells how well it goes in a repository, and what its tasks show that were made in a
        /// period up to now.</summary>
        /// <param name="period">Ten years at the most; <c>null</c> for 30 days.</param>
        /// <returns>A JSON object: RepositoryId, Path, ReliabilityScore, PerformanceRating, and what <see
        /// cref="GetTaskAnalytics"/> tells.</returns>
        public string GetRepositoryStatistics(string id, TimeSpan? period = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer statistics;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_statistics(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    Milliseconds.LengthOrDefault("period", period), &statistics, &error);
                return NativeCall.Result(status, &statistics, error);
            }
        }

        /// <summary>Rates all repositories anew; a host calls it now and then.</summary>
        /// <param name="period">Ten years at the most; <c>null</c> for 30 days.</param>
        /// <returns>How many ratings changed.</returns>
        public long UpdateRepositoryRatings(TimeSpan? period = null)
        {
            using (var call = new NativeCall(_handle))
            {
                long count;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_update_ratings(
                    call.Store, Milliseconds.LengthOrDefault("period", period), &count, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return count;
            }
        }

        /// <summary>Sets the counters of a repository to what its tasks give.</summary>
        /// <returns>A JSON object: RepositoryId, Path, Differences.</returns>
        public string RecountRepository(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer recount;
                orchestra_error* error;
                int status = NativeMethods.orchestra_repository_recount(
                    call.Store, nativeId.Pointer, nativeId.Length, &recount, &error);
                return NativeCall.Result(status, &recount, error);
            }
        }
    }
}
