namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Tells how large the database and its write-ahead log are. Waits for nobody.</summary>
        /// <returns>A JSON object, in bytes: Database, FreeInDatabase, Wal, WalHeld, WalLimit,
        /// FreeOnDisk.</returns>
        public string Measure() => CallForText(NativeMethods.orchestra_store_measure);

        /// <summary>Copies the write-ahead log into the database and cuts it to nothing, as far as no read that
        /// is open needs it.</summary>
        /// <returns>How many bytes of it had to stay.</returns>
        public long Checkpoint() => CallForNumber(NativeMethods.orchestra_store_checkpoint);

        /// <summary>Gives free pages back to the disk in small transactions, so that writes come in
        /// between.</summary>
        /// <param name="keep">How many bytes may stay free.</param>
        /// <returns>How many bytes it gave back.</returns>
        public long Shrink(long keep = 0) =>
            CallForNumber((store, bytes, error) => NativeMethods.orchestra_store_shrink(
                store, checked((ulong)keep), bytes, error));

        /// <summary>Writes the whole database anew, without free pages and in order. Writes wait meanwhile; reads
        /// go on.</summary>
        /// <returns>By how many bytes the database is smaller.</returns>
        public long Vacuum() => CallForNumber(NativeMethods.orchestra_store_vacuum);
    }
}
