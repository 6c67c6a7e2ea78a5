DROP TRIGGER TR_Repositories_Metrics;
DROP TRIGGER TR_Tasks_Metrics;
DROP TRIGGER TR_Agents_Metrics;
DROP TABLE OrchestrationLogs;
DROP TABLE ErrorLogs;
DROP TABLE AuditLogs;
DROP TABLE RetentionMarks;
DROP TABLE PerformanceMetrics;
