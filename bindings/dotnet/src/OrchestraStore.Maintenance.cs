using System;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Takes over what a file of a predecessor holds, in one transaction.
        /// Importing it again changes nothing.</summary>
        /// <param name="path">orchestrator-state.json in any form, agent-config.json, or the closed database of a host on Entity Framework Core.</param>
        /// <param name="options"><c>null</c> for the defaults.</param>
        /// <param name="progress">Counts records. It must not call into the store. What it throws cancels the import, and
        /// is thrown by this method. <c>null</c> where nobody wants to know.</param>
        /// <returns>A JSON object: Source, Form, StatusNumbering, DryRun, Agents, Tasks, Repositories,
        /// Findings, Backup, ArchivedTo.</returns>
        public string Import(string path, ImportOptions options = null, ProgressReceiver progress = null)
        {
            orchestra_import_options native = (options ?? new ImportOptions()).ToNative();
            var told = new ProgressCall(progress);
            NativeMethods.orchestra_import_file_progress_delegate tell = told.Tell;
            using (var call = new NativeCall(_handle))
            {
                NativeText nativePath = call.Text(path);
                orchestra_buffer report;
                orchestra_error* error;
                int status = NativeMethods.orchestra_import_file(
                    call.Store, nativePath.Pointer, nativePath.Length, &native, tell, null, &report, &error);
                GC.KeepAlive(tell);
                return told.Result(status, &report, error);
            }
        }

        /// <summary>Checks the database: SQLite's own checks, foreign keys, and rules that SQLite can't
        /// state.</summary>
        /// <param name="errorCount">How many findings are errors and not warnings.</param>
        /// <returns>A JSON object with Findings (Severity, Rule, Table, Row, Message).</returns>
        public string Check(out int errorCount)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer report;
                int errors;
                orchestra_error* error;
                int status = NativeMethods.orchestra_store_check(call.Store, &report, &errors, &error);
                string findings = NativeCall.Result(status, &report, error);
                errorCount = errors;
                return findings;
            }
        }
    }
}
