using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Orchestra.Store;

/// <summary>A host: Workers DIRECTORY [STATE_FILE [TASKS]]. It takes over the state file of the predecessor
/// if one is given, enqueues TASKS tasks (200), and has four agents run them, each on a thread. One of them
/// dies over its tasks, which the others get when their leases end.</summary>
internal static class Workers
{
    private const int Agents = 4, AtOnce = 3;
    private const string Repository = "/srv/git/example";

    private static OrchestraStore _store;
    private static int _left; // tasks that have not completed

    private static int Main(string[] args)
    {
        var options = new StoreOptions { Lease = TimeSpan.FromSeconds(1) };
        try
        {
            using (_store = OrchestraStore.Open(Path.Combine(args[0], "orchestra.db"), options))
            {
                if (args.Length > 1)
                {
                    string report = _store.Import(args[1], new ImportOptions { KeepSource = true });
                    Console.WriteLine("imported: " + report);
                }
                return Run(args.Length > 2 ? int.Parse(args[2]) : 200);
            }
        }
        catch (OrchestraException error)
        {
            Console.Error.WriteLine(error.Code + ": " + error.Message + " " + error.Details);
            return 1;
        }
    }

    private static int Run(int tasks)
    {
        IEnumerable<string> documents = Enumerable.Range(0, tasks).Select(
            number => "{\"Command\":\"work " + number + "\",\"RepositoryPath\":\"" + Repository + "\"}");
        _store.EnqueueTasks("[" + string.Join(",", documents) + "]");
        _left = tasks;

        List<Thread> agents = Enumerable.Range(0, Agents).Select(StartAgent).ToList();
        // What agents that died hold goes back into the queue.
        DateTime end = DateTime.UtcNow.AddMinutes(1);
        while (Volatile.Read(ref _left) > 0 && DateTime.UtcNow < end)
        {
            _store.RescueExpiredTasks(100);
            Thread.Sleep(10);
        }
        int missing = Interlocked.Exchange(ref _left, 0);
        agents.ForEach(agent => agent.Join());
        Console.WriteLine(missing + " tasks did not complete; queue: " + _store.CountTasksByStatus());
        return missing == 0 ? 0 : 1;
    }

    private static Thread StartAgent(int number)
    {
        string id = "agent-" + number;
        _store.RegisterAgent(
            "{\"Id\":\"" + id + "\",\"Name\":\"Agent " + number + "\",\"Type\":\"example\",\"RepositoryPath\":\""
            + Repository + "\",\"MaxConcurrentTasks\":" + AtOnce + "}");
        var thread = new Thread(() => Live(id, number == 0));
        thread.Start();
        return thread;
    }

    private static void Live(string id, bool dies)
    {
        while (Volatile.Read(ref _left) > 0)
        {
            IList<string> claimed = JsonText.Elements(_store.ClaimTasksForAgent(id, AtOnce));
            if (claimed.Count == 0)
            {
                Thread.Sleep(10);
            }
            else if (dies)
            {
                return;
            }
            foreach (string task in claimed)
            {
                RunTask(JsonText.Property(task, "Id"), JsonText.Property(task, "LeaseToken"));
            }
        }
    }

    private static void RunTask(string id, string token)
    {
        try
        {
            _store.StartTask(id, token);
            // Here it works, and tells every now and then that it is alive.
            _store.HeartbeatTask(id, token);
            _store.CompleteTask(id, token, "done");
            Interlocked.Decrement(ref _left);
        }
        catch (OrchestraException error) when (error.Code == OrchestraErrorCode.Conflict)
        {
            // Too slow: the task went to another agent, and is no longer this one's business.
        }
    }
}
