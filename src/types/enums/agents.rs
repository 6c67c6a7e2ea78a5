//! Enums of agents.

use super::stored_enum;

stored_enum! {
    /// The activity of an agent.
    #[derive(Default)]
    AgentStatus("agent status") {
        /// The agent has registered and not reported yet.
        #[default]
        Unknown = 0,
        /// The agent waits for work.
        Idle = 1,
        /// The agent works on at least one task.
        Busy = 2,
        /// The agent has signed off, or was found gone.
        Offline = 3,
        /// The agent reported that it can't work.
        Error = 4,
    }
}

stored_enum! {
    /// The state of an agent's session.
    #[derive(Default)]
    SessionStatus("session status") {
        /// The session is in use.
        #[default]
        Active = 1,
        /// The session is held, and can be resumed.
        Paused = 2,
        /// The session has ended.
        Closed = 3,
        /// The session broke off.
        Error = 4,
    }
}

stored_enum! {
    /// The rule by which one of several available agents is chosen.
    #[derive(Default)]
    SelectionStrategy("selection strategy") {
        /// Chooses the agent with the most of its capacity free.
        LeastLoaded = 0,
        /// Chooses the agent with the highest success rate.
        BestSuccessRate = 1,
        /// Chooses the agent whose tasks take the least time on average; those without any come last.
        Fastest = 2,
        /// Chooses the agent whose last claim is the longest ago; those without any come first.
        RoundRobin = 3,
        /// Chooses the agent with the best mixture of free capacity, success and speed.
        #[default]
        Weighted = 4,
    }
}
