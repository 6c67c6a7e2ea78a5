CREATE INDEX IX_Tasks_Held ON Tasks (AgentId) WHERE LeaseToken IS NOT NULL;

DROP VIEW AgentPerformance;
CREATE VIEW AgentPerformance AS
SELECT
    Agents.Id AS AgentId,
    Agents.Name,
    Agents.Type,
    Agents.RepositoryPath,
    Agents.Status,
    Agents.LastPing,
    (SELECT count(*) FROM Tasks WHERE Tasks.AgentId = Agents.Id AND Tasks.LeaseToken IS NOT NULL) AS TasksHeld,
    Agents.MaxConcurrentTasks,
    Agents.TotalTasksCompleted,
    Agents.TotalTasksFailed,
    Agents.SuccessRate,
    Agents.AverageExecutionTime
FROM Agents
WHERE NOT Agents.IsDeleted;
