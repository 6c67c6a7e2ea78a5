using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Takes the next tasks out of the queue for an agent, no more than it has room for:
        /// the highest priority first, then what became available first.</summary>
        /// <param name="agentId">Who is to run them.</param>
        /// <param name="limit">How many at most.</param>
        /// <param name="lease">How long they belong to the agent without a heartbeat; <c>null</c> for the
        /// store's default.</param>
        /// <returns>A JSON array of tasks; LeaseToken in each is what the methods that follow need.</returns>
        public string ClaimTasksForAgent(string agentId, int limit = 1, TimeSpan? lease = null) =>
            CallForText(agentId, (store, text, length, tasks, error) =>
                NativeMethods.orchestra_task_claim_for_agent(
                    store, text, length, checked((uint)limit), Milliseconds.OrDefault("lease", lease), tasks,
                    error));

        /// <summary>Takes the next tasks of a repository (<c>*</c> for any) out of the queue for a worker
        /// that is no agent. Otherwise as <see cref="ClaimTasksForAgent"/>.</summary>
        public string ClaimTasksForRepository(
            string repositoryPath, string worker, int limit = 1, TimeSpan? lease = null) =>
            CallForText(repositoryPath, worker,
                (store, nativePath, pathLength, nativeWorker, workerLength, tasks, error) =>
                    NativeMethods.orchestra_task_claim_for_repository(
                        store, nativePath, pathLength, nativeWorker, workerLength, checked((uint)limit),
                        Milliseconds.OrDefault("lease", lease), tasks, error));

        /// <summary>Takes the next tasks out of the queue as <see cref="ClaimTasksForAgent"/> and <see
        /// cref="ClaimTasksForRepository"/> do, where the tasks may be those of some queues only.</summary>
        /// <param name="claim">A JSON object: AgentId, or Worker and RepositoryPath; optional Limit, Lease,
        /// QueueNames.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ClaimTasks(string claim) => CallForText(claim, NativeMethods.orchestra_task_claim);
    }
}
