-- Summaries for people with an SQL shell. Durations are in milliseconds, rates from 0 to 1.

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

CREATE VIEW RepositoryActivity AS
SELECT
    Repositories.Id AS RepositoryId,
    Repositories.Name,
    Repositories.Path,
    Repositories.IsActive,
    (SELECT count(*) FROM Agents WHERE Agents.RepositoryId = Repositories.Id AND NOT Agents.IsDeleted) AS AgentCount,
    (SELECT count(*) FROM Tasks WHERE Tasks.RepositoryId = Repositories.Id AND Tasks.Status = 0) AS PendingTasks,
    (SELECT count(*) FROM Tasks WHERE Tasks.RepositoryId = Repositories.Id AND Tasks.Status IN (1, 2)) AS RunningTasks,
    Repositories.TotalTasks,
    Repositories.SuccessfulTasks,
    Repositories.FailedTasks,
    Repositories.AverageTaskDuration,
    Repositories.LastTaskExecutedAt
FROM Repositories;

CREATE VIEW DailyTaskSummary AS
SELECT
    substr(CreatedAt, 1, 10) AS Day,
    count(*) AS CreatedTasks,
    count(*) FILTER (WHERE Status IN (0, 1, 2)) AS OpenTasks,
    count(*) FILTER (WHERE Status = 3) AS CompletedTasks,
    count(*) FILTER (WHERE Status = 4) AS FailedTasks,
    count(*) FILTER (WHERE Status = 5) AS CancelledTasks,
    coalesce(avg(Status = 3) FILTER (WHERE Status IN (3, 4)), 0.0) AS SuccessRate,
    avg(ComputedDuration) FILTER (WHERE Status IN (3, 4)) AS AverageDuration
FROM Tasks
GROUP BY Day;

CREATE VIEW QueueDepth AS
SELECT
    RepositoryPath,
    Priority,
    count(*) FILTER (WHERE Status = 0) AS PendingTasks,
    count(*) FILTER (WHERE Status IN (1, 2)) AS RunningTasks,
    min(AvailableAt) FILTER (WHERE Status = 0) AS OldestAvailableAt
FROM Tasks
WHERE Status IN (0, 1, 2)
GROUP BY RepositoryPath, Priority;

CREATE VIEW WorkflowSummary AS
SELECT
    WorkflowDefinitions.Id AS WorkflowDefinitionId,
    WorkflowDefinitions.Name,
    WorkflowDefinitions.Version,
    WorkflowDefinitions.IsActive,
    count(WorkflowExecutions.Id) AS Executions,
    count(*) FILTER (WHERE WorkflowExecutions.Status IN (0, 1, 2)) AS OpenExecutions,
    count(*) FILTER (WHERE WorkflowExecutions.Status = 3) AS CompletedExecutions,
    count(*) FILTER (WHERE WorkflowExecutions.Status = 4) AS FailedExecutions,
    count(*) FILTER (WHERE WorkflowExecutions.Status = 5) AS CancelledExecutions,
    avg(WorkflowExecutions.ActualDuration) AS AverageDuration,
    max(WorkflowExecutions.StartedAt) AS LastStartedAt
FROM WorkflowDefinitions
LEFT JOIN WorkflowExecutions ON WorkflowExecutions.WorkflowDefinitionId = WorkflowDefinitions.Id
GROUP BY WorkflowDefinitions.Id;
