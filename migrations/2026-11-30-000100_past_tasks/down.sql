DROP TRIGGER TR_Tasks_PastTasks;
DROP TRIGGER TR_Tasks_RunsWithdrawn;
DROP TRIGGER TR_Tasks_PastRuns;
DROP TABLE RepositoryPastTasks;
DROP TABLE AgentPastRuns;
