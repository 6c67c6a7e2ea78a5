DROP TRIGGER TR_RetentionMarks_Update;
CREATE TRIGGER TR_RetentionMarks_Update BEFORE UPDATE ON RetentionMarks
WHEN NEW.TableName <> OLD.TableName OR NEW.DeleteBefore < OLD.DeleteBefore
BEGIN
    SELECT RAISE(ABORT, 'CK_RetentionMarks_Forward');
END;

DROP INDEX IX_ChatMessages_Session;
CREATE INDEX IX_ChatMessages_Session ON ChatMessages (SessionId, Timestamp);
ALTER TABLE ChatMessages DROP COLUMN Number;

DROP TABLE RetentionClock;

DROP INDEX IX_Tasks_Lease;
DROP INDEX IX_Tasks_Due;
DROP INDEX IX_Tasks_Claim_Queue;
DROP INDEX IX_Tasks_Claim_Agent;
DROP INDEX IX_Tasks_Claim_Repository;
DROP INDEX IX_Tasks_Claim;
ALTER TABLE Tasks DROP COLUMN DueAt;
ALTER TABLE Tasks DROP COLUMN PinnedPriority;
ALTER TABLE Tasks DROP COLUMN OpenPriority;
ALTER TABLE Tasks DROP COLUMN LeaseDeadline;
ALTER TABLE Tasks DROP COLUMN LeaseBoot;
ALTER TABLE Tasks DROP COLUMN LeaseRenewedAt;

ALTER TABLE Tasks ADD COLUMN OpenPriority INTEGER GENERATED ALWAYS AS (
    CASE WHEN Status = 0 AND UnmetDependencies = 0 AND IsHeld = 0 AND IsPinned = 0 THEN Priority END
) VIRTUAL;
ALTER TABLE Tasks ADD COLUMN PinnedPriority INTEGER GENERATED ALWAYS AS (
    CASE WHEN Status = 0 AND UnmetDependencies = 0 AND IsHeld = 0 AND IsPinned = 1 THEN Priority END
) VIRTUAL;
CREATE INDEX IX_Tasks_Claim ON Tasks (OpenPriority, AvailableAt, Id) WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Repository ON Tasks (RepositoryPath, OpenPriority, AvailableAt, Id)
    WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Agent ON Tasks (AgentId, PinnedPriority, RepositoryPath, QueueName, AvailableAt, Id)
    WHERE PinnedPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Queue ON Tasks (OpenPriority, RepositoryPath, QueueName, AvailableAt, Id)
    WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Lease ON Tasks (LeaseExpiresAt) WHERE LeaseExpiresAt IS NOT NULL;
