DROP TABLE QueuePauses;
DROP TRIGGER TR_Tasks_Dependencies;
DROP TABLE TaskDependencies;

DROP INDEX IX_Tasks_Claim_Queue;
DROP INDEX IX_Tasks_Claim_Agent;
DROP INDEX IX_Tasks_Claim_Repository;
DROP INDEX IX_Tasks_Claim;
ALTER TABLE Tasks DROP COLUMN PinnedPriority;
ALTER TABLE Tasks DROP COLUMN OpenPriority;
ALTER TABLE Tasks DROP COLUMN UnmetDependencies;

ALTER TABLE Tasks ADD COLUMN
    OpenPriority INTEGER GENERATED ALWAYS AS (CASE WHEN Status = 0 AND IsPinned = 0 THEN Priority END) VIRTUAL;
ALTER TABLE Tasks ADD COLUMN
    PinnedPriority INTEGER GENERATED ALWAYS AS (CASE WHEN Status = 0 AND IsPinned = 1 THEN Priority END) VIRTUAL;
CREATE INDEX IX_Tasks_Claim ON Tasks (OpenPriority, AvailableAt, Id) WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Repository ON Tasks (RepositoryPath, OpenPriority, AvailableAt, Id)
    WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Agent ON Tasks (AgentId, PinnedPriority, AvailableAt, Id)
    WHERE PinnedPriority IS NOT NULL;
