-- Tasks that are held back while their workflow is paused, and one active version of each workflow and template.

DROP INDEX IX_Tasks_Claim_Queue;
DROP INDEX IX_Tasks_Claim_Agent;
DROP INDEX IX_Tasks_Claim_Repository;
DROP INDEX IX_Tasks_Claim;
ALTER TABLE Tasks DROP COLUMN PinnedPriority;
ALTER TABLE Tasks DROP COLUMN OpenPriority;

-- In the columns that a claim asks for, so that a paused task costs it nothing.
ALTER TABLE Tasks ADD COLUMN IsHeld INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_Tasks_IsHeld CHECK (IsHeld IN (0, 1));

-- The priority of a task that may be claimed, by anyone or by the agent it is pinned to, else NULL.
-- The claim asks "OpenPriority = ?", which implies "OpenPriority IS NOT NULL" whatever is bound:
-- that lets the partial indexes below serve it. What may be claimed is said here and nowhere else.
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

-- One version is active, at the most: of several, the newest stays so.
UPDATE WorkflowDefinitions SET IsActive = 0
WHERE IsActive AND EXISTS (
    SELECT 1 FROM WorkflowDefinitions AS Newer
    WHERE Newer.Name = WorkflowDefinitions.Name AND Newer.IsActive
        AND (Newer.CreatedAt, Newer.Id) > (WorkflowDefinitions.CreatedAt, WorkflowDefinitions.Id)
);
DROP INDEX IX_WorkflowDefinitions_Active;
CREATE UNIQUE INDEX IX_WorkflowDefinitions_Active ON WorkflowDefinitions (Name) WHERE IsActive;

UPDATE TaskTemplates SET IsActive = 0
WHERE IsActive AND EXISTS (
    SELECT 1 FROM TaskTemplates AS Newer
    WHERE Newer.Name = TaskTemplates.Name AND Newer.IsActive
        AND (Newer.CreatedAt, Newer.Id) > (TaskTemplates.CreatedAt, TaskTemplates.Id)
);
CREATE UNIQUE INDEX IX_TaskTemplates_Active ON TaskTemplates (Name) WHERE IsActive;
