using System.Collections.Generic;
using Orchestra.Store;

/// <summary>Workflows and their executions.</summary>
internal static class Workflows
{
    private const string Repository = "/src/workflows";

    internal static void Run(OrchestraStore store)
    {
        string id = Versions(store);
        RunToTheEnd(store, id);
        Steering(store, id);
        BadInput(store);
    }

    private static string Versions(OrchestraStore store)
    {
        string first = store.PublishWorkflow(
            "{\"Name\":\"Release\",\"Definition\":{\"stages\":["
            + "{\"name\":\"build\",\"tasks\":[{\"command\":\"make {{target}}\"}]},"
            + "{\"name\":\"test\",\"tasks\":[{\"command\":\"make test\"}]}]}}");
        string id = JsonText.Property(first, "Id");
        store.PublishWorkflow(
            "{\"Name\":\"Release\",\"Definition\":{\"stages\":[{\"name\":\"a\",\"tasks\":[{\"command\":\"b\"}]}]}}");
        Check.Equal("1.1.0", JsonText.Property(store.GetActiveWorkflow("Release"), "Version"), "the active version");
        Check.Equal("true", JsonText.Property(store.ActivateWorkflow(id), "IsActive"), "the version before is active");
        Check.Equal("1.0.0", JsonText.Property(store.GetWorkflow(id), "Version"), "the first version");
        Check.Equal(1, JsonText.Elements(store.ListActiveWorkflows()).Count, "active workflows");
        Check.Equal(2, JsonText.Elements(store.GetWorkflowHistory("Release")).Count, "versions");
        return id;
    }

    private static void RunToTheEnd(OrchestraStore store, string id)
    {
        store.StartWorkflow(id, Start("e1"));
        RunNext(store);
        IList<string> stages = JsonText.Elements(store.GetExecutionStages("e1"));
        Check.Equal("Completed", JsonText.Property(stages[0], "State"), "the first stage");
        Check.That(store.GetExecutionTaskTree("e1").Contains("\"ProgressPercentage\":50.0"), "half is done");
        Check.That(store.GetWorkflowTaskTree(id).Contains("\"e1\""), "the tree of all executions");
        RunNext(store);
        Check.Equal("Completed", JsonText.Property(store.GetExecution("e1"), "Status"), "the execution");
        Check.Equal(0, JsonText.Elements(store.RecoverExecutions()).Count, "executions that are behind their tasks");
    }

    private static void Steering(OrchestraStore store, string id)
    {
        store.StartWorkflow(id, Start("e2"));
        Check.Equal("Paused", JsonText.Property(store.PauseExecution("e2"), "Status"), "paused");
        Check.Equal("[]", store.ClaimTasksForRepository(Repository, "worker"), "nothing of it is handed out");
        Check.Equal("Running", JsonText.Property(store.ResumeExecution("e2"), "Status"), "resumed");
        string cancelled = store.CancelExecution("e2", "not needed");
        Check.Equal("not needed", JsonText.Property(cancelled, "ErrorMessage"), "why it was cancelled");
        Check.Equal("1", JsonText.Property(store.RetryExecution("e2"), "RetryCount"), "run again");
        store.CancelExecution("e2");
        Check.Equal(2, JsonText.Elements(store.ListExecutions(10)).Count, "executions");
        const string Cancelled = "{\"Status\":\"Cancelled\"}";
        Check.Equal(1, JsonText.Elements(store.ListExecutions(10, Cancelled)).Count, "cancelled ones");
    }

    private static void BadInput(OrchestraStore store)
    {
        Check.Fails(OrchestraErrorCode.InvalidArgument, () => store.PublishWorkflow("{\"Nmae\":\"x\"}"));
        Check.Fails(OrchestraErrorCode.NotFound, () => store.StartWorkflow("nobody"), "Id", "nobody");
        Check.Fails(OrchestraErrorCode.InvalidTransition, () => store.PauseExecution("e1"), "From", "Completed");
    }

    private static string Start(string id)
    {
        return "{\"Id\":\"" + id + "\",\"RepositoryPath\":\"" + Repository
            + "\",\"InputParameters\":{\"target\":\"all\"}}";
    }

    private static void RunNext(OrchestraStore store)
    {
        string task = JsonText.Elements(store.ClaimTasksForRepository(Repository, "worker"))[0];
        string id = JsonText.Property(task, "Id"), token = JsonText.Property(task, "LeaseToken");
        store.StartTask(id, token);
        store.CompleteTask(id, token);
    }
}
