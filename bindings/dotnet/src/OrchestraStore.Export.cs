using System;
using System.IO;

namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Writes all rows of an entity, in the order of their ids, from one snapshot: also those that are
        /// marked as deleted and the preferences of all users. One row at a time is in memory.</summary>
        /// <param name="target">Where to. What it throws ends the export, and is thrown by this method.</param>
        /// <param name="progress">Counts rows. <c>null</c> where nobody wants to know.</param>
        /// <returns>How many rows there were.</returns>
        public long Export(
            OrchestraEntity entity, Stream target, ExportFormat format = ExportFormat.JsonLines,
            ProgressReceiver progress = null)
        {
            var told = new ProgressCall(progress);
            NativeMethods.orchestra_export_entity_progress_delegate tell = told.Tell;
            var written = new WriteCall(target);
            NativeMethods.orchestra_export_entity_write_delegate write = written.Write;
            using (var call = new NativeCall(_handle))
            {
                long rows;
                orchestra_error* error;
                int status = NativeMethods.orchestra_export_entity(
                    call.Store, (int)entity, (int)format, write, null, tell, null, &rows, &error);
                GC.KeepAlive(tell);
                GC.KeepAlive(write);
                try
                {
                    told.ThrowIfFailed(status, error);
                    return rows;
                }
                catch (OrchestraException) when (written.Thrown != null)
                {
                    throw new IOException("the target can't be written to", written.Thrown);
                }
            }
        }

        /// <summary>Writes all entities into a new directory, a file for each, all from one snapshot.</summary>
        /// <param name="progress">Counts rows of an entity. <c>null</c> where nobody wants to know.</param>
        /// <returns>A JSON array: Entity, Path, Rows.</returns>
        public string ExportAll(
            string directory, ExportFormat format = ExportFormat.JsonLines, ProgressReceiver progress = null) =>
            ProgressCall.CallForText(_handle, progress, (call, reporter, files, error) =>
            {
                NativeText nativeDirectory = call.Text(directory);
                var callback = reporter.Keep<NativeMethods.orchestra_export_all_progress_delegate>(reporter.Tell);
                return NativeMethods.orchestra_export_all(
                    call.Store, nativeDirectory.Pointer, nativeDirectory.Length, (int)format, callback, null, files,
                    error);
            });
    }
}
