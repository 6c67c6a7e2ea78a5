using System;
using System.Runtime.InteropServices;

namespace Orchestra.Store
{
    /// <summary>Owns an <c>orchestra_store</c>, and frees it when nobody uses it any more.</summary>
    internal sealed unsafe class StoreHandle : SafeHandle
    {
        internal StoreHandle(orchestra_store* store)
            : base(IntPtr.Zero, true)
        {
            SetHandle((IntPtr)store);
        }

        /// <inheritdoc/>
        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        /// <inheritdoc/>
        protected override bool ReleaseHandle()
        {
            NativeMethods.orchestra_store_free((orchestra_store*)handle);
            return true;
        }
    }
}
