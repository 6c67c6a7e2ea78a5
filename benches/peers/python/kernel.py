"""The kernel, called as a host in Python calls it: ctypes, and JSON both ways."""

import ctypes
import json

TASKS = 11
NORMAL = 2


class Buffer(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_void_p), ("len", ctypes.c_size_t)]


class Options(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("durability", ctypes.c_int32)]


class Kernel:
    def __init__(self, library, path):
        self.library = ctypes.CDLL(library)
        self.store = ctypes.c_void_p()
        options = Options(ctypes.sizeof(Options), NORMAL)
        encoded = path.encode()
        self.check(
            self.library.orchestra_store_open(
                encoded, ctypes.c_size_t(len(encoded)), ctypes.byref(options), ctypes.byref(self.store), None
            )
        )

    @staticmethod
    def check(status):
        if status:
            raise RuntimeError(f"orchestra_status {status}")

    def call(self, name, *arguments, wanted=True):
        """Calls a function of the header; a text is passed with its length."""
        passed = [self.store]
        for argument in arguments:
            if isinstance(argument, str):
                encoded = argument.encode()
                passed += [encoded, ctypes.c_size_t(len(encoded))]
            else:
                passed.append(ctypes.c_uint32(argument))
        buffer = Buffer()
        function = getattr(self.library, name)
        self.check(function(*passed, ctypes.byref(buffer) if wanted else None, None))
        if not wanted:
            return None
        text = ctypes.string_at(buffer.ptr, buffer.len)
        self.library.orchestra_buffer_free(ctypes.byref(buffer))
        return json.loads(text)

    def read_by_id(self, task_id):
        return self.call("orchestra_task_get", task_id)

    def page(self):
        document = {
            "where": {"Status": "Pending"},
            "orderBy": [{"Priority": "desc"}, {"CreatedAt": "desc"}],
            "page": {"number": 2, "size": 50},
        }
        return self.call("orchestra_entity_query", TASKS, json.dumps(document))

    def insert(self, task):
        return self.call("orchestra_task_enqueue", json.dumps(task))

    def insert_many(self, tasks):
        return self.call("orchestra_task_enqueue_many", json.dumps(tasks))

    def run(self, agent):
        for task in self.call("orchestra_task_claim_for_agent", agent, 1, 0):
            task_id, token = task["Id"], task["LeaseToken"]
            self.call("orchestra_task_start", task_id, token, wanted=False)
            self.call("orchestra_task_complete", task_id, token, "all tests passed", wanted=False)
