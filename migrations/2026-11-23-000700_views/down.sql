DROP VIEW WorkflowSummary;
DROP VIEW QueueDepth;
DROP VIEW DailyTaskSummary;
DROP VIEW RepositoryActivity;
DROP VIEW AgentPerformance;
