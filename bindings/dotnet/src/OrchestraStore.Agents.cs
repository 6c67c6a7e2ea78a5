namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Makes an agent known, or takes over what changed of one that is.</summary>
        /// <param name="agent">A JSON object: Name, Type and RepositoryPath (<c>*</c> for any); optional
        /// Id, MaxConcurrentTasks, HealthCheckInterval, ConfigurationJson, SessionId.</param>
        /// <returns>The agent.</returns>
        public string RegisterAgent(string agent)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeAgent = call.Text(agent);
                orchestra_buffer registered;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_register(
                    call.Store, nativeAgent.Pointer, nativeAgent.Length, &registered, &error);
                return NativeCall.Result(status, &registered, error);
            }
        }

        /// <summary>Looks an agent up.</summary>
        /// <returns>A JSON object with all columns of the table Agents.</returns>
        public string GetAgent(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer agent;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_get(
                    call.Store, nativeId.Pointer, nativeId.Length, &agent, &error);
                return NativeCall.Result(status, &agent, error);
            }
        }

        /// <summary>Lists all agents that were not removed, by id.</summary>
        /// <returns>A JSON array of agents.</returns>
        public string ListAgents()
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer agents;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_list(call.Store, &agents, &error);
                return NativeCall.Result(status, &agents, error);
            }
        }

        /// <summary>Lists all agents in a state that were not removed, by id.</summary>
        /// <returns>A JSON array of agents.</returns>
        public string ListAgentsByStatus(AgentStatus agentStatus)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer agents;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_list_by_status(
                    call.Store, (int)agentStatus, &agents, &error);
                return NativeCall.Result(status, &agents, error);
            }
        }

        /// <summary>Removes an agent: its history stays, and registering it again brings it back.</summary>
        public void RemoveAgent(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_remove(
                    call.Store, nativeId.Pointer, nativeId.Length, &error);
                OrchestraException.ThrowIfFailed(status, error);
            }
        }

        /// <summary>Sets an agent's state, and what it says that it works on. This is not a sign of
        /// life.</summary>
        /// <returns>The agent.</returns>
        public string SetAgentStatus(string id, AgentStatus agentStatus, string currentTask = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeTask = call.Text(currentTask);
                orchestra_buffer agent;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_set_status(
                    call.Store, nativeId.Pointer, nativeId.Length, (int)agentStatus,
                    nativeTask.Pointer, nativeTask.Length, &agent, &error);
                return NativeCall.Result(status, &agent, error);
            }
        }

        /// <summary>Notes a sign of life of an agent. It doesn't extend the leases of its tasks: that
        /// is <see cref="HeartbeatTask"/>.</summary>
        public void HeartbeatAgent(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_heartbeat(
                    call.Store, nativeId.Pointer, nativeId.Length, &error);
                OrchestraException.ThrowIfFailed(status, error);
            }
        }

        /// <summary>Lists the agents that could take a task now, the least loaded first.</summary>
        /// <param name="repositoryPath"><c>null</c> for agents of any repository.</param>
        /// <returns>A JSON array of agents.</returns>
        public string FindAvailableAgents(string repositoryPath = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativePath = call.Text(repositoryPath);
                orchestra_buffer agents;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_find_available(
                    call.Store, nativePath.Pointer, nativePath.Length, &agents, &error);
                return NativeCall.Result(status, &agents, error);
            }
        }

        /// <summary>Chooses the best of the agents that could take a task of a repository now. It reserves
        /// nothing: only a claim does.</summary>
        /// <param name="criteria">A JSON object with any of Strategy, Type, MinSuccessRate, Capabilities,
        /// PreferredAgentIds.</param>
        /// <returns>The agent, or <c>null</c> where none fits.</returns>
        public string FindBestAgent(string repositoryPath, string criteria = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeRepositoryPath = call.Text(repositoryPath);
                NativeText nativeCriteria = call.Text(criteria);
                orchestra_buffer agent;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_find_best(
                    call.Store, nativeRepositoryPath.Pointer, nativeRepositoryPath.Length,
                    nativeCriteria.Pointer, nativeCriteria.Length, &agent, &error);
                return NativeCall.OptionalResult(status, &agent, error);
            }
        }

        /// <summary>Tells the load of every agent, by id.</summary>
        /// <returns>A JSON array of AgentId, AgentName, Status, CurrentTasks, MaxConcurrentTasks, Load,
        /// AverageExecutionTime, SuccessRate.</returns>
        public string GetLoadDistribution()
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer loads;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_load_distribution(call.Store, &loads, &error);
                return NativeCall.Result(status, &loads, error);
            }
        }
    }
}
