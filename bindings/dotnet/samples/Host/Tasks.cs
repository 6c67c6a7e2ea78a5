using System;
using System.Collections.Generic;
using System.Threading;
using Orchestra.Store;

/// <summary>Tasks beyond the path that each takes.</summary>
internal static class Tasks
{
    private const string Repository = "/src/tasks";
    private const string InRepository = "\"Command\":\"make\",\"RepositoryPath\":\"" + Repository + "\"";

    internal static void Run(OrchestraStore store)
    {
        store.EnqueueTasks(
            "[{\"Id\":\"t1\",\"CorrelationId\":\"c1\"," + InRepository + "},"
            + "{\"Id\":\"t2\",\"QueueName\":\"slow\",\"DependsOn\":[0]," + InRepository + "}]");
        Check.That(store.ExplainTask("t2").Contains("\"WaitsFor\""), "the second waits for the first");
        Check.Equal(1, JsonText.Elements(store.ListCorrelatedTasks("c1", 10)).Count, "tasks of the correlation");
        Check.Equal(1, JsonText.Elements(store.ListPendingTasks(1)).Count, "tasks that nobody runs");
        string repository = Measured(store);
        DeadLetters(store, repository);
        Queues(store);
        Check.Fails(OrchestraErrorCode.NotFound, () => store.ExplainTask("nobody"), "Id", "nobody");
    }

    private static string Measured(OrchestraStore store)
    {
        string token = Start(store, "t1", "{\"Worker\":\"w\",\"RepositoryPath\":\"" + Repository + "\"}");
        store.UpdateTaskProgressWithMetrics("t1", token, 50, "half-way", "{\"Files\":3}");
        Thread.Sleep(2);
        TimeSpan shortly = TimeSpan.FromMilliseconds(1);
        Check.Equal(1, JsonText.Elements(store.ListLongRunningTasks(shortly, 10)).Count, "running tasks");
        TimeSpan hour = TimeSpan.FromHours(1);
        Check.Equal(0, JsonText.Elements(store.ListLongRunningTasks(hour, 10)).Count, "long running ones");
        string task = store.CompleteTaskWithMetrics("t1", token, "ok", "{\"Files\":4.5}");
        Check.Equal("Completed", JsonText.Property(task, "Status"), "completed");
        const string OfTask = "{\"where\":{\"EntityId\":\"t1\"}}";
        Check.Equal(2L, store.Count(OrchestraEntity.PerformanceMetrics, OfTask), "metrics");
        return JsonText.Property(task, "RepositoryId");
    }

    private static void DeadLetters(OrchestraStore store, string repository)
    {
        string token = Start(
            store, "t2", "{\"Worker\":\"w\",\"RepositoryPath\":\"" + Repository + "\",\"QueueNames\":[\"slow\"]}");
        store.FailTask("t2", token, "no space", true);
        Check.Equal(1, JsonText.Elements(store.ListFailedTasks(10)).Count, "tasks that failed");
        TimeSpan hour = TimeSpan.FromHours(1);
        Check.Equal(1, JsonText.Elements(store.ListFailedTasks(10, hour)).Count, "tasks that failed of late");
        Check.Equal(2, JsonText.Elements(store.ListTasksOfRepository(repository, 10)).Count, "its tasks");
        IList<string> redriven = JsonText.Elements(store.RedriveTasks(10, "{\"QueueName\":\"slow\"}"));
        Check.Equal("Pending", JsonText.Property(redriven[0], "Status"), "redriven");
        store.RegisterAgent("{\"Id\":\"eve\",\"Name\":\"Eve\",\"Type\":\"t\",\"RepositoryPath\":\"*\"}");
        Check.Equal("eve", JsonText.Property(store.ReassignTask("t2", "eve"), "AgentId"), "whose it is");
        Check.Equal(null, JsonText.Property(store.ReassignTask("t2", null), "AgentId"), "anybody's again");
        store.RemoveAgent("eve");
    }

    private static void Queues(OrchestraStore store)
    {
        string pause = store.PauseQueue("slow", null, "the disk is full");
        Check.Equal("the disk is full", JsonText.Property(pause, "Reason"), "why it is paused");
        Check.Equal(1, JsonText.Elements(store.ListQueuePauses()).Count, "pauses");
        Check.That(store.ListQueues().Contains("the disk is full"), "the queue tells that it is paused");
        Check.Fails(OrchestraErrorCode.AlreadyExists, () => store.PauseQueue("slow"));
        store.ResumeQueue("slow");
        Check.Fails(OrchestraErrorCode.InvalidTransition, () => store.ResumeQueue("slow"));
    }

    private static string Start(OrchestraStore store, string id, string claim)
    {
        string task = JsonText.Elements(store.ClaimTasks(claim))[0];
        Check.Equal(id, JsonText.Property(task, "Id"), "the task that is claimed");
        string token = JsonText.Property(task, "LeaseToken");
        store.StartTask(id, token);
        return token;
    }
}
