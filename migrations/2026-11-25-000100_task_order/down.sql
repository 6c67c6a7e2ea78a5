DROP INDEX IX_Tasks_CreatedAt;
CREATE INDEX IX_Tasks_CreatedAt ON Tasks (CreatedAt);
