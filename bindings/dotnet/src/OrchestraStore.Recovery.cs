namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Reads what is readable of a damaged database, which no store has open, into a new one, and
        /// leaves the damaged one as it is.</summary>
        /// <returns>A JSON object: Database, Tables (Table, Recovered, Lost, IsComplete, Reason), Orphans,
        /// Before.</returns>
        public static string RecoverDatabase(
            string path, string target, StoreOptions options = null, ProgressReceiver progress = null) =>
            ProgressCall.CallForText(null, progress, (call, reporter, recovery, error) =>
            {
                orchestra_store_options native = StoreOptions.ToNative(options, call);
                NativeText nativePath = call.Text(path);
                NativeText nativeTarget = call.Text(target);
                var callback = reporter.Keep<NativeMethods.orchestra_database_recover_progress_delegate>(reporter.Tell);
                return NativeMethods.orchestra_database_recover(
                    nativePath.Pointer, nativePath.Length, &native, nativeTarget.Pointer, nativeTarget.Length,
                    callback, null, recovery, error);
            });

        /// <summary>Does what <see cref="RecoverDatabase"/> does, and puts the new database in the place of the
        /// damaged one, which is moved aside.</summary>
        /// <returns>What <see cref="RecoverDatabase"/> gives.</returns>
        public static string RecoverDatabaseInPlace(
            string path, StoreOptions options = null, ProgressReceiver progress = null) =>
            ProgressCall.CallForText(null, progress, (call, reporter, recovery, error) =>
            {
                orchestra_store_options native = StoreOptions.ToNative(options, call);
                NativeText nativePath = call.Text(path);
                var callback = reporter.Keep<NativeMethods.orchestra_database_recover_in_place_progress_delegate>(reporter.Tell);
                return NativeMethods.orchestra_database_recover_in_place(
                    nativePath.Pointer, nativePath.Length, &native, callback, null, recovery, error);
            });
    }
}
