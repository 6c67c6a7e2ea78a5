DROP INDEX IX_TaskTemplates_Active;
DROP INDEX IX_WorkflowDefinitions_Active;
CREATE INDEX IX_WorkflowDefinitions_Active ON WorkflowDefinitions (Name) WHERE IsActive;

DROP INDEX IX_Tasks_Claim_Queue;
DROP INDEX IX_Tasks_Claim_Agent;
DROP INDEX IX_Tasks_Claim_Repository;
DROP INDEX IX_Tasks_Claim;
ALTER TABLE Tasks DROP COLUMN PinnedPriority;
ALTER TABLE Tasks DROP COLUMN OpenPriority;
ALTER TABLE Tasks DROP COLUMN IsHeld;

ALTER TABLE Tasks ADD COLUMN OpenPriority INTEGER GENERATED ALWAYS AS (
    CASE WHEN Status = 0 AND UnmetDependencies = 0 AND IsPinned = 0 THEN Priority END
) VIRTUAL;
ALTER TABLE Tasks ADD COLUMN PinnedPriority INTEGER GENERATED ALWAYS AS (
    CASE WHEN Status = 0 AND UnmetDependencies = 0 AND IsPinned = 1 THEN Priority END
) VIRTUAL;
CREATE INDEX IX_Tasks_Claim ON Tasks (OpenPriority, AvailableAt, Id) WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Repository ON Tasks (RepositoryPath, OpenPriority, AvailableAt, Id)
    WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Agent ON Tasks (AgentId, PinnedPriority, RepositoryPath, QueueName, AvailableAt, Id)
    WHERE PinnedPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Queue ON Tasks (OpenPriority, RepositoryPath, QueueName, AvailableAt, Id)
    WHERE OpenPriority IS NOT NULL;
