namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Begins a session of an agent, or goes on with one that is known.</summary>
        /// <param name="newSession">A JSON object: AgentId, SessionId (the agent's own name of the session),
        /// WorkingDirectory; optional ProcessId.</param>
        /// <returns>The session.</returns>
        public string OpenAgentSession(string newSession) =>
            CallForText(newSession, NativeMethods.orchestra_agent_session_open);

        /// <summary>Looks a session up by the name that its agent gave it.</summary>
        /// <returns>A JSON object with all columns of the table AgentSessions.</returns>
        public string GetAgentSession(string sessionId) =>
            CallForText(sessionId, NativeMethods.orchestra_agent_session_get);

        /// <summary>Lists the newest sessions that fit.</summary>
        /// <param name="limit">How many at most, 1 to 1000.</param>
        /// <param name="filter">A JSON object with any of AgentId, Status; <c>null</c> for all
        /// sessions.</param>
        /// <returns>A JSON array of sessions.</returns>
        public string ListAgentSessions(int limit, string filter = null) =>
            CallForText(filter, (store, text, length, sessions, error) =>
                NativeMethods.orchestra_agent_session_list(
                    store, text, length, checked((uint)limit), sessions, error));

        /// <summary>Adds to what a session has used.</summary>
        /// <param name="usage">A JSON object with any of CostUsd, DurationMs, Messages.</param>
        /// <returns>The session.</returns>
        public string AddAgentSessionUsage(string sessionId, string usage) =>
            CallForText(sessionId, usage, NativeMethods.orchestra_agent_session_add_usage);

        /// <summary>Holds an active session.</summary>
        /// <returns>The session.</returns>
        public string PauseAgentSession(string sessionId) =>
            CallForText(sessionId, NativeMethods.orchestra_agent_session_pause);

        /// <summary>Goes on with a paused session.</summary>
        /// <returns>The session.</returns>
        public string ResumeAgentSession(string sessionId) =>
            CallForText(sessionId, NativeMethods.orchestra_agent_session_resume);

        /// <summary>Notes that an active or paused session broke off.</summary>
        /// <returns>The session.</returns>
        public string MarkAgentSessionError(string sessionId) =>
            CallForText(sessionId, NativeMethods.orchestra_agent_session_mark_error);

        /// <summary>Ends a session for good.</summary>
        /// <returns>The session.</returns>
        public string CloseAgentSession(string sessionId) =>
            CallForText(sessionId, NativeMethods.orchestra_agent_session_close);
    }
}
