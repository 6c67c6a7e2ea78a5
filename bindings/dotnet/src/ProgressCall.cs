using System;

namespace Orchestra.Store
{
    /// <summary>Told how far a long operation is, on the thread that called the method: what it is doing
    /// or at which table it is, and how many of how many are done there; <paramref name="total"/> is 0
    /// where it isn't known.</summary>
    /// <returns><c>false</c> to cancel.</returns>
    public delegate bool ProgressReceiver(string stage, ulong done, ulong total);

    /// <summary>One call of a long operation, whose progress a receiver is told.</summary>
    internal sealed unsafe class ProgressCall
    {
        private readonly ProgressReceiver _receiver;
        private Exception _thrown;

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

        /// <summary>The result of the call, which fills a buffer.</summary>
        /// <exception cref="OperationCanceledException">The receiver threw.</exception>
        internal string Result(int status, orchestra_buffer* buffer, orchestra_error* error)
        {
            try
            {
                return NativeCall.Result(status, buffer, error);
            }
            catch (OrchestraException) when (_thrown != null)
            {
                throw ReceiverFailed();
            }
        }

        private OperationCanceledException ReceiverFailed() =>
            new OperationCanceledException("the receiver of the progress failed", _thrown);
    }
}
