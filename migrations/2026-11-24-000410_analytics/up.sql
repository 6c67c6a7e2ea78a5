-- What analytics and the rollups of metrics ask for.

-- Which instants are part of their rollups: each is merged into them once, however late it came.
ALTER TABLE PerformanceMetrics ADD COLUMN IsRolledUp INTEGER NOT NULL DEFAULT 0
    CONSTRAINT CK_PerformanceMetrics_IsRolledUp CHECK (IsRolledUp IN (0, 1));

-- "PeriodStart IS NULL" says "PeriodType = 'Instant'" without a value.
CREATE INDEX IX_PerformanceMetrics_Pending ON PerformanceMetrics (Timestamp)
    WHERE PeriodStart IS NULL AND NOT IsRolledUp;

-- Tells without the rows what ended in a period and was made before it. Written once per task, when it ends.
DROP INDEX IX_Tasks_CompletedAt;
CREATE INDEX IX_Tasks_CompletedAt ON Tasks (CompletedAt, CreatedAt, Status) WHERE CompletedAt IS NOT NULL;
