-- A task is assigned to an agent while it is assigned or running, with a lease or without: IX_Tasks_Agent finds it.

DROP VIEW AgentPerformance;
CREATE VIEW AgentPerformance AS
SELECT
    Agents.Id AS AgentId,
    Agents.Name,
    Agents.Type,
    Agents.RepositoryPath,
    Agents.Status,
    Agents.LastPing,
    (SELECT count(*) FROM Tasks WHERE Tasks.AgentId = Agents.Id AND Tasks.Status IN (1, 2)) AS TasksHeld,
    Agents.MaxConcurrentTasks,
    Agents.TotalTasksCompleted,
    Agents.TotalTasksFailed,
    Agents.SuccessRate,
    Agents.AverageExecutionTime
FROM Agents
WHERE NOT Agents.IsDeleted;

DROP INDEX IX_Tasks_Held;
