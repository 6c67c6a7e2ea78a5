using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Tells what the tasks of an agent show that were made in a period up to now.</summary>
        /// <param name="period">Ten years at the most; <c>null</c> for 30 days.</param>
        /// <returns>A JSON object: AgentId, AgentName, AgentStatus, and what <see cref="GetTaskAnalytics"/>
        /// tells.</returns>
        public string GetAgentStatistics(string id, TimeSpan? period = null) =>
            CallForText(id, (store, text, length, statistics, error) => NativeMethods.orchestra_agent_statistics(
                store, text, length, Milliseconds.LengthOrDefault("period", period), statistics, error));

        /// <summary>Adds what a host measured to what is known of an agent, all of it or nothing.</summary>
        /// <param name="metrics">A JSON object with any of TasksCompleted, TasksFailed, ExecutionTime, and
        /// Measurements (an array of MetricName, MetricValue and MetricUnit).</param>
        /// <returns>The agent.</returns>
        public string UpdateAgentPerformanceMetrics(string id, string metrics) =>
            CallForText(id, metrics, NativeMethods.orchestra_agent_update_performance_metrics);
    }
}
