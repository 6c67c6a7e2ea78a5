// Values of rows, as the database has them, and the pragmas of the kernel's connections.

import { randomBytes } from "node:crypto";

export const PRAGMAS = [
  "journal_mode = WAL",
  "synchronous = NORMAL",
  "wal_autocheckpoint = 1000",
  "journal_size_limit = 67108864",
  "foreign_keys = 1",
  "trusted_schema = 0",
  "cell_size_check = 1",
  "recursive_triggers = 1",
  "mmap_size = 0",
  "temp_store = 2",
  "cache_size = -8192",
];

/** The columns of a new task, without those that the database computes. */
export function taskRow(number, repositoryId) {
  const now = moment();
  return {
    Id: newId(), ...newTask(number), AgentId: null, IsPinned: 0, Priority: 1, Status: 0, AvailableAt: now,
    LeaseOwner: null, LeaseToken: null, LeaseExpiresAt: null, CancelRequestedAt: null, IdempotencyKey: null,
    CreatedAt: now, StartedAt: null, CompletedAt: null, ExecutionDuration: null, Result: null,
    ErrorMessage: null, RetryCount: 0, MaxRetries: 3, CorrelationId: null, WorkflowId: null,
    WorkflowExecutionId: null, ParentTaskId: null, WorkflowStep: 0, HangfireJobId: null, QueueName: null,
    ProgressPercentage: 0, ProgressMessage: null, LastProgressUpdate: null, UpdatedAt: now,
    CreatedBy: "system", UpdatedBy: "system", RepositoryId: repositoryId, RowVersion: 1,
    UnmetDependencies: 0, IsHeld: 0,
  };
}

/** An audit row; `old` and `names` are null where a row was added. */
export function auditRow(table, id, action, old, values) {
  return {
    Id: newId(), EntityType: table, EntityId: id, Action: action, OldValues: old && JSON.stringify(old),
    NewValues: JSON.stringify(values), ChangedProperties: old && JSON.stringify(Object.keys(values)),
    UserId: "system", Timestamp: moment(), Success: 1, RiskLevel: 0,
  };
}

export function newTask(number) {
  return {
    Command: `cargo test --package search --test case_${number}`,
    RepositoryPath: `/srv/git/repository-${String(number % 16).padStart(2, "0")}`,
  };
}

export function taskId(number) {
  return `01940000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
}

/** A UUID of version 7. */
export function newId() {
  const tail = randomBytes(10).toString("hex");
  const text = `${Date.now().toString(16).padStart(12, "0")}7${tail.slice(0, 3)}8${tail.slice(3, 18)}`;
  return text.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

export function moment(after = 0) {
  const text = new Date(Date.now() + after * 1000).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 23)}0000`;
}

export function secondsBetween(start, end) {
  const read = (text) => Date.parse(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`);
  return (read(end) - read(start)) / 1000;
}

export function timeSpan(seconds) {
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  const ticks = String(Math.round((seconds % 1) * 1e7)).padStart(7, "0");
  return `${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}.${ticks}`;
}

export function secondsOf(span) {
  return span.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** The lower bound of Wilson's score interval at 95 %. */
export function reliability(successes, trials) {
  const z2 = 1.959963984540054 ** 2;
  const share = successes / trials;
  const margin = Math.sqrt((z2 * (share * (1 - share) + z2 / (4 * trials))) / trials);
  return (share + z2 / (2 * trials) - margin) / (1 + z2 / trials);
}

/** What the end of a run makes of the counters of an agent. */
export function agentCounters(agent, seconds) {
  const completed = agent.TotalTasksCompleted + 1;
  const total = secondsOf(agent.TotalExecutionTime) + seconds;
  return {
    TotalTasksCompleted: completed,
    TotalExecutionTime: timeSpan(total),
    AverageExecutionTime: (total * 1e3) / (completed + agent.TotalTasksFailed),
  };
}

/** What the end of a run makes of the counters of a repository. */
export function repositoryCounters(repository, seconds, now) {
  const successful = repository.SuccessfulTasks + 1;
  const ended = successful + repository.FailedTasks;
  const total = secondsOf(repository.TotalExecutionTime) + seconds;
  return {
    SuccessfulTasks: successful,
    TotalExecutionTime: timeSpan(total),
    AverageTaskDuration: (total * 1e3) / ended,
    LastTaskExecutedAt: now,
    ReliabilityScore: reliability(successful, ended),
  };
}

export function completion(task, now) {
  const seconds = secondsBetween(task.StartedAt, now);
  return {
    Status: 3, LeaseOwner: null, LeaseToken: null, LeaseExpiresAt: null, CompletedAt: now,
    ExecutionDuration: timeSpan(seconds), Result: "all tests passed", ProgressPercentage: 100,
  };
}

export function lease(agent) {
  return { AgentId: agent, Status: 1, LeaseOwner: agent, LeaseToken: newId(), LeaseExpiresAt: moment(60) };
}
