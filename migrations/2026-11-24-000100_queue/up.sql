-- Tasks that wait for other tasks, and queues and repositories that are paused.

DROP INDEX IX_Tasks_Claim;
DROP INDEX IX_Tasks_Claim_Repository;
DROP INDEX IX_Tasks_Claim_Agent;
ALTER TABLE Tasks DROP COLUMN OpenPriority;
ALTER TABLE Tasks DROP COLUMN PinnedPriority;

-- How many of the tasks that this one depends on haven't completed: so the claim need not ask for them.
ALTER TABLE Tasks ADD COLUMN UnmetDependencies INTEGER NOT NULL DEFAULT 0
    CONSTRAINT CK_Tasks_UnmetDependencies
    CHECK (UnmetDependencies >= 0 AND (UnmetDependencies = 0 OR Status IN (0, 5)));

-- The priority of a task that may be claimed, by anyone or by the agent it is pinned to, else NULL.
-- The claim asks "OpenPriority = ?", which implies "OpenPriority IS NOT NULL" whatever is bound:
-- that lets the partial indexes below serve it. What may be claimed is said here and nowhere else.
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

-- For claims that have to step over what is paused, or that want some queues only.
CREATE INDEX IX_Tasks_Claim_Queue ON Tasks (OpenPriority, RepositoryPath, QueueName, AvailableAt, Id)
    WHERE OpenPriority IS NOT NULL;

CREATE TABLE TaskDependencies (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_TaskDependencies_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    TaskId TEXT NOT NULL REFERENCES Tasks (Id) ON DELETE CASCADE,
    DependsOnTaskId TEXT NOT NULL REFERENCES Tasks (Id) ON DELETE NO ACTION,
    OnFailure INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_TaskDependencies_OnFailure CHECK (OnFailure BETWEEN 0 AND 1),
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_TaskDependencies_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_TaskDependencies_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_TaskDependencies_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_TaskDependencies_DependsOnTaskId CHECK (DependsOnTaskId <> TaskId),
    CONSTRAINT UQ_TaskDependencies_Pair UNIQUE (TaskId, DependsOnTaskId)
) STRICT;

CREATE INDEX IX_TaskDependencies_DependsOn ON TaskDependencies (DependsOnTaskId, TaskId);

-- Only a task that others depend on can close a cycle: tasks that are added parents first cost no search.
CREATE TRIGGER TR_TaskDependencies_InsertCycle BEFORE INSERT ON TaskDependencies
WHEN EXISTS (SELECT 1 FROM TaskDependencies WHERE DependsOnTaskId = NEW.TaskId)
BEGIN
    SELECT RAISE(ABORT, 'CK_TaskDependencies_Cycle')
    WHERE NEW.TaskId IN (
        WITH RECURSIVE Ancestors (Id) AS (
            SELECT NEW.DependsOnTaskId
            UNION
            SELECT DependsOnTaskId FROM TaskDependencies JOIN Ancestors ON TaskDependencies.TaskId = Ancestors.Id
        )
        SELECT Id FROM Ancestors
    );
END;

CREATE TRIGGER TR_TaskDependencies_UpdateCycle BEFORE UPDATE OF TaskId, DependsOnTaskId ON TaskDependencies
BEGIN
    SELECT RAISE(ABORT, 'CK_TaskDependencies_Cycle')
    WHERE NEW.TaskId IN (
        WITH RECURSIVE Ancestors (Id) AS (
            SELECT NEW.DependsOnTaskId
            UNION
            SELECT DependsOnTaskId FROM TaskDependencies JOIN Ancestors ON TaskDependencies.TaskId = Ancestors.Id
        )
        SELECT Id FROM Ancestors
    );
END;

-- A task that others still wait for can't be deleted; one that they no longer wait for can.
CREATE TRIGGER TR_Tasks_Dependencies AFTER DELETE ON Tasks
BEGIN
    DELETE FROM TaskDependencies
    WHERE DependsOnTaskId = OLD.Id
        AND (OLD.Status = 3 OR (SELECT Status FROM Tasks WHERE Tasks.Id = TaskDependencies.TaskId) <> 0);
END;

-- A queue, a repository, or a queue of a repository: no task of it is handed out.
CREATE TABLE QueuePauses (
    Id TEXT PRIMARY KEY NOT NULL
        CONSTRAINT CK_QueuePauses_Id CHECK (length(Id) BETWEEN 1 AND 128 AND instr(Id, char(0)) = 0),
    QueueName TEXT
        CONSTRAINT CK_QueuePauses_QueueName CHECK (length(QueueName) BETWEEN 1 AND 100 AND instr(QueueName, char(0)) = 0),
    RepositoryPath TEXT
        CONSTRAINT CK_QueuePauses_RepositoryPath
        CHECK (length(RepositoryPath) BETWEEN 1 AND 500 AND instr(RepositoryPath, char(0)) = 0),
    Reason TEXT CONSTRAINT CK_QueuePauses_Reason CHECK (length(Reason) <= 500),
    CreatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now') || '0000')
        CONSTRAINT CK_QueuePauses_CreatedAt CHECK (CreatedAt GLOB '????-??-?? ??:??:??.???????'),
    CreatedBy TEXT NOT NULL DEFAULT 'system'
        CONSTRAINT CK_QueuePauses_CreatedBy CHECK (length(CreatedBy) BETWEEN 1 AND 128),
    RowVersion INTEGER NOT NULL DEFAULT 1 CONSTRAINT CK_QueuePauses_RowVersion CHECK (RowVersion >= 1),

    CONSTRAINT CK_QueuePauses_Target CHECK (QueueName IS NOT NULL OR RepositoryPath IS NOT NULL)
) STRICT;

CREATE UNIQUE INDEX IX_QueuePauses_Unique ON QueuePauses (coalesce(QueueName, ''), coalesce(RepositoryPath, ''));
