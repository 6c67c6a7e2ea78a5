using System;
using System.Runtime.InteropServices;

namespace Orchestra.Store
{
    /// <summary>Where the keys for encrypted preferences come from. It is asked on any thread, on several
    /// at the same time, and must not call the store.</summary>
    public interface IEncryptionKeys
    {
        /// <summary>The id of the key that new values are sealed with: 1 to 128 bytes as UTF-8.</summary>
        string CurrentKeyId { get; }

        /// <summary>The 32 bytes of the key with this id; <c>null</c> where it isn't known.</summary>
        byte[] GetKey(string id);
    }

    /// <summary>Keys as the library asks for them.</summary>
    internal static unsafe class EncryptionKeys
    {
        // The library keeps their addresses, so they must never be collected.
        internal static readonly NativeMethods.orchestra_store_open_with_keys_key_delegate KeyCallback = Key;
        internal static readonly NativeMethods.orchestra_store_open_with_keys_current_key_delegate CurrentKeyCallback = CurrentKey;
        internal static readonly NativeMethods.orchestra_store_open_with_keys_destroy_delegate DestroyCallback = HostCallback.Destroy;

        private static int Key(void* context, byte* keyId, UIntPtr keyIdLength, byte* key)
        {
            try
            {
                byte[] bytes = HostCallback.Target<IEncryptionKeys>(context).GetKey(NativeText.Read(keyId, keyIdLength));
                if (bytes == null || bytes.Length != NativeMethods.ORCHESTRA_KEY_LENGTH)
                {
                    return 0;
                }
                Marshal.Copy(bytes, 0, (IntPtr)key, bytes.Length);
                return 1;
            }
            catch
            {
                // An exception must not unwind through the library, to which the key is unknown then.
                return 0;
            }
        }

        private static UIntPtr CurrentKey(void* context, byte* keyId)
        {
            try
            {
                byte[] id = System.Text.Encoding.UTF8.GetBytes(HostCallback.Target<IEncryptionKeys>(context).CurrentKeyId);
                if (id.Length > NativeMethods.ORCHESTRA_KEY_ID_LENGTH)
                {
                    return UIntPtr.Zero;
                }
                Marshal.Copy(id, 0, (IntPtr)keyId, id.Length);
                return (UIntPtr)id.Length;
            }
            catch
            {
                // As in Key.
                return UIntPtr.Zero;
            }
        }
    }

    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Opens a database as <see cref="Open(string, StoreOptions)"/> does, with keys for
        /// preferences that are encrypted.</summary>
        public static OrchestraStore OpenWithKeys(string path, IEncryptionKeys keys, StoreOptions options = null)
        {
            if (keys == null)
            {
                throw new ArgumentNullException("keys");
            }
            RequireAbi();
            using (var call = new NativeCall())
            {
                NativeText nativePath = call.Text(path);
                orchestra_store_options native = StoreOptions.ToNative(options, call);
                void* context = HostCallback.Keep(keys);
                orchestra_store* store;
                orchestra_error* error;
                int status = NativeMethods.orchestra_store_open_with_keys(
                    nativePath.Pointer, nativePath.Length, &native, EncryptionKeys.KeyCallback,
                    EncryptionKeys.CurrentKeyCallback, context, EncryptionKeys.DestroyCallback, &store, &error);
                if (status != 0)
                {
                    HostCallback.Destroy(context);
                }
                OrchestraException.ThrowIfFailed(status, error);
                return new OrchestraStore(store);
            }
        }
    }
}
