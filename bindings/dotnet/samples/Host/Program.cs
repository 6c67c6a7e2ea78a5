using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Orchestra.Store;

/// <summary>A host that does the main job through the library, and checks that it is done.</summary>
internal static class Program
{
    private const string Repository = "/src/größe"; // Not ASCII, so that lengths in bytes and in characters differ.

    private static int Main(string[] args)
    {
        string directory = args[0];
        try
        {
            using (OrchestraStore store = OrchestraStore.Open(Path.Combine(directory, "host.db")))
            {
                Agents(store);
                MainPath(store);
                OtherEnds(store);
                Watching(store);
                BadInput(store, directory);
                Entities(store);
                DerivedStores.Run(store);
                Import(store, args[1]);
                Leaving(store);
            }
            Services(directory);
            Maintenance.Run(directory);
            Log(directory);
            Options(directory);
            DerivedStores.Keys(Path.Combine(directory, "keys.db"));
            Console.WriteLine("host done with orchestra_store " + OrchestraStore.Version);
            return 0;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(error);
            return 1;
        }
    }

    private static void Services(string directory)
    {
        using (OrchestraStore store = OrchestraStore.Open(Path.Combine(directory, "services.db")))
        {
            AgentServices.Run(store);
            Repositories.Run(store);
            Preferences.Run(store);
            Chat.Run(store);
            Figures.Run(store);
            Logs.Run(store);
            CacheTables.Run(store);
        }
        using (OrchestraStore store = OrchestraStore.Open(Path.Combine(directory, "work.db")))
        {
            Tasks.Run(store);
            Workflows.Run(store);
            Templates.Run(store);
        }
    }

    private static void Agents(OrchestraStore store)
    {
        string agent = store.RegisterAgent(
            "{\"Id\":\"ada\",\"Name\":\"Ada\",\"Type\":\"claude-code\",\"RepositoryPath\":\"" + Repository
            + "\",\"MaxConcurrentTasks\":10}");
        Check.Equal("Idle", JsonText.Property(agent, "Status"), "the state of a new agent");
        Check.Equal(Repository, JsonText.Property(store.GetAgent("ada"), "RepositoryPath"), "text comes back as it was");
        store.HeartbeatAgent("ada");
        agent = store.SetAgentStatus("ada", AgentStatus.Busy, "thinking");
        Check.Equal("thinking", JsonText.Property(agent, "CurrentTask"), "what the agent works on");
        store.SetAgentStatus("ada", AgentStatus.Idle);
        Check.Equal(1, JsonText.Elements(store.ListAgents()).Count, "agents");
        Check.Equal(1, JsonText.Elements(store.FindAvailableAgents(Repository)).Count, "agents for the repository");
        Check.Equal(0, JsonText.Elements(store.FindAvailableAgents("/src/other")).Count, "agents for another one");
        Check.Equal("0", JsonText.Property(JsonText.Elements(store.GetLoadDistribution())[0], "CurrentTasks"), "load");
    }

    private static void MainPath(OrchestraStore store)
    {
        string first = store.EnqueueTask(Task("first \\\"quoted\\\"", "Low"));
        IList<string> more = JsonText.Elements(
            store.EnqueueTasks("[" + Task("second", "Critical") + "," + Task("third", "Normal") + "]"));
        Check.Equal(2, more.Count, "tasks enqueued at once");

        IList<string> claimed = JsonText.Elements(store.ClaimTasksForAgent("ada", 2, TimeSpan.FromMinutes(5)));
        Check.Equal(2, claimed.Count, "claimed tasks");
        Check.Equal("second", JsonText.Property(claimed[0], "Command"), "the most urgent comes first");
        foreach (string task in claimed)
        {
            string id = JsonText.Property(task, "Id"), token = JsonText.Property(task, "LeaseToken");
            Check.Equal("InProgress", JsonText.Property(store.StartTask(id, token), "Status"), "started");
            TaskLease lease = store.HeartbeatTask(id, token, TimeSpan.FromHours(1));
            Check.That(lease.ExpiresAt > DateTime.UtcNow.AddMinutes(50), "the lease is extended");
            Check.That(!lease.IsCancelRequested, "nobody asked to stop");
            store.UpdateTaskProgress(id, token, 50, "half-way");
            Check.Equal("50", JsonText.Property(store.GetTask(id), "ProgressPercentage"), "progress");
            store.CompleteTask(id, token, "ok");
            string done = store.GetTask(id);
            Check.Equal("Completed", JsonText.Property(done, "Status"), "completed");
            Check.Equal("ok", JsonText.Property(done, "Result"), "result");
        }

        string waiting = store.GetTask(JsonText.Property(first, "Id"));
        Check.Equal("Pending", JsonText.Property(waiting, "Status"), "the least urgent waits");
        Check.Equal("first \"quoted\"", JsonText.Property(waiting, "Command"), "escaped text comes back as it was");
        Check.Equal("2", JsonText.Property(store.CountTasksByStatus(), "Completed"), "completed tasks");
    }

    private static void OtherEnds(OrchestraStore store)
    {
        string task = JsonText.Elements(store.ClaimTasksForRepository(Repository, "worker"))[0];
        string id = JsonText.Property(task, "Id");
        task = store.ReleaseTask(id, JsonText.Property(task, "LeaseToken"));
        Check.Equal("Pending", JsonText.Property(task, "Status"), "released");

        string token = Claim(store, id);
        store.StartTask(id, token);
        task = store.FailTask(id, token, "no space", true);
        Check.Equal("Failed", JsonText.Property(task, "Status"), "failed for good");
        Check.Equal("Pending", JsonText.Property(store.RetryTask(id), "Status"), "retried");

        token = Claim(store, id);
        store.StartTask(id, token);
        store.CancelTask(id, "not needed");
        Check.That(store.HeartbeatTask(id, token).IsCancelRequested, "the worker learns that it is to stop");
        task = store.AcknowledgeTaskCancel(id, token);
        Check.Equal("Cancelled", JsonText.Property(task, "Status"), "cancelled");
    }

    private static void Watching(OrchestraStore store)
    {
        Check.Equal("[]", JsonText.Property(store.RescueExpiredTasks(100), "Requeued"), "no lease has ended");
        Check.Equal(0, store.ReleaseUnleasedTasks(100), "no task runs without a lease");
        Check.Equal(2, JsonText.Elements(store.ListTasks(10, "{\"Status\":\"Completed\"}")).Count, "tasks that fit");
        Check.Equal(3, JsonText.Elements(store.ListTasks(10)).Count, "all tasks");
        DateTime now = DateTime.UtcNow;
        string analytics = store.GetTaskAnalytics(now.AddHours(-1), now.AddHours(1), "ada");
        Check.Equal("2", JsonText.Property(analytics, "Total"), "tasks that the agent ran in the period");
        Check.That(store.GetMigrationStatus().Contains("Applied"), "migrations were applied");
        int errors;
        store.Check(out errors);
        Check.Equal(0, errors, "errors in the database");
    }

    private static void BadInput(OrchestraStore store, string directory)
    {
        const OrchestraErrorCode Invalid = OrchestraErrorCode.InvalidArgument;
        Check.Fails(Invalid, () => store.SetAgentStatus("ada", (AgentStatus)99), "Column", "status");
        Check.Fails(Invalid, () => store.EnqueueTask(Task("x", "Urgent")));
        Check.Fails(Invalid, () => store.EnqueueTask(Task(new string('x', 2001), "Low")), "Column", "Command");
        Check.Fails(Invalid, () => store.EnqueueTask("{"));
        Check.Fails(Invalid, () => store.GetTask(""));
        Check.Fails(OrchestraErrorCode.NotFound, () => store.GetTask("nobody"), "Id", "nobody");
        Check.Fails(OrchestraErrorCode.NotFound, () => store.HeartbeatAgent("nobody"), "Id", "nobody");

        string id = JsonText.Property(store.EnqueueTask(Task("stale", "Low")), "Id");
        string stale = Claim(store, id);
        store.ReleaseTask(id, stale);
        string token = Claim(store, id);
        store.StartTask(id, token);
        OrchestraException error = Check.Fails(
            OrchestraErrorCode.Conflict, () => store.CompleteTask(id, stale, "late"), "Id", id);
        Check.That(!error.IsRetryable, "a lost lease doesn't come back");
        Check.Fails(Invalid, () => store.UpdateTaskProgress(id, token, 101));
        store.CompleteTask(id, token);
        Check.Fails(
            OrchestraErrorCode.InvalidTransition, () => store.RetryTask(id), "From", "Completed");

        string file = Path.Combine(directory, "not-a.db");
        File.WriteAllText(file, new string('x', 4096));
        Check.Fails(OrchestraErrorCode.NotADatabase, () => OrchestraStore.Open(file));
        Check.Equal(4096L, new FileInfo(file).Length, "what is no database is left as it was");
        Check.Fails(OrchestraErrorCode.Io, () => OrchestraStore.Open(Path.Combine(file, "below-a-file.db")));
        Check.Fails(Invalid, () => OrchestraStore.Open(":memory:"));
        Check.Throws<ArgumentException>(() => store.GetTask("\uD800"), "half of a surrogate pair");
    }

    private static void Entities(OrchestraStore store)
    {
        const OrchestraEntity Users = OrchestraEntity.Users;
        store.Insert(Users, "{\"Id\":\"u1\",\"UserName\":\"größe\"}");
        store.InsertMany(Users,
            "[{\"Id\":\"u2\",\"UserName\":\"bob\"},{\"Id\":\"u3\",\"UserName\":\"eve\"},{\"Id\":\"u4\",\"UserName\":\"mal\"}]");
        Check.Equal("größe", JsonText.Property(store.Get(Users, "u1"), "UserName"), "the row that was added");
        Check.Equal("größe", JsonText.Property(store.GetCached(Users, "u1"), "UserName"), "a row that was read");
        store.GetCached(Users, "u1");
        Check.Equal("1", JsonText.Property(store.GetCacheStatistics(), "Hits"), "hits of the cache");
        Check.That(store.InvalidateCache("Users:u1"), "a row that was in memory");
        Check.Equal(0L, store.InvalidateCachePattern("Users:*"), "rows that are in memory");
        string updated = store.Update(Users, "{\"Id\":\"u1\",\"RowVersion\":1,\"Email\":\"a@b\"}");
        Check.Equal("2", JsonText.Property(updated, "RowVersion"), "the version of a row that was changed");
        store.UpdateMany(Users, "[{\"Id\":\"u2\",\"Email\":\"b@b\"}]");

        string found = store.Query(Users,
            "{\"where\":{\"Email\":{\"endsWith\":\"@b\"}},\"orderBy\":[{\"Id\":\"desc\"}],\"page\":{\"size\":1}}");
        Check.Equal("2", JsonText.Property(found, "TotalCount"), "rows of the query");
        string first = JsonText.Elements(JsonText.Property(found, "Items"))[0];
        Check.Equal("u2", JsonText.Property(first, "Id"), "the first row of the query");
        Check.Equal(4L, store.Count(Users), "users");
        string described = JsonText.Elements(OrchestraStore.DescribeEntities())[(int)Users - 1];
        Check.Equal("Users", JsonText.Property(described, "Name"), "the entity of this number");
        Check.That(store.Exists(Users, "{\"where\":{\"UserName\":\"eve\"}}"), "there is such a row");
        Check.That(!store.Exists(Users, "{\"where\":{\"UserName\":\"ann\"}}"), "there is no such row");
        Check.Equal("6", store.Aggregate(Users, AggregateFunction.Sum, "RowVersion"), "the sum of a column");

        OrchestraException conflict = Check.Fails(OrchestraErrorCode.Conflict,
            () => store.Update(Users, "{\"Id\":\"u1\",\"RowVersion\":1,\"Email\":\"late\"}"), "Id", "u1");
        string current = JsonText.Property(conflict.Details, "Current");
        Check.Equal("a@b", JsonText.Property(current, "Email"), "the row as somebody else left it");
        Check.Fails(OrchestraErrorCode.InvalidArgument,
            () => store.Query(Users, "{\"where\":{\"Nmae\":1}}"), "Column", "where.Nmae");
        Check.Fails(OrchestraErrorCode.InvalidArgument, () => store.Count((OrchestraEntity)99), "Column", "entity");
        Check.Fails(OrchestraErrorCode.NotFound, () => store.DeleteMany(Users, "[\"u1\",\"u9\"]"), "Index", "1");

        Check.Equal(2L, store.BulkUpdate(Users, "{\"where\":{\"Email\":null}}", "{\"IsActive\":false}"), "rows changed");
        Check.Equal(2L, store.BulkDelete(Users, "{\"where\":{\"IsActive\":false}}"), "rows deleted in bulk");
        Check.Equal(1L, store.DeleteMany(Users, "[\"u2\"]"), "rows deleted");
        store.HardDelete(Users, "u1");
        Check.Equal(0L, store.Count(Users), "users that are left");

        store.Insert(OrchestraEntity.Agents,
            "{\"Id\":\"gone\",\"Name\":\"G\",\"Type\":\"t\",\"RepositoryPath\":\"*\",\"LastPing\":\"2026-01-01T00:00:00Z\"}");
        store.Delete(OrchestraEntity.Agents, "gone");
        Check.Fails(OrchestraErrorCode.NotFound, () => store.Get(OrchestraEntity.Agents, "gone"));
        string restored = store.Restore(OrchestraEntity.Agents, "gone");
        Check.Equal("false", JsonText.Property(restored, "IsDeleted"), "a row that is back");
        store.HardDelete(OrchestraEntity.Agents, "gone");
    }

    private static void Import(OrchestraStore store, string file)
    {
        var dry = new ImportOptions { DryRun = true, KeepSource = true };
        Check.Equal("true", JsonText.Property(store.Import(file, dry), "DryRun"), "a dry run");
        Check.Fails(OrchestraErrorCode.Cancelled, () => store.Import(file, null, (stage, done, total) => false));
        Check.Throws<OperationCanceledException>(
            () => store.Import(file, null, (stage, done, total) => { throw new InvalidOperationException(); }),
            "what the receiver of the progress throws ends the import");
        // One of its tasks has a command that is too long.
        var strict = new ImportOptions { Strict = true };
        Check.Fails(OrchestraErrorCode.ImportFailed, () => store.Import(file, strict));
        Check.Equal(1, JsonText.Elements(store.ListAgents()).Count, "agents, when nothing was imported");

        ulong told = 0;
        store.Import(file, null, (stage, done, total) =>
        {
            told = done;
            return true;
        });
        Check.That(told > 0, "progress was told");
        Check.That(JsonText.Elements(store.ListAgents()).Count > 1, "the agents of the file are there");
        Check.That(!File.Exists(file), "the file was put aside");
    }

    private static void Leaving(OrchestraStore store)
    {
        using (OrchestraStore own = store.WithUser("{\"UserId\":\"grace\"}"))
        {
            string agent = own.RegisterAgent("{\"Id\":\"bob\",\"Name\":\"Bob\",\"Type\":\"x\",\"RepositoryPath\":\"*\"}");
            Check.Equal("grace", JsonText.Property(agent, "CreatedBy"), "who made the agent");
            own.RemoveAgent("bob");
            Check.Fails(OrchestraErrorCode.NotFound, () => own.GetAgent("bob"));
        }
        store.Close();
        Check.Fails(OrchestraErrorCode.Closed, () => store.ListAgents());
        store.Dispose();
        Check.Throws<ObjectDisposedException>(() => store.ListAgents(), "a store that was disposed");
    }

    private static void Log(string directory)
    {
        var recorder = new LogRecorder();
        Check.Fails(OrchestraErrorCode.InvalidArgument,
            () => OrchestraLog.SetReceiver((LogLevel)9, recorder.Receive, recorder.Release), "Column", "level");
        OrchestraLog.SetReceiver(LogLevel.Info, recorder.Receive, recorder.Release);
        // What is only reachable from the library must survive a collection.
        GC.Collect();
        GC.WaitForPendingFinalizers();

        var thread = new Thread(() => OrchestraStore.Open(Path.Combine(directory, "logged.db")).Dispose());
        thread.Start();
        thread.Join();
        Check.That(recorder.Entries > 0, "the log was received");
        Check.Equal(thread.ManagedThreadId, recorder.ReceivedOn, "the thread on which it was received");
        Check.That(recorder.ReceivedOn != Thread.CurrentThread.ManagedThreadId, "this is another thread");

        Check.Equal(0, recorder.Released, "the receiver is still in use");
        OrchestraLog.RemoveReceiver();
        OrchestraLog.RemoveReceiver();
        Check.Equal(1, recorder.Released, "the receiver was released once");
        int before = recorder.Entries;
        OrchestraStore.Open(Path.Combine(directory, "unlogged.db")).Dispose();
        Check.Equal(before, recorder.Entries, "nothing is received any more");
    }

    private static void Options(string directory)
    {
        string path = Path.Combine(directory, "options.db");
        var options = new StoreOptions
        {
            Durability = Durability.Normal,
            BusyTimeout = TimeSpan.FromSeconds(1),
            MaxReaders = 2,
            Lease = TimeSpan.FromHours(2),
            MaxRetries = 0,
        };
        using (OrchestraStore store = OrchestraStore.Open(path, options))
        {
            string task = store.EnqueueTask(Task("once", "Low"));
            Check.Equal("0", JsonText.Property(task, "MaxRetries"), "retries as the options say");
            string id = JsonText.Property(task, "Id");
            DateTime ends = store.HeartbeatTask(id, Claim(store, id)).ExpiresAt;
            Check.That(ends > DateTime.UtcNow.AddHours(1), "the lease is as long as the options say");
        }
        Check.Fails(OrchestraErrorCode.InvalidArgument,
            () => OrchestraStore.Open(path, new StoreOptions { MaxRetries = 11 }), "Column", "max_retries");
        Check.Throws<ArgumentOutOfRangeException>(
            () => OrchestraStore.Open(path, new StoreOptions { Lease = TimeSpan.Zero }), "a lease of nothing");
    }

    private static string Task(string command, string priority)
    {
        return "{\"Command\":\"" + command + "\",\"RepositoryPath\":\"" + Repository
            + "\",\"Priority\":\"" + priority + "\"}";
    }

    private static string Claim(OrchestraStore store, string id)
    {
        string task = JsonText.Elements(store.ClaimTasksForRepository(Repository, "worker"))[0];
        Check.Equal(id, JsonText.Property(task, "Id"), "the task that is claimed");
        return JsonText.Property(task, "LeaseToken");
    }
}
