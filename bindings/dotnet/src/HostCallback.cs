using System;
using System.Runtime.InteropServices;

namespace Orchestra.Store
{
    /// <summary>What the library passes to callbacks of this layer: an object that lives until the
    /// library destroys it.</summary>
    internal static unsafe class HostCallback
    {
        /// <summary>Keeps the object, until <see cref="Destroy"/>.</summary>
        internal static void* Keep(object target) => (void*)GCHandle.ToIntPtr(GCHandle.Alloc(target));

        /// <summary>The object.</summary>
        internal static T Target<T>(void* context) => (T)GCHandle.FromIntPtr((IntPtr)context).Target;

        /// <summary>Releases the object.</summary>
        internal static void Destroy(void* context) => GCHandle.FromIntPtr((IntPtr)context).Free();
    }
}
