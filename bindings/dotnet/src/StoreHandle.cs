namespace Orchestra.Store
{
    /// <summary>An <c>orchestra_store</c>.</summary>
    internal sealed unsafe class StoreHandle : NativeHandle
    {
        internal StoreHandle(orchestra_store* store)
            : base(store)
        {
        }

        /// <inheritdoc/>
        protected override void Free() => NativeMethods.orchestra_store_free((orchestra_store*)handle);
    }
}
