namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Asks people for a decision, which is made once.</summary>
        /// <param name="newApproval">A JSON object: AgentId; optional Id, SessionId, ExpiresAt,
        /// RequestDetails.</param>
        /// <returns>The request.</returns>
        public string RequestApproval(string newApproval) =>
            CallForText(newApproval, NativeMethods.orchestra_approval_request);

        /// <summary>Looks a request for approval up.</summary>
        /// <returns>A JSON object with all columns of the table ApprovalRequests.</returns>
        public string GetApproval(string id) => CallForText(id, NativeMethods.orchestra_approval_get);

        /// <summary>Lists the requests that can be decided now, the oldest first.</summary>
        /// <param name="limit">How many at most, 1 to 1000.</param>
        /// <param name="agentId">Those of one agent, or <c>null</c> for all.</param>
        /// <returns>A JSON array of requests.</returns>
        public string ListWaitingApprovals(int limit, string agentId = null) =>
            CallForText(agentId, (store, text, length, approvals, error) =>
                NativeMethods.orchestra_approval_list_waiting(
                    store, text, length, checked((uint)limit), approvals, error));

        /// <summary>Grants what was asked for.</summary>
        /// <param name="decision">A JSON object with any of DecidedBy, Reason.</param>
        /// <returns>The request.</returns>
        public string Approve(string id, string decision = null) =>
            CallForText(id, decision, NativeMethods.orchestra_approval_approve);

        /// <summary>Denies what was asked for.</summary>
        /// <param name="decision">A JSON object with any of DecidedBy, Reason.</param>
        /// <returns>The request.</returns>
        public string Reject(string id, string decision = null) =>
            CallForText(id, decision, NativeMethods.orchestra_approval_reject);

        /// <summary>Withdraws a request.</summary>
        /// <returns>The request.</returns>
        public string CancelApproval(string id, string reason = null) =>
            CallForText(id, reason, NativeMethods.orchestra_approval_cancel);

        /// <summary>Cancels requests that have expired; a host calls it now and then.</summary>
        /// <param name="limit">How many at most, 1 to 1000.</param>
        /// <returns>A JSON array of the ids of these.</returns>
        public string ExpireApprovals(int limit) =>
            CallForText((store, ids, error) => NativeMethods.orchestra_approval_expire(
                store, checked((uint)limit), ids, error));
    }
}
