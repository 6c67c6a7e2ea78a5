using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Records a measured value.</summary>
        /// <param name="sample">A JSON object: EntityType, MetricName, Value; optional EntityId, Unit,
        /// Timestamp, Tags, Properties.</param>
        /// <returns>The id of the row.</returns>
        public string RecordMetric(string sample) => CallForText(sample, NativeMethods.orchestra_metric_record);

        /// <summary>Records measured values in one transaction: all or none.</summary>
        /// <param name="samples">A JSON array of what <see cref="RecordMetric"/> takes.</param>
        /// <returns>A JSON array of the ids of the rows in the same order.</returns>
        public string RecordMetrics(string samples) =>
            CallForText(samples, NativeMethods.orchestra_metric_record_many);

        /// <summary>Merges values into the rollups of their hour, day and week; a host calls it now and
        /// then.</summary>
        /// <param name="limit">How many at most, 1 to 10000.</param>
        /// <param name="merged">How many values were merged.</param>
        /// <returns>Whether more are waiting.</returns>
        public bool RollUpMetrics(int limit, out long merged)
        {
            using (var call = new NativeCall(_handle))
            {
                long count;
                int more;
                orchestra_error* error;
                int status = NativeMethods.orchestra_metric_roll_up(
                    call.Store, checked((uint)limit), &count, &more, &error);
                OrchestraException.ThrowIfFailed(status, error);
                merged = count;
                return more != 0;
            }
        }

        /// <summary>Lists the points of a series that begin in a period, the oldest first.</summary>
        /// <param name="series">A JSON object: EntityType, MetricName, Resolution (Instant, Hourly, Daily,
        /// Weekly); optional EntityId.</param>
        /// <param name="from">The first moment; local or UTC, as its kind says.</param>
        /// <param name="to">The moment after the last.</param>
        /// <param name="limit">How many at most, 1 to 10000.</param>
        /// <returns>A JSON array of points: Start, End, Count, Mean, Sum, Min, Max, StandardDeviation,
        /// Unit.</returns>
        public string QueryMetrics(string series, DateTime from, DateTime to, int limit) =>
            CallForText(series, (store, text, length, points, error) => NativeMethods.orchestra_metric_query(
                store, text, length, Milliseconds.Since1970(from), Milliseconds.Since1970(to), checked((uint)limit),
                points, error));
    }
}
