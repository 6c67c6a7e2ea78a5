-- What choosing agents, looking after them, and deciding their requests need.

-- Whose turn it is: round robin takes the agent whose last claim is the longest ago.
ALTER TABLE Agents ADD COLUMN LastClaimedAt TEXT
    CONSTRAINT CK_Agents_LastClaimedAt CHECK (LastClaimedAt GLOB '????-??-?? ??:??:??.???????');

-- Silence is measured in an agent's own health intervals. There are few different ones, so that the
-- agents that are due are found interval by interval.
CREATE INDEX IX_Agents_Due ON Agents (HealthCheckInterval, Status, LastPing) WHERE NOT IsDeleted;
-- Agents that gave a sign of life after the last change of their row; seldom one that is offline.
CREATE INDEX IX_Agents_Pinged ON Agents (Status) WHERE NOT IsDeleted AND LastPing > UpdatedAt;

-- Why a request was approved or rejected.
ALTER TABLE ApprovalRequests ADD COLUMN DecisionReason TEXT
    CONSTRAINT CK_ApprovalRequests_DecisionReason CHECK (length(DecisionReason) <= 500);
