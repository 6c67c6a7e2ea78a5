// The same work with MikroORM on better-sqlite3.

import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { EntitySchema, MikroORM } from "@mikro-orm/better-sqlite";
import { serve } from "./serve.mjs";
import {
  PRAGMAS, agentCounters, auditRow, completion, lease, moment, newTask, repositoryCounters, secondsBetween, taskRow,
} from "./values.mjs";

const TYPES = { INTEGER: "integer", REAL: "double", TEXT: "text" };

/** An entity with the columns that the table has. */
function entityOf(database, name, tableName) {
  const columns = database.prepare("SELECT * FROM pragma_table_xinfo(?)").all(tableName);
  const properties = columns.map((column) => [
    column.name,
    {
      type: TYPES[column.type],
      fieldName: column.name,
      primary: column.pk === 1,
      nullable: column.notnull === 0,
      persist: column.hidden === 0,
    },
  ]);
  return new EntitySchema({ name, tableName, properties: Object.fromEntries(properties) });
}

const database = new Database(process.argv[2]);
const Task = entityOf(database, "Task", "Tasks");
const Agent = entityOf(database, "Agent", "Agents");
const Repository = entityOf(database, "Repository", "Repositories");
const AuditLog = entityOf(database, "AuditLog", "AuditLogs");
const sqlite = database.prepare("SELECT sqlite_version() AS version").get().version;
database.close();

const orm = await MikroORM.init({
  dbName: process.argv[2],
  entities: [Task, Agent, Repository, AuditLog],
  pool: { afterCreate: setUp },
});

function setUp(connection, done) {
  for (const pragma of PRAGMAS) connection.pragma(pragma);
  done(null, connection);
}

const TABLES = new Map([[Task, "Tasks"], [Agent, "Agents"], [Repository, "Repositories"]]);

/** Sets columns of a row, with its stamps and its audit row. */
function change(em, entity, row, values) {
  const old = Object.fromEntries(Object.keys(values).map((name) => [name, row[name]]));
  em.assign(row, { ...values, UpdatedAt: moment(), RowVersion: row.RowVersion + 1 });
  em.persist(em.create(AuditLog, auditRow(TABLES.get(entity), row.Id, "Update", old, values)));
}

const transaction = (work) => orm.em.fork().transactional(work);
const held = (em, agent) => em.count(Task, { AgentId: agent, LeaseToken: { $ne: null } });

function enqueue(numbers) {
  return transaction(async (em) => {
    const counts = new Map();
    for (const number of numbers) {
      const path = newTask(number).RepositoryPath;
      if (!counts.has(path)) counts.set(path, { row: await em.findOneOrFail(Repository, { Path: path }), count: 0 });
      const repository = counts.get(path);
      repository.count += 1;
      const row = taskRow(number, repository.row.Id);
      em.persist(em.create(Task, row));
      em.persist(em.create(AuditLog, auditRow("Tasks", row.Id, "Create", null, row)));
    }
    for (const { row, count } of counts.values()) {
      row.TotalTasks += count;
      row.RowVersion += 1;
    }
  });
}

async function next(em, agent) {
  const now = moment();
  for (const priority of [3, 2, 1, 0]) {
    for (const lane of [
      { AgentId: agent.Id, PinnedPriority: priority },
      { RepositoryPath: agent.RepositoryPath, OpenPriority: priority },
    ]) {
      const where = { ...lane, AvailableAt: { $lte: now } };
      const found = await em.findOne(Task, where, { orderBy: [{ AvailableAt: "asc" }, { Id: "asc" }] });
      if (found) return found;
    }
  }
}

function claim(id) {
  return transaction(async (em) => {
    const agent = await em.findOneOrFail(Agent, id);
    if ((await held(em, id)) >= agent.MaxConcurrentTasks) throw new Error("no room");
    const task = await next(em, agent);
    change(em, Task, task, lease(id));
    change(em, Agent, agent, { Status: 2, CurrentTask: task.Id });
    return task;
  });
}

async function leasedTask(em, claimed) {
  const task = await em.findOneOrFail(Task, claimed.Id);
  if (task.LeaseToken !== claimed.LeaseToken) throw new Error("the lease is lost");
  return task;
}

function start(claimed) {
  return transaction(async (em) => {
    change(em, Task, await leasedTask(em, claimed), { Status: 2, StartedAt: moment() });
  });
}

function complete(claimed) {
  return transaction(async (em) => {
    const task = await leasedTask(em, claimed);
    const now = moment();
    change(em, Task, task, completion(task, now));
    const agent = await em.findOneOrFail(Agent, task.AgentId);
    const repository = await em.findOneOrFail(Repository, task.RepositoryId);
    const seconds = secondsBetween(task.StartedAt, now);
    change(em, Agent, agent, agentCounters(agent, seconds));
    change(em, Repository, repository, repositoryCounters(repository, seconds, now));
    // What was changed has to be in the database before it can be counted.
    await em.flush();
    if ((await held(em, agent.Id)) === 0) change(em, Agent, agent, { Status: 1, CurrentTask: null });
  });
}

const { version } = JSON.parse(readFileSync(new URL("./node_modules/@mikro-orm/core/package.json", import.meta.url)));
await serve(`MikroORM ${version}, SQLite ${sqlite}`, {
  readById: (id) => orm.em.fork().findOneOrFail(Task, id),
  page: () =>
    orm.em.fork().findAndCount(
      Task,
      { Status: 0 },
      { orderBy: [{ Priority: "desc" }, { CreatedAt: "desc" }, { Id: "desc" }], limit: 50, offset: 50 },
    ),
  enqueue,
  async run(agent) {
    const task = await claim(agent);
    await start(task);
    await complete(task);
  },
});
await orm.close();
