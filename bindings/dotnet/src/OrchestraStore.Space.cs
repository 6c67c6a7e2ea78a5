namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Tells how large the database and its write-ahead log are. Waits for nobody.</summary>
        /// <returns>A JSON object, in bytes: Database, FreeInDatabase, Wal, WalHeld, WalLimit,
        /// FreeOnDisk.</returns>
        public string Measure()
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer space;
                orchestra_error* error;
                int status = NativeMethods.orchestra_store_measure(call.Store, &space, &error);
                return NativeCall.Result(status, &space, error);
            }
        }

        /// <summary>Copies the write-ahead log into the database and cuts it to nothing, as far as no read that
        /// is open needs it.</summary>
        /// <returns>How many bytes of it had to stay.</returns>
        public long Checkpoint()
        {
            using (var call = new NativeCall(_handle))
            {
                long bytes;
                orchestra_error* error;
                int status = NativeMethods.orchestra_store_checkpoint(call.Store, &bytes, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return bytes;
            }
        }

        /// <summary>Gives free pages back to the disk in small transactions, so that writes come in
        /// between.</summary>
        /// <param name="keep">How many bytes may stay free.</param>
        /// <returns>How many bytes it gave back.</returns>
        public long Shrink(long keep = 0)
        {
            using (var call = new NativeCall(_handle))
            {
                long bytes;
                orchestra_error* error;
                int status = NativeMethods.orchestra_store_shrink(call.Store, checked((ulong)keep), &bytes, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return bytes;
            }
        }

        /// <summary>Writes the whole database anew, without free pages and in order. Writes wait meanwhile; reads
        /// go on.</summary>
        /// <returns>By how many bytes the database is smaller.</returns>
        public long Vacuum()
        {
            using (var call = new NativeCall(_handle))
            {
                long bytes;
                orchestra_error* error;
                int status = NativeMethods.orchestra_store_vacuum(call.Store, &bytes, &error);
                OrchestraException.ThrowIfFailed(status, error);
                return bytes;
            }
        }
    }
}
