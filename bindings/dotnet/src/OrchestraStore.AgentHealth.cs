using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Lists the agents whose last sign of life is older than this, the longest ago
        /// first.</summary>
        /// <returns>A JSON array of agents.</returns>
        public string ListStaleAgents(TimeSpan threshold) =>
            CallForText((store, agents, error) => NativeMethods.orchestra_agent_list_stale(
                store, (long)threshold.TotalMilliseconds, agents, error));

        /// <summary>Lists the agents that a person should look after, by id.</summary>
        /// <returns>A JSON array of agents, each with its Reasons.</returns>
        public string ListAgentsRequiringMaintenance() =>
            CallForText(NativeMethods.orchestra_agent_list_requiring_maintenance);

        /// <summary>Marks agents offline that stopped giving signs of life, and brings back those that gave
        /// one since; a host calls it now and then.</summary>
        /// <param name="limit">How many at most, 1 to 1000.</param>
        /// <returns>A JSON object with the ids in WentOffline, CameBack and Corrected.</returns>
        public string SweepAgentHealth(int limit) =>
            CallForText((store, sweep, error) => NativeMethods.orchestra_agent_sweep_health(
                store, checked((uint)limit), sweep, error));
    }
}
