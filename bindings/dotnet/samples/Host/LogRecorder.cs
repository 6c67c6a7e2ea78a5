using System;
using System.Threading;
using Orchestra.Store;

/// <summary>Receives the log, and remembers on which thread.</summary>
internal sealed class LogRecorder
{
    private int _entries;
    private int _released;
    private int _receivedOn;

    internal int Entries => Volatile.Read(ref _entries);

    internal int Released => Volatile.Read(ref _released);

    internal int ReceivedOn => Volatile.Read(ref _receivedOn);

    internal void Receive(LogLevel level, string target, string message)
    {
        Interlocked.Increment(ref _entries);
        Interlocked.Exchange(ref _receivedOn, Thread.CurrentThread.ManagedThreadId);
        // What a receiver throws must not harm the library.
        throw new InvalidOperationException(level + " " + target + " " + message);
    }

    internal void Release() => Interlocked.Increment(ref _released);
}
