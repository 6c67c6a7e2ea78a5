namespace Orchestra.Store
{
    /// <summary>What a value of a cursor's row is.</summary>
    public enum CursorValueType
    {
        /// <summary>A whole number.</summary>
        Integer = NativeMethods.ORCHESTRA_VALUE_INTEGER,

        /// <summary>A number.</summary>
        Real = NativeMethods.ORCHESTRA_VALUE_REAL,

        /// <summary>A text.</summary>
        Text = NativeMethods.ORCHESTRA_VALUE_TEXT,

        /// <summary>Bytes.</summary>
        Blob = NativeMethods.ORCHESTRA_VALUE_BLOB,

        /// <summary>No value.</summary>
        Null = NativeMethods.ORCHESTRA_VALUE_NULL,
    }
}
