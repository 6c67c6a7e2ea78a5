-- The erasure of a person's data takes values out of the audit log and reasons out of ended approvals. All else of these
-- rows stays final.

DROP TRIGGER TR_AuditLogs_Update;

CREATE TRIGGER TR_AuditLogs_Update BEFORE UPDATE ON AuditLogs
WHEN NOT (
    NEW.OldValues IS NULL
    AND NEW.NewValues IS NULL
    AND NEW.Id IS OLD.Id
    AND NEW.EntityType IS OLD.EntityType
    AND NEW.EntityId IS OLD.EntityId
    AND NEW.Action IS OLD.Action
    AND NEW.ChangedProperties IS OLD.ChangedProperties
    AND NEW.UserId IS OLD.UserId
    AND NEW.SessionId IS OLD.SessionId
    AND NEW.IpAddress IS OLD.IpAddress
    AND NEW.UserAgent IS OLD.UserAgent
    AND NEW.RequestId IS OLD.RequestId
    AND NEW.CorrelationId IS OLD.CorrelationId
    AND NEW.HttpMethod IS OLD.HttpMethod
    AND NEW.RequestPath IS OLD.RequestPath
    AND NEW.Timestamp IS OLD.Timestamp
    AND NEW.Duration IS OLD.Duration
    AND NEW.Success IS OLD.Success
    AND NEW.ErrorMessage IS OLD.ErrorMessage
    AND NEW.ErrorCode IS OLD.ErrorCode
    AND NEW.SecurityContext IS OLD.SecurityContext
    AND NEW.RiskLevel IS OLD.RiskLevel
    AND NEW.Tags IS OLD.Tags
    AND NEW.Properties IS OLD.Properties
)
BEGIN
    SELECT RAISE(ABORT, 'CK_AuditLogs_AppendOnly');
END;

DROP TRIGGER TR_ApprovalRequests_Final;

CREATE TRIGGER TR_ApprovalRequests_Final BEFORE UPDATE ON ApprovalRequests
WHEN OLD.Status <> 1 AND NOT (
    NEW.DecisionReason IS NULL
    AND NEW.CancellationReason IS NULL
    AND NEW.Id IS OLD.Id
    AND NEW.SessionId IS OLD.SessionId
    AND NEW.AgentId IS OLD.AgentId
    AND NEW.Status IS OLD.Status
    AND NEW.ExpiresAt IS OLD.ExpiresAt
    AND NEW.DecidedAt IS OLD.DecidedAt
    AND NEW.DecidedBy IS OLD.DecidedBy
    AND NEW.RequestDetails IS OLD.RequestDetails
    AND NEW.CreatedAt IS OLD.CreatedAt
    AND NEW.UpdatedAt IS OLD.UpdatedAt
    AND NEW.CreatedBy IS OLD.CreatedBy
    AND NEW.UpdatedBy IS OLD.UpdatedBy
)
BEGIN
    SELECT RAISE(ABORT, 'CK_ApprovalRequests_Final');
END;
