using System;

namespace Orchestra.Store
{
    /// <summary>Told how many records of how many are done, on the thread that called the method.</summary>
    /// <returns><c>false</c> to cancel.</returns>
    public delegate bool ProgressReceiver(ulong done, ulong total);

    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Takes over what a file of a predecessor holds, in one transaction.
        /// Importing it again changes nothing.</summary>
        /// <param name="path">orchestrator-state.json in any form, agent-config.json, or the closed database of a host on Entity Framework Core.</param>
        /// <param name="options"><c>null</c> for the defaults.</param>
        /// <param name="progress">Must not call into the store. What it throws cancels the import, and
        /// is thrown by this method. <c>null</c> where nobody wants to know.</param>
        /// <returns>A JSON object: Source, Form, StatusNumbering, DryRun, Agents, Tasks, Repositories,
        /// Findings, Backup, ArchivedTo.</returns>
        public string Import(string path, ImportOptions options = null, ProgressReceiver progress = null)
        {
            orchestra_import_options native = (options ?? new ImportOptions()).ToNative();
            Exception thrown = null;
            NativeMethods.orchestra_import_file_progress_delegate nativeProgress = null;
            if (progress != null)
            {
                nativeProgress = (context, done, total) =>
                {
                    try
                    {
                        return progress(done, total) ? 0 : 1;
                    }
                    catch (Exception exception)
                    {
                        // It must not unwind through the library.
                        thrown = exception;
                        return 1;
                    }
                };
            }
            using (var call = new NativeCall(_handle))
            {
                NativeText nativePath = call.Text(path);
                orchestra_buffer report;
                orchestra_error* error;
                int status = NativeMethods.orchestra_import_file(
                    call.Store, nativePath.Pointer, nativePath.Length, &native, nativeProgress, null, &report, &error);
                GC.KeepAlive(nativeProgress);
                try
                {
                    return NativeCall.Result(status, &report, error);
                }
                catch (OrchestraException) when (thrown != null)
                {
                    throw new OperationCanceledException("the receiver of the progress failed", thrown);
                }
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
