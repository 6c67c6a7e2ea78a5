using System;
using System.Runtime.InteropServices;

namespace Orchestra.Store
{
    /// <summary>A function of the library that takes an object and a place for its error.</summary>
    internal unsafe delegate int HandleFunction(void* native, orchestra_error** error);

    /// <summary>Owns a handle of the library, and frees it when nobody uses it any more.</summary>
    internal abstract unsafe class NativeHandle : SafeHandle
    {
        protected NativeHandle(void* native)
            : base(IntPtr.Zero, true)
        {
            SetHandle((IntPtr)native);
        }

        /// <inheritdoc/>
        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>Calls a function with the object, which isn't freed before the call ends.</summary>
        /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
        internal void Call(HandleFunction function)
        {
            using (var use = new HandleUse(this))
            {
                orchestra_error* error;
                int status = function((void*)use.Pointer, &error);
                OrchestraException.ThrowIfFailed(status, error);
            }
        }

        /// <summary>Frees the object.</summary>
        protected abstract void Free();

        /// <inheritdoc/>
        protected override bool ReleaseHandle()
        {
            Free();
            return true;
        }
    }

    /// <summary>An <c>orchestra_transaction</c>.</summary>
    internal sealed unsafe class TransactionHandle : NativeHandle
    {
        internal TransactionHandle(orchestra_transaction* transaction)
            : base(transaction)
        {
        }

        /// <inheritdoc/>
        protected override void Free() => NativeMethods.orchestra_transaction_free((orchestra_transaction*)handle);
    }

    /// <summary>An <c>orchestra_cancel</c>.</summary>
    internal sealed unsafe class CancelHandle : NativeHandle
    {
        internal CancelHandle(orchestra_cancel* cancel)
            : base(cancel)
        {
        }

        /// <inheritdoc/>
        protected override void Free() => NativeMethods.orchestra_cancel_free((orchestra_cancel*)handle);
    }

    /// <summary>An <c>orchestra_cursor</c>.</summary>
    internal sealed unsafe class CursorHandle : NativeHandle
    {
        internal CursorHandle(orchestra_cursor* cursor)
            : base(cursor)
        {
        }

        /// <inheritdoc/>
        protected override void Free() => NativeMethods.orchestra_cursor_free((orchestra_cursor*)handle);
    }

    /// <summary>An <c>orchestra_subscription</c>.</summary>
    internal sealed unsafe class SubscriptionHandle : NativeHandle
    {
        internal SubscriptionHandle(orchestra_subscription* subscription)
            : base(subscription)
        {
        }

        /// <inheritdoc/>
        protected override void Free() => NativeMethods.orchestra_subscription_free((orchestra_subscription*)handle);
    }

    /// <summary>An <c>orchestra_follower</c>.</summary>
    internal sealed unsafe class FollowerHandle : NativeHandle
    {
        internal FollowerHandle(orchestra_follower* follower)
            : base(follower)
        {
        }

        /// <inheritdoc/>
        protected override void Free() => NativeMethods.orchestra_follower_free((orchestra_follower*)handle);
    }
}
