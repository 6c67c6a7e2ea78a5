using System;

namespace Orchestra.Store
{
    /// <summary>Told of a change: a JSON object with Sequence, EntityType, EntityId, Action,
    /// ChangedProperties, UserId, Timestamp. <c>null</c> says that the changes from
    /// <paramref name="first"/> to <paramref name="last"/> were missed.</summary>
    public delegate void ChangeReceiver(string change, long first, long last);

    /// <summary>Keeps a receiver of changes registered.</summary>
    public sealed unsafe class OrchestraSubscription : IDisposable
    {
        // The library keeps their addresses, so they must never be collected.
        private static readonly NativeMethods.orchestra_change_subscribe_callback_delegate ReceiveCallback = Receive;
        private static readonly NativeMethods.orchestra_change_subscribe_destroy_delegate DestroyCallback = HostCallback.Destroy;

        private readonly SubscriptionHandle _handle;

        private OrchestraSubscription(orchestra_subscription* subscription) =>
            _handle = new SubscriptionHandle(subscription);

        internal static OrchestraSubscription Begin(NativeCall call, string filter, ChangeReceiver receiver)
        {
            if (receiver == null)
            {
                throw new ArgumentNullException("receiver");
            }
            NativeText native = call.Text(filter);
            void* context = HostCallback.Keep(receiver);
            orchestra_subscription* subscription;
            orchestra_error* error;
            int status = NativeMethods.orchestra_change_subscribe(
                call.Store, native.Pointer, native.Length, ReceiveCallback, context, DestroyCallback,
                &subscription, &error);
            if (status != 0)
            {
                HostCallback.Destroy(context);
            }
            OrchestraException.ThrowIfFailed(status, error);
            return new OrchestraSubscription(subscription);
        }

        /// <summary>Ends it. Waits for a call of the receiver that is under way, unless the receiver
        /// itself disposes it.</summary>
        public void Dispose() => _handle.Dispose();

        private static void Receive(void* context, byte* change, UIntPtr length, long first, long last)
        {
            try
            {
                string text = change == null ? null : NativeText.Read(change, length);
                HostCallback.Target<ChangeReceiver>(context)(text, first, last);
            }
            catch
            {
                // An exception must not unwind through the library.
            }
        }
    }

    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Calls a receiver for each change that this store commits from now on, on a thread of
        /// its own. It must not call back into the store; what it throws is dropped.</summary>
        /// <param name="receiver">Called one time after another.</param>
        /// <param name="filter">A JSON object with any of EntityTypes and EntityId; <c>null</c> for all
        /// changes.</param>
        public OrchestraSubscription Subscribe(ChangeReceiver receiver, string filter = null)
        {
            using (var call = new NativeCall(_handle))
            {
                return OrchestraSubscription.Begin(call, filter, receiver);
            }
        }

        /// <summary>The number of the newest change; 0 before the first.</summary>
        public long GetNewestChange() => CallForNumber(NativeMethods.orchestra_change_newest);

        /// <summary>The changes behind a number, whoever committed them.</summary>
        /// <returns>A JSON object with Events, Position, More.</returns>
        public string GetChangesSince(long sequence, int limit = 1000, string filter = null) =>
            CallForText(filter, (store, text, length, page, error) => NativeMethods.orchestra_change_since(
                store, sequence, text, length, checked((uint)limit), page, error));
    }
}
