using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Tells what the tasks show that were made in a period, up to ten years.</summary>
        /// <param name="from">The first moment; local or UTC, as its kind says.</param>
        /// <param name="to">The moment after the last.</param>
        /// <param name="agentId">The tasks of one agent, or <c>null</c>.</param>
        /// <param name="repositoryId">The tasks of one repository, or <c>null</c>.</param>
        /// <returns>A JSON object: Period, Total, ByStatus, ByPriority, SuccessRate, Retries, Duration,
        /// QueueWait, Throughput, TopErrors.</returns>
        public string GetTaskAnalytics(
            DateTime from, DateTime to, string agentId = null, string repositoryId = null) =>
            CallForText(agentId, repositoryId,
                (store, nativeAgent, agentLength, nativeRepository, repositoryLength, analytics, error) =>
                    NativeMethods.orchestra_task_analytics(
                        store, Milliseconds.Since1970(from), Milliseconds.Since1970(to), nativeAgent, agentLength,
                        nativeRepository, repositoryLength, analytics, error));

        /// <summary>Tells how the tasks of a period compare with those of the period of the same length
        /// before it.</summary>
        /// <param name="from">The first moment; local or UTC, as its kind says.</param>
        /// <param name="to">The moment after the last.</param>
        /// <param name="agentId">The tasks of one agent, or <c>null</c>.</param>
        /// <param name="repositoryId">The tasks of one repository, or <c>null</c>.</param>
        /// <returns>A JSON object: Current, Previous, Total, Completed, Failed, SuccessRate, Retries,
        /// MedianDuration, MedianQueueWait.</returns>
        public string GetTaskTrends(DateTime from, DateTime to, string agentId = null, string repositoryId = null) =>
            CallForText(agentId, repositoryId,
                (store, nativeAgentId, agentIdLength, nativeRepositoryId, repositoryIdLength, trends, error) =>
                    NativeMethods.orchestra_task_trends(
                        store, Milliseconds.Since1970(from), Milliseconds.Since1970(to), nativeAgentId,
                        agentIdLength, nativeRepositoryId, repositoryIdLength, trends, error));

        /// <summary>Tells of a period in one document, which a host can print as it is.</summary>
        /// <param name="from">The first moment; local or UTC, as its kind says.</param>
        /// <param name="to">The moment after the last.</param>
        /// <returns>A JSON object: GeneratedAt, Tasks, Agents, Repositories, Queues, Errors.</returns>
        public string GetReport(DateTime from, DateTime to) =>
            CallForText((store, report, error) => NativeMethods.orchestra_analytics_report(
                store, Milliseconds.Since1970(from), Milliseconds.Since1970(to), report, error));
    }
}
