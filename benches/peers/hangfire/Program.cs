// The queue Hangfire with its storage in SQLite: `versions`, `fill PATH TASKS`, or `run PATH PRAGMAS WORKERS
// MILLISECONDS`, which prints `NANOSECONDS COMPLETED WAITING`. Its workers are threads of its server.

using System.Collections.Concurrent;
using System.Diagnostics;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Hangfire.Storage.SQLite;
using SQLite;

switch (args[0])
{
    case "versions":
        Console.WriteLine(Queue.Versions());
        break;
    case "fill":
        Queue.Fill(args[1], int.Parse(args[2]));
        break;
    default:
        Queue.Run(args[1], args[2], int.Parse(args[3]), int.Parse(args[4]));
        break;
}

public static class Queue
{
    private static readonly ConcurrentDictionary<string, bool> Ran = new();

    public static void Task(string command)
    {
        if (!Ran.TryAdd(command, true)) throw new InvalidOperationException($"{command} ran twice");
    }

    public static void Fill(string path, int tasks)
    {
        var storage = Open(path, "PRAGMA synchronous = OFF");
        var client = new BackgroundJobClient(storage);
        for (var number = 0; number < tasks; number++)
        {
            var command = $"cargo test --package search --test case_{number}";
            client.Enqueue(() => Task(command));
        }
        storage.Dispose();
    }

    public static void Run(string path, string pragmas, int workers, int milliseconds)
    {
        var storage = Open(path, pragmas);
        var monitor = storage.GetMonitoringApi();
        var tasks = monitor.EnqueuedCount("default");
        var succeeded = new Succeeded();
        var options = new BackgroundJobServerOptions
        {
            WorkerCount = workers,
            FilterProvider = new JobFilterCollection { succeeded },
        };
        var clock = Stopwatch.StartNew();
        using (var server = new BackgroundJobServer(options, storage))
        {
            while (succeeded.Count < tasks && clock.ElapsedMilliseconds < milliseconds) Thread.Sleep(1);
        }
        var completed = monitor.SucceededListCount();
        if (completed != Ran.Count) throw new InvalidOperationException($"{Ran.Count} ran, {completed} succeeded");
        var elapsed = (succeeded.Last - succeeded.First) * (1_000_000_000.0 / Stopwatch.Frequency);
        Console.WriteLine($"{elapsed:F0} {completed} {monitor.EnqueuedCount("default")}");
        storage.Dispose();
    }

    public static string Versions()
    {
        static string Of(Type type) => type.Assembly.GetName().Version!.ToString(3);
        // Opening one loads the library.
        using var connection = new SQLiteConnection(":memory:");
        var sqlite = connection.LibVersionNumber;
        return $"Hangfire {Of(typeof(BackgroundJob))}, Hangfire.Storage.SQLite {Of(typeof(SQLiteStorage))}, "
            + $"SQLite {sqlite / 1_000_000}.{sqlite / 1_000 % 1_000}.{sqlite % 1_000}, .NET {Environment.Version}";
    }

    private static SQLiteStorage Open(string path, string pragmas)
    {
        var flags = SQLiteOpenFlags.ReadWrite | SQLiteOpenFlags.Create | SQLiteOpenFlags.FullMutex;
        var options = new SQLiteStorageOptions
        {
            JournalMode = SQLiteStorageOptions.JournalModes.WAL,
            QueuePollInterval = TimeSpan.FromMilliseconds(1),
        };
        var connections = new SQLiteDbConnectionFactory(() =>
        {
            var connection = new SQLiteConnection(path, flags, storeDateTimeAsTicks: true);
            foreach (var pragma in pragmas.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                connection.ExecuteScalar<string>(pragma);
            }
            return connection;
        });
        return new SQLiteStorage(connections, options);
    }
}

/// <summary>Counts the tasks that succeeded, and notes when the first began to and when the last did.</summary>
public sealed class Succeeded : IElectStateFilter, IApplyStateFilter
{
    private int count;

    public long First { get; private set; }

    public long Last { get; private set; }

    public int Count => Volatile.Read(ref count);

    public void OnStateElection(ElectStateContext context)
    {
        if (context.CandidateState is ProcessingState && First == 0) First = Stopwatch.GetTimestamp();
    }

    public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
        if (context.NewState is not SucceededState) return;
        Last = Stopwatch.GetTimestamp();
        Interlocked.Increment(ref count);
    }

    public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
    }
}
