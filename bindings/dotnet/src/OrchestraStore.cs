using System;
using System.Threading;

namespace Orchestra.Store
{
    /// <summary>An open database: agents, a task queue and their history.</summary>
    /// <remarks>
    /// Any number of threads use it at the same time. All methods block. Records go in and come out as
    /// JSON, with the names of the columns. Every method throws <see cref="OrchestraException"/> where
    /// the library refuses or fails, and <see cref="ObjectDisposedException"/> after
    /// <see cref="Dispose"/>.
    /// </remarks>
    public sealed unsafe partial class OrchestraStore : IDisposable
    {
        private readonly StoreHandle _handle;

        private OrchestraStore(orchestra_store* store) => _handle = new StoreHandle(store);

        /// <summary>The version of the library and of the SQLite in it, for people.</summary>
        public static string Version => NativeText.ReadToNul(NativeMethods.orchestra_version());

        /// <summary>Opens a database: makes the file and its directory where they aren't there, and
        /// migrates one that an older version of the library wrote.</summary>
        /// <param name="path">The path of a file; a URI or <c>:memory:</c> is refused.</param>
        /// <param name="options"><c>null</c> for the defaults.</param>
        /// <exception cref="NotSupportedException">The library that is found has another ABI.</exception>
        public static OrchestraStore Open(string path, StoreOptions options = null)
        {
            RequireAbi();
            using (var call = new NativeCall())
            {
                NativeText nativePath = call.Text(path);
                orchestra_store_options native = StoreOptions.ToNative(options, call);
                orchestra_store* store;
                orchestra_error* error;
                int status = NativeMethods.orchestra_store_open(
                    nativePath.Pointer, nativePath.Length, &native, &store, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return new OrchestraStore(store);
            }
        }

        /// <summary>The same store, through which this user acts: what it writes bears the user's
        /// name. To be disposed by itself, in any order.</summary>
        /// <param name="user">A JSON object with any of UserId, SessionId, RequestId, CorrelationId,
        /// IpAddress, UserAgent.</param>
        public OrchestraStore WithUser(string user)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeUser = call.Text(user);
                orchestra_store* context;
                orchestra_error* error;
                int status = NativeMethods.orchestra_store_context(
                    call.Store, nativeUser.Pointer, nativeUser.Length, &context, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return new OrchestraStore(context);
            }
        }

        /// <summary>Which migrations the database has had: a JSON array of Version, Name, State.</summary>
        public string GetMigrationStatus() => CallForText(NativeMethods.orchestra_store_migration_status);

        /// <summary>Closes the database for everyone who uses it, and reports what goes wrong with
        /// that; <see cref="Dispose"/> alone closes quietly.</summary>
        public void Close() => Call(NativeMethods.orchestra_store_close);

        /// <summary>Gives the store up. The database is closed with the last one that uses it.</summary>
        public void Dispose()
        {
            _handle.Dispose();
            Action release = Interlocked.Exchange(ref _release, null);
            if (release != null)
            {
                release();
            }
        }

        private static void RequireAbi()
        {
            uint found = NativeMethods.orchestra_abi_version();
            if (found != NativeMethods.ORCHESTRA_ABI_VERSION)
            {
                throw new NotSupportedException(
                    "orchestra_store has ABI " + found + ", but " + NativeMethods.ORCHESTRA_ABI_VERSION + " is needed");
            }
        }
    }
}
