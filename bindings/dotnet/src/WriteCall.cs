using System;
using System.IO;

namespace Orchestra.Store
{
    /// <summary>One call of an operation that writes to a stream.</summary>
    internal sealed unsafe class WriteCall
    {
        private readonly Stream _target;

        internal WriteCall(Stream target) => _target = target;

        /// <summary>What the stream threw, if it did.</summary>
        internal Exception Thrown { get; private set; }

        /// <summary>What the library calls.</summary>
        internal int Write(void* context, byte* bytes, UIntPtr length)
        {
            try
            {
                using (var source = new UnmanagedMemoryStream(bytes, checked((long)length)))
                {
                    source.CopyTo(_target);
                }
                return 0;
            }
            catch (Exception exception)
            {
                // It must not unwind through the library.
                Thrown = exception;
                return 1;
            }
        }
    }
}
