namespace Orchestra.Store
{
    /// <summary>What becomes of a task if one that it depends on fails or is cancelled.</summary>
    public enum FailurePolicy
    {
        /// <summary>It waits until the other one is run again and completes.</summary>
        Block = NativeMethods.ORCHESTRA_FAILURE_BLOCK,

        /// <summary>It is cancelled too.</summary>
        Cancel = NativeMethods.ORCHESTRA_FAILURE_CANCEL,
    }
}
