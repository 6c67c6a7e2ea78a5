using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Orchestra.Store
{
    /// <summary>Text on its way into the library: UTF-8, pinned until it is disposed.</summary>
    internal sealed unsafe class NativeText : IDisposable
    {
        // Text that isn't Unicode is refused here: replacing it quietly would change it.
        private static readonly UTF8Encoding Utf8 = new UTF8Encoding(false, true);

        private GCHandle _pin;

        /// <summary>Encodes the text; <c>null</c> becomes NULL, which is not the empty text.</summary>
        /// <exception cref="ArgumentException">The text has half of a surrogate pair.</exception>
        internal NativeText(string text)
        {
            if (text == null)
            {
                return;
            }
            // One byte more than the length says, since an empty array has no address.
            var bytes = new byte[Utf8.GetByteCount(text) + 1];
            int length = Utf8.GetBytes(text, 0, text.Length, bytes, 0);
            _pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
            Pointer = (byte*)_pin.AddrOfPinnedObject();
            Length = (UIntPtr)length;
        }

        /// <summary>The first byte, or NULL for none.</summary>
        internal byte* Pointer { get; private set; }

        /// <summary>How many bytes there are.</summary>
        internal UIntPtr Length { get; private set; }

        /// <summary>Decodes so many bytes that the library gave.</summary>
        internal static string Read(byte* bytes, UIntPtr length) =>
            bytes == null ? "" : Utf8.GetString(bytes, checked((int)length));

        /// <summary>Decodes bytes up to the first NUL; <c>null</c> for NULL.</summary>
        internal static string ReadToNul(byte* bytes)
        {
            if (bytes == null)
            {
                return null;
            }
            int length = 0;
            while (bytes[length] != 0)
            {
                length++;
            }
            return Utf8.GetString(bytes, length);
        }

        /// <summary>Releases the text.</summary>
        public void Dispose()
        {
            if (_pin.IsAllocated)
            {
                _pin.Free();
            }
            Pointer = null;
            Length = UIntPtr.Zero;
        }
    }
}
