namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Makes an agent known, or takes over what changed of one that is.</summary>
        /// <param name="agent">A JSON object: Name, Type and RepositoryPath (<c>*</c> for any); optional
        /// Id, MaxConcurrentTasks, HealthCheckInterval, ConfigurationJson, SessionId.</param>
        /// <returns>The agent.</returns>
        public string RegisterAgent(string agent) => CallForText(agent, NativeMethods.orchestra_agent_register);

        /// <summary>Looks an agent up.</summary>
        /// <returns>A JSON object with all columns of the table Agents.</returns>
        public string GetAgent(string id) => CallForText(id, NativeMethods.orchestra_agent_get);

        /// <summary>Lists all agents that were not removed, by id.</summary>
        /// <returns>A JSON array of agents.</returns>
        public string ListAgents() => CallForText(NativeMethods.orchestra_agent_list);

        /// <summary>Lists all agents in a state that were not removed, by id.</summary>
        /// <returns>A JSON array of agents.</returns>
        public string ListAgentsByStatus(AgentStatus agentStatus) =>
            CallForText((store, agents, error) => NativeMethods.orchestra_agent_list_by_status(
                store, (int)agentStatus, agents, error));

        /// <summary>Removes an agent: its history stays, and registering it again brings it back.</summary>
        public void RemoveAgent(string id) => Call(id, NativeMethods.orchestra_agent_remove);

        /// <summary>Sets an agent's state, and what it says that it works on. This is not a sign of
        /// life.</summary>
        /// <returns>The agent.</returns>
        public string SetAgentStatus(string id, AgentStatus agentStatus, string currentTask = null) =>
            CallForText(id, currentTask, (store, nativeId, idLength, nativeTask, taskLength, agent, error) =>
                NativeMethods.orchestra_agent_set_status(
                    store, nativeId, idLength, (int)agentStatus, nativeTask, taskLength, agent, error));

        /// <summary>Notes a sign of life of an agent. It doesn't extend the leases of its tasks: that
        /// is <see cref="HeartbeatTask"/>.</summary>
        public void HeartbeatAgent(string id) => Call(id, NativeMethods.orchestra_agent_heartbeat);

        /// <summary>Lists the agents that could take a task now, the least loaded first.</summary>
        /// <param name="repositoryPath"><c>null</c> for agents of any repository.</param>
        /// <returns>A JSON array of agents.</returns>
        public string FindAvailableAgents(string repositoryPath = null) =>
            CallForText(repositoryPath, NativeMethods.orchestra_agent_find_available);

        /// <summary>Chooses the best of the agents that could take a task of a repository now. It reserves
        /// nothing: only a claim does.</summary>
        /// <param name="criteria">A JSON object with any of Strategy, Type, MinSuccessRate, Capabilities,
        /// PreferredAgentIds.</param>
        /// <returns>The agent, or <c>null</c> where none fits.</returns>
        public string FindBestAgent(string repositoryPath, string criteria = null) =>
            NullIfEmpty(CallForText(repositoryPath, criteria, NativeMethods.orchestra_agent_find_best));

        /// <summary>Tells the load of every agent, by id.</summary>
        /// <returns>A JSON array of AgentId, AgentName, Status, CurrentTasks, MaxConcurrentTasks, Load,
        /// AverageExecutionTime, SuccessRate.</returns>
        public string GetLoadDistribution() => CallForText(NativeMethods.orchestra_agent_load_distribution);
    }
}
