using System;

namespace Orchestra.Store
{
    /// <summary>Told how far a long operation is, on the thread that called the method: what it is doing
    /// or at which table it is, and how many of how many are done there; <paramref name="total"/> is 0
    /// where it isn't known.</summary>
    /// <returns><c>false</c> to cancel.</returns>
    public delegate bool ProgressReceiver(string stage, ulong done, ulong total);

    /// <summary>A function of the library that reports its progress and returns text.</summary>
    internal unsafe delegate int LongFunction(
        NativeCall call, ProgressCall progress, orchestra_buffer* result, orchestra_error** error);

    /// <summary>One call of a long operation, whose progress a receiver is told.</summary>
    internal sealed unsafe class ProgressCall
    {
        private readonly ProgressReceiver _receiver;
        private Exception _thrown;
        private object _callback;

        /// <param name="receiver"><c>null</c> where nobody wants to know.</param>
        internal ProgressCall(ProgressReceiver receiver) => _receiver = receiver;

        /// <summary>What the library calls.</summary>
        internal int Tell(void* context, byte* stage, UIntPtr stageLength, ulong done, ulong total)
        {
            try
            {
                return _receiver == null || _receiver(NativeText.Read(stage, stageLength), done, total) ? 0 : 1;
            }
            catch (Exception exception)
            {
                // It must not unwind through the library.
                _thrown = exception;
                return 1;
            }
        }

        /// <summary>Throws if the call failed.</summary>
        /// <exception cref="OperationCanceledException">The receiver threw.</exception>
        internal void ThrowIfFailed(int status, orchestra_error* error)
        {
            try
            {
                OrchestraException.ThrowIfFailed(status, error);
            }
            catch (OrchestraException) when (_thrown != null)
            {
                throw ReceiverFailed();
            }
        }

        /// <summary>Calls a function that returns text.</summary>
        /// <param name="store"><c>null</c> for a function that needs no store.</param>
        /// <exception cref="OperationCanceledException">The receiver threw.</exception>
        internal static string CallForText(StoreHandle store, ProgressReceiver receiver, LongFunction function)
        {
            var progress = new ProgressCall(receiver);
            using (NativeCall call = store == null ? new NativeCall() : new NativeCall(store))
            {
                orchestra_buffer result;
                orchestra_error* error;
                int status = function(call, progress, &result, &error);
                GC.KeepAlive(progress._callback);
                try
                {
                    return NativeCall.Result(status, &result, error);
                }
                catch (OrchestraException) when (progress._thrown != null)
                {
                    throw progress.ReceiverFailed();
                }
            }
        }

        /// <summary>Keeps a callback alive for as long as this call.</summary>
        internal T Keep<T>(T callback)
            where T : class
        {
            _callback = callback;
            return callback;
        }

        private OperationCanceledException ReceiverFailed() =>
            new OperationCanceledException("the receiver of the progress failed", _thrown);
    }
}
