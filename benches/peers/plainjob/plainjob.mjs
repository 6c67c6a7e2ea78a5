// The queue plainjob: `versions`, `fill PATH TASKS`, or `run PATH PRAGMAS WORKERS MILLISECONDS`, which prints
// `NANOSECONDS COMPLETED WAITING`. Its workers share the thread of this process.

import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { better, defineQueue, defineWorker } from "plainjob";

const PENDING = 0;
const DONE = 2;
const TYPE = "task";
const quiet = { debug() {}, info() {}, warn: console.warn, error: console.error };

function open(path, pragmas) {
  const database = new Database(path);
  const queue = defineQueue({ connection: better(database), logger: quiet });
  // It sets synchronous = NORMAL itself.
  database.exec(pragmas);
  return queue;
}

function fill(path, tasks) {
  const queue = open(path, "");
  const command = (number) => `cargo test --package search --test case_${number}`;
  queue.addMany(TYPE, [...Array(tasks).keys()].map(command));
  queue.close();
}

async function run(path, pragmas, count, milliseconds) {
  const queue = open(path, pragmas);
  const total = queue.countJobs({ status: PENDING });
  const completed = new Set();
  const started = process.hrtime.bigint();
  const end = started + BigInt(milliseconds) * 1_000_000n;
  let ended = started;
  const onCompleted = (job) => {
    if (completed.has(job.id)) throw new Error(`task ${job.id} ran twice`);
    completed.add(job.id);
    ended = process.hrtime.bigint();
    if (ended >= end || completed.size === total) workers.forEach((worker) => worker.stop());
  };
  const options = { queue, logger: quiet, pollIntervall: 1, onCompleted };
  const workers = [...Array(count)].map(() => defineWorker(TYPE, () => {}, options));
  await Promise.all(workers.map((worker) => worker.start()));
  if (queue.countJobs({ status: DONE }) !== completed.size) throw new Error("tasks were lost");
  console.log(`${ended - started} ${completed.size} ${queue.countJobs({ status: PENDING })}`);
  queue.close();
}

function versions() {
  const lock = JSON.parse(readFileSync(new URL("package-lock.json", import.meta.url)));
  const of = (name) => `${name} ${lock.packages[`node_modules/${name}`].version}`;
  const sqlite = new Database(":memory:").prepare("SELECT sqlite_version()").pluck().get();
  return `${of("plainjob")}, ${of("better-sqlite3")}, SQLite ${sqlite}, Node ${process.versions.node}`;
}

const [, , work, path, ...rest] = process.argv;
if (work === "versions") console.log(versions());
else if (work === "fill") fill(path, Number(rest[0]));
else await run(path, rest[0], Number(rest[1]), Number(rest[2]));
