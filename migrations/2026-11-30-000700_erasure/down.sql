DROP TRIGGER TR_ApprovalRequests_Final;

CREATE TRIGGER TR_ApprovalRequests_Final BEFORE UPDATE ON ApprovalRequests
WHEN OLD.Status <> 1
BEGIN
    SELECT RAISE(ABORT, 'CK_ApprovalRequests_Final');
END;

DROP TRIGGER TR_AuditLogs_Update;

CREATE TRIGGER TR_AuditLogs_Update BEFORE UPDATE ON AuditLogs
BEGIN
    SELECT RAISE(ABORT, 'CK_AuditLogs_AppendOnly');
END;
