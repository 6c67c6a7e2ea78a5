using System;
using Orchestra.Store;

/// <summary>The error log, the orchestration log and the audit log.</summary>
internal static class Logs
{
    internal static void Run(OrchestraStore store)
    {
        DateTime from = DateTime.UtcNow.AddDays(-1), to = DateTime.UtcNow.AddDays(1);
        string logged = store.AppendErrorLog("{\"Message\":\"no space\",\"ErrorCode\":\"E28\"}");
        string id = JsonText.Property(logged, "Id");
        Check.Equal("no space", JsonText.Property(store.GetErrorLog(id), "Message"), "the error");
        Check.Equal(1, Items(store.ListErrorLogs(9, "{\"ErrorCode\":\"E28\"}")), "errors of the code");
        string counts = JsonText.Elements(store.CountErrorLogsByCode(from, to, 9))[0];
        Check.Equal("1", JsonText.Property(counts, "Count"), "how often it occurred");

        id = JsonText.Property(store.AppendOrchestrationLog("{\"EventType\":\"Started\",\"Message\":\"up\"}"), "Id");
        Check.Equal("up", JsonText.Property(store.GetOrchestrationLog(id), "Message"), "what happened");
        Check.Equal(1, Items(store.ListOrchestrationLogs(9, "{\"EventType\":\"Started\"}")), "entries of the kind");

        store.RecordAudit("{\"Action\":\"Login\",\"EntityType\":\"Users\"}");
        Check.Equal(1, Items(store.ListAudit(1)), "the newest entry");
        Check.That(Items(store.ListAuditInOrder(9)) > 0, "entries from the first on");
        Check.Fails(OrchestraErrorCode.InvalidArgument,
            () => store.RecordAudit("{\"Action\":\"Update\",\"EntityType\":\"Users\"}"), "Column", "Action");

        store.Insert(OrchestraEntity.Users, "{\"Id\":\"eve\",\"UserName\":\"eve\"}");
        Check.Equal(1, JsonText.Elements(store.GetAuditHistory(OrchestraEntity.Users, "eve")).Count, "changes");
        string state = store.GetStateAt(OrchestraEntity.Users, "eve", to);
        Check.Equal("eve", JsonText.Property(state, "UserName"), "the row as it is");
        Check.Equal(null, store.GetStateAt(OrchestraEntity.Users, "eve", from), "no row before it was made");
    }

    private static int Items(string slice) => JsonText.Elements(JsonText.Property(slice, "Items")).Count;
}
