-- A hash of the whole request that enqueued a task with an idempotency key, to tell a repetition from another request.

ALTER TABLE Tasks ADD COLUMN RequestHash TEXT
    CONSTRAINT CK_Tasks_RequestHash CHECK (length(RequestHash) BETWEEN 1 AND 64);
