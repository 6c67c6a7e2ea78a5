DROP INDEX IX_Tasks_CompletedAt;
CREATE INDEX IX_Tasks_CompletedAt ON Tasks (CompletedAt) WHERE CompletedAt IS NOT NULL;
DROP INDEX IX_PerformanceMetrics_Pending;
ALTER TABLE PerformanceMetrics DROP COLUMN IsRolledUp;
