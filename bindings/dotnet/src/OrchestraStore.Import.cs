namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Takes over what a file of a predecessor holds, in one transaction.
        /// Importing it again changes nothing.</summary>
        /// <param name="path">orchestrator-state.json in any form, agent-config.json, or the closed database
        /// of a host on Entity Framework Core.</param>
        /// <param name="options"><c>null</c> for the defaults.</param>
        /// <param name="progress">Counts records. It must not call into the store. What it throws cancels the
        /// import, and is thrown by this method. <c>null</c> where nobody wants to know.</param>
        /// <returns>A JSON object: Source, Form, StatusNumbering, DryRun, Agents, Tasks, Repositories,
        /// Findings, Backup, ArchivedTo.</returns>
        public string Import(string path, ImportOptions options = null, ProgressReceiver progress = null) =>
            ProgressCall.CallForText(_handle, progress, (call, reporter, report, error) =>
            {
                orchestra_import_options native = (options ?? new ImportOptions()).ToNative();
                NativeText nativePath = call.Text(path);
                var callback = reporter.Keep<NativeMethods.orchestra_import_file_progress_delegate>(reporter.Tell);
                return NativeMethods.orchestra_import_file(
                    call.Store, nativePath.Pointer, nativePath.Length, &native, callback, null, report, error);
            });
    }
}
