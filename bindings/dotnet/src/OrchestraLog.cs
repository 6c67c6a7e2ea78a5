using System;
using System.Runtime.InteropServices;

namespace Orchestra.Store
{
    /// <summary>Receives an entry of the library's log: how important it is, the part of the library
    /// that speaks, and what it says.</summary>
    public delegate void LogReceiver(LogLevel level, string target, string message);

    /// <summary>The log of the library, for all stores of the process.</summary>
    public static unsafe class OrchestraLog
    {
        // The library keeps their addresses, so they must never be collected.
        private static readonly NativeMethods.orchestra_log_set_callback_delegate ReceiveCallback = Receive;
        private static readonly NativeMethods.orchestra_log_set_destroy_delegate DestroyCallback = Destroy;

        /// <summary>Sets the one receiver, in place of the one before.</summary>
        /// <param name="level">The least important level that is wanted.</param>
        /// <param name="receiver">Called on any thread, on several at the same time. What it throws
        /// is dropped.</param>
        /// <param name="released">Called once, on any thread, after the last call of the receiver;
        /// <c>null</c> where nobody wants to know.</param>
        /// <exception cref="OrchestraException">The level is unknown; the receiver before stays.</exception>
        public static void SetReceiver(LogLevel level, LogReceiver receiver, Action released = null)
        {
            if (receiver == null)
            {
                throw new ArgumentNullException("receiver");
            }
            GCHandle context = GCHandle.Alloc(new Subscription(receiver, released));
            try
            {
                orchestra_error* error;
                int status = NativeMethods.orchestra_log_set(
                    (int)level, ReceiveCallback, (void*)GCHandle.ToIntPtr(context), DestroyCallback, &error);
                OrchestraException.ThrowIfFailed(status, error);
            }
            catch
            {
                context.Free();
                throw;
            }
        }

        /// <summary>Ends logging. A host does so before it ends: the library can't call into a
        /// runtime that is shutting down.</summary>
        public static void RemoveReceiver()
        {
            orchestra_error* error;
            int status = NativeMethods.orchestra_log_set(0, null, null, null, &error);
            OrchestraException.ThrowIfFailed(status, error);
        }

        private static void Receive(
            void* context, int level, byte* target, UIntPtr targetLength, byte* message, UIntPtr messageLength)
        {
            try
            {
                SubscriptionOf(context).Receiver(
                    (LogLevel)level, NativeText.Read(target, targetLength), NativeText.Read(message, messageLength));
            }
            catch
            {
                // An exception must not unwind through the library.
            }
        }

        private static void Destroy(void* context)
        {
            Action released = SubscriptionOf(context).Released;
            GCHandle.FromIntPtr((IntPtr)context).Free();
            try
            {
                if (released != null)
                {
                    released();
                }
            }
            catch
            {
                // As in Receive.
            }
        }

        private static Subscription SubscriptionOf(void* context) =>
            (Subscription)GCHandle.FromIntPtr((IntPtr)context).Target;

        private sealed class Subscription
        {
            internal Subscription(LogReceiver receiver, Action released)
            {
                Receiver = receiver;
                Released = released;
            }

            internal LogReceiver Receiver { get; private set; }

            internal Action Released { get; private set; }
        }
    }
}
