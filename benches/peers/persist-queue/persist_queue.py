"""The queue persist-queue: `versions`, `fill PATH TASKS`, or `run PATH PRAGMAS WORKERS MILLISECONDS`, which prints
`NANOSECONDS COMPLETED WAITING`. Its workers are threads that share a queue.
"""

import os
import sqlite3
import sys
import threading
import time

import persistqueue
from persistqueue import Empty, SQLiteAckQueue


def open_queue(path, pragmas):
    directory, name = os.path.split(path)
    queue = SQLiteAckQueue(directory, db_file_name=name, multithreading=True)
    for connection in (queue._getter, queue._putter):
        connection.executescript(pragmas)
    return queue


def fill(path, tasks):
    queue = open_queue(path, "PRAGMA synchronous = OFF")
    for number in range(tasks):
        queue.put(f"cargo test --package search --test case_{number}")


def run(path, pragmas, count, milliseconds):
    queue = open_queue(path, pragmas)
    ready = threading.Barrier(count + 1)
    completed = [[] for _ in range(count)]

    def work(mine):
        ready.wait()
        end = time.monotonic_ns() + milliseconds * 1_000_000
        while time.monotonic_ns() < end:
            try:
                task = queue.get(block=False)
            except Empty:
                return
            queue.ack(task)
            mine.append(task)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in completed]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.monotonic_ns()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic_ns() - started
    tasks = [task for mine in completed for task in mine]
    assert len(set(tasks)) == len(tasks), "a task ran twice"
    assert queue.acked_count() == len(tasks), "tasks were lost"
    print(elapsed, len(tasks), queue._count())


def versions():
    python = ".".join(str(part) for part in sys.version_info[:3])
    return f"persist-queue {persistqueue.__version__}, SQLite {sqlite3.sqlite_version}, Python {python}"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["versions"]:
            print(versions())
        case ["fill", path, tasks]:
            fill(path, int(tasks))
        case ["run", path, pragmas, count, milliseconds]:
            run(path, pragmas, int(count), int(milliseconds))
