namespace Orchestra.Store
{
    /// <summary>How far a chat message has come.</summary>
    public enum DeliveryStatus
    {
        /// <summary>It wasn't sent yet.</summary>
        Pending = NativeMethods.ORCHESTRA_DELIVERY_PENDING,

        /// <summary>It was sent.</summary>
        Sent = NativeMethods.ORCHESTRA_DELIVERY_SENT,

        /// <summary>It arrived.</summary>
        Delivered = NativeMethods.ORCHESTRA_DELIVERY_DELIVERED,

        /// <summary>It was read.</summary>
        Read = NativeMethods.ORCHESTRA_DELIVERY_READ,

        /// <summary>It couldn't be delivered.</summary>
        Failed = NativeMethods.ORCHESTRA_DELIVERY_FAILED,
    }
}
