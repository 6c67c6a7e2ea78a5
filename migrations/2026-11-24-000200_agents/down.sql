ALTER TABLE ApprovalRequests DROP COLUMN DecisionReason;
DROP INDEX IX_Agents_Pinged;
DROP INDEX IX_Agents_Due;
ALTER TABLE Agents DROP COLUMN LastClaimedAt;
