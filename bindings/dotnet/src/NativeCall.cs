using System;
using System.Collections.Generic;

namespace Orchestra.Store
{
    /// <summary>One call into the library: keeps its store alive and its texts in place.</summary>
    internal sealed unsafe class NativeCall : IDisposable
    {
        private readonly StoreHandle _handle;
        private readonly List<NativeText> _texts = new List<NativeText>();

        /// <summary>A call that needs no store.</summary>
        internal NativeCall()
        {
        }

        /// <exception cref="ObjectDisposedException">The store was disposed.</exception>
        internal NativeCall(StoreHandle handle)
        {
            bool added = false;
            handle.DangerousAddRef(ref added);
            _handle = handle;
        }

        /// <summary>The store, which can't be freed before the call ends.</summary>
        internal orchestra_store* Store => (orchestra_store*)_handle.DangerousGetHandle();

        /// <summary>Encodes an argument, until the call ends.</summary>
        internal NativeText Text(string text)
        {
            var native = new NativeText(text);
            _texts.Add(native);
            return native;
        }

        /// <summary>The result of a call that fills a buffer, which is freed.</summary>
        internal static string Result(int status, orchestra_buffer* buffer, orchestra_error* error)
        {
            try
            {
                OrchestraException.ThrowIfFailed(status, error);
                return NativeText.Read(buffer->ptr, buffer->len);
            }
            finally
            {
                NativeMethods.orchestra_buffer_free(buffer);
            }
        }

        /// <summary>Ends the call.</summary>
        public void Dispose()
        {
            foreach (NativeText text in _texts)
            {
                text.Dispose();
            }
            if (_handle != null)
            {
                _handle.DangerousRelease();
            }
        }
    }
}
