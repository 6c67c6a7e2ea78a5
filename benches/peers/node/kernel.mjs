// The kernel, called as a host in Node calls it: koffi, and JSON both ways.

import koffi from "koffi";

const TASKS = 11;
const NORMAL = 2;

const options = koffi.struct("orchestra_store_options", { struct_size: "uint32", durability: "int32" });
koffi.struct("orchestra_buffer", { ptr: "void *", len: "size_t" });

export class Kernel {
  constructor(path, name) {
    const library = koffi.load(path);
    const declare = (text) => library.func(text);
    const open = declare(
      "int orchestra_store_open(const char *path, size_t len, orchestra_store_options *options, _Out_ void **store, void *error)",
    );
    const buffer = "_Out_ orchestra_buffer *json, void *error";
    const textual = "void *store, const char *text, size_t len";
    this.free = declare("void orchestra_buffer_free(orchestra_buffer *buffer)");
    this.get = declare(`int orchestra_task_get(${textual}, ${buffer})`);
    this.enqueue = declare(`int orchestra_task_enqueue(${textual}, ${buffer})`);
    this.enqueueMany = declare(`int orchestra_task_enqueue_many(${textual}, ${buffer})`);
    this.query = declare(`int orchestra_entity_query(void *store, int32 entity, const char *text, size_t len, ${buffer})`);
    this.claim = declare(`int orchestra_task_claim_for_agent(${textual}, uint32 limit, uint32 lease, ${buffer})`);
    const leased = "const char *token, size_t token_len";
    this.start = declare(`int orchestra_task_start(${textual}, ${leased}, void *json, void *error)`);
    this.complete = declare(
      `int orchestra_task_complete(${textual}, ${leased}, const char *result, size_t result_len, void *json, void *error)`,
    );
    const store = [null];
    const settings = { struct_size: koffi.sizeof(options), durability: NORMAL };
    this.check(open(name, Buffer.byteLength(name), settings, store, null));
    this.store = store[0];
  }

  check(status) {
    if (status !== 0) throw new Error(`orchestra_status ${status}`);
  }

  receive(call) {
    const buffer = { ptr: null, len: 0 };
    this.check(call(buffer));
    const text = Buffer.from(koffi.view(buffer.ptr, buffer.len)).toString();
    this.free(buffer);
    return JSON.parse(text);
  }

  readById(id) {
    return this.receive((buffer) => this.get(this.store, id, Buffer.byteLength(id), buffer, null));
  }

  page() {
    const document = JSON.stringify({
      where: { Status: "Pending" },
      orderBy: [{ Priority: "desc" }, { CreatedAt: "desc" }],
      page: { number: 2, size: 50 },
    });
    const length = Buffer.byteLength(document);
    return this.receive((buffer) => this.query(this.store, TASKS, document, length, buffer, null));
  }

  insert(task) {
    const json = JSON.stringify(task);
    return this.receive((buffer) => this.enqueue(this.store, json, Buffer.byteLength(json), buffer, null));
  }

  insertMany(tasks) {
    const json = JSON.stringify(tasks);
    return this.receive((buffer) => this.enqueueMany(this.store, json, Buffer.byteLength(json), buffer, null));
  }

  run(agent) {
    const length = Buffer.byteLength(agent);
    const claimed = this.receive((buffer) => this.claim(this.store, agent, length, 1, 0, buffer, null));
    const result = "all tests passed";
    for (const { Id: id, LeaseToken: token } of claimed) {
      const leased = [id, Buffer.byteLength(id), token, Buffer.byteLength(token)];
      this.check(this.start(this.store, ...leased, null, null));
      this.check(this.complete(this.store, ...leased, result, Buffer.byteLength(result), null, null));
    }
  }
}
