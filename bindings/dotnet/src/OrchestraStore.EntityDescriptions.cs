namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Tells which entities there are, and what columns they have.</summary>
        /// <returns>A JSON array, by number: Number, Name, IsLog, KeepsDeleted, Columns (Name, Kind, Nullable,
        /// IsGenerated).</returns>
        public static string DescribeEntities()
        {
            orchestra_buffer entities;
            orchestra_error* error;
            int status = NativeMethods.orchestra_entity_describe_all(&entities, &error);
            return NativeCall.Result(status, &entities, error);
        }
    }
}
