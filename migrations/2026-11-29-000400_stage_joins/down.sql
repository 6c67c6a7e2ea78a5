-- Each task of a stage waits for each task of the stages before it again.
INSERT OR IGNORE INTO TaskDependencies (Id, TaskId, DependsOnTaskId)
SELECT lower(hex(randomblob(16))), Tasks.Id, Other.Id
FROM WorkflowJoins
JOIN Tasks ON Tasks.WorkflowExecutionId = WorkflowJoins.WorkflowExecutionId AND Tasks.WorkflowStep = Stage
    AND Tasks.StagePosition IS NOT NULL AND Tasks.Status = 0
JOIN Tasks AS Other ON Other.WorkflowExecutionId = WorkflowJoins.WorkflowExecutionId
    AND Other.WorkflowStep = DependsOnStage AND Other.StagePosition IS NOT NULL;
UPDATE Tasks SET UnmetDependencies = (
    SELECT count(*) FROM TaskDependencies JOIN Tasks AS Other ON Other.Id = TaskDependencies.DependsOnTaskId
    WHERE TaskDependencies.TaskId = Tasks.Id AND Other.Status <> 3
)
WHERE StagePosition IS NOT NULL AND Status = 0;

DROP TRIGGER TR_Tasks_Stage;
DROP TABLE WorkflowJoins;
DROP TABLE WorkflowStages;
DROP INDEX IX_Tasks_Stage;
ALTER TABLE Tasks DROP COLUMN StagePosition;
