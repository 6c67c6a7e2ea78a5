// The same work with better-sqlite3: statements by hand, kept prepared.

import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { serve } from "./serve.mjs";
import {
  PRAGMAS, agentCounters, auditRow, completion, lease, moment, newTask, repositoryCounters, secondsBetween, taskRow,
} from "./values.mjs";

const database = new Database(process.argv[2]);
for (const pragma of PRAGMAS) database.pragma(pragma);

const prepare = (sql) => database.prepare(sql);
const insertInto = (table, row) => {
  const names = Object.keys(row);
  return prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map((name) => `@${name}`).join(", ")})`);
};

const COLUMNS = [...Object.keys(taskRow(0, null)), "ComputedDuration"].join(", ");
const lane = (where) =>
  prepare(`SELECT ${COLUMNS} FROM Tasks WHERE ${where} AND AvailableAt <= ? ORDER BY AvailableAt, Id LIMIT 1`);
const statements = {
  task: prepare(`SELECT ${COLUMNS} FROM Tasks WHERE Id = ?`),
  count: prepare("SELECT count(*) AS total FROM Tasks WHERE Status = ?"),
  page: prepare(
    `SELECT ${COLUMNS} FROM Tasks WHERE Status = ? ORDER BY Priority DESC, CreatedAt DESC, Id DESC LIMIT ? OFFSET ?`,
  ),
  agent: prepare("SELECT * FROM Agents WHERE Id = ?"),
  repository: prepare("SELECT * FROM Repositories WHERE Id = ?"),
  repositoryId: prepare("SELECT Id FROM Repositories WHERE Path = ?"),
  addTasks: prepare("UPDATE Repositories SET TotalTasks = TotalTasks + ?, RowVersion = RowVersion + 1 WHERE Id = ?"),
  held: prepare("SELECT count(*) AS held FROM Tasks WHERE AgentId = ? AND Status IN (1, 2)"),
  pinned: lane("AgentId = ? AND PinnedPriority = ?"),
  open: lane("RepositoryPath = ? AND OpenPriority = ?"),
  insertTask: insertInto("Tasks", taskRow(0, null)),
  insertAudit: insertInto("AuditLogs", auditRow("", "", "", null, {})),
};

const updates = new Map();

/** Writes columns of a row, with its stamps and its audit row. */
function change(table, row, values) {
  const names = Object.keys(values);
  const key = `${table} ${names}`;
  if (!updates.has(key)) {
    const set = names.map((name) => `${name} = @${name}`).join(", ");
    updates.set(
      key,
      prepare(`UPDATE ${table} SET ${set}, UpdatedAt = @Now, RowVersion = RowVersion + 1 WHERE Id = @Key`),
    );
  }
  updates.get(key).run({ ...values, Now: moment(), Key: row.Id });
  const old = Object.fromEntries(names.map((name) => [name, row[name]]));
  statements.insertAudit.run(auditRow(table, row.Id, "Update", old, values));
}

const enqueue = database.transaction((numbers) => {
  const counts = new Map();
  for (const number of numbers) {
    const path = newTask(number).RepositoryPath;
    if (!counts.has(path)) counts.set(path, { id: statements.repositoryId.get(path).Id, count: 0 });
    const repository = counts.get(path);
    repository.count += 1;
    const row = taskRow(number, repository.id);
    statements.insertTask.run(row);
    statements.insertAudit.run(auditRow("Tasks", row.Id, "Create", null, row));
  }
  for (const { id, count } of counts.values()) statements.addTasks.run(count, id);
}).immediate;

function next(agent) {
  const now = moment();
  for (const priority of [3, 2, 1, 0]) {
    const found =
      statements.pinned.get(agent.Id, priority, now) ?? statements.open.get(agent.RepositoryPath, priority, now);
    if (found) return found;
  }
}

const claim = database.transaction((id) => {
  const agent = statements.agent.get(id);
  if (statements.held.get(id).held >= agent.MaxConcurrentTasks) throw new Error("no room");
  const task = next(agent);
  const leased = lease(id);
  change("Tasks", task, leased);
  change("Agents", agent, { Status: 2, CurrentTask: task.Id });
  return { ...task, ...leased };
}).immediate;

function leasedTask(claimed) {
  const task = statements.task.get(claimed.Id);
  if (task.LeaseToken !== claimed.LeaseToken) throw new Error("the lease is lost");
  return task;
}

const start = database.transaction((claimed) => {
  change("Tasks", leasedTask(claimed), { Status: 2, StartedAt: moment() });
}).immediate;

const complete = database.transaction((claimed) => {
  const task = leasedTask(claimed);
  const now = moment();
  change("Tasks", task, completion(task, now));
  const agent = statements.agent.get(task.AgentId);
  const repository = statements.repository.get(task.RepositoryId);
  const seconds = secondsBetween(task.StartedAt, now);
  change("Agents", agent, agentCounters(agent, seconds));
  change("Repositories", repository, repositoryCounters(repository, seconds, now));
  if (statements.held.get(agent.Id).held === 0) change("Agents", agent, { Status: 1, CurrentTask: null });
}).immediate;

const readPage = database.transaction(() => ({
  total: statements.count.get(0).total,
  items: statements.page.all(0, 50, 50),
}));

const { version } = JSON.parse(readFileSync(new URL("./node_modules/better-sqlite3/package.json", import.meta.url)));
const sqlite = prepare("SELECT sqlite_version() AS version").get().version;
await serve(`better-sqlite3 ${version}, SQLite ${sqlite}`, {
  readById: (id) => statements.task.get(id),
  page: readPage,
  enqueue,
  run(agent) {
    const task = claim(agent);
    start(task);
    complete(task);
  },
});
