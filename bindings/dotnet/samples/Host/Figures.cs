using System;
using Orchestra.Store;

/// <summary>Metrics and their rollups, trends of tasks, and the report of a period.</summary>
internal static class Figures
{
    internal static void Run(OrchestraStore store)
    {
        const string Sample = "{\"EntityType\":\"System\",\"MetricName\":\"load\",\"Value\":2}";
        Check.Equal(36, store.RecordMetric(Sample).Length, "the length of an id");
        Check.Equal(2, JsonText.Elements(store.RecordMetrics("[" + Sample + "," + Sample + "]")).Count, "ids");
        long merged;
        Check.That(store.RollUpMetrics(2, out merged), "one more waits");
        Check.Equal(2L, merged, "values that were merged");
        Check.That(!store.RollUpMetrics(9, out merged), "no more wait");

        DateTime from = DateTime.UtcNow.AddDays(-1), to = DateTime.UtcNow.AddDays(1);
        string points = store.QueryMetrics(
            "{\"EntityType\":\"System\",\"MetricName\":\"load\",\"Resolution\":\"Instant\"}", from, to, 9);
        Check.Equal(3, JsonText.Elements(points).Count, "points");

        string total = JsonText.Property(store.GetTaskTrends(from, to), "Total");
        Check.Equal("0.0", JsonText.Property(total, "Before"), "tasks in the period before");
        Check.Equal("[]", JsonText.Property(store.GetReport(from, to), "Queues"), "queues");
        Check.Fails(OrchestraErrorCode.InvalidArgument, () => store.GetReport(to, from), "Column", "period");
    }
}
