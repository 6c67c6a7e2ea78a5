-- The join of two stages is a row. Before, each task of a stage had a row for each task of the stages it waits for,
-- and each end of a task read the states of all tasks of the execution.

-- The place of a planned task among those of its stage, which is WorkflowStep. A host's own task of the execution, and
-- one that a retry of the execution replaced, has none.
ALTER TABLE Tasks ADD COLUMN StagePosition INTEGER CONSTRAINT CK_Tasks_StagePosition CHECK (StagePosition >= 0);
CREATE INDEX IX_Tasks_Stage ON Tasks (WorkflowExecutionId, WorkflowStep, Status) WHERE StagePosition IS NOT NULL;

-- The stages of the executions that haven't ended. The numbers of tasks follow from Tasks; they are kept so that the
-- end of a task counts those of its own stage alone.
CREATE TABLE WorkflowStages (
    WorkflowExecutionId TEXT NOT NULL REFERENCES WorkflowExecutions (Id) ON DELETE CASCADE,
    Stage INTEGER NOT NULL CONSTRAINT CK_WorkflowStages_Stage CHECK (Stage BETWEEN 0 AND 99),
    Name TEXT NOT NULL CONSTRAINT CK_WorkflowStages_Name CHECK (length(Name) BETWEEN 1 AND 255),
    -- 0: the execution fails, 1: it continues, 2: the failed tasks are retried.
    OnFailure INTEGER NOT NULL CONSTRAINT CK_WorkflowStages_OnFailure CHECK (OnFailure BETWEEN 0 AND 2),
    Retries INTEGER NOT NULL CONSTRAINT CK_WorkflowStages_Retries CHECK (Retries BETWEEN 0 AND 10),
    Retried INTEGER NOT NULL CONSTRAINT CK_WorkflowStages_Retried CHECK (Retried BETWEEN 0 AND 10),
    TaskCount INTEGER NOT NULL CONSTRAINT CK_WorkflowStages_TaskCount CHECK (TaskCount BETWEEN 0 AND 100),
    -- Set once a task of the stage has started or ended.
    HasBegun INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_WorkflowStages_HasBegun CHECK (HasBegun IN (0, 1)),
    Completed INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_WorkflowStages_Completed CHECK (Completed >= 0),
    Failed INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_WorkflowStages_Failed CHECK (Failed >= 0),
    -- With those that were deleted.
    Cancelled INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_WorkflowStages_Cancelled CHECK (Cancelled >= 0),
    -- The number of its rows in WorkflowJoins. As long as there are any, they count as one unmet dependency of each
    -- task of the stage.
    WaitsFor INTEGER NOT NULL DEFAULT 0 CONSTRAINT CK_WorkflowStages_WaitsFor CHECK (WaitsFor BETWEEN 0 AND 99),

    PRIMARY KEY (WorkflowExecutionId, Stage)
) STRICT;

-- The stages that a stage still waits for.
CREATE TABLE WorkflowJoins (
    WorkflowExecutionId TEXT NOT NULL REFERENCES WorkflowExecutions (Id) ON DELETE CASCADE,
    Stage INTEGER NOT NULL CONSTRAINT CK_WorkflowJoins_Stage CHECK (Stage BETWEEN 0 AND 99),
    DependsOnStage INTEGER NOT NULL CONSTRAINT CK_WorkflowJoins_DependsOnStage CHECK (DependsOnStage BETWEEN 0 AND 99),

    CONSTRAINT CK_WorkflowJoins_Itself CHECK (Stage <> DependsOnStage),
    PRIMARY KEY (WorkflowExecutionId, Stage, DependsOnStage)
) STRICT;

CREATE INDEX IX_WorkflowJoins_DependsOn ON WorkflowJoins (WorkflowExecutionId, DependsOnStage, Stage);

-- As with TaskDependencies: a task that others still wait for can't be deleted.
CREATE TRIGGER TR_Tasks_Stage BEFORE DELETE ON Tasks
WHEN OLD.StagePosition IS NOT NULL AND OLD.Status <> 3
BEGIN
    SELECT RAISE(ABORT, 'CK_Tasks_WaitedFor') FROM WorkflowJoins
    WHERE WorkflowExecutionId = OLD.WorkflowExecutionId AND DependsOnStage = OLD.WorkflowStep;
END;

-- Open executions go on with what they have. A plan of another program is none that this library ever read.
INSERT INTO WorkflowStages (WorkflowExecutionId, Stage, Name, OnFailure, Retries, Retried, TaskCount)
SELECT WorkflowExecutions.Id, Planned.key, Planned.value ->> 'name',
    CASE Planned.value ->> 'onFailure' WHEN 'fail' THEN 0 WHEN 'continue' THEN 1 ELSE 2 END,
    Planned.value ->> 'retries', Planned.value ->> 'retried', json_array_length(Planned.value, '$.tasks')
FROM WorkflowExecutions, json_each(WorkflowExecutions.ExecutionPlan, '$.stages') AS Planned
WHERE WorkflowExecutions.Status IN (0, 1, 2)
    AND json_type(ExecutionPlan, '$.stages') = 'array'
    AND json_array_length(ExecutionPlan, '$.stages') <= 100
    AND NOT EXISTS (
        SELECT 1 FROM json_each(WorkflowExecutions.ExecutionPlan, '$.stages') AS Other
        WHERE NOT coalesce(
            CASE WHEN Other.type = 'object' THEN
                json_type(Other.value, '$.name') = 'text' AND length(Other.value ->> 'name') BETWEEN 1 AND 255
                AND json_type(Other.value, '$.dependsOn') = 'array'
                AND Other.value ->> 'onFailure' IN ('fail', 'continue', 'retry')
                AND json_type(Other.value, '$.retries') = 'integer' AND Other.value ->> 'retries' BETWEEN 0 AND 10
                AND json_type(Other.value, '$.retried') = 'integer' AND Other.value ->> 'retried' BETWEEN 0 AND 10
                AND json_type(Other.value, '$.tasks') = 'array'
                AND json_array_length(Other.value, '$.tasks') <= 100
            END, 0)
    );

UPDATE Tasks SET StagePosition = Planned.Position
FROM (
    SELECT WorkflowExecutions.Id AS ExecutionId, Stage.key AS Stage, Task.key AS Position, Task.value AS TaskId
    FROM WorkflowExecutions, json_each(WorkflowExecutions.ExecutionPlan, '$.stages') AS Stage,
        json_each(Stage.value, '$.tasks') AS Task
    WHERE WorkflowExecutions.Id IN (SELECT WorkflowExecutionId FROM WorkflowStages)
) AS Planned
WHERE Tasks.Id = Planned.TaskId AND Tasks.WorkflowExecutionId = Planned.ExecutionId
    AND Tasks.WorkflowStep = Planned.Stage;

UPDATE WorkflowStages SET Completed = Counted.Completed, Failed = Counted.Failed, HasBegun = Counted.Begun > 0
FROM (
    SELECT WorkflowExecutionId, WorkflowStep, count(*) FILTER (WHERE Status = 3) AS Completed,
        count(*) FILTER (WHERE Status = 4) AS Failed, count(*) FILTER (WHERE Status <> 0) AS Begun
    FROM Tasks WHERE StagePosition IS NOT NULL GROUP BY WorkflowExecutionId, WorkflowStep
) AS Counted
WHERE Counted.WorkflowExecutionId = WorkflowStages.WorkflowExecutionId AND Counted.WorkflowStep = Stage;
UPDATE WorkflowStages SET Cancelled = TaskCount - (
    SELECT count(*) FROM Tasks
    WHERE Tasks.WorkflowExecutionId = WorkflowStages.WorkflowExecutionId AND WorkflowStep = Stage
        AND StagePosition IS NOT NULL AND Status <> 5
);

INSERT OR IGNORE INTO WorkflowJoins (WorkflowExecutionId, Stage, DependsOnStage)
SELECT WorkflowExecutions.Id, Planned.key, DependsOn.value
FROM WorkflowExecutions, json_each(WorkflowExecutions.ExecutionPlan, '$.stages') AS Planned,
    json_each(Planned.value, '$.dependsOn') AS DependsOn
JOIN WorkflowStages ON WorkflowStages.WorkflowExecutionId = WorkflowExecutions.Id AND Stage = DependsOn.value;

DELETE FROM TaskDependencies WHERE Id IN (
    SELECT TaskDependencies.Id
    FROM WorkflowJoins
    JOIN Tasks ON Tasks.WorkflowExecutionId = WorkflowJoins.WorkflowExecutionId AND Tasks.WorkflowStep = Stage
        AND Tasks.StagePosition IS NOT NULL
    JOIN TaskDependencies ON TaskDependencies.TaskId = Tasks.Id
    JOIN Tasks AS Other ON Other.Id = TaskDependencies.DependsOnTaskId
        AND Other.WorkflowExecutionId = WorkflowJoins.WorkflowExecutionId AND Other.WorkflowStep = DependsOnStage
        AND Other.StagePosition IS NOT NULL
);

-- A stage is waited for until all its tasks have completed, or ended if the execution continues without them.
DELETE FROM WorkflowJoins WHERE EXISTS (
    SELECT 1 FROM WorkflowStages
    WHERE WorkflowStages.WorkflowExecutionId = WorkflowJoins.WorkflowExecutionId
        AND WorkflowStages.Stage = WorkflowJoins.DependsOnStage
        AND (Completed = TaskCount OR (OnFailure = 1 AND Completed + Failed + Cancelled = TaskCount))
);
UPDATE WorkflowStages SET WaitsFor = (
    SELECT count(*) FROM WorkflowJoins
    WHERE WorkflowJoins.WorkflowExecutionId = WorkflowStages.WorkflowExecutionId
        AND WorkflowJoins.Stage = WorkflowStages.Stage
);
UPDATE Tasks SET UnmetDependencies = (WorkflowStages.WaitsFor > 0) + (
    SELECT count(*) FROM TaskDependencies JOIN Tasks AS Other ON Other.Id = TaskDependencies.DependsOnTaskId
    WHERE TaskDependencies.TaskId = Tasks.Id AND Other.Status <> 3
)
FROM WorkflowStages
WHERE Tasks.WorkflowExecutionId = WorkflowStages.WorkflowExecutionId AND Tasks.WorkflowStep = WorkflowStages.Stage
    AND Tasks.StagePosition IS NOT NULL AND Tasks.Status = 0;
