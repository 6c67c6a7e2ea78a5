namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
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

        /// <summary>Mends what can be computed from what is there, and notes it in the audit log.</summary>
        /// <returns>A JSON object: Repairs (Table, Row, What) and Left, what <see cref="Check"/> finds
        /// afterwards.</returns>
        public string Repair() => CallForText(NativeMethods.orchestra_store_repair);
    }
}
