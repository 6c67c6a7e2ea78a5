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
        public string GetRepositoryStatistics(string id, TimeSpan? period = null) =>
            CallForText(id, (store, text, length, statistics, error) =>
                NativeMethods.orchestra_repository_statistics(
                    store, text, length, Milliseconds.LengthOrDefault("period", period), statistics, error));

        /// <summary>Rates all repositories anew; a host calls it now and then.</summary>
        /// <param name="period">Ten years at the most; <c>null</c> for 30 days.</param>
        /// <returns>How many ratings changed.</returns>
        public long UpdateRepositoryRatings(TimeSpan? period = null) =>
            CallForNumber((store, count, error) => NativeMethods.orchestra_repository_update_ratings(
                store, Milliseconds.LengthOrDefault("period", period), count, error));

        /// <summary>Sets the counters of a repository to what its tasks give.</summary>
        /// <returns>A JSON object: RepositoryId, Path, Differences.</returns>
        public string RecountRepository(string id) => CallForText(id, NativeMethods.orchestra_repository_recount);
    }
}
