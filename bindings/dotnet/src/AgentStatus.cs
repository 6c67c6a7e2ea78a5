namespace Orchestra.Store
{
    /// <summary>The state of an agent.</summary>
    public enum AgentStatus
    {
        /// <summary>The agent's state is not known.</summary>
        Unknown = NativeMethods.ORCHESTRA_AGENT_UNKNOWN,

        /// <summary>The agent waits for tasks.</summary>
        Idle = NativeMethods.ORCHESTRA_AGENT_IDLE,

        /// <summary>The agent works.</summary>
        Busy = NativeMethods.ORCHESTRA_AGENT_BUSY,

        /// <summary>The agent is gone.</summary>
        Offline = NativeMethods.ORCHESTRA_AGENT_OFFLINE,

        /// <summary>The agent is broken.</summary>
        Error = NativeMethods.ORCHESTRA_AGENT_ERROR,
    }
}
