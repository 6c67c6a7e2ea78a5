-- Has the whole order of the newest tasks. Without Id, all that one call enqueues have one place in it,
-- and each page of them reads and sorts them all.
DROP INDEX IX_Tasks_CreatedAt;
CREATE INDEX IX_Tasks_CreatedAt ON Tasks (CreatedAt, Id);
