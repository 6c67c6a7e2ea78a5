-- What the counters of agents and repositories count beyond the tasks that are in the database: runs and tasks of
-- which it no longer has any, since they were retried or deleted, and numbers that an import brought without them. A
-- counter is the sum of these and of the tasks that are there.
-- Ticks of 100 ns may be below zero: a predecessor may have counted less time than its tasks took.

CREATE TABLE AgentPastRuns (
    AgentId TEXT PRIMARY KEY NOT NULL REFERENCES Agents (Id) ON DELETE CASCADE,
    Completed INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_AgentPastRuns_Completed CHECK (Completed >= 0),
    Failed INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_AgentPastRuns_Failed CHECK (Failed >= 0),
    ExecutionTicks INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE RepositoryPastTasks (
    RepositoryId TEXT PRIMARY KEY NOT NULL REFERENCES Repositories (Id) ON DELETE CASCADE,
    Tasks INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_RepositoryPastTasks_Tasks CHECK (Tasks >= 0),
    Completed INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_RepositoryPastTasks_Completed CHECK (Completed >= 0),
    Failed INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_RepositoryPastTasks_Failed CHECK (Failed >= 0),
    ExecutionTicks INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A duration is [d.]hh:mm:ss[.fffffff]; the colon behind the hours is the place from which its parts are found.
-- A sum of durations of a clock that was wrong may be too large for an integer: seconds are added on their own.
CREATE VIEW RunsOfTasks AS
SELECT AgentId, RepositoryId, Status,
    CASE WHEN Status IN (3, 4) AND ExecutionDuration IS NOT NULL THEN
        (((substr(ExecutionDuration, 1, max(instr(ExecutionDuration, ':') - 4, 0)) * 24
        + substr(ExecutionDuration, instr(ExecutionDuration, ':') - 2, 2)) * 60
        + substr(ExecutionDuration, instr(ExecutionDuration, ':') + 1, 2)) * 60
        + substr(ExecutionDuration, instr(ExecutionDuration, ':') + 4, 2)) * 10000000
        + substr(substr(ExecutionDuration, instr(ExecutionDuration, ':') + 7, 7) || '0000000', 1, 7)
    ELSE 0 END AS Ticks
FROM Tasks;

-- Up to now nothing kept these numbers: what the counters are above the tasks is what they count beyond them.
INSERT INTO AgentPastRuns (AgentId, Completed, Failed, ExecutionTicks)
SELECT Id, max(TotalTasksCompleted - Completed, 0), max(TotalTasksFailed - Failed, 0),
    CAST(Ticks - CountedTicks AS INTEGER)
FROM (
    SELECT Agents.Id, TotalTasksCompleted, TotalTasksFailed,
        (((substr(Agents.TotalExecutionTime, 1, max(instr(Agents.TotalExecutionTime, ':') - 4, 0)) * 24
        + substr(Agents.TotalExecutionTime, instr(Agents.TotalExecutionTime, ':') - 2, 2)) * 60
        + substr(Agents.TotalExecutionTime, instr(Agents.TotalExecutionTime, ':') + 1, 2)) * 60
        + substr(Agents.TotalExecutionTime, instr(Agents.TotalExecutionTime, ':') + 4, 2)) * 10000000
        + substr(substr(Agents.TotalExecutionTime, instr(Agents.TotalExecutionTime, ':') + 7, 7) || '0000000', 1, 7) AS Ticks,
        coalesce(sum(RunsOfTasks.Status = 3), 0) AS Completed, coalesce(sum(RunsOfTasks.Status = 4), 0) AS Failed,
        coalesce(sum(RunsOfTasks.Ticks / 10000000) * 10000000 + sum(RunsOfTasks.Ticks % 10000000), 0) AS CountedTicks
    FROM Agents LEFT JOIN RunsOfTasks ON RunsOfTasks.AgentId = Agents.Id
    GROUP BY Agents.Id
)
WHERE TotalTasksCompleted > Completed OR TotalTasksFailed > Failed OR Ticks <> CountedTicks;

INSERT INTO RepositoryPastTasks (RepositoryId, Tasks, Completed, Failed, ExecutionTicks)
SELECT Id, max(TotalTasks - Tasks, 0), max(SuccessfulTasks - Completed, 0), max(FailedTasks - Failed, 0),
    CAST(Ticks - CountedTicks AS INTEGER)
FROM (
    SELECT Repositories.Id, TotalTasks, SuccessfulTasks, FailedTasks,
        (((substr(Repositories.TotalExecutionTime, 1, max(instr(Repositories.TotalExecutionTime, ':') - 4, 0)) * 24
        + substr(Repositories.TotalExecutionTime, instr(Repositories.TotalExecutionTime, ':') - 2, 2)) * 60
        + substr(Repositories.TotalExecutionTime, instr(Repositories.TotalExecutionTime, ':') + 1, 2)) * 60
        + substr(Repositories.TotalExecutionTime, instr(Repositories.TotalExecutionTime, ':') + 4, 2)) * 10000000
        + substr(substr(Repositories.TotalExecutionTime, instr(Repositories.TotalExecutionTime, ':') + 7, 7) || '0000000', 1, 7) AS Ticks,
        count(RunsOfTasks.Status) AS Tasks,
        coalesce(sum(RunsOfTasks.Status = 3), 0) AS Completed, coalesce(sum(RunsOfTasks.Status = 4), 0) AS Failed,
        coalesce(sum(RunsOfTasks.Ticks / 10000000) * 10000000 + sum(RunsOfTasks.Ticks % 10000000), 0) AS CountedTicks
    FROM Repositories LEFT JOIN RunsOfTasks ON RunsOfTasks.RepositoryId = Repositories.Id
    GROUP BY Repositories.Id
)
WHERE TotalTasks > Tasks OR SuccessfulTasks > Completed OR FailedTasks > Failed OR Ticks <> CountedTicks;

DROP VIEW RunsOfTasks;

-- From now on whatever takes a task away adds it: retention, a deletion, a retry. The agent may be what is deleted.
CREATE TRIGGER TR_Tasks_PastRuns AFTER DELETE ON Tasks
WHEN OLD.AgentId IS NOT NULL AND OLD.Status IN (3, 4)
BEGIN
    INSERT INTO AgentPastRuns (AgentId, Completed, Failed, ExecutionTicks)
    SELECT Id, OLD.Status = 3, OLD.Status = 4, coalesce(
        (((substr(OLD.ExecutionDuration, 1, max(instr(OLD.ExecutionDuration, ':') - 4, 0)) * 24
        + substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') - 2, 2)) * 60
        + substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') + 1, 2)) * 60
        + substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') + 4, 2)) * 10000000
        + substr(substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') + 7, 7) || '0000000', 1, 7), 0)
    FROM Agents WHERE Id = OLD.AgentId
    ON CONFLICT (AgentId) DO UPDATE SET
        Completed = Completed + excluded.Completed,
        Failed = Failed + excluded.Failed,
        ExecutionTicks = CAST(ExecutionTicks + excluded.ExecutionTicks AS INTEGER);
END;

CREATE TRIGGER TR_Tasks_RunsWithdrawn AFTER UPDATE OF Status, AgentId ON Tasks
WHEN OLD.Status IN (3, 4) AND OLD.AgentId IS NOT NULL AND (NEW.Status <> OLD.Status OR NEW.AgentId IS NOT OLD.AgentId)
BEGIN
    INSERT INTO AgentPastRuns (AgentId, Completed, Failed, ExecutionTicks)
    SELECT Id, OLD.Status = 3, OLD.Status = 4, coalesce(
        (((substr(OLD.ExecutionDuration, 1, max(instr(OLD.ExecutionDuration, ':') - 4, 0)) * 24
        + substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') - 2, 2)) * 60
        + substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') + 1, 2)) * 60
        + substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') + 4, 2)) * 10000000
        + substr(substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') + 7, 7) || '0000000', 1, 7), 0)
    FROM Agents WHERE Id = OLD.AgentId
    ON CONFLICT (AgentId) DO UPDATE SET
        Completed = Completed + excluded.Completed,
        Failed = Failed + excluded.Failed,
        ExecutionTicks = CAST(ExecutionTicks + excluded.ExecutionTicks AS INTEGER);
END;

CREATE TRIGGER TR_Tasks_PastTasks AFTER DELETE ON Tasks
WHEN OLD.RepositoryId IS NOT NULL
BEGIN
    INSERT INTO RepositoryPastTasks (RepositoryId, Tasks, Completed, Failed, ExecutionTicks)
    SELECT Id, 1, OLD.Status = 3, OLD.Status = 4, iif(OLD.Status IN (3, 4), coalesce(
        (((substr(OLD.ExecutionDuration, 1, max(instr(OLD.ExecutionDuration, ':') - 4, 0)) * 24
        + substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') - 2, 2)) * 60
        + substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') + 1, 2)) * 60
        + substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') + 4, 2)) * 10000000
        + substr(substr(OLD.ExecutionDuration, instr(OLD.ExecutionDuration, ':') + 7, 7) || '0000000', 1, 7), 0), 0)
    FROM Repositories WHERE Id = OLD.RepositoryId
    ON CONFLICT (RepositoryId) DO UPDATE SET
        Tasks = Tasks + excluded.Tasks,
        Completed = Completed + excluded.Completed,
        Failed = Failed + excluded.Failed,
        ExecutionTicks = CAST(ExecutionTicks + excluded.ExecutionTicks AS INTEGER);
END;
