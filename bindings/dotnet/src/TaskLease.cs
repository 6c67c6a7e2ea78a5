using System;

namespace Orchestra.Store
{
    /// <summary>What a worker learns from a heartbeat.</summary>
    public struct TaskLease
    {
        internal TaskLease(DateTime expiresAt, bool isCancelRequested)
        {
            ExpiresAt = expiresAt;
            IsCancelRequested = isCancelRequested;
        }

        /// <summary>When the lease ends now, UTC.</summary>
        public DateTime ExpiresAt { get; private set; }

        /// <summary>Whether the worker is to stop and call
        /// <see cref="OrchestraStore.AcknowledgeTaskCancel"/>.</summary>
        public bool IsCancelRequested { get; private set; }
    }
}
