namespace Orchestra.Store
{
    /// <summary>How rows are written.</summary>
    public enum ExportFormat
    {
        /// <summary>One JSON object a line.</summary>
        JsonLines = NativeMethods.ORCHESTRA_EXPORT_JSON_LINES,

        /// <summary>Comma-separated values as in RFC 4180, the columns' names first.</summary>
        Csv = NativeMethods.ORCHESTRA_EXPORT_CSV,

        /// <summary>Comma-separated values with texts as they are, for programs that don't compute formulas.</summary>
        CsvWithFormulas = NativeMethods.ORCHESTRA_EXPORT_CSV_WITH_FORMULAS,
    }
}
