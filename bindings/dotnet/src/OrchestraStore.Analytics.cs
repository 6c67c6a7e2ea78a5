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
            DateTime from, DateTime to, string agentId = null, string repositoryId = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeAgent = call.Text(agentId);
                NativeText nativeRepository = call.Text(repositoryId);
                orchestra_buffer analytics;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_analytics(
                    call.Store, Milliseconds.Since1970(from), Milliseconds.Since1970(to),
                    nativeAgent.Pointer, nativeAgent.Length,
                    nativeRepository.Pointer, nativeRepository.Length, &analytics, &error);
                return NativeCall.Result(status, &analytics, error);
            }
        }

        /// <summary>Tells how the tasks of a period compare with those of the period of the same length
        /// before it.</summary>
        /// <param name="from">The first moment; local or UTC, as its kind says.</param>
        /// <param name="to">The moment after the last.</param>
        /// <param name="agentId">The tasks of one agent, or <c>null</c>.</param>
        /// <param name="repositoryId">The tasks of one repository, or <c>null</c>.</param>
        /// <returns>A JSON object: Current, Previous, Total, Completed, Failed, SuccessRate, Retries,
        /// MedianDuration, MedianQueueWait.</returns>
        public string GetTaskTrends(DateTime from, DateTime to, string agentId = null, string repositoryId = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeAgentId = call.Text(agentId);
                NativeText nativeRepositoryId = call.Text(repositoryId);
                orchestra_buffer trends;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_trends(
                    call.Store, Milliseconds.Since1970(from), Milliseconds.Since1970(to),
                    nativeAgentId.Pointer, nativeAgentId.Length,
                    nativeRepositoryId.Pointer, nativeRepositoryId.Length, &trends, &error);
                return NativeCall.Result(status, &trends, error);
            }
        }

        /// <summary>Tells of a period in one document, which a host can print as it is.</summary>
        /// <param name="from">The first moment; local or UTC, as its kind says.</param>
        /// <param name="to">The moment after the last.</param>
        /// <returns>A JSON object: GeneratedAt, Tasks, Agents, Repositories, Queues, Errors.</returns>
        public string GetReport(DateTime from, DateTime to)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer report;
                orchestra_error* error;
                int status = NativeMethods.orchestra_analytics_report(
                    call.Store, Milliseconds.Since1970(from), Milliseconds.Since1970(to), &report, &error);
                return NativeCall.Result(status, &report, error);
            }
        }
    }
}
