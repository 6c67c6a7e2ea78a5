using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Tells what the tasks of an agent show that were made in a period up to now.</summary>
        /// <param name="period">Ten years at the most; <c>null</c> for 30 days.</param>
        /// <returns>A JSON object: AgentId, AgentName, AgentStatus, and what <see cref="GetTaskAnalytics"/>
        /// tells.</returns>
        public string GetAgentStatistics(string id, TimeSpan? period = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer statistics;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_statistics(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    Milliseconds.LengthOrDefault("period", period), &statistics, &error);
                return NativeCall.Result(status, &statistics, error);
            }
        }

        /// <summary>Adds what a host measured to what is known of an agent, all of it or nothing.</summary>
        /// <param name="metrics">A JSON object with any of TasksCompleted, TasksFailed, ExecutionTime, and
        /// Measurements (an array of MetricName, MetricValue and MetricUnit).</param>
        /// <returns>The agent.</returns>
        public string UpdateAgentPerformanceMetrics(string id, string metrics)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeMetrics = call.Text(metrics);
                orchestra_buffer agent;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_update_performance_metrics(
                    call.Store, nativeId.Pointer, nativeId.Length, nativeMetrics.Pointer, nativeMetrics.Length,
                    &agent, &error);
                return NativeCall.Result(status, &agent, error);
            }
        }
    }
}
