namespace Orchestra.Store
{
    /// <summary>Who may see a repository.</summary>
    public enum AccessLevel
    {
        /// <summary>Its owner.</summary>
        Private = NativeMethods.ORCHESTRA_ACCESS_PRIVATE,

        /// <summary>The owner's team.</summary>
        Team = NativeMethods.ORCHESTRA_ACCESS_TEAM,

        /// <summary>Everybody.</summary>
        Public = NativeMethods.ORCHESTRA_ACCESS_PUBLIC,
    }
}
