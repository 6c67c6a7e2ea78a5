namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Replaces all that is in the database by what is in a backup: all of it or nothing.</summary>
        /// <param name="force">Restore although others have the database open.</param>
        /// <param name="maxSize">How many bytes the backup may have at most; <c>null</c> for 64 GiB.</param>
        /// <param name="progress">Counts bytes. <c>null</c> where nobody wants to know.</param>
        /// <returns>A JSON object: Backup, Size, SchemaVersion, Migrated, Before.</returns>
        public string Restore(
            string backup, bool force = false, long? maxSize = null, ProgressReceiver progress = null) =>
            ProgressCall.CallForText(_handle, progress, (call, reporter, restored, error) =>
            {
                NativeText nativeBackup = call.Text(backup);
                var callback = reporter.Keep<NativeMethods.orchestra_store_restore_progress_delegate>(reporter.Tell);
                return NativeMethods.orchestra_store_restore(
                    call.Store, nativeBackup.Pointer, nativeBackup.Length, force ? 1 : 0,
                    checked((ulong)(maxSize ?? 0)), callback, null, restored, error);
            });

        /// <summary>Does what <see cref="Restore"/> does with a database that no store has open, be it whole,
        /// damaged or not there at all.</summary>
        /// <returns>A JSON object: Backup, Size, SchemaVersion, Migrated, Before.</returns>
        public static string RestoreDatabase(
            string path, string backup, StoreOptions options = null, bool force = false, long? maxSize = null,
            ProgressReceiver progress = null) =>
            ProgressCall.CallForText(null, progress, (call, reporter, restored, error) =>
            {
                orchestra_store_options native = StoreOptions.ToNative(options, call);
                NativeText nativePath = call.Text(path);
                NativeText nativeBackup = call.Text(backup);
                var callback = reporter.Keep<NativeMethods.orchestra_database_restore_progress_delegate>(reporter.Tell);
                return NativeMethods.orchestra_database_restore(
                    nativePath.Pointer, nativePath.Length, &native, nativeBackup.Pointer, nativeBackup.Length,
                    force ? 1 : 0, checked((ulong)(maxSize ?? 0)), callback, null, restored, error);
            });
    }
}
