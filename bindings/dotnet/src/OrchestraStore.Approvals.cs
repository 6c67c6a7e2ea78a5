namespace Orchestra.Store
{
    public sealed unsafe partial class OrchestraStore
    {
        /// <summary>Asks people for a decision, which is made once.</summary>
        /// <param name="newApproval">A JSON object: AgentId; optional Id, SessionId, ExpiresAt,
        /// RequestDetails.</param>
        /// <returns>The request.</returns>
        public string RequestApproval(string newApproval)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeApproval = call.Text(newApproval);
                orchestra_buffer requested;
                orchestra_error* error;
                int status = NativeMethods.orchestra_approval_request(
                    call.Store, nativeApproval.Pointer, nativeApproval.Length, &requested, &error);
                return NativeCall.Result(status, &requested, error);
            }
        }

        /// <summary>Looks a request for approval up.</summary>
        /// <returns>A JSON object with all columns of the table ApprovalRequests.</returns>
        public string GetApproval(string id)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                orchestra_buffer approval;
                orchestra_error* error;
                int status = NativeMethods.orchestra_approval_get(
                    call.Store, nativeId.Pointer, nativeId.Length, &approval, &error);
                return NativeCall.Result(status, &approval, error);
            }
        }

        /// <summary>Lists the requests that can be decided now, the oldest first.</summary>
        /// <param name="limit">How many at most, 1 to 1000.</param>
        /// <param name="agentId">Those of one agent, or <c>null</c> for all.</param>
        /// <returns>A JSON array of requests.</returns>
        public string ListWaitingApprovals(int limit, string agentId = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeAgentId = call.Text(agentId);
                orchestra_buffer approvals;
                orchestra_error* error;
                int status = NativeMethods.orchestra_approval_list_waiting(
                    call.Store, nativeAgentId.Pointer, nativeAgentId.Length, checked((uint)limit), &approvals,
                    &error);
                return NativeCall.Result(status, &approvals, error);
            }
        }

        /// <summary>Grants what was asked for.</summary>
        /// <param name="decision">A JSON object with any of DecidedBy, Reason.</param>
        /// <returns>The request.</returns>
        public string Approve(string id, string decision = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeDecision = call.Text(decision);
                orchestra_buffer approval;
                orchestra_error* error;
                int status = NativeMethods.orchestra_approval_approve(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    nativeDecision.Pointer, nativeDecision.Length, &approval, &error);
                return NativeCall.Result(status, &approval, error);
            }
        }

        /// <summary>Denies what was asked for.</summary>
        /// <param name="decision">A JSON object with any of DecidedBy, Reason.</param>
        /// <returns>The request.</returns>
        public string Reject(string id, string decision = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeDecision = call.Text(decision);
                orchestra_buffer approval;
                orchestra_error* error;
                int status = NativeMethods.orchestra_approval_reject(
                    call.Store, nativeId.Pointer, nativeId.Length,
                    nativeDecision.Pointer, nativeDecision.Length, &approval, &error);
                return NativeCall.Result(status, &approval, error);
            }
        }

        /// <summary>Withdraws a request.</summary>
        /// <returns>The request.</returns>
        public string CancelApproval(string id, string reason = null)
        {
            using (var call = new NativeCall(_handle))
            {
                NativeText nativeId = call.Text(id);
                NativeText nativeReason = call.Text(reason);
                orchestra_buffer approval;
                orchestra_error* error;
                int status = NativeMethods.orchestra_approval_cancel(
                    call.Store, nativeId.Pointer, nativeId.Length, nativeReason.Pointer, nativeReason.Length,
                    &approval, &error);
                return NativeCall.Result(status, &approval, error);
            }
        }

        /// <summary>Cancels requests that have expired; a host calls it now and then.</summary>
        /// <param name="limit">How many at most, 1 to 1000.</param>
        /// <returns>A JSON array of the ids of these.</returns>
        public string ExpireApprovals(int limit)
        {
            using (var call = new NativeCall(_handle))
            {
                orchestra_buffer ids;
                orchestra_error* error;
                int status = NativeMethods.orchestra_approval_expire(
                    call.Store, checked((uint)limit), &ids, &error);
                return NativeCall.Result(status, &ids, error);
            }
        }
    }
}
