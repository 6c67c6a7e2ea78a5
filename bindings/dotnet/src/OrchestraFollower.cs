using System;

namespace Orchestra.Store
{
    /// <summary>Follows changes of this process and all others: each comes exactly once and in order.
    /// For one thread at a time.</summary>
    public sealed unsafe class OrchestraFollower : IDisposable
    {
        private readonly FollowerHandle _handle;

        internal OrchestraFollower(orchestra_follower* follower) => _handle = new FollowerHandle(follower);

        /// <summary>Up to which number changes were handed out: following from it brings the next
        /// one.</summary>
        public long Position
        {
            get
            {
                using (var use = new HandleUse(_handle))
                {
                    long position;
                    orchestra_error* error;
                    int status = NativeMethods.orchestra_follower_position(
                        (orchestra_follower*)use.Pointer, &position, &error);
                    OrchestraException.ThrowIfFailed(status, error);
                    return position;
                }
            }
        }

        /// <summary>Waits for the next change, as <see cref="ChangeReceiver"/> is told it; <c>null</c>
        /// when the time is over.</summary>
        public string Next(TimeSpan timeout)
        {
            using (var use = new HandleUse(_handle))
            {
                orchestra_buffer change;
                orchestra_error* error;
                int status = NativeMethods.orchestra_follower_next(
                    (orchestra_follower*)use.Pointer, checked((uint)timeout.TotalMilliseconds), &change, &error);
                bool isOver = status == 0 && change.ptr == null;
                string text = NativeCall.Result(status, &change, error);
                return isOver ? null : text;
            }
        }

        /// <summary>Ends it.</summary>
        public void Dispose() => _handle.Dispose();
    }

    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Follows the changes behind a number: 0 for all that are kept,
        /// <see cref="GetNewestChange"/> for those that are yet to come.</summary>
        public OrchestraFollower Follow(long from, string filter = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText native = call.Text(filter);
                orchestra_follower* follower;
                orchestra_error* error;
                int status = NativeMethods.orchestra_follower_open(
                    call.Store, from, native.Pointer, native.Length, &follower, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return new OrchestraFollower(follower);
            }
        }
    }
}
