"""The same work with the ORM of SQLAlchemy, beside the kernel through ctypes.

Arguments: database, number of its tasks, the kernel's database, the kernel's shared library.
"""

import json
import sys
import time

import pysqlite3
import sqlalchemy
from sqlalchemy import Table, create_engine, event, func, select, update
from sqlalchemy.orm import DeclarativeBase, Session

from kernel import Kernel
from values import moment, new_id, new_task, reliability, seconds_between, seconds_of, task_id, time_span

PATH, TASKS, KERNEL_PATH, LIBRARY = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]

# The pragmas of the kernel's connections.
PRAGMAS = """PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = 67108864; PRAGMA foreign_keys = 1; PRAGMA trusted_schema = 0;
    PRAGMA cell_size_check = 1; PRAGMA recursive_triggers = 1; PRAGMA mmap_size = 0;
    PRAGMA temp_store = 2; PRAGMA cache_size = -8192"""

# The SQLite that many a Python has is too old for the constraints of the schema.
engine = create_engine(f"sqlite:///{PATH}", module=pysqlite3)


@event.listens_for(engine, "connect")
def set_up(connection, _):
    # The driver would begin transactions of its own, and late.
    connection.isolation_level = None
    for pragma in PRAGMAS.split(";"):
        connection.execute(pragma)


@event.listens_for(engine, "begin")
def begin(connection):
    kind = connection.get_execution_options().get("begin", "")
    connection.exec_driver_sql(f"BEGIN {kind}")


class Base(DeclarativeBase):
    pass


class Task(Base):
    __table__ = Table("Tasks", Base.metadata, autoload_with=engine)


class Agent(Base):
    __table__ = Table("Agents", Base.metadata, autoload_with=engine)


class Repository(Base):
    __table__ = Table("Repositories", Base.metadata, autoload_with=engine)


class AuditLog(Base):
    __table__ = Table("AuditLogs", Base.metadata, autoload_with=engine)


COLUMNS = [column.name for column in Task.__table__.columns if column.computed is None]
writing = engine.execution_options(begin="IMMEDIATE")


def audit(session, table, row_id, action, old, new, names):
    session.add(
        AuditLog(
            Id=new_id(),
            EntityType=table,
            EntityId=row_id,
            Action=action,
            OldValues=old and json.dumps(old),
            NewValues=json.dumps(new),
            ChangedProperties=names and json.dumps(names),
            UserId="system",
            Timestamp=moment(),
            Success=1,
            RiskLevel=0,
        )
    )


def change(session, row, **values):
    """Sets columns of a row, with its stamps and its audit row."""
    old = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    row.UpdatedAt = moment()
    row.RowVersion += 1
    audit(session, row.__table__.name, row.Id, "Update", old, values, list(values))


def read_by_id(number):
    with Session(engine) as session:
        return session.get(Task, task_id(number))


def page():
    with Session(engine) as session:
        total = session.scalar(select(func.count()).select_from(Task).where(Task.Status == 0))
        order = (Task.Priority.desc(), Task.CreatedAt.desc(), Task.Id.desc())
        rows = session.scalars(select(Task).where(Task.Status == 0).order_by(*order).limit(50).offset(50))
        return rows.all(), total


def enqueue(numbers):
    counts = {}
    with Session(writing) as session, session.begin():
        for number in numbers:
            new = new_task(number)
            path = new["RepositoryPath"]
            if path not in counts:
                counts[path] = [session.scalar(select(Repository.Id).where(Repository.Path == path)), 0]
            counts[path][1] += 1
            now = moment()
            task = Task(
                **dict.fromkeys(COLUMNS)
                | new
                | {
                    "Id": new_id(),
                    "IsPinned": 0,
                    "Priority": 1,
                    "Status": 0,
                    "AvailableAt": now,
                    "CreatedAt": now,
                    "UpdatedAt": now,
                    "CreatedBy": "system",
                    "UpdatedBy": "system",
                    "RetryCount": 0,
                    "MaxRetries": 3,
                    "WorkflowStep": 0,
                    "ProgressPercentage": 0,
                    "RepositoryId": counts[path][0],
                    "RowVersion": 1,
                }
            )
            session.add(task)
            audit(session, "Tasks", task.Id, "Create", None, {name: getattr(task, name) for name in COLUMNS}, None)
        for repository_id, count in counts.values():
            session.execute(
                update(Repository)
                .where(Repository.Id == repository_id)
                .values(TotalTasks=Repository.TotalTasks + count, RowVersion=Repository.RowVersion + 1)
            )


def next_task(session, agent):
    now = moment()
    for priority in (3, 2, 1, 0):
        for lane in (
            (Task.AgentId == agent.Id, Task.PinnedPriority == priority),
            (Task.RepositoryPath == agent.RepositoryPath, Task.OpenPriority == priority),
        ):
            found = session.scalar(
                select(Task)
                .where(*lane, Task.AvailableAt <= now)
                .order_by(Task.AvailableAt, Task.Id)
                .limit(1)
            )
            if found is not None:
                return found


def held(session, agent_id):
    leased = (Task.AgentId == agent_id, Task.LeaseToken.is_not(None))
    return session.scalar(select(func.count()).select_from(Task).where(*leased))


def claim(agent_id):
    with Session(writing, expire_on_commit=False) as session, session.begin():
        agent = session.get(Agent, agent_id)
        assert held(session, agent_id) < agent.MaxConcurrentTasks
        task = next_task(session, agent)
        change(
            session,
            task,
            AgentId=agent_id,
            Status=1,
            LeaseOwner=agent_id,
            LeaseToken=new_id(),
            LeaseExpiresAt=moment(60),
        )
        change(session, agent, Status=2, CurrentTask=task.Id)
    return task


def start(claimed):
    with Session(writing) as session, session.begin():
        task = session.get(Task, claimed.Id)
        assert task.LeaseToken == claimed.LeaseToken
        change(session, task, Status=2, StartedAt=moment())


def complete(claimed):
    with Session(writing) as session, session.begin():
        task = session.get(Task, claimed.Id)
        assert task.LeaseToken == claimed.LeaseToken
        now = moment()
        seconds = seconds_between(task.StartedAt, now)
        change(
            session,
            task,
            Status=3,
            LeaseOwner=None,
            LeaseToken=None,
            LeaseExpiresAt=None,
            CompletedAt=now,
            ExecutionDuration=time_span(seconds),
            Result="all tests passed",
            ProgressPercentage=100,
        )
        agent = session.get(Agent, task.AgentId)
        count_run(session, agent, seconds)
        count_end(session, session.get(Repository, task.RepositoryId), seconds, now)
        if held(session, agent.Id) == 0:
            change(session, agent, Status=1, CurrentTask=None)


def count_run(session, agent, seconds):
    completed = agent.TotalTasksCompleted + 1
    total = seconds_of(agent.TotalExecutionTime) + seconds
    change(
        session,
        agent,
        TotalTasksCompleted=completed,
        TotalExecutionTime=time_span(total),
        AverageExecutionTime=total * 1e3 / (completed + agent.TotalTasksFailed),
    )


def count_end(session, repository, seconds, now):
    successful = repository.SuccessfulTasks + 1
    ended = successful + repository.FailedTasks
    total = seconds_of(repository.TotalExecutionTime) + seconds
    change(
        session,
        repository,
        SuccessfulTasks=successful,
        TotalExecutionTime=time_span(total),
        AverageTaskDuration=total * 1e3 / ended,
        LastTaskExecutedAt=now,
        ReliabilityScore=reliability(successful, ended),
    )


def run():
    task = claim("agent-01")
    start(task)
    complete(task)


class Numbers:
    def __init__(self):
        self.last = 0

    def next(self):
        self.last = (self.last + 7919) % TASKS
        return self.last


def main():
    kernel = Kernel(LIBRARY, KERNEL_PATH)
    ours, theirs = Numbers(), Numbers()
    batch = range(10_000)
    work = {
        ("peer", "read_by_id"): lambda: read_by_id(theirs.next()),
        ("peer", "page"): page,
        ("peer", "insert"): lambda: enqueue([2]),
        ("peer", "batch"): lambda: enqueue(batch),
        ("peer", "run"): run,
        ("kernel", "read_by_id"): lambda: kernel.read_by_id(task_id(ours.next())),
        ("kernel", "page"): kernel.page,
        ("kernel", "insert"): lambda: kernel.insert(new_task(2)),
        ("kernel", "batch"): lambda: kernel.insert_many([new_task(number) for number in batch]),
        ("kernel", "run"): lambda: kernel.run("agent-01"),
    }
    versions = f"SQLAlchemy {sqlalchemy.__version__}, SQLite {pysqlite3.sqlite_version}, Python {sys.version.split()[0]}"
    print(versions, flush=True)
    for line in sys.stdin:
        side, name, count = line.split()
        if name == "run":
            backlog = [1] * int(count)
            if side == "peer":
                enqueue(backlog)
            else:
                kernel.insert_many([new_task(number) for number in backlog])
        once = work[side, name]
        started = time.perf_counter_ns()
        for _ in range(int(count)):
            once()
        print(time.perf_counter_ns() - started, flush=True)


main()
