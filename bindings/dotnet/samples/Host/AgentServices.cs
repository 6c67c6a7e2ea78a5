using System;
using Orchestra.Store;

/// <summary>Which agent is the best, who stopped giving signs of life, and how well they work; their sessions,
/// and what they ask of people.</summary>
internal static class AgentServices
{
    internal static void Run(OrchestraStore store)
    {
        store.RegisterAgent("{\"Id\":\"slow\",\"Name\":\"Slow\",\"Type\":\"t\",\"RepositoryPath\":\"*\"}");
        store.RegisterAgent("{\"Id\":\"fast\",\"Name\":\"Fast\",\"Type\":\"t\",\"RepositoryPath\":\"*\"}");
        Work(store);
        Sessions(store);
        Approvals(store);
        Health(store);
    }

    private static void Work(OrchestraStore store)
    {
        string best = store.FindBestAgent("/srv/x", "{\"PreferredAgentIds\":[\"slow\"]}");
        Check.Equal("slow", JsonText.Property(best, "Id"), "the agent that is preferred");
        Check.Equal(null, store.FindBestAgent("/srv/x", "{\"Type\":\"other\"}"), "no agent of another type");
        Check.Fails(OrchestraErrorCode.InvalidArgument, () => store.FindBestAgent("/srv/x", "{\"Typ\":1}"), "Column", "criteria");

        string measured = store.UpdateAgentPerformanceMetrics("fast", "{\"TasksCompleted\":2,\"ExecutionTime\":\"00:00:02\"}");
        Check.Equal("1000.0", JsonText.Property(measured, "AverageExecutionTime"), "the mean of what was measured");
        string statistics = store.GetAgentStatistics("fast", TimeSpan.FromDays(1));
        Check.Equal("Fast", JsonText.Property(statistics, "AgentName"), "whose statistics these are");
        Check.Throws<ArgumentOutOfRangeException>(() => store.GetAgentStatistics("fast", TimeSpan.Zero), "no period");
    }

    private static void Sessions(OrchestraStore store)
    {
        const string Session = "{\"AgentId\":\"fast\",\"SessionId\":\"s1\",\"WorkingDirectory\":\"/srv/x\"}";
        Check.Equal("Active", Status(store.OpenAgentSession(Session)), "a new session");
        Check.Equal("Paused", Status(store.PauseAgentSession("s1")), "a session that is held");
        Check.Equal("Active", Status(store.ResumeAgentSession("s1")), "a session that goes on");
        Check.Equal("Error", Status(store.MarkAgentSessionError("s1")), "a session that broke off");
        string used = store.AddAgentSessionUsage("s1", "{\"Messages\":3}");
        Check.Equal("3", JsonText.Property(used, "MessageCount"), "messages of the session");
        Check.Equal("Closed", Status(store.CloseAgentSession("s1")), "a session that ended");
        Check.Equal("s1", JsonText.Property(store.GetAgentSession("s1"), "SessionId"), "the session");
        Check.Equal(1, JsonText.Elements(store.ListAgentSessions(9, "{\"Status\":\"Closed\"}")).Count, "closed sessions");
        Check.Fails(OrchestraErrorCode.InvalidTransition, () => store.PauseAgentSession("s1"), "From", "Closed");
    }

    private static void Approvals(OrchestraStore store)
    {
        foreach (string id in new[] { "yes", "no", "never" })
        {
            string asked = store.RequestApproval("{\"Id\":\"" + id + "\",\"AgentId\":\"fast\"}");
            Check.Equal("Pending", Status(asked), "a request that waits");
        }
        Check.Equal(3, JsonText.Elements(store.ListWaitingApprovals(9, "fast")).Count, "requests that wait");
        string granted = store.Approve("yes", "{\"DecidedBy\":\"ann\"}");
        Check.Equal("ann", JsonText.Property(granted, "DecidedBy"), "who decided");
        Check.Equal("Rejected", Status(store.Reject("no")), "what was denied");
        Check.Equal("Cancelled", Status(store.CancelApproval("never", "no need")), "what was withdrawn");
        Check.Equal("Approved", Status(store.GetApproval("yes")), "what was granted");
        Check.Equal(0, JsonText.Elements(store.ExpireApprovals(9)).Count, "requests that expired");
        Check.Fails(OrchestraErrorCode.InvalidTransition, () => store.Reject("yes"), "From", "Approved");
    }

    private static void Health(OrchestraStore store)
    {
        store.SetAgentStatus("slow", AgentStatus.Error);
        Check.Equal(1, JsonText.Elements(store.ListAgentsByStatus(AgentStatus.Error)).Count, "agents that are broken");
        string ill = JsonText.Elements(store.ListAgentsRequiringMaintenance())[0];
        Check.Equal("slow", JsonText.Property(ill, "Id"), "the agent to look after");
        store.Insert(OrchestraEntity.Agents,
            "{\"Id\":\"gone\",\"Name\":\"Gone\",\"Type\":\"x\",\"RepositoryPath\":\"*\",\"Status\":\"Idle\"," +
            "\"LastPing\":\"2026-01-01T00:00:00Z\"}");
        Check.Equal(1, JsonText.Elements(store.ListStaleAgents(TimeSpan.FromMinutes(10))).Count, "silent agents");
        string sweep = store.SweepAgentHealth(10);
        Check.Equal("[\"gone\"]", JsonText.Property(sweep, "WentOffline"), "agents that went offline");
    }

    private static string Status(string row) => JsonText.Property(row, "Status");
}
