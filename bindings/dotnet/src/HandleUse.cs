using System;
using System.Runtime.InteropServices;

namespace Orchestra.Store
{
    /// <summary>Keeps a handle alive while a call uses it.</summary>
    internal sealed class HandleUse : IDisposable
    {
        private readonly SafeHandle _handle;

        /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
        internal HandleUse(SafeHandle handle)
        {
            bool added = false;
            handle.DangerousAddRef(ref added);
            _handle = handle;
        }

        /// <summary>What the library gave.</summary>
        internal IntPtr Pointer => _handle.DangerousGetHandle();

        /// <summary>Releases the handle.</summary>
        public void Dispose() => _handle.DangerousRelease();
    }
}
