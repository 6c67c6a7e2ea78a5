// Does what the other end of the pipe says: lines `SIDE WORK COUNT` in, nanoseconds out.

import { createInterface } from "node:readline";
import { Kernel } from "./kernel.mjs";
import { newTask, taskId } from "./values.mjs";

const [, , , tasks, kernelPath, library] = process.argv;
const AGENT = "agent-01";
const BATCH = [...Array(10_000).keys()];

function numbers() {
  let last = 0;
  return () => (last = (last + 7919) % Number(tasks));
}

/** `peer` has the functions readById, page, enqueue and run, which may be asynchronous. */
export async function serve(versions, peer) {
  const kernel = new Kernel(library, kernelPath);
  const [ours, theirs] = [numbers(), numbers()];
  const work = {
    peer: {
      prepare: (count) => peer.enqueue(Array(count).fill(1)),
      read_by_id: () => peer.readById(taskId(theirs())),
      page: () => peer.page(),
      insert: () => peer.enqueue([2]),
      batch: () => peer.enqueue(BATCH),
      run: () => peer.run(AGENT),
    },
    kernel: {
      prepare: (count) => kernel.insertMany(Array(count).fill(newTask(1))),
      read_by_id: () => kernel.readById(taskId(ours())),
      page: () => kernel.page(),
      insert: () => kernel.insert(newTask(2)),
      batch: () => kernel.insertMany(BATCH.map(newTask)),
      run: () => kernel.run(AGENT),
    },
  };
  console.log(`${versions}, Node ${process.versions.node}`);
  for await (const line of createInterface({ input: process.stdin })) {
    const [side, name, count] = line.split(" ");
    if (name === "run") await work[side].prepare(Number(count));
    const once = work[side][name];
    const started = process.hrtime.bigint();
    for (let index = 0; index < Number(count); index++) {
      // Waiting for what is there already would cost a turn of the event loop.
      const promise = once();
      if (promise instanceof Promise) await promise;
    }
    console.log(String(process.hrtime.bigint() - started));
  }
}
