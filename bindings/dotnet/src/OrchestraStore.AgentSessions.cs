namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Begins a session of an agent, or goes on with one that is known.</summary>
        /// <param name="newSession">A JSON object: AgentId, SessionId (the agent's own name of the session),
        /// WorkingDirectory; optional ProcessId.</param>
        /// <returns>The session.</returns>
        public string OpenAgentSession(string newSession)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSession = call.Text(newSession);
                orchestra_buffer opened;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_session_open(
                    call.Store, nativeSession.Pointer, nativeSession.Length, &opened, &error);
                return NativeCall.Result(status, &opened, error);
            }
        }

        /// <summary>Looks a session up by the name that its agent gave it.</summary>
        /// <returns>A JSON object with all columns of the table AgentSessions.</returns>
        public string GetAgentSession(string sessionId)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSessionId = call.Text(sessionId);
                orchestra_buffer session;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_session_get(
                    call.Store, nativeSessionId.Pointer, nativeSessionId.Length, &session, &error);
                return NativeCall.Result(status, &session, error);
            }
        }

        /// <summary>Lists the newest sessions that fit.</summary>
        /// <param name="limit">How many at most, 1 to 1000.</param>
        /// <param name="filter">A JSON object with any of AgentId, Status; <c>null</c> for all
        /// sessions.</param>
        /// <returns>A JSON array of sessions.</returns>
        public string ListAgentSessions(int limit, string filter = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeFilter = call.Text(filter);
                orchestra_buffer sessions;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_session_list(
                    call.Store, nativeFilter.Pointer, nativeFilter.Length, checked((uint)limit), &sessions,
                    &error);
                return NativeCall.Result(status, &sessions, error);
            }
        }

        /// <summary>Adds to what a session has used.</summary>
        /// <param name="usage">A JSON object with any of CostUsd, DurationMs, Messages.</param>
        /// <returns>The session.</returns>
        public string AddAgentSessionUsage(string sessionId, string usage)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSessionId = call.Text(sessionId);
                NativeText nativeUsage = call.Text(usage);
                orchestra_buffer session;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_session_add_usage(
                    call.Store, nativeSessionId.Pointer, nativeSessionId.Length,
                    nativeUsage.Pointer, nativeUsage.Length, &session, &error);
                return NativeCall.Result(status, &session, error);
            }
        }

        /// <summary>Holds an active session.</summary>
        /// <returns>The session.</returns>
        public string PauseAgentSession(string sessionId)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSessionId = call.Text(sessionId);
                orchestra_buffer session;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_session_pause(
                    call.Store, nativeSessionId.Pointer, nativeSessionId.Length, &session, &error);
                return NativeCall.Result(status, &session, error);
            }
        }

        /// <summary>Goes on with a paused session.</summary>
        /// <returns>The session.</returns>
        public string ResumeAgentSession(string sessionId)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSessionId = call.Text(sessionId);
                orchestra_buffer session;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_session_resume(
                    call.Store, nativeSessionId.Pointer, nativeSessionId.Length, &session, &error);
                return NativeCall.Result(status, &session, error);
            }
        }

        /// <summary>Notes that an active or paused session broke off.</summary>
        /// <returns>The session.</returns>
        public string MarkAgentSessionError(string sessionId)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSessionId = call.Text(sessionId);
                orchestra_buffer session;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_session_mark_error(
                    call.Store, nativeSessionId.Pointer, nativeSessionId.Length, &session, &error);
                return NativeCall.Result(status, &session, error);
            }
        }

        /// <summary>Ends a session for good.</summary>
        /// <returns>The session.</returns>
        public string CloseAgentSession(string sessionId)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeSessionId = call.Text(sessionId);
                orchestra_buffer session;
                orchestra_error* error;
                int status = NativeMethods.orchestra_agent_session_close(
                    call.Store, nativeSessionId.Pointer, nativeSessionId.Length, &session, &error);
                return NativeCall.Result(status, &session, error);
            }
        }
    }
}
