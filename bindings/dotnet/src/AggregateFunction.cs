namespace Orchestra.Store
{
    /// <summary>What is made of the values of a column.</summary>
    public enum AggregateFunction
    {
        /// <summary>The greatest value.</summary>
        Max = NativeMethods.ORCHESTRA_AGGREGATE_MAX,

        /// <summary>The least value.</summary>
        Min = NativeMethods.ORCHESTRA_AGGREGATE_MIN,

        /// <summary>The sum of numbers.</summary>
        Sum = NativeMethods.ORCHESTRA_AGGREGATE_SUM,

        /// <summary>The mean of numbers.</summary>
        Average = NativeMethods.ORCHESTRA_AGGREGATE_AVERAGE,
    }
}
