using System;
using System.Threading;

namespace Orchestra.Store
{
    /// <summary>Ends the operations of the stores that were made with it, from any thread.</summary>
    public sealed unsafe class OrchestraCancel : IDisposable
    {
        private readonly CancelHandle _handle;

        /// <summary>Makes one that is not set.</summary>
        public OrchestraCancel()
        {
            orchestra_cancel* cancel;
            orchestra_error* error;
            int status = NativeMethods.orchestra_cancel_new(&cancel, &error);
            OrchestraException.ThrowIfFailed(status, error);
            _handle = new CancelHandle(cancel);
        }

        internal CancelHandle Handle => _handle;

        /// <summary>Ends what runs, and what begins, until it is reset: such a method throws with
        /// <see cref="OrchestraErrorCode.Cancelled"/>.</summary>
        public void Set() =>
            _handle.Call((native, error) => NativeMethods.orchestra_cancel_set((orchestra_cancel*)native, error));

        /// <summary>Makes it as new.</summary>
        public void Reset() =>
            _handle.Call((native, error) => NativeMethods.orchestra_cancel_reset((orchestra_cancel*)native, error));

        /// <summary>Frees it. Nothing can end the operations of its stores afterwards.</summary>
        public void Dispose() => _handle.Dispose();
    }

    public sealed unsafe partial class OrchestraStore
    {
        private Action _release;

        /// <summary>The same store, whose operations this ends. To be disposed by itself, in any
        /// order.</summary>
        public OrchestraStore WithCancellation(OrchestraCancel cancel)
        {
            using (var call = new NativeCall(_handle))
            using (var use = new HandleUse(cancel.Handle))
            {
                orchestra_store* cancellable;
                orchestra_error* error;
                int status = NativeMethods.orchestra_store_cancellable(
                    call.Store, (orchestra_cancel*)use.Pointer, &cancellable, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return new OrchestraStore(cancellable);
            }
        }

        /// <summary>The same store, whose operations the token ends. To be disposed by itself, which
        /// lets go of the token.</summary>
        public OrchestraStore WithCancellation(CancellationToken token)
        {
            var cancel = new OrchestraCancel();
            OrchestraStore store = WithCancellation(cancel);
            CancellationTokenRegistration registration = token.Register(cancel.Set);
            store._release = () =>
            {
                // Waits for a call of Set that is under way.
                registration.Dispose();
                cancel.Dispose();
            };
            return store;
        }
    }
}
