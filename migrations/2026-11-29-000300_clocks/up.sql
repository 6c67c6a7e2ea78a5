-- Times of clocks that were wrong: a task that waits for no time is claimed without comparing clocks, a lease has a
-- time since the boot beside that of the wall clock, retention has a clock of its own, and messages have a number.

DROP INDEX IX_Tasks_Claim_Queue;
DROP INDEX IX_Tasks_Claim_Agent;
DROP INDEX IX_Tasks_Claim_Repository;
DROP INDEX IX_Tasks_Claim;
DROP INDEX IX_Tasks_Lease;
ALTER TABLE Tasks DROP COLUMN PinnedPriority;
ALTER TABLE Tasks DROP COLUMN OpenPriority;

ALTER TABLE Tasks ADD COLUMN LeaseRenewedAt TEXT
    CONSTRAINT CK_Tasks_LeaseRenewedAt CHECK (LeaseRenewedAt GLOB '????-??-?? ??:??:??.???????');
ALTER TABLE Tasks ADD COLUMN LeaseBoot TEXT
    CONSTRAINT CK_Tasks_LeaseBoot CHECK (length(LeaseBoot) BETWEEN 1 AND 128);
-- In milliseconds since that boot.
ALTER TABLE Tasks ADD COLUMN LeaseDeadline INTEGER CONSTRAINT CK_Tasks_LeaseDeadline CHECK (LeaseDeadline >= 0);

-- The priority of a task that may be claimed, by anyone or by the agent it is pinned to, else NULL; 10 higher if the
-- task waits for a time. One that was available when its row was written, by the clock that wrote it, is available by
-- any clock.
-- The claim asks "OpenPriority = ?", which implies "OpenPriority IS NOT NULL" whatever is bound:
-- that lets the partial indexes below serve it. What may be claimed is said here and nowhere else.
ALTER TABLE Tasks ADD COLUMN OpenPriority INTEGER GENERATED ALWAYS AS (
    CASE WHEN Status = 0 AND UnmetDependencies = 0 AND IsHeld = 0 AND IsPinned = 0
        THEN Priority + 10 * (AvailableAt > max(CreatedAt, UpdatedAt)) END
) VIRTUAL;
ALTER TABLE Tasks ADD COLUMN PinnedPriority INTEGER GENERATED ALWAYS AS (
    CASE WHEN Status = 0 AND UnmetDependencies = 0 AND IsHeld = 0 AND IsPinned = 1
        THEN Priority + 10 * (AvailableAt > max(CreatedAt, UpdatedAt)) END
) VIRTUAL;
-- The time that a claimable task waits for, if it waits for one.
ALTER TABLE Tasks ADD COLUMN DueAt TEXT GENERATED ALWAYS AS (
    CASE WHEN Status = 0 AND UnmetDependencies = 0 AND IsHeld = 0 AND AvailableAt > max(CreatedAt, UpdatedAt)
        THEN AvailableAt END
) VIRTUAL;

CREATE INDEX IX_Tasks_Claim ON Tasks (OpenPriority, AvailableAt, Id) WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Repository ON Tasks (RepositoryPath, OpenPriority, AvailableAt, Id)
    WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Agent ON Tasks (AgentId, PinnedPriority, RepositoryPath, QueueName, AvailableAt, Id)
    WHERE PinnedPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Claim_Queue ON Tasks (OpenPriority, RepositoryPath, QueueName, AvailableAt, Id)
    WHERE OpenPriority IS NOT NULL;
CREATE INDEX IX_Tasks_Due ON Tasks (DueAt, RetryCount) WHERE DueAt IS NOT NULL;
-- With the further columns, leases from the future and from before the boot are found without reading other rows.
CREATE INDEX IX_Tasks_Lease ON Tasks (LeaseExpiresAt, LeaseRenewedAt, LeaseBoot) WHERE LeaseExpiresAt IS NOT NULL;

-- The clock of retention: the last time that it trusted, and the time since the boot at that moment.
CREATE TABLE RetentionClock (
    Boot TEXT PRIMARY KEY NOT NULL CONSTRAINT CK_RetentionClock_Boot CHECK (length(Boot) BETWEEN 1 AND 128),
    TrustedTime TEXT NOT NULL
        CONSTRAINT CK_RetentionClock_TrustedTime CHECK (TrustedTime GLOB '????-??-?? ??:??:??.???????'),
    -- In milliseconds.
    SinceBoot INTEGER NOT NULL CONSTRAINT CK_RetentionClock_SinceBoot CHECK (SinceBoot >= 0)
) STRICT;

-- The place of a message in its conversation, from 1, whatever the clocks showed.
ALTER TABLE ChatMessages ADD COLUMN Number INTEGER NOT NULL DEFAULT 0
    CONSTRAINT CK_ChatMessages_Number CHECK (Number >= 0);
UPDATE ChatMessages SET Number = Numbered.Number
FROM (
    SELECT Id, row_number() OVER (PARTITION BY SessionId ORDER BY Timestamp, Id) AS Number FROM ChatMessages
) AS Numbered
WHERE Numbered.Id = ChatMessages.Id;
-- With the time, a period of a conversation is found without reading its messages.
DROP INDEX IX_ChatMessages_Session;
CREATE INDEX IX_ChatMessages_Session ON ChatMessages (SessionId, Number, Timestamp);

-- A mark that a wrong clock wrote may be moved back to the present.
DROP TRIGGER TR_RetentionMarks_Update;
CREATE TRIGGER TR_RetentionMarks_Update BEFORE UPDATE ON RetentionMarks
WHEN NEW.TableName <> OLD.TableName OR (
    NEW.DeleteBefore < OLD.DeleteBefore AND NOT (OLD.DeleteBefore > NEW.UpdatedAt AND NEW.DeleteBefore = NEW.UpdatedAt)
)
BEGIN
    SELECT RAISE(ABORT, 'CK_RetentionMarks_Forward');
END;
