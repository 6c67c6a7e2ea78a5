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
        public string ClaimTasksForAgent(string agentId, int limit = 1, TimeSpan? lease = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeAgent = call.Text(agentId);
                orchestra_buffer tasks;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_claim_for_agent(
                    call.Store, nativeAgent.Pointer, nativeAgent.Length, checked((uint)limit),
                    Milliseconds.OrDefault("lease", lease), &tasks, &error);
                return NativeCall.Result(status, &tasks, error);
            }
        }

        /// <summary>Takes the next tasks of a repository (<c>*</c> for any) out of the queue for a worker
        /// that is no agent. Otherwise as <see cref="ClaimTasksForAgent"/>.</summary>
        public string ClaimTasksForRepository(
            string repositoryPath, string worker, int limit = 1, TimeSpan? lease = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativePath = call.Text(repositoryPath);
                NativeText nativeWorker = call.Text(worker);
                orchestra_buffer tasks;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_claim_for_repository(
                    call.Store, nativePath.Pointer, nativePath.Length,
                    nativeWorker.Pointer, nativeWorker.Length, checked((uint)limit),
                    Milliseconds.OrDefault("lease", lease), &tasks, &error);
                return NativeCall.Result(status, &tasks, error);
            }
        }

        /// <summary>Takes the next tasks out of the queue as <see cref="ClaimTasksForAgent"/> and <see
        /// cref="ClaimTasksForRepository"/> do, where the tasks may be those of some queues only.</summary>
        /// <param name="claim">A JSON object: AgentId, or Worker and RepositoryPath; optional Limit, Lease,
        /// QueueNames.</param>
        /// <returns>A JSON array of tasks.</returns>
        public string ClaimTasks(string claim)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeClaim = call.Text(claim);
                orchestra_buffer tasks;
                orchestra_error* error;
                int status = NativeMethods.orchestra_task_claim(
                    call.Store, nativeClaim.Pointer, nativeClaim.Length, &tasks, &error);
                return NativeCall.Result(status, &tasks, error);
            }
        }
    }
}
