namespace Orchestra.Store
{
    /// <summary>What a commit survives.</summary>
    public enum Durability
    {
        /// <summary>The library's choice, which is <see cref="Full"/>.</summary>
        Default = NativeMethods.ORCHESTRA_DURABILITY_DEFAULT,

        /// <summary>A power loss.</summary>
        Full = NativeMethods.ORCHESTRA_DURABILITY_FULL,

        /// <summary>A crash of the process; after a power loss the last commits may be missing.</summary>
        Normal = NativeMethods.ORCHESTRA_DURABILITY_NORMAL,
    }
}
