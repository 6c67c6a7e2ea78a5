namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Copies the database, as it is now, into a file that only its user may read, and verifies it.
        /// Others go on reading and writing meanwhile.</summary>
        /// <param name="replace">Whether a file of this name may go.</param>
        /// <param name="progress">Counts bytes. It must not write to the store. <c>null</c> where nobody wants to
        /// know.</param>
        /// <returns>A JSON object: Path, Size, SchemaVersion.</returns>
        public string Backup(string path, bool replace = false, ProgressReceiver progress = null) =>
            ProgressCall.CallForText(_handle, progress, (call, reporter, backup, error) =>
            {
                NativeText nativePath = call.Text(path);
                var callback = reporter.Keep<NativeMethods.orchestra_backup_create_progress_delegate>(reporter.Tell);
                return NativeMethods.orchestra_backup_create(
                    call.Store, nativePath.Pointer, nativePath.Length, replace ? 1 : 0, callback, null, backup,
                    error);
            });

        /// <summary>Makes a backup where the newest is as old as the interval or there is none, and then removes
        /// those that the policy no longer keeps.</summary>
        /// <param name="policy">A JSON object: Directory; optional Interval, Keep, KeepFor, Compress.</param>
        /// <param name="progress">Counts bytes. <c>null</c> where nobody wants to know.</param>
        /// <returns>A JSON object: Made (Path, Size, SchemaVersion, or null), Removed.</returns>
        public string BackupIfDue(string policy, ProgressReceiver progress = null) =>
            ProgressCall.CallForText(_handle, progress, (call, reporter, outcome, error) =>
            {
                NativeText nativePolicy = call.Text(policy);
                var callback = reporter.Keep<NativeMethods.orchestra_backup_run_if_due_progress_delegate>(reporter.Tell);
                return NativeMethods.orchestra_backup_run_if_due(
                    call.Store, nativePolicy.Pointer, nativePolicy.Length, callback, null, outcome, error);
            });

        /// <summary>Lists the backups in a directory, oldest first. Needs no store.</summary>
        /// <param name="verified">Whether each is read as a whole; otherwise only their headers are looked
        /// at.</param>
        /// <returns>A JSON array: Path, Size, ModifiedAt, SchemaVersion, State.</returns>
        public static string ListBackups(string directory, bool verified = false)
        {
            using (var call = new NativeCall())
            {
                NativeText nativeDirectory = call.Text(directory);
                orchestra_buffer files;
                orchestra_error* error;
                int status = NativeMethods.orchestra_backup_list(
                    nativeDirectory.Pointer, nativeDirectory.Length, verified ? 1 : 0, &files, &error);
                return NativeCall.Result(status, &files, error);
            }
        }

        /// <summary>Reads a backup as a whole, and tells what is known of it then. Needs no store.</summary>
        /// <returns>A JSON object: Path, Size, ModifiedAt, SchemaVersion, State.</returns>
        public static string VerifyBackup(string path)
        {
            using (var call = new NativeCall())
            {
                NativeText nativePath = call.Text(path);
                orchestra_buffer file;
                orchestra_error* error;
                int status = NativeMethods.orchestra_backup_verify(
                    nativePath.Pointer, nativePath.Length, &file, &error);
                return NativeCall.Result(status, &file, error);
            }
        }
    }
}
