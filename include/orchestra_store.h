/*
 * orchestra-store: the storage kernel of AI-agent orchestrators. The C interface.
 *
 * Generated from bindings/c/src by cbindgen: don't edit it here.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What holds for all functions:
 *
 * - What can fail returns an orchestra_status, 0 for success. Its last parameter, `error`, may be
 *   NULL; otherwise it receives NULL, or an error that the caller frees with orchestra_error_free().
 *   What it held before is overwritten, not freed.
 * - Text goes in as a pointer and a length in bytes, without a NUL at the end, as UTF-8, at most
 *   256 MiB. NULL with length 0 is the empty text, or none where the function says that it is
 *   optional. Nothing is kept after the call.
 * - What an output pointer points to is emptied first, and filled on success only. An output may be
 *   NULL where the function says so; elsewhere NULL is ORCHESTRA_MISUSE, and nothing was done.
 * - A handle belongs to the caller, who frees it with the one function for its type; in any order,
 *   since handles keep alive what they need. NULL or the handle of another type is ORCHESTRA_MISUSE.
 *   A handle that was freed must not be used: it is noticed only by luck.
 * - Every function may be called from any thread, at any time, with the same handles; only freeing
 *   a handle must not meet another use of the same handle. A transaction, with the stores that were
 *   made from it, a cursor and a follower are for one thread at a time: a call that meets another one
 *   is ORCHESTRA_MISUSE. All functions block. A child process made by fork() must not use the handles
 *   of its parent.
 * - Records are JSON. A property has the name of its column; one that isn't known is
 *   ORCHESTRA_INVALID_ARGUMENT. Times are ISO 8601, UTC; an enum is its name, or its number in what
 *   goes in. What the library writes is compact: no space between names and values.
 * - What an orchestra_buffer receives is freed with orchestra_buffer_free(), whatever is in it.
 * - Beside the statuses that are named, any function can return ORCHESTRA_INVALID_ARGUMENT,
 *   ORCHESTRA_MISUSE, ORCHESTRA_CLOSED, ORCHESTRA_BUSY (try again), the statuses from 300 to 499,
 *   and ORCHESTRA_INTERNAL; through a handle that can be cancelled, ORCHESTRA_CANCELLED. One that
 *   is given the id of a row can return ORCHESTRA_NOT_FOUND; one that writes,
 *   ORCHESTRA_CONSTRAINT_VIOLATION and ORCHESTRA_OUTCOME_UNKNOWN; one that changes the state of a row,
 *   ORCHESTRA_INVALID_TRANSITION, or ORCHESTRA_CONFLICT where somebody else holds it. No panic or
 *   exception leaves the library.
 *
 * Linking statically on Linux: liborchestra_store.a -lpthread -ldl -lm
 */

#ifndef ORCHESTRA_STORE_H
#define ORCHESTRA_STORE_H

#include <stddef.h>
#include <stdint.h>

/**
 * The call did what it should.
 */
#define ORCHESTRA_OK 0

/**
 * An argument has a value that the operation doesn't take.
 */
#define ORCHESTRA_INVALID_ARGUMENT 100

/**
 * There is no row with this id.
 */
#define ORCHESTRA_NOT_FOUND 101

/**
 * A row with this id or unique value is there already.
 */
#define ORCHESTRA_ALREADY_EXISTS 102

/**
 * Somebody else changed the row, or holds it.
 */
#define ORCHESTRA_CONFLICT 103

/**
 * The row's state doesn't allow this step.
 */
#define ORCHESTRA_INVALID_TRANSITION 104

/**
 * A constraint of the database refused the change.
 */
#define ORCHESTRA_CONSTRAINT_VIOLATION 105

/**
 * What was to be changed is read-only.
 */
#define ORCHESTRA_READ_ONLY 106

/**
 * The store is closed, or the transaction has ended.
 */
#define ORCHESTRA_CLOSED 107

/**
 * The interface was used wrongly: a NULL or foreign handle, a NULL output that is required, a
 * call where none is allowed.
 */
#define ORCHESTRA_MISUSE 108

/**
 * A total, such as the size of all results of an execution or the memory of a query, would be above
 * its limit. The message names the limit and the way out.
 */
#define ORCHESTRA_LIMIT_EXCEEDED 109

/**
 * A sum, or a value that a bulk update computes, is out of the range of its column's type.
 */
#define ORCHESTRA_OVERFLOW 110

/**
 * Others held the database for longer than the busy timeout. Try again later.
 */
#define ORCHESTRA_BUSY 200

/**
 * The operation took longer than it was given. Try again later.
 */
#define ORCHESTRA_TIMEOUT 201

/**
 * The caller cancelled the operation.
 */
#define ORCHESTRA_CANCELLED 202

/**
 * The commit failed in a way that leaves open whether it is durable: look before you repeat.
 */
#define ORCHESTRA_OUTCOME_UNKNOWN 203

/**
 * Change events that were asked for are no longer kept: read the rows anew, and follow from the newest event on.
 */
#define ORCHESTRA_EVENTS_GONE 204

/**
 * Reading or writing a file failed.
 */
#define ORCHESTRA_IO 300

/**
 * The disk is full.
 */
#define ORCHESTRA_DISK_FULL 301

/**
 * The operating system denied access.
 */
#define ORCHESTRA_PERMISSION_DENIED 302

/**
 * The SQLite that was linked is older than the oldest that is safe.
 */
#define ORCHESTRA_SQLITE_TOO_OLD 303

/**
 * The database file is damaged.
 */
#define ORCHESTRA_CORRUPT 400

/**
 * The file is not an SQLite database.
 */
#define ORCHESTRA_NOT_A_DATABASE 401

/**
 * The database was written by a newer version of the library.
 */
#define ORCHESTRA_SCHEMA_TOO_NEW 402

/**
 * The file is a database, but of another program.
 */
#define ORCHESTRA_FOREIGN_SCHEMA 403

/**
 * The database file can't be relied on: it was moved, deleted or replaced while it was open, another
 * copy of SQLite in the process uses it, or it is one of several names or on a network. A write that
 * returns this may be kept or lost; later ones write nothing.
 */
#define ORCHESTRA_FILE_UNSAFE 404

/**
 * A migration failed; the database is as it was.
 */
#define ORCHESTRA_MIGRATION_FAILED 500

/**
 * An import failed; the database is as it was.
 */
#define ORCHESTRA_IMPORT_FAILED 501

/**
 * A backup failed; no backup file was left.
 */
#define ORCHESTRA_BACKUP_FAILED 502

/**
 * A value could not be encrypted or decrypted.
 */
#define ORCHESTRA_ENCRYPTION_FAILED 503

/**
 * A fault of the library.
 */
#define ORCHESTRA_INTERNAL 900

/**
 * The version of this interface. It moves when a function or structure is removed or changed, not
 * when one is added.
 */
#define ORCHESTRA_ABI_VERSION 1

/**
 * Something failed, and the caller may not have heard of it.
 */
#define ORCHESTRA_LOG_ERROR 1

/**
 * Something is not as it should be, but was dealt with.
 */
#define ORCHESTRA_LOG_WARN 2

/**
 * What happens rarely: a store opens, a database is migrated.
 */
#define ORCHESTRA_LOG_INFO 3

/**
 * What helps to find a fault in the host.
 */
#define ORCHESTRA_LOG_DEBUG 4

/**
 * What helps to find a fault in the library.
 */
#define ORCHESTRA_LOG_TRACE 5

/**
 * The library's choice, which is ORCHESTRA_DURABILITY_FULL.
 */
#define ORCHESTRA_DURABILITY_DEFAULT 0

/**
 * What was acknowledged survives a power loss.
 */
#define ORCHESTRA_DURABILITY_FULL 1

/**
 * What was acknowledged survives a crash of the process, but after a power loss the last commits
 * may be missing. The database stays consistent.
 */
#define ORCHESTRA_DURABILITY_NORMAL 2

/**
 * The library's choice, which is ORCHESTRA_SECOND_SQLITE_REFUSE.
 */
#define ORCHESTRA_SECOND_SQLITE_DEFAULT 0

/**
 * Another copy of SQLite in this process that uses the file is ignored.
 */
#define ORCHESTRA_SECOND_SQLITE_OFF 1

/**
 * Another copy of SQLite in this process that uses the file is logged.
 */
#define ORCHESTRA_SECOND_SQLITE_WARN 2

/**
 * As long as another copy of SQLite in this process uses the file, opening and writing return
 * ORCHESTRA_FILE_UNSAFE.
 */
#define ORCHESTRA_SECOND_SQLITE_REFUSE 3

/**
 * The agent's state is not known.
 */
#define ORCHESTRA_AGENT_UNKNOWN 0

/**
 * The agent waits for tasks.
 */
#define ORCHESTRA_AGENT_IDLE 1

/**
 * The agent works.
 */
#define ORCHESTRA_AGENT_BUSY 2

/**
 * The agent is gone.
 */
#define ORCHESTRA_AGENT_OFFLINE 3

/**
 * The agent is broken.
 */
#define ORCHESTRA_AGENT_ERROR 4

/**
 * Its owner may see the repository.
 */
#define ORCHESTRA_ACCESS_PRIVATE 0

/**
 * The owner's team may see the repository.
 */
#define ORCHESTRA_ACCESS_TEAM 1

/**
 * Everybody may see the repository.
 */
#define ORCHESTRA_ACCESS_PUBLIC 2

/**
 * The message wasn't sent yet.
 */
#define ORCHESTRA_DELIVERY_PENDING 0

/**
 * The message was sent.
 */
#define ORCHESTRA_DELIVERY_SENT 1

/**
 * The message arrived.
 */
#define ORCHESTRA_DELIVERY_DELIVERED 2

/**
 * The message was read.
 */
#define ORCHESTRA_DELIVERY_READ 3

/**
 * The message couldn't be delivered.
 */
#define ORCHESTRA_DELIVERY_FAILED 4

/**
 * The task waits until the other one is run again and completes.
 */
#define ORCHESTRA_FAILURE_BLOCK 0

/**
 * The task is cancelled too.
 */
#define ORCHESTRA_FAILURE_CANCEL 1

/**
 * The table Agents; a deleted row is only marked, and can be restored.
 */
#define ORCHESTRA_ENTITY_AGENTS 1

/**
 * The table AgentSessions.
 */
#define ORCHESTRA_ENTITY_AGENT_SESSIONS 2

/**
 * The table ApprovalRequests.
 */
#define ORCHESTRA_ENTITY_APPROVAL_REQUESTS 3

/**
 * The table AuditLogs; rows are only added.
 */
#define ORCHESTRA_ENTITY_AUDIT_LOGS 4

/**
 * The table ChatMessages.
 */
#define ORCHESTRA_ENTITY_CHAT_MESSAGES 5

/**
 * The table ChatSessions.
 */
#define ORCHESTRA_ENTITY_CHAT_SESSIONS 6

/**
 * The table Repositories.
 */
#define ORCHESTRA_ENTITY_REPOSITORIES 7

/**
 * The table ErrorLogs; rows are only added.
 */
#define ORCHESTRA_ENTITY_ERROR_LOGS 8

/**
 * The table OrchestrationLogs; rows are only added.
 */
#define ORCHESTRA_ENTITY_ORCHESTRATION_LOGS 9

/**
 * The table PerformanceMetrics.
 */
#define ORCHESTRA_ENTITY_PERFORMANCE_METRICS 10

/**
 * The table Tasks.
 */
#define ORCHESTRA_ENTITY_TASKS 11

/**
 * The table TaskTemplates.
 */
#define ORCHESTRA_ENTITY_TASK_TEMPLATES 12

/**
 * The table TemplateCategories.
 */
#define ORCHESTRA_ENTITY_TEMPLATE_CATEGORIES 13

/**
 * The table Users.
 */
#define ORCHESTRA_ENTITY_USERS 14

/**
 * The table UserPreferences: a user sees and writes its own and those of the user default. Another
 * user's are treated as if they weren't there.
 */
#define ORCHESTRA_ENTITY_USER_PREFERENCES 15

/**
 * The table WorkflowDefinitions.
 */
#define ORCHESTRA_ENTITY_WORKFLOW_DEFINITIONS 16

/**
 * The table WorkflowExecutions.
 */
#define ORCHESTRA_ENTITY_WORKFLOW_EXECUTIONS 17

/**
 * The table TaskDependencies.
 */
#define ORCHESTRA_ENTITY_TASK_DEPENDENCIES 18

/**
 * The table QueuePauses.
 */
#define ORCHESTRA_ENTITY_QUEUE_PAUSES 19

/**
 * The greatest value.
 */
#define ORCHESTRA_AGGREGATE_MAX 1

/**
 * The least value.
 */
#define ORCHESTRA_AGGREGATE_MIN 2

/**
 * The sum of numbers.
 */
#define ORCHESTRA_AGGREGATE_SUM 3

/**
 * The mean of numbers.
 */
#define ORCHESTRA_AGGREGATE_AVERAGE 4

/**
 * A whole number.
 */
#define ORCHESTRA_VALUE_INTEGER 1

/**
 * A number.
 */
#define ORCHESTRA_VALUE_REAL 2

/**
 * A text.
 */
#define ORCHESTRA_VALUE_TEXT 3

/**
 * Bytes.
 */
#define ORCHESTRA_VALUE_BLOB 4

/**
 * No value.
 */
#define ORCHESTRA_VALUE_NULL 5

/**
 * Bytes of a key.
 */
#define ORCHESTRA_KEY_LENGTH 32

/**
 * The longest id of a key, in bytes.
 */
#define ORCHESTRA_KEY_ID_LENGTH 128

/**
 * One JSON object a line, as rows are everywhere in this library.
 */
#define ORCHESTRA_EXPORT_JSON_LINES 0

/**
 * Comma-separated values as in RFC 4180, the columns' names first. A value that is null is empty, an
 * empty text is `""`. A text that a spreadsheet would take for a formula gets an apostrophe in
 * front.
 */
#define ORCHESTRA_EXPORT_CSV 1

/**
 * The same with texts as they are, for programs that don't compute formulas.
 */
#define ORCHESTRA_EXPORT_CSV_WITH_FORMULAS 2

/**
 * Ends the operations of the handles that were made with it, from any thread.
 */
typedef struct orchestra_cancel orchestra_cancel;

/**
 * A query that is read row by row, in the memory of a few rows. One thread at a time uses it; a call
 * that meets another one is ORCHESTRA_MISUSE.
 */
typedef struct orchestra_cursor orchestra_cursor;

/**
 * Why a call failed. It belongs to the caller, who frees it with orchestra_error_free(); it can be
 * read from any thread.
 */
typedef struct orchestra_error orchestra_error;

/**
 * Follows changes. One thread at a time uses it; a call that meets another one is ORCHESTRA_MISUSE.
 */
typedef struct orchestra_follower orchestra_follower;

/**
 * An open database. Any number of threads use it at the same time; many read at once, and writes
 * come one after another.
 */
typedef struct orchestra_store orchestra_store;

/**
 * Keeps a callback for changes registered.
 */
typedef struct orchestra_subscription orchestra_subscription;

/**
 * An open transaction. One thread at a time uses it, and the handles that were made from it; a call
 * that meets another one is ORCHESTRA_MISUSE.
 */
typedef struct orchestra_transaction orchestra_transaction;

/**
 * What became of a call: ORCHESTRA_OK, or the number of an error. The numbers come in blocks
 * (100 the caller, 200 the moment, 300 the machine, 400 the file, 500 a larger operation, 900 the
 * library itself); new ones may come, and a retired one is never used again.
 */
typedef int32_t orchestra_status;

/**
 * Bytes that the library made and the caller owns: free them with orchestra_buffer_free() and with
 * nothing else.
 *
 * JSON is UTF-8. Behind its end there is a NUL that `len` doesn't count, so that C can print it.
 */
typedef struct orchestra_buffer {
    /**
     * The first byte, or NULL where there is nothing.
     */
    uint8_t *ptr;
    /**
     * How many bytes there are.
     */
    size_t len;
} orchestra_buffer;

/**
 * Receives what the library logs: one of ORCHESTRA_LOG_*, the part of the library that speaks, and
 * what it says. Both texts are UTF-8 without a NUL at the end, and are gone when the callback
 * returns.
 *
 * It is called on any thread, on several at the same time, and must not throw or jump out. What
 * the library would log while the callback calls it is not logged.
 */
typedef void (*orchestra_log_callback)(void *context,
                                       int32_t level,
                                       const uint8_t *target,
                                       size_t target_len,
                                       const uint8_t *message,
                                       size_t message_len);

/**
 * Frees the context of a callback: called exactly once, after the last call of the callback, on any
 * thread.
 */
typedef void (*orchestra_destroy_callback)(void *context);

/**
 * How a store is opened. Fill it with zeros, set `struct_size`, then what is to differ from the
 * default, for which 0 stands in every field.
 */
typedef struct orchestra_store_options {
    /**
     * sizeof(orchestra_store_options), so that the structure can grow.
     */
    uint32_t struct_size;
    /**
     * What a commit survives: one of ORCHESTRA_DURABILITY_*.
     */
    int32_t durability;
    /**
     * How long an operation waits for others before it is ORCHESTRA_BUSY, in ms. Default: 5000.
     */
    uint32_t busy_timeout_ms;
    /**
     * How many reads run at the same time; each needs a connection. Default: 4.
     */
    uint32_t max_readers;
    /**
     * How long a reading connection lives before it is replaced, in ms. Default: 600000.
     */
    uint32_t reader_lifetime_ms;
    /**
     * Page cache of each connection, in KiB. Default: 8192.
     */
    uint32_t cache_size_kib;
    /**
     * How much of the file is mapped into memory, in KiB. Default: nothing, since an I/O error in
     * mapped memory is a signal that ends the process.
     */
    uint32_t mmap_size_kib;
    /**
     * Pages in the write-ahead log at which a commit copies them into the database. Default: 1000.
     */
    uint32_t wal_autocheckpoint;
    /**
     * Size to which the write-ahead log is cut back after a checkpoint, in KiB. Default: 65536.
     */
    uint32_t journal_size_limit_kib;
    /**
     * How long a claimed task belongs to its worker without a heartbeat, in ms. Default: 60000.
     */
    uint32_t lease_ms;
    /**
     * How often a failed task is run again where it doesn't say, 1 to 10; -1 for never. Default: 3.
     */
    int32_t max_retries;
    /**
     * The wait before the first retry, in ms; it doubles with each further one. Default: 5000.
     */
    uint32_t backoff_ms;
    /**
     * The longest wait before a retry, in ms. Default: 600000.
     */
    uint32_t max_backoff_ms;
    /**
     * How long a task waits before it counts as of the next higher priority, in ms. Default: tasks
     * don't age.
     */
    uint32_t ageing_ms;
    /**
     * How many writes that come at the same time share a commit at most; 1: each is committed alone.
     * Default: 64.
     */
    uint32_t group_commit_max_writes;
    /**
     * How long the first of them waits at most until no other may join, in ms. Default: 10.
     */
    uint32_t group_commit_max_wait_ms;
    /**
     * Size of the write-ahead log above which the log warns that something keeps it from being copied
     * into the database, in KiB. Default: 262144.
     */
    uint32_t wal_limit_kib;
    /**
     * What backups, migrations and the like leave free on the disk, in KiB. Default: 65536.
     */
    uint32_t min_free_disk_kib;
    /**
     * Not 0: don't check the pages of a database whose last process was killed, which reads all of it.
     */
    uint32_t no_check_after_crash;
    /**
     * Not 0: don't copy a database that has data before it is migrated.
     */
    uint32_t no_backup_before_migration;
    /**
     * What cached rows and results may take, in KiB; -1 turns the cache off. Default: 16384.
     */
    int32_t cache_kib;
    /**
     * How long a cached row or result is used at most, in ms. Default: 900000.
     */
    uint32_t cache_expiry_ms;
    /**
     * How long a cached row or result stays without being used, in ms. Default: 300000.
     */
    uint32_t cache_sliding_expiry_ms;
    /**
     * Not 0: don't tell changes of rows to the audit log.
     */
    uint32_t no_audit;
    /**
     * Not 0: don't write changes to the outbox, so that nobody can follow them.
     */
    uint32_t no_change_events;
    /**
     * How long changes are kept in the outbox, in s; -1 for ever. Default: 604800, 7 days. This and the
     * times below are what the upkeep goes by.
     */
    int32_t keep_change_events_s;
    /**
     * How many changes are kept in the outbox at most, the newest; -1 for any number. Default:
     * 1000000.
     */
    int32_t max_change_events;
    /**
     * How long completed tasks are kept after their end, in s. Default: for ever, also below.
     */
    uint32_t keep_completed_tasks_s;
    /**
     * How long failed tasks are kept after their end, in s.
     */
    uint32_t keep_failed_tasks_s;
    /**
     * How long cancelled tasks are kept after their end, in s.
     */
    uint32_t keep_cancelled_tasks_s;
    /**
     * How long chat messages are kept, in s.
     */
    uint32_t keep_chat_messages_s;
    /**
     * How long single measurements are kept, in s; what was summed up from them stays.
     */
    uint32_t keep_metrics_s;
    /**
     * How long entries of the audit log are kept, in s.
     */
    uint32_t keep_audit_logs_s;
    /**
     * How long entries of the error log are kept, in s.
     */
    uint32_t keep_error_logs_s;
    /**
     * How long entries of the log of the orchestration are kept, in s.
     */
    uint32_t keep_orchestration_logs_s;
    /**
     * Leave it 0: it keeps what follows in its place.
     */
    uint32_t reserved;
    /**
     * Where orchestra_store_maintain() makes backups, and when: what orchestra_backup_run_if_due() takes
     * as `policy`, JSON, which is read while the store is opened. Default: none are made.
     */
    const uint8_t *backups;
    /**
     * Bytes of `backups`.
     */
    size_t backups_len;
    /**
     * Not 0: open an existing database for reading only. Nothing is created, migrated or locked, and each
     * write returns ORCHESTRA_READ_ONLY. Works for another user, on a read-only disk and on a snapshot.
     */
    uint32_t read_only;
    /**
     * What is done about another copy of SQLite in this process that uses the file, such as that of
     * Entity Framework Core: one of ORCHESTRA_SECOND_SQLITE_*. It is looked for at open and by
     * orchestra_store_maintain(), on Linux.
     */
    int32_t second_sqlite;
    /**
     * Not 0: write to an existing database that has several names (hard links) or lies on a network file
     * system. Data is lost unless only this process uses the file.
     */
    uint32_t allow_unsafe_location;
    /**
     * Leave it 0: it keeps what followed in its place.
     */
    uint32_t reserved_2;
    /**
     * By how much clocks may differ, in ms, before a stored time that is ahead is taken for that of a wrong
     * clock, and a warning is logged. Default: 60000. docs/operations.md, "Wrong clocks".
     */
    uint32_t clock_tolerance_ms;
    /**
     * How many rows of a kind one call of orchestra_store_maintain() deletes at most; -1 for all that are
     * due. Default: 100000.
     */
    int32_t max_rows_per_run;
    /**
     * After how long without a look, in s, the upkeep doesn't believe a clock after a boot. Default: 2592000,
     * 30 days. See orchestra_store_trust_clock().
     */
    uint32_t max_clock_gap_s;
    /**
     * Size of the file and the write-ahead log together, in KiB, above which orchestra_store_maintain() deletes the
     * oldest rows of the kinds above that have a time, and gives the space back. Default: none.
     * docs/maintenance.md, "By size".
     */
    uint32_t max_size_kib;
    /**
     * By how much a retry comes later than its backoff at most, in percent of it, 1 to 100; -1 for not at
     * all. Default: 10.
     */
    int32_t backoff_jitter_percent;
    /**
     * Memory of one query by orchestra_sql_query() or a cursor over one, in KiB: half for the rows that
     * are collected, half to work with. Default: 131072.
     */
    uint32_t sql_memory_kib;
    /**
     * How long a call may take, its waits included, in ms, before it is ended: it is ORCHESTRA_TIMEOUT, and has
     * written nothing. A cursor may wait as long for its next row. Opening, closing and orchestra_store_maintain()
     * aren't limited; orchestra_store_with_timeout() gives single calls more time. Writes share no commits with it.
     * Default: calls take as long as they need.
     */
    uint32_t operation_timeout_ms;
    /**
     * Not 0: paths of repositories that differ only in case, or in the kind of slash, are one path, as for
     * Windows. The spelling of the registered repository counts.
     */
    uint32_t windows_paths;
    /**
     * From which time on a call is logged as slow, in ms: as a warning of the part orchestra_store::slow_operations,
     * with the number of its statements and rows, and the statement that took longest. Default: never.
     */
    uint32_t slow_operation_ms;
    /**
     * Not 0: log each statement when it has ended, with its time and rows, at ORCHESTRA_LOG_INFO, as the part
     * orchestra_store::statements.
     */
    uint32_t log_statements;
    /**
     * Not 0: show the values of parameters in the log's statements. Values may be a secret.
     */
    uint32_t log_values;
    /**
     * Not 0: add to an error of the database the statement at fault, with its values, and the number of the row
     * that can't be read: to the message, and to the details as Statement. Values may be a secret.
     */
    uint32_t detailed_errors;
} orchestra_store_options;

/**
 * Told of a change that was committed: `event` is a JSON object with Sequence, EntityType (the
 * table), EntityId, Action (Create, Update, Delete, …), ChangedProperties (columns, or null),
 * UserId, Timestamp; `first` and `last` are its Sequence. It is UTF-8 without a NUL at its end, and
 * gone when the callback returns.
 *
 * NULL for `event` says that the events from `first` to `last` were missed, since this callback was
 * too slow, or since nobody knows whether they were committed: orchestra_change_since() reads them.
 *
 * It is called on a thread of its own, one call after another, and must not throw or jump out. It may
 * take its time, and may free its subscription. Calling back into the store is ORCHESTRA_MISUSE:
 * another thread does that.
 */
typedef void (*orchestra_change_callback)(void *context,
                                          const uint8_t *event,
                                          size_t event_len,
                                          int64_t first,
                                          int64_t last);

/**
 * Writes the key with this id, ORCHESTRA_KEY_LENGTH bytes, to `key`, and returns 1; 0 where it isn't
 * known. The bytes have to be random or derived by a key derivation function: a password is no key.
 *
 * It is called on any thread, on several at the same time, and inside transactions, so that it should
 * answer from memory. It must not throw or jump out, and must not call the store. The library
 * overwrites its copies of a key.
 */
typedef int32_t (*orchestra_key_callback)(void *context,
                                          const uint8_t *key_id,
                                          size_t key_id_len,
                                          uint8_t *key);

/**
 * Writes the id of the key that new values are sealed with, UTF-8 of 1 to ORCHESTRA_KEY_ID_LENGTH bytes
 * without NUL, to `key_id`, where there is room for that many, and returns its length. Otherwise as
 * orchestra_key_callback. The id is noted in the database next to what was sealed.
 */
typedef size_t (*orchestra_current_key_callback)(void *context, uint8_t *key_id);

/**
 * Makes a value for orchestra_cache_get_or_make(): puts its address and length, UTF-8, into `value` and
 * `value_len`. The bytes belong to the host, and stay until that function returns. An answer other than 0 says that
 * there is no value, and ends the function with ORCHESTRA_CANCELLED.
 *
 * It is called on the thread that called the function and never after that returned. It may use the store, but
 * not ask for the value that it makes, and must not throw or jump out.
 */
typedef int32_t (*orchestra_factory_callback)(void *context,
                                              const uint8_t **value,
                                              size_t *value_len);

/**
 * How a file is imported. Fill it with zeros, set `struct_size`, then what is to differ.
 */
typedef struct orchestra_import_options {
    /**
     * sizeof(orchestra_import_options), so that the structure can grow.
     */
    uint32_t struct_size;
    /**
     * Not 0: only report what would be imported, and write nothing.
     */
    uint32_t dry_run;
    /**
     * Not 0: import nothing if any record can't be taken; 0: import the rest.
     */
    uint32_t strict;
    /**
     * Not 0: leave the file where it is; 0: rename it after success, so that it isn't imported
     * again.
     */
    uint32_t keep_source;
    /**
     * Not 0: leave tasks that are assigned or running as they are, and their agents busy; 0: such tasks are pending
     * again, and their agents idle.
     */
    uint32_t keep_running;
    /**
     * Not 0: write records over rows that differ from them, if the record is the newer one; 0: leave these rows.
     */
    uint32_t update;
} orchestra_import_options;

/**
 * Told how far a long operation is; an answer other than 0 cancels it, and it ends with
 * ORCHESTRA_CANCELLED as if it had not begun.
 *
 * `stage` is what the operation is doing, such as `Copying`, or the table that it is at: UTF-8
 * without a NUL at its end, gone when the callback returns. `done` and `total` count within the
 * stage, in the unit that the function names; `total` is 0 where it isn't known.
 *
 * It is called on the thread that called the function and never after that returned, so that
 * `context` needs no destructor. It must not throw or jump out, and must not write to the store,
 * which would be ORCHESTRA_MISUSE, or ORCHESTRA_BUSY where the operation holds it otherwise.
 */
typedef int32_t (*orchestra_progress_callback)(void *context,
                                               const uint8_t *stage,
                                               size_t stage_len,
                                               uint64_t done,
                                               uint64_t total);

/**
 * Takes bytes, which are gone when it returns; an answer other than 0 says that it can't, and ends the
 * operation with ORCHESTRA_IO.
 *
 * It is called on the thread that called the function and never after that returned. It must not throw
 * or jump out, and must not write to the store.
 */
typedef int32_t (*orchestra_write_callback)(void *context, const uint8_t *bytes, size_t len);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The ABI version of the library that is loaded. A host compares it with ORCHESTRA_ABI_VERSION,
 * which is that of the header, before it calls anything else.
 */
uint32_t orchestra_abi_version(void);

/**
 * The version of the library and of the SQLite in it, such as `0.1.0 (SQLite 3.53.2)`, for people.
 * The text ends with NUL, belongs to the library and stays.
 */
const char *orchestra_version(void);

/**
 * The status that the failed call returned; ORCHESTRA_OK for NULL.
 */
orchestra_status orchestra_error_code(const struct orchestra_error *error);

/**
 * SQLite's extended result code; 0 where SQLite was not involved or didn't tell, and for NULL.
 */
int32_t orchestra_error_sqlite_code(const struct orchestra_error *error);

/**
 * 1 if the same call may succeed later without a change of its arguments, otherwise 0.
 */
int32_t orchestra_error_retryable(const struct orchestra_error *error);

/**
 * What went wrong, for people, in English: UTF-8 with a NUL at its end, which lives as long as the
 * error. NULL for NULL.
 */
const char *orchestra_error_message(const struct orchestra_error *error);

/**
 * What went wrong, for programs: a JSON object with those of Entity, Id, Column (or the name of the
 * argument), Constraint, From, To, Index, Current (the row as it is now, of a conflict), SqliteCode
 * that are known. UTF-8 with a NUL at its end, which lives as long as the error. NULL for NULL.
 */
const char *orchestra_error_details(const struct orchestra_error *error);

/**
 * Frees an error. NULL is fine.
 */
void orchestra_error_free(struct orchestra_error *error);

/**
 * Frees the bytes of a buffer and empties it. NULL and an empty buffer are fine, so freeing twice
 * is too.
 */
void orchestra_buffer_free(struct orchestra_buffer *buffer);

/**
 * Sets the one receiver of the library's log, for all stores of the process, in place of the one
 * before. A NULL callback ends logging; the other arguments are not looked at then.
 *
 * `level` is the last of ORCHESTRA_LOG_* that is wanted. `context` is passed to the callback; when
 * the receiver is replaced and no call of it runs any more, `destroy` is called with it, unless
 * that is NULL. This can be on another thread and after this function returned. When this function
 * fails, the receiver before stays, and `context` is still the caller's.
 */
orchestra_status orchestra_log_set(int32_t level,
                                   orchestra_log_callback callback,
                                   void *context,
                                   orchestra_destroy_callback destroy,
                                   struct orchestra_error **error);

/**
 * Opens a database: makes the file and its directory where they aren't there (for the user alone),
 * and migrates one that an older version of the library wrote.
 *
 * `path` is the path of a file; a URI or `:memory:` is refused. `options` may be NULL for the
 * defaults. The store belongs to the caller, who frees it with orchestra_store_free().
 *
 * ORCHESTRA_NOT_A_DATABASE, ORCHESTRA_FOREIGN_SCHEMA (such as a database of Entity Framework Core)
 * and ORCHESTRA_SCHEMA_TOO_NEW leave the file as it was. ORCHESTRA_IO or
 * ORCHESTRA_PERMISSION_DENIED: the path can't be opened.
 *
 * One process must use a database file through one copy of SQLite only. ORCHESTRA_FILE_UNSAFE: another
 * one in this process uses it (on Linux), or the file has several names or lies on a network file system
 * (`second_sqlite` and `allow_unsafe_location` in the options). Writes return it, too, once the file or
 * its log was moved, deleted or replaced. ORCHESTRA_MISUSE: the file was open when this process was
 * forked.
 */
orchestra_status orchestra_store_open(const uint8_t *path,
                                      size_t path_len,
                                      const struct orchestra_store_options *options,
                                      struct orchestra_store **store,
                                      struct orchestra_error **error);

/**
 * Makes another handle to the same store, through which this user acts: what it writes bears the
 * user's name.
 *
 * `user` is a JSON object with any of UserId (`system` where it is absent), SessionId, RequestId,
 * CorrelationId, IpAddress, UserAgent, HttpMethod (up to 20 characters), RequestPath (up to 2000),
 * which the audit log records. The new handle belongs to the caller, who frees it with
 * orchestra_store_free(), before or after the handle that it was made from.
 */
orchestra_status orchestra_store_context(const struct orchestra_store *store,
                                         const uint8_t *user,
                                         size_t user_len,
                                         struct orchestra_store **context,
                                         struct orchestra_error **error);

/**
 * Closes the store for all its handles, and reports what goes wrong with that; orchestra_store_free()
 * alone closes quietly.
 *
 * Waits for a running write, and copies the write-ahead log into the database. Reads that run on
 * other threads end undisturbed; calls that come later are ORCHESTRA_CLOSED. Closing twice is fine.
 * The handles still have to be freed.
 */
orchestra_status orchestra_store_close(const struct orchestra_store *store,
                                       struct orchestra_error **error);

/**
 * Frees a handle. The database is closed with its last handle. NULL is fine. No other thread may
 * use this handle any more.
 */
void orchestra_store_free(struct orchestra_store *store);

/**
 * Tells which migrations the database has had.
 *
 * `migrations` receives a JSON array, in order: Version, Name, State (Applied, Pending, Unknown),
 * AppliedAt (when it ran, or null).
 * Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_store_migration_status(const struct orchestra_store *store,
                                                  struct orchestra_buffer *migrations,
                                                  struct orchestra_error **error);

/**
 * Makes an object that ends operations. It belongs to the caller, who frees it with
 * orchestra_cancel_free(), also while handles that were made with it are in use.
 */
orchestra_status orchestra_cancel_new(struct orchestra_cancel **cancel,
                                      struct orchestra_error **error);

/**
 * Ends what runs through the handles that were made with this, and what begins, until it is reset:
 * such an operation is ORCHESTRA_CANCELLED, and has written nothing. One that has come as far as its
 * commit is done all the same. It never waits; setting it twice changes nothing.
 */
orchestra_status orchestra_cancel_set(const struct orchestra_cancel *cancel,
                                      struct orchestra_error **error);

/**
 * Makes it as new, so that the handles that were made with it can be used again. What runs
 * meanwhile may or may not have seen that it was set.
 */
orchestra_status orchestra_cancel_reset(const struct orchestra_cancel *cancel,
                                        struct orchestra_error **error);

/**
 * Frees it. NULL is fine. Nothing can end the operations of its handles afterwards.
 */
void orchestra_cancel_free(struct orchestra_cancel *cancel);

/**
 * Makes another handle to the same store, or to the same transaction, whose operations this ends: a
 * statement that runs, the wait for other writes or for a connection, and what has not begun. It
 * takes the place of the one that `store` was made with, if any. A write through it shares its
 * commit with no other.
 *
 * The new handle belongs to the caller, who frees it with orchestra_store_free(), in any order with
 * the others.
 */
orchestra_status orchestra_store_cancellable(const struct orchestra_store *store,
                                             const struct orchestra_cancel *cancel,
                                             struct orchestra_store **cancellable,
                                             struct orchestra_error **error);

/**
 * Makes another handle to the same store, or to the same transaction, each of whose operations may take
 * this many milliseconds, whatever `operation_timeout_ms` of the options says; 0 for any time, such as for
 * a backup.
 *
 * An operation that takes longer, its waits included, is ended, and has written nothing; one that has come
 * as far as its commit is done all the same. A write through it shares its commit with no other.
 *
 * The new handle belongs to the caller, who frees it with orchestra_store_free(), in any order with
 * the others.
 */
orchestra_status orchestra_store_with_timeout(const struct orchestra_store *store,
                                              uint32_t timeout_ms,
                                              struct orchestra_store **limited,
                                              struct orchestra_error **error);

/**
 * Begins a transaction: what is done through the handle that orchestra_transaction_store() gives is
 * committed together, or not at all.
 *
 * It holds the write lock until it ends: other writes, also those of this thread through other
 * handles, wait for it up to the busy timeout. `store` is any handle but one of a transaction, which
 * is ORCHESTRA_MISUSE. The transaction belongs to the caller, who frees it with
 * orchestra_transaction_free(). It keeps the store alive.
 *
 *     orchestra_transaction *transaction;
 *     orchestra_store *inside;
 *     if (orchestra_transaction_begin(store, &transaction, &error) == ORCHESTRA_OK) {
 *         if (orchestra_transaction_store(transaction, &inside, &error) == ORCHESTRA_OK &&
 *             orchestra_agent_heartbeat(inside, id, id_len, &error) == ORCHESTRA_OK) {
 *             orchestra_transaction_commit(transaction, &error);
 *         }
 *         orchestra_store_free(inside);
 *         orchestra_transaction_free(transaction);
 *     }
 */
orchestra_status orchestra_transaction_begin(const struct orchestra_store *store,
                                             struct orchestra_transaction **transaction,
                                             struct orchestra_error **error);

/**
 * Gives a handle whose operations are part of a transaction: all functions that read or write rows
 * take it. Those that concern the database as a whole, such as a backup, are ORCHESTRA_MISUSE.
 *
 * An operation that fails has undone what it wrote, and nothing else of the transaction. Where a
 * failure of the machine, or a statement that was cancelled while it wrote, rolled back the
 * transaction itself, what comes later is ORCHESTRA_CLOSED, as it is after the transaction has
 * ended. The handle belongs to the caller, who frees it with orchestra_store_free(), before or after
 * the transaction.
 */
orchestra_status orchestra_transaction_store(const struct orchestra_transaction *transaction,
                                             struct orchestra_store **store,
                                             struct orchestra_error **error);

/**
 * Commits a transaction, which has ended then, however that goes. References to rows that aren't
 * there are found now, and are ORCHESTRA_CONSTRAINT_VIOLATION.
 *
 * On failure nothing was written, but for ORCHESTRA_OUTCOME_UNKNOWN. The handle still has to be
 * freed.
 */
orchestra_status orchestra_transaction_commit(const struct orchestra_transaction *transaction,
                                              struct orchestra_error **error);

/**
 * Undoes what was written in a transaction, which has ended then. The handle still has to be freed.
 */
orchestra_status orchestra_transaction_rollback(const struct orchestra_transaction *transaction,
                                                struct orchestra_error **error);

/**
 * Frees a transaction, and rolls it back unless it has ended; where another thread is in the middle
 * of an operation of it, as soon as that is done. NULL is fine.
 */
void orchestra_transaction_free(struct orchestra_transaction *transaction);

/**
 * Makes an agent known, or takes over what changed of one that is; one that was removed is back
 * with its statistics. It is idle, or busy while it holds tasks, and has just given a sign of life.
 *
 * `agent` is a JSON object: Name, Type and RepositoryPath (`*` for any); optional Id (a new one is
 * made), MaxConcurrentTasks (1 to 10, default 1), HealthCheckInterval (`hh:mm:ss`, default one
 * minute), ConfigurationJson (any JSON), SessionId.
 *
 * `registered` receives the agent as orchestra_agent_get() gives it; it may be NULL. Free it with
 * orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT names the property at fault.
 */
orchestra_status orchestra_agent_register(const struct orchestra_store *store,
                                          const uint8_t *agent,
                                          size_t agent_len,
                                          struct orchestra_buffer *registered,
                                          struct orchestra_error **error);

/**
 * Looks an agent up. One that was removed is ORCHESTRA_NOT_FOUND.
 *
 * `agent` receives a JSON object with all columns of the table Agents under their names. Free it
 * with orchestra_buffer_free().
 */
orchestra_status orchestra_agent_get(const struct orchestra_store *store,
                                     const uint8_t *id,
                                     size_t id_len,
                                     struct orchestra_buffer *agent,
                                     struct orchestra_error **error);

/**
 * Lists all agents that were not removed, by id.
 *
 * `agents` receives a JSON array of agents. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_agent_list(const struct orchestra_store *store,
                                      struct orchestra_buffer *agents,
                                      struct orchestra_error **error);

/**
 * Lists all agents in a state, one of ORCHESTRA_AGENT_*, that were not removed, by id.
 *
 * `agents` receives a JSON array of agents. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_ARGUMENT: the number is no state.
 */
orchestra_status orchestra_agent_list_by_status(const struct orchestra_store *store,
                                                int32_t status,
                                                struct orchestra_buffer *agents,
                                                struct orchestra_error **error);

/**
 * Removes an agent: it is no longer found, but its history stays, and registering it again brings
 * it back. One that holds tasks is ORCHESTRA_CONFLICT; one that isn't there is ORCHESTRA_NOT_FOUND.
 */
orchestra_status orchestra_agent_remove(const struct orchestra_store *store,
                                        const uint8_t *id,
                                        size_t id_len,
                                        struct orchestra_error **error);

/**
 * Records what an agent says of itself, and that it lives. What isn't given stays as it is.
 *
 * `report` is a JSON object with any of Status (Unknown, Idle, Busy, Offline, Error), LastPing (ISO
 * 8601; now), CurrentTask (up to 2000 characters; null for none). An idle agent has no current task.
 * Without Status, one that was offline is back at work. NULL is `{}`.
 *
 * `agent` receives the agent; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_NOT_FOUND: there is no such agent.
 */
orchestra_status orchestra_agent_report(const struct orchestra_store *store,
                                        const uint8_t *id,
                                        size_t id_len,
                                        const uint8_t *report,
                                        size_t report_len,
                                        struct orchestra_buffer *agent,
                                        struct orchestra_error **error);

/**
 * Sets an agent's state, one of ORCHESTRA_AGENT_*, and what it says that it works on, as
 * orchestra_agent_report() does. NULL: a busy agent works on nothing in particular, and what others
 * worked on stays. An agent that is offline or broken claims no tasks.
 *
 * `agent` receives the agent; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_ARGUMENT: the number is no state; ORCHESTRA_NOT_FOUND: there is no such agent.
 */
orchestra_status orchestra_agent_set_status(const struct orchestra_store *store,
                                            const uint8_t *id,
                                            size_t id_len,
                                            int32_t status,
                                            const uint8_t *current_task,
                                            size_t current_task_len,
                                            struct orchestra_buffer *agent,
                                            struct orchestra_error **error);

/**
 * Notes a sign of life of an agent. One that was offline is back at work. It doesn't extend the
 * leases of the agent's tasks: that is orchestra_task_heartbeat().
 */
orchestra_status orchestra_agent_heartbeat(const struct orchestra_store *store,
                                           const uint8_t *id,
                                           size_t id_len,
                                           struct orchestra_error **error);

/**
 * Lists the agents that could take a task now: idle or busy with room, with a sign of life within
 * five health intervals, and for this repository or any. Those that completed the fewest tasks come
 * first, and of these the more successful.
 *
 * `repository_path` may be NULL for agents of any repository. `agents` receives a JSON array of
 * agents. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_agent_find_available(const struct orchestra_store *store,
                                                const uint8_t *repository_path,
                                                size_t repository_path_len,
                                                struct orchestra_buffer *agents,
                                                struct orchestra_error **error);

/**
 * Chooses the best of the agents that could take a task of a repository now, which are those of
 * orchestra_agent_find_available(). It reserves nothing: only a claim does.
 *
 * `criteria` is a JSON object with any of Strategy (LeastLoaded, BestSuccessRate, Fastest,
 * RoundRobin or Weighted, which is the default; or 0 to 4), Type (only agents of this type),
 * MinSuccessRate (0 to 1), Capabilities (only agents that have all of these in the list
 * `capabilities` of their ConfigurationJson), PreferredAgentIds (one of these, if any of them
 * fits). NULL is `{}`.
 *
 * `agent` receives the agent as orchestra_agent_get() gives it, and stays empty where none fits.
 * Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_agent_find_best(const struct orchestra_store *store,
                                           const uint8_t *repository_path,
                                           size_t repository_path_len,
                                           const uint8_t *criteria,
                                           size_t criteria_len,
                                           struct orchestra_buffer *agent,
                                           struct orchestra_error **error);

/**
 * Tells the load of every agent, by id.
 *
 * `loads` receives a JSON array: AgentId, AgentName, Status, CurrentTasks, MaxConcurrentTasks, Load
 * (the first over the second, 0 to 1), AverageExecutionTime (ms), SuccessRate (0 to 1). Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_agent_load_distribution(const struct orchestra_store *store,
                                                   struct orchestra_buffer *loads,
                                                   struct orchestra_error **error);

/**
 * Lists the agents whose last sign of life is older than this, the longest ago first, whatever
 * their state and their own health intervals.
 *
 * `threshold_ms` is in milliseconds, more than 0 and ten years at the most. `agents` receives a
 * JSON array of agents. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_agent_list_stale(const struct orchestra_store *store,
                                            int64_t threshold_ms,
                                            struct orchestra_buffer *agents,
                                            struct orchestra_error **error);

/**
 * Lists the agents that a person should look after, by id. It reads all agents, the tasks that
 * ended in the last 24 hours, and the expired leases.
 *
 * `agents` receives a JSON array of agents, each with a further property Reasons, an array of
 * objects that have a Reason: Error (it says that it can't work), NoPing (with LastPing),
 * ManyFailures (with Ended and Failed: more than half of at least five tasks failed),
 * ExpiredLeases (with Count). Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_agent_list_requiring_maintenance(const struct orchestra_store *store,
                                                            struct orchestra_buffer *agents,
                                                            struct orchestra_error **error);

/**
 * Marks agents offline that gave no sign of life for five of their health intervals, and those
 * idle or busy that are offline and gave one since; at most `limit`, 1 to 1000. A host calls it
 * now and then, until it changes less. An agent that is broken stays as it is. Tasks that an agent
 * leaves behind are for orchestra_task_rescue_expired().
 * A sign of life in the future, by a clock that was wrong, counts as one of now (Corrected).
 *
 * `sweep` receives a JSON object with the ids in WentOffline, CameBack and Corrected; it may be
 * NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_agent_sweep_health(const struct orchestra_store *store,
                                              uint32_t limit,
                                              struct orchestra_buffer *sweep,
                                              struct orchestra_error **error);

/**
 * Tells what the tasks of an agent show that were made in the last `period_ms`, or in 30 days if
 * that is 0; ten years at the most.
 *
 * `statistics` receives a JSON object: AgentId, AgentName, AgentStatus, and what
 * orchestra_task_analytics() tells. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND:
 * there is no such agent.
 */
orchestra_status orchestra_agent_statistics(const struct orchestra_store *store,
                                            const uint8_t *id,
                                            size_t id_len,
                                            int64_t period_ms,
                                            struct orchestra_buffer *statistics,
                                            struct orchestra_error **error);

/**
 * Adds what a host measured to what is known of an agent, all of it or nothing. Tasks of the queue
 * are counted by the queue: to report them here would count them twice.
 *
 * `metrics` is a JSON object with any of TasksCompleted and TasksFailed (0 to 1000000),
 * ExecutionTime (`[d.]hh:mm:ss`, what these took together), and Measurements (an array of up to
 * 100 objects with MetricName, MetricValue, and optional MetricUnit), which become rows of
 * PerformanceMetrics.
 *
 * `agent` receives the agent; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_ARGUMENT names the property, and has the Index of the measurement at fault;
 * ORCHESTRA_NOT_FOUND: there is no such agent.
 */
orchestra_status orchestra_agent_update_performance_metrics(const struct orchestra_store *store,
                                                            const uint8_t *id,
                                                            size_t id_len,
                                                            const uint8_t *metrics,
                                                            size_t metrics_len,
                                                            struct orchestra_buffer *agent,
                                                            struct orchestra_error **error);

/**
 * Begins a session of an agent, or goes on with one that is known: it is active again, with this
 * process and directory, and keeps what it has used. An active one is taken over.
 *
 * `session` is a JSON object: AgentId, SessionId (the agent's own name of the session, 1 to 128
 * characters), WorkingDirectory (1 to 500 characters); optional ProcessId.
 *
 * `opened` receives the session as orchestra_agent_session_get() gives it; it may be NULL. Free it
 * with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such agent;
 * ORCHESTRA_ALREADY_EXISTS: the session is another agent's; ORCHESTRA_INVALID_TRANSITION: it is
 * closed.
 */
orchestra_status orchestra_agent_session_open(const struct orchestra_store *store,
                                              const uint8_t *session,
                                              size_t session_len,
                                              struct orchestra_buffer *opened,
                                              struct orchestra_error **error);

/**
 * Looks a session up by the name that its agent gave it.
 *
 * `session` receives a JSON object with all columns of the table AgentSessions under their names.
 * Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such session, which all
 * functions that take the name of one can answer.
 */
orchestra_status orchestra_agent_session_get(const struct orchestra_store *store,
                                             const uint8_t *session_id,
                                             size_t session_id_len,
                                             struct orchestra_buffer *session,
                                             struct orchestra_error **error);

/**
 * Lists the newest sessions that fit, at most `limit`, 1 to 1000.
 *
 * `filter` is a JSON object with any of AgentId, Status (Active, Paused, Closed, Error); NULL for
 * all sessions. `sessions` receives a JSON array of sessions. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_agent_session_list(const struct orchestra_store *store,
                                              const uint8_t *filter,
                                              size_t filter_len,
                                              uint32_t limit,
                                              struct orchestra_buffer *sessions,
                                              struct orchestra_error **error);

/**
 * Adds to what a session has used; the bill may come after it was closed.
 *
 * `usage` is a JSON object with any of CostUsd (US dollars), DurationMs, Messages, each 0 or more.
 * `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_ARGUMENT names what is negative or too much.
 */
orchestra_status orchestra_agent_session_add_usage(const struct orchestra_store *store,
                                                   const uint8_t *session_id,
                                                   size_t session_id_len,
                                                   const uint8_t *usage,
                                                   size_t usage_len,
                                                   struct orchestra_buffer *session,
                                                   struct orchestra_error **error);

/**
 * Records what changed of a session in one call; what isn't given stays as it is.
 *
 * `report` is a JSON object with any of Status (Active, Paused, Closed, Error), ProcessId (null for
 * none), WorkingDirectory (1 to 500 characters), Usage (what orchestra_agent_session_add_usage()
 * takes). `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it is closed.
 */
orchestra_status orchestra_agent_session_report(const struct orchestra_store *store,
                                                const uint8_t *session_id,
                                                size_t session_id_len,
                                                const uint8_t *report,
                                                size_t report_len,
                                                struct orchestra_buffer *session,
                                                struct orchestra_error **error);

/**
 * Holds an active session.
 *
 * `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: the session is in another state, as for the other steps of a
 * session.
 */
orchestra_status orchestra_agent_session_pause(const struct orchestra_store *store,
                                               const uint8_t *session_id,
                                               size_t session_id_len,
                                               struct orchestra_buffer *session,
                                               struct orchestra_error **error);

/**
 * Goes on with a paused session.
 *
 * `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_agent_session_resume(const struct orchestra_store *store,
                                                const uint8_t *session_id,
                                                size_t session_id_len,
                                                struct orchestra_buffer *session,
                                                struct orchestra_error **error);

/**
 * Notes that an active or paused session broke off. Opening it again goes on with it.
 *
 * `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_agent_session_mark_error(const struct orchestra_store *store,
                                                    const uint8_t *session_id,
                                                    size_t session_id_len,
                                                    struct orchestra_buffer *session,
                                                    struct orchestra_error **error);

/**
 * Ends a session for good.
 *
 * `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_agent_session_close(const struct orchestra_store *store,
                                               const uint8_t *session_id,
                                               size_t session_id_len,
                                               struct orchestra_buffer *session,
                                               struct orchestra_error **error);

/**
 * Asks people for a decision, which is made once.
 *
 * `approval` is a JSON object: AgentId, the agent that asks; optional Id (a new one is made),
 * SessionId (1 to 128 characters), ExpiresAt (ISO 8601, in the future; when it is too late to
 * decide), RequestDetails (any JSON).
 *
 * `requested` receives the request as orchestra_approval_get() gives it; it may be NULL. Free it
 * with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such agent;
 * ORCHESTRA_ALREADY_EXISTS: the Id is in use.
 */
orchestra_status orchestra_approval_request(const struct orchestra_store *store,
                                            const uint8_t *approval,
                                            size_t approval_len,
                                            struct orchestra_buffer *requested,
                                            struct orchestra_error **error);

/**
 * Looks a request for approval up.
 *
 * `approval` receives a JSON object with all columns of the table ApprovalRequests under their
 * names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such request,
 * which all functions that take the id of one can answer.
 */
orchestra_status orchestra_approval_get(const struct orchestra_store *store,
                                        const uint8_t *id,
                                        size_t id_len,
                                        struct orchestra_buffer *approval,
                                        struct orchestra_error **error);

/**
 * Lists the requests that can be decided now, the oldest first, at most `limit`, 1 to 1000.
 *
 * `agent_id` may be NULL for those of all agents. `approvals` receives a JSON array of requests.
 * Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_approval_list_waiting(const struct orchestra_store *store,
                                                 const uint8_t *agent_id,
                                                 size_t agent_id_len,
                                                 uint32_t limit,
                                                 struct orchestra_buffer *approvals,
                                                 struct orchestra_error **error);

/**
 * Grants what was asked for.
 *
 * `decision` is a JSON object with any of DecidedBy (1 to 128 characters; the acting user if it is
 * absent), Reason (up to 500 characters), ResumeSession (true: the session of the request goes on
 * now, in the same transaction; it is active, with a new LastResumedAt); NULL is `{}`. `approval` receives the request; it may be
 * NULL. Free it with orchestra_buffer_free(). ORCHESTRA_INVALID_TRANSITION: it was decided or
 * cancelled before, or has expired; the details have which as From.
 */
orchestra_status orchestra_approval_approve(const struct orchestra_store *store,
                                            const uint8_t *id,
                                            size_t id_len,
                                            const uint8_t *decision,
                                            size_t decision_len,
                                            struct orchestra_buffer *approval,
                                            struct orchestra_error **error);

/**
 * Denies what was asked for. Otherwise as orchestra_approval_approve().
 */
orchestra_status orchestra_approval_reject(const struct orchestra_store *store,
                                           const uint8_t *id,
                                           size_t id_len,
                                           const uint8_t *decision,
                                           size_t decision_len,
                                           struct orchestra_buffer *approval,
                                           struct orchestra_error **error);

/**
 * Withdraws a request, for a reason of up to 500 characters or NULL; one that has expired too.
 *
 * `approval` receives the request; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it was decided or cancelled before.
 */
orchestra_status orchestra_approval_cancel(const struct orchestra_store *store,
                                           const uint8_t *id,
                                           size_t id_len,
                                           const uint8_t *reason,
                                           size_t reason_len,
                                           struct orchestra_buffer *approval,
                                           struct orchestra_error **error);

/**
 * Cancels requests that have expired, the longest ago first, at most `limit`, 1 to 1000; a host
 * calls it now and then, until it returns less.
 *
 * `ids` receives a JSON array of the ids of these; it may be NULL. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_approval_expire(const struct orchestra_store *store,
                                           uint32_t limit,
                                           struct orchestra_buffer *ids,
                                           struct orchestra_error **error);

/**
 * Makes the repository at a path known, 1 to 500 characters, and names it after the path's last
 * part; one that is known stays as it is, but becomes active again. Enqueueing a task or
 * registering an agent does the same for its RepositoryPath.
 *
 * `repository` receives the repository as orchestra_repository_get() gives it; it may be NULL.
 * Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_repository_register(const struct orchestra_store *store,
                                               const uint8_t *path,
                                               size_t path_len,
                                               struct orchestra_buffer *repository,
                                               struct orchestra_error **error);

/**
 * Looks a repository up.
 *
 * `repository` receives a JSON object with all columns of the table Repositories under their
 * names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such repository,
 * which all functions that take the id of one can answer.
 */
orchestra_status orchestra_repository_get(const struct orchestra_store *store,
                                          const uint8_t *id,
                                          size_t id_len,
                                          struct orchestra_buffer *repository,
                                          struct orchestra_error **error);

/**
 * Looks the repository at a path up.
 *
 * `repository` receives the repository, and stays empty where none is known there. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_repository_get_by_path(const struct orchestra_store *store,
                                                  const uint8_t *path,
                                                  size_t path_len,
                                                  struct orchestra_buffer *repository,
                                                  struct orchestra_error **error);

/**
 * Lists all repositories, by path.
 *
 * `repositories` receives a JSON array of repositories. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_repository_list(const struct orchestra_store *store,
                                           struct orchestra_buffer *repositories,
                                           struct orchestra_error **error);

/**
 * Lists the active repositories that had the most tasks, the most first, at most `limit`, 1 to
 * 1000.
 *
 * `repositories` receives a JSON array of repositories. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_repository_list_most_used(const struct orchestra_store *store,
                                                     uint32_t limit,
                                                     struct orchestra_buffer *repositories,
                                                     struct orchestra_error **error);

/**
 * Notes that a repository is no longer in use. Its tasks and agents stay as they are; registering
 * it again makes it active.
 *
 * `repository` receives the repository; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_repository_deactivate(const struct orchestra_store *store,
                                                 const uint8_t *id,
                                                 size_t id_len,
                                                 struct orchestra_buffer *repository,
                                                 struct orchestra_error **error);

/**
 * Notes that somebody used a repository now. Like a sign of life, this isn't audited.
 */
orchestra_status orchestra_repository_note_access(const struct orchestra_store *store,
                                                  const uint8_t *id,
                                                  size_t id_len,
                                                  struct orchestra_error **error);

/**
 * Sets what the host wants to keep with a repository: any JSON, or NULL for nothing.
 *
 * `repository` receives the repository; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_repository_set_settings(const struct orchestra_store *store,
                                                   const uint8_t *id,
                                                   size_t id_len,
                                                   const uint8_t *settings,
                                                   size_t settings_len,
                                                   struct orchestra_buffer *repository,
                                                   struct orchestra_error **error);

/**
 * Sets who may see a repository, one of ORCHESTRA_ACCESS_*.
 *
 * `repository` receives the repository; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_ARGUMENT: the number is no level.
 */
orchestra_status orchestra_repository_set_access_level(const struct orchestra_store *store,
                                                       const uint8_t *id,
                                                       size_t id_len,
                                                       int32_t level,
                                                       struct orchestra_buffer *repository,
                                                       struct orchestra_error **error);

/**
 * Sets which operations are allowed in a repository.
 *
 * `operations` is a JSON array of up to 100 different names of 1 to 100 characters; NULL allows
 * all, and an empty array none. `repository` receives the repository; it may be NULL. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_repository_set_allowed_operations(const struct orchestra_store *store,
                                                             const uint8_t *id,
                                                             size_t id_len,
                                                             const uint8_t *operations,
                                                             size_t operations_len,
                                                             struct orchestra_buffer *repository,
                                                             struct orchestra_error **error);

/**
 * Tells whether an operation of this name is allowed in a repository. The store only answers: the
 * host has to ask.
 *
 * `allowed` receives 1 if it is, otherwise 0.
 */
orchestra_status orchestra_repository_is_allowed(const struct orchestra_store *store,
                                                 const uint8_t *id,
                                                 size_t id_len,
                                                 const uint8_t *operation,
                                                 size_t operation_len,
                                                 int32_t *allowed,
                                                 struct orchestra_error **error);

/**
 * Tells how well it goes in a repository, and what its tasks show that were made in the last
 * `period_ms`, or in 30 days if that is 0; ten years at the most.
 *
 * `statistics` receives a JSON object: RepositoryId, Path, ReliabilityScore (0 to 1),
 * PerformanceRating (0 to 10, as of the last orchestra_repository_update_ratings()), and what
 * orchestra_task_analytics() tells. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_repository_statistics(const struct orchestra_store *store,
                                                 const uint8_t *id,
                                                 size_t id_len,
                                                 int64_t period_ms,
                                                 struct orchestra_buffer *statistics,
                                                 struct orchestra_error **error);

/**
 * Rates all repositories anew by the tasks that ended in the last `period_ms`, or in 30 days if
 * that is 0; a host calls it now and then, such as once an hour. It costs a pass over these tasks.
 *
 * `count` receives how many ratings changed; it may be NULL.
 */
orchestra_status orchestra_repository_update_ratings(const struct orchestra_store *store,
                                                     int64_t period_ms,
                                                     int64_t *count,
                                                     struct orchestra_error **error);

/**
 * Sets the counters of a repository to what its tasks give. It reads all of them; those that are
 * no longer in the database don't count any more.
 *
 * `recount` receives a JSON object: RepositoryId, Path, Differences (Column, Kept, Counted), which
 * is empty where all was right; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_repository_recount(const struct orchestra_store *store,
                                              const uint8_t *id,
                                              size_t id_len,
                                              struct orchestra_buffer *recount,
                                              struct orchestra_error **error);

/**
 * Sets a preference, new or known, in exactly this scope. Setting what is set already writes
 * nothing.
 *
 * `preference` is a JSON object: Key (1 to 255 characters), Value (text: `true` or `false`, a
 * number, JSON, or any other); optional Scope (an object with any of IsDefault, which is true for
 * everyone and not the acting user, RepositoryId, AgentId), Type (UI, Behavior, Performance,
 * Security, Integration), Category, Description, IsEncrypted (whether the value is sealed with the
 * host's key), IsReadOnly (whether later changes are refused). What is absent stays as before, but
 * for IsReadOnly.
 *
 * `row` receives a JSON object with all columns of the table UserPreferences under their names,
 * and its Value sealed if it is; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_READ_ONLY: the known one is read-only; ORCHESTRA_ENCRYPTION_FAILED: the value can't be
 * sealed; ORCHESTRA_CONSTRAINT_VIOLATION: there is no such repository or agent.
 */
orchestra_status orchestra_preference_set(const struct orchestra_store *store,
                                          const uint8_t *preference,
                                          size_t preference_len,
                                          struct orchestra_buffer *row,
                                          struct orchestra_error **error);

/**
 * Removes the preference of exactly this scope.
 *
 * `scope` is a JSON object with any of IsDefault (true for everyone), RepositoryId, AgentId; NULL
 * for all work of the acting user. `removed` receives 1 if there was one, otherwise 0; it may be
 * NULL. ORCHESTRA_READ_ONLY: it is read-only.
 */
orchestra_status orchestra_preference_remove(const struct orchestra_store *store,
                                             const uint8_t *key,
                                             size_t key_len,
                                             const uint8_t *scope,
                                             size_t scope_len,
                                             int32_t *removed,
                                             struct orchestra_error **error);

/**
 * Reads the preference of exactly this scope, which is that of orchestra_preference_remove().
 *
 * `preference` receives a JSON object with all columns of the table UserPreferences under their
 * names, the Value readable also where IsEncrypted is true; it stays empty where there is none.
 * Free it with orchestra_buffer_free(), which doesn't overwrite it. ORCHESTRA_ENCRYPTION_FAILED:
 * the value is sealed and can't be opened, which all functions that read a value can answer.
 */
orchestra_status orchestra_preference_get(const struct orchestra_store *store,
                                          const uint8_t *key,
                                          size_t key_len,
                                          const uint8_t *scope,
                                          size_t scope_len,
                                          struct orchestra_buffer *preference,
                                          struct orchestra_error **error);

/**
 * Reads a preference of the acting user or of everyone by its id, as orchestra_preference_get()
 * gives it. ORCHESTRA_NOT_FOUND: there is no such one, or it is another user's.
 */
orchestra_status orchestra_preference_open(const struct orchestra_store *store,
                                           const uint8_t *id,
                                           size_t id_len,
                                           struct orchestra_buffer *preference,
                                           struct orchestra_error **error);

/**
 * Lists the preferences that hold for the acting user's work with an agent in a repository, the
 * most specific one of each key, by key. `repository_id` and `agent_id` may be NULL for work
 * without one.
 *
 * `preferences` receives a JSON array of rows of UserPreferences. Sealed values stay sealed;
 * orchestra_preference_open() opens one. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_preference_list_effective(const struct orchestra_store *store,
                                                     const uint8_t *repository_id,
                                                     size_t repository_id_len,
                                                     const uint8_t *agent_id,
                                                     size_t agent_id_len,
                                                     struct orchestra_buffer *preferences,
                                                     struct orchestra_error **error);

/**
 * Reads the preference that holds for the acting user's work with an agent in a repository: the
 * user's own before everyone's, then agent and repository, then agent, then repository, then all
 * work. `repository_id` and `agent_id` may be NULL for work without one.
 *
 * `preference` receives what orchestra_preference_get() gives, and stays empty where there is
 * none. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_preference_resolve(const struct orchestra_store *store,
                                              const uint8_t *key,
                                              size_t key_len,
                                              const uint8_t *repository_id,
                                              size_t repository_id_len,
                                              const uint8_t *agent_id,
                                              size_t agent_id_len,
                                              struct orchestra_buffer *preference,
                                              struct orchestra_error **error);

/**
 * Reads the value of the preference that holds, as orchestra_preference_resolve() finds it, as it
 * is: text, or JSON if it is that.
 *
 * `value` is not JSON unless the value is; free it with orchestra_buffer_free(), which doesn't
 * overwrite it. `found` receives 1 if there is a preference, otherwise 0, with an empty `value`;
 * it may be NULL.
 */
orchestra_status orchestra_preference_resolve_text(const struct orchestra_store *store,
                                                   const uint8_t *key,
                                                   size_t key_len,
                                                   const uint8_t *repository_id,
                                                   size_t repository_id_len,
                                                   const uint8_t *agent_id,
                                                   size_t agent_id_len,
                                                   struct orchestra_buffer *value,
                                                   int32_t *found,
                                                   struct orchestra_error **error);

/**
 * Reads the value of the preference that holds, as orchestra_preference_resolve() finds it, as
 * `true` or `false`, in any case: 1 or 0.
 *
 * `found` receives 1 if there is a preference, otherwise 0, with `value` 0; it may be NULL.
 * ORCHESTRA_INVALID_ARGUMENT with the Column `Value`: it is something else.
 */
orchestra_status orchestra_preference_resolve_bool(const struct orchestra_store *store,
                                                   const uint8_t *key,
                                                   size_t key_len,
                                                   const uint8_t *repository_id,
                                                   size_t repository_id_len,
                                                   const uint8_t *agent_id,
                                                   size_t agent_id_len,
                                                   int32_t *value,
                                                   int32_t *found,
                                                   struct orchestra_error **error);

/**
 * Reads the value of the preference that holds, as orchestra_preference_resolve() finds it, as a
 * whole number.
 *
 * `found` receives 1 if there is a preference, otherwise 0, with `value` 0; it may be NULL.
 * ORCHESTRA_INVALID_ARGUMENT with the Column `Value`: it is something else.
 */
orchestra_status orchestra_preference_resolve_i64(const struct orchestra_store *store,
                                                  const uint8_t *key,
                                                  size_t key_len,
                                                  const uint8_t *repository_id,
                                                  size_t repository_id_len,
                                                  const uint8_t *agent_id,
                                                  size_t agent_id_len,
                                                  int64_t *value,
                                                  int32_t *found,
                                                  struct orchestra_error **error);

/**
 * Reads the value of the preference that holds, as orchestra_preference_resolve() finds it, as a
 * finite number.
 *
 * `found` receives 1 if there is a preference, otherwise 0, with `value` 0; it may be NULL.
 * ORCHESTRA_INVALID_ARGUMENT with the Column `Value`: it is something else.
 */
orchestra_status orchestra_preference_resolve_f64(const struct orchestra_store *store,
                                                  const uint8_t *key,
                                                  size_t key_len,
                                                  const uint8_t *repository_id,
                                                  size_t repository_id_len,
                                                  const uint8_t *agent_id,
                                                  size_t agent_id_len,
                                                  double *value,
                                                  int32_t *found,
                                                  struct orchestra_error **error);

/**
 * Gives the preferences of the acting user as a document, and those of everyone too if
 * `with_default` is not 0. Sealed values are never exported in clear: they are left out, or, if
 * `keep_sealed` is not 0, exported as they are stored, for who has the same key.
 *
 * `exported` receives a JSON object: Document, which orchestra_preference_import() takes, and
 * LeftOut, how many sealed preferences are not in it. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_preference_export(const struct orchestra_store *store,
                                             int32_t with_default,
                                             int32_t keep_sealed,
                                             struct orchestra_buffer *exported,
                                             struct orchestra_error **error);

/**
 * Sets all preferences of a document, or none if any can't be taken. What is here and not in the
 * document stays; importing it again changes nothing.
 *
 * `document` is a JSON object: Version (1) and Preferences, an array of up to 10000 objects with
 * Key and Value, and optional IsDefault, RepositoryPath, AgentId, Type, Category, Description,
 * IsEncrypted, SealedAs (Id and EncryptionKeyId, where Value is sealed), IsReadOnly.
 *
 * `outcome` receives a JSON object: Imported, Unchanged, and Refused (Index, Key, Code, Message).
 * Where Refused is not empty, nothing was written, and the call is ORCHESTRA_OK all the same. Free
 * it with orchestra_buffer_free().
 */
orchestra_status orchestra_preference_import(const struct orchestra_store *store,
                                             const uint8_t *document,
                                             size_t document_len,
                                             struct orchestra_buffer *outcome,
                                             struct orchestra_error **error);

/**
 * Seals values of all users with the current key that are sealed with another one, at most
 * `limit`, 1 to 10000; a host calls it until it seals none.
 *
 * `resealed` receives how many these were, `failed` how many could not be opened and stayed as
 * they were, `remaining` how many are not sealed with the current key yet, with those that failed.
 * All three may be NULL. ORCHESTRA_ENCRYPTION_FAILED: the store has no keys.
 */
orchestra_status orchestra_preference_rekey(const struct orchestra_store *store,
                                            uint32_t limit,
                                            int64_t *resealed,
                                            int64_t *failed,
                                            int64_t *remaining,
                                            struct orchestra_error **error);

/**
 * Creates a chat session, even if the user has others with this instance of the host.
 *
 * `session` is a JSON object: InstanceId (1 to 128 characters); optional Id (a new one is made),
 * UserId (nobody), Title (up to 200 characters). `created` receives the session; it may be NULL.
 * Free it with orchestra_buffer_free(). ORCHESTRA_ALREADY_EXISTS: there is a session with this Id.
 */
orchestra_status orchestra_chat_create_session(const struct orchestra_store *store,
                                               const uint8_t *session,
                                               size_t session_len,
                                               struct orchestra_buffer *created,
                                               struct orchestra_error **error);

/**
 * Gives the latest session of a user with an instance of the host, or begins one with this title.
 * A session that is there keeps its title.
 *
 * `user_id` is NULL for a user whom the host doesn't know: such sessions belong to nobody.
 * `instance_id` has 1 to 128 characters, `title` up to 200. `session` receives a JSON object with
 * all columns of the table ChatSessions under their names; it may be NULL. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_chat_get_or_create_session(const struct orchestra_store *store,
                                                      const uint8_t *user_id,
                                                      size_t user_id_len,
                                                      const uint8_t *instance_id,
                                                      size_t instance_id_len,
                                                      const uint8_t *title,
                                                      size_t title_len,
                                                      struct orchestra_buffer *session,
                                                      struct orchestra_error **error);

/**
 * Looks a chat session up.
 *
 * `session` receives the session. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there
 * is no such session.
 */
orchestra_status orchestra_chat_get_session(const struct orchestra_store *store,
                                            const uint8_t *id,
                                            size_t id_len,
                                            struct orchestra_buffer *session,
                                            struct orchestra_error **error);

/**
 * Gives a chat session another title, of up to 200 characters.
 *
 * `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_NOT_FOUND: there is no such session.
 */
orchestra_status orchestra_chat_rename_session(const struct orchestra_store *store,
                                               const uint8_t *id,
                                               size_t id_len,
                                               const uint8_t *title,
                                               size_t title_len,
                                               struct orchestra_buffer *session,
                                               struct orchestra_error **error);

/**
 * Lists sessions of a user, those with the latest messages first: `size` of them, 1 to 1000.
 *
 * `after` is NULL for the first ones, and then the Next of the answer before. `sessions` receives
 * a JSON object: Items, an array of sessions, and Next, where the next ones begin, as a text; null
 * where there are no more. Free it with orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT with
 * the Column `cursor`: `after` is no Next of this function. This holds for all functions that take
 * `after`.
 */
orchestra_status orchestra_chat_list_sessions(const struct orchestra_store *store,
                                              const uint8_t *user_id,
                                              size_t user_id_len,
                                              const uint8_t *after,
                                              size_t after_len,
                                              uint32_t size,
                                              struct orchestra_buffer *sessions,
                                              struct orchestra_error **error);

/**
 * Adds a message to a session, as one that is not sent yet.
 *
 * `message` is a JSON object: SessionId, MessageType (User, System, Agent), Content (up to 1000000
 * characters; empty only with attachments); optional Author (who wrote it, 1 to 128 characters, for
 * CreatedBy; the acting user), Metadata (any JSON), FormattedContent (HTML), AgentId, UserId,
 * Attachments (up to 100 objects with Name and Size in bytes, and optional ContentType and
 * Location), ThreadId, ParentMessageId (the message that is answered, of the same session and
 * thread), LinkedTaskId, WorkflowExecutionId, ModelVersion, TokenCount, ProcessingTime (ms).
 *
 * `appended` receives the message as orchestra_chat_get_message() gives it; it may be NULL. Free
 * it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such session or message to
 * answer; ORCHESTRA_CONSTRAINT_VIOLATION: there is no such agent, task or execution;
 * ORCHESTRA_INVALID_ARGUMENT: an answer would leave its session or thread.
 */
orchestra_status orchestra_chat_append_message(const struct orchestra_store *store,
                                               const uint8_t *message,
                                               size_t message_len,
                                               struct orchestra_buffer *appended,
                                               struct orchestra_error **error);

/**
 * Looks a message up.
 *
 * `message` receives a JSON object with all columns of the table ChatMessages under their names.
 * Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such message, which all
 * functions that take the id of one can answer.
 */
orchestra_status orchestra_chat_get_message(const struct orchestra_store *store,
                                            const uint8_t *id,
                                            size_t id_len,
                                            struct orchestra_buffer *message,
                                            struct orchestra_error **error);

/**
 * Lists messages of a session, the newest first: `size` of them, 1 to 1000. The cost doesn't grow
 * with the length of the session.
 *
 * `filter` is a JSON object with any of ThreadId, ParentMessageId, DeliveryStatus (Pending, Sent,
 * Delivered, Read, Failed), From and To (ISO 8601; the second is not included); NULL for all
 * messages. `after` and `messages` are as for orchestra_chat_list_sessions(): the older ones begin
 * at Next.
 */
orchestra_status orchestra_chat_list_messages(const struct orchestra_store *store,
                                              const uint8_t *session_id,
                                              size_t session_id_len,
                                              const uint8_t *filter,
                                              size_t filter_len,
                                              const uint8_t *after,
                                              size_t after_len,
                                              uint32_t size,
                                              struct orchestra_buffer *messages,
                                              struct orchestra_error **error);

/**
 * Changes what a message says, and keeps what it said before; the same text again changes nothing.
 *
 * `edit` is a JSON object: Content, as for a new message; optional FormattedContent (the present
 * one goes away where it is absent), Reason (up to 500 characters). `message` receives the
 * message; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_chat_edit_message(const struct orchestra_store *store,
                                             const uint8_t *id,
                                             size_t id_len,
                                             const uint8_t *edit,
                                             size_t edit_len,
                                             struct orchestra_buffer *message,
                                             struct orchestra_error **error);

/**
 * Lists the edits of a message, the oldest first.
 *
 * `edits` receives a JSON array: EditedAt, EditedBy, Reason, PreviousContent. Free it with
 * orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT: the history was not written by
 * orchestra_chat_edit_message().
 */
orchestra_status orchestra_chat_edit_history(const struct orchestra_store *store,
                                             const uint8_t *id,
                                             size_t id_len,
                                             struct orchestra_buffer *edits,
                                             struct orchestra_error **error);

/**
 * Moves a message on, to one of ORCHESTRA_DELIVERY_*: from pending to sent, delivered and read,
 * one after the other, or from pending or sent to failed.
 *
 * `message` receives the message; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it is another step; ORCHESTRA_INVALID_ARGUMENT: the number is no
 * state.
 */
orchestra_status orchestra_chat_set_delivery_status(const struct orchestra_store *store,
                                                    const uint8_t *id,
                                                    size_t id_len,
                                                    int32_t status,
                                                    struct orchestra_buffer *message,
                                                    struct orchestra_error **error);

/**
 * Notes that a person or a program took note of a message that reached it, now. The first
 * acknowledgement counts; another one changes nothing.
 *
 * `message` receives the message; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it is neither delivered nor read.
 */
orchestra_status orchestra_chat_acknowledge_message(const struct orchestra_store *store,
                                                    const uint8_t *id,
                                                    size_t id_len,
                                                    struct orchestra_buffer *message,
                                                    struct orchestra_error **error);

/**
 * Finds messages by their words, those that match best first, at most `limit`, 1 to 100. Case and
 * diacritics make no difference, and nothing in the text is an operator.
 *
 * `query` is a JSON object: Text (1 to 1000 characters, with a letter or a digit); optional
 * Matching (Words, which is the default: all of them in any order; Prefixes: words that begin with
 * these; Phrase: these one after the other), SessionId, UserId (sessions of this user), AgentId,
 * From and To (ISO 8601; the second is not included).
 *
 * `hits` receives a JSON array: Message, Rank (the less, the better), Snippet (the words around
 * the match, which is in brackets). Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_chat_search(const struct orchestra_store *store,
                                       const uint8_t *query,
                                       size_t query_len,
                                       uint32_t limit,
                                       struct orchestra_buffer *hits,
                                       struct orchestra_error **error);

/**
 * Counts the messages that orchestra_chat_remove_expired() would remove in all, and removes none.
 *
 * `retention` is a JSON object with one of OlderThan (`[d.]hh:mm:ss`: those written longer ago) or
 * NewestPerSession (all of each session but for so many, the newest).
 */
orchestra_status orchestra_chat_count_expired(const struct orchestra_store *store,
                                              const uint8_t *retention,
                                              size_t retention_len,
                                              int64_t *count,
                                              struct orchestra_error **error);

/**
 * Removes old messages for good, at most `limit`, 1 to 1000; a host that wants it calls it until
 * it removes less. Answers to them stay. The audit log gets one entry for all of them.
 *
 * `retention` is that of orchestra_chat_count_expired(). `count` receives how many were removed;
 * it may be NULL.
 */
orchestra_status orchestra_chat_remove_expired(const struct orchestra_store *store,
                                               const uint8_t *retention,
                                               size_t retention_len,
                                               uint32_t limit,
                                               int64_t *count,
                                               struct orchestra_error **error);

/**
 * Puts a task into the queue.
 *
 * `task` is a JSON object: Command (1 to 2000 characters) and RepositoryPath; optional Id (a new one
 * is made), AgentId (the one agent that may run it), Priority (Low, Normal, High, Critical or 0 to
 * 3), AvailableAt (ISO 8601, not to be claimed before), MaxRetries (0 to 10), IdempotencyKey (a
 * second request with the same key returns the task of the first, or is ORCHESTRA_CONFLICT if it
 * asks for anything else but an Id), CorrelationId, ParentTaskId, WorkflowId, WorkflowExecutionId,
 * WorkflowStep, QueueName, HangfireJobId, DependsOn (an array of the ids of tasks that have to complete before it
 * can be claimed), OnDependencyFailure (Block or Cancel: what becomes of it if one of these fails).
 *
 * `enqueued` receives the task as orchestra_task_get() gives it; it may be NULL. Free it with
 * orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT names the property at fault.
 */
orchestra_status orchestra_task_enqueue(const struct orchestra_store *store,
                                        const uint8_t *task,
                                        size_t task_len,
                                        struct orchestra_buffer *enqueued,
                                        struct orchestra_error **error);

/**
 * Puts tasks into the queue in one transaction: all or, when it fails, none.
 *
 * `tasks` is a JSON array of what orchestra_task_enqueue() takes. In DependsOn, a number stands for
 * the task at this place of the array, from 0; a circle of tasks is ORCHESTRA_INVALID_ARGUMENT.
 * `enqueued` receives a JSON array of the tasks in the same order; it may be NULL. Free it with
 * orchestra_buffer_free(). The details of an error tell the Index of the task at fault, from 0.
 */
orchestra_status orchestra_task_enqueue_many(const struct orchestra_store *store,
                                             const uint8_t *tasks,
                                             size_t tasks_len,
                                             struct orchestra_buffer *enqueued,
                                             struct orchestra_error **error);

/**
 * Looks a task up.
 *
 * `task` receives a JSON object with all columns of the table Tasks under their names. Free it with
 * orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such task.
 */
orchestra_status orchestra_task_get(const struct orchestra_store *store,
                                    const uint8_t *id,
                                    size_t id_len,
                                    struct orchestra_buffer *task,
                                    struct orchestra_error **error);

/**
 * Lists the newest tasks that fit, at most `limit`.
 *
 * `filter` is a JSON object with any of Status (name or number), AgentId, RepositoryPath,
 * QueueName, CorrelationId; NULL for all tasks. `tasks` receives a JSON array of tasks. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_task_list(const struct orchestra_store *store,
                                     const uint8_t *filter,
                                     size_t filter_len,
                                     uint32_t limit,
                                     struct orchestra_buffer *tasks,
                                     struct orchestra_error **error);

/**
 * Counts the tasks in each state.
 *
 * `counts` receives a JSON object with a number for each of Pending, Assigned, InProgress,
 * Completed, Failed, Cancelled. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_count_by_status(const struct orchestra_store *store,
                                                struct orchestra_buffer *counts,
                                                struct orchestra_error **error);

/**
 * Lists the tasks that nobody runs yet, pending or assigned, at most `limit`: the highest priority
 * first, then the oldest.
 *
 * `tasks` receives a JSON array of tasks. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_list_pending(const struct orchestra_store *store,
                                             uint32_t limit,
                                             struct orchestra_buffer *tasks,
                                             struct orchestra_error **error);

/**
 * Lists the tasks that failed and have no retries left, at most `limit`, the latest first: the
 * dead letters, which stay so until orchestra_task_retry() or orchestra_task_redrive().
 *
 * `period_ms` is the length of the period, up to ten years, that ends now and in which they
 * failed; 0 for all. `tasks` receives a JSON array of tasks. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_list_failed(const struct orchestra_store *store,
                                            int64_t period_ms,
                                            uint32_t limit,
                                            struct orchestra_buffer *tasks,
                                            struct orchestra_error **error);

/**
 * Lists the tasks that have been running for `threshold_ms` or longer, at most `limit`, the
 * longest first.
 *
 * `tasks` receives a JSON array of tasks. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_list_long_running(const struct orchestra_store *store,
                                                  int64_t threshold_ms,
                                                  uint32_t limit,
                                                  struct orchestra_buffer *tasks,
                                                  struct orchestra_error **error);

/**
 * Lists the tasks with this correlation id, at most `limit`, the oldest first.
 *
 * `tasks` receives a JSON array of tasks. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_list_correlated(const struct orchestra_store *store,
                                                const uint8_t *correlation_id,
                                                size_t correlation_id_len,
                                                uint32_t limit,
                                                struct orchestra_buffer *tasks,
                                                struct orchestra_error **error);

/**
 * Lists the newest tasks of a repository, at most `limit`.
 *
 * `period_ms` is the length of the period, up to ten years, that ends now and in which they were
 * made; 0 for all. `tasks` receives a JSON array of tasks. Free it with orchestra_buffer_free().
 * ORCHESTRA_NOT_FOUND: there is no such repository.
 */
orchestra_status orchestra_task_list_of_repository(const struct orchestra_store *store,
                                                   const uint8_t *repository_id,
                                                   size_t repository_id_len,
                                                   int64_t period_ms,
                                                   uint32_t limit,
                                                   struct orchestra_buffer *tasks,
                                                   struct orchestra_error **error);

/**
 * Cancels a task, with a reason or NULL.
 *
 * One that no worker holds is cancelled at once. One that is leased is asked to stop: its worker
 * learns of it with its next orchestra_task_heartbeat(), and ends it with
 * orchestra_task_acknowledge_cancel(). Asking twice changes nothing.
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it has ended; ORCHESTRA_NOT_FOUND: there is no such task.
 */
orchestra_status orchestra_task_cancel(const struct orchestra_store *store,
                                       const uint8_t *id,
                                       size_t id_len,
                                       const uint8_t *reason,
                                       size_t reason_len,
                                       struct orchestra_buffer *task,
                                       struct orchestra_error **error);

/**
 * Puts a task that failed or was cancelled back into the queue, at once and with all its retries. A
 * cancelled task of a workflow execution goes with that: orchestra_execution_retry().
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it neither failed nor was cancelled; ORCHESTRA_NOT_FOUND: there is no
 * such task.
 */
orchestra_status orchestra_task_retry(const struct orchestra_store *store,
                                      const uint8_t *id,
                                      size_t id_len,
                                      struct orchestra_buffer *task,
                                      struct orchestra_error **error);

/**
 * Takes tasks away from workers that let their leases end, at most `limit`; a host calls it now and
 * then.
 *
 * A task that was running counts the run as failed: it is pending again at once while it has
 * retries left, and failed otherwise. One that was only assigned is pending again. One that was
 * asked to stop is cancelled.
 *
 * `rescue` receives a JSON object with the ids in Requeued, Failed, Cancelled and Due; it may be NULL. Free
 * it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_rescue_expired(const struct orchestra_store *store,
                                               uint32_t limit,
                                               struct orchestra_buffer *rescue,
                                               struct orchestra_error **error);

/**
 * Gives back tasks that are assigned or running without a lease, at most `limit`: what a host
 * without leases, or an import, left behind. They are pending again.
 *
 * `count` receives how many these were; it may be NULL.
 */
orchestra_status orchestra_task_release_unleased(const struct orchestra_store *store,
                                                 uint32_t limit,
                                                 uint32_t *count,
                                                 struct orchestra_error **error);

/**
 * Puts the failed tasks that fit back into the queue, as orchestra_task_retry() does with one:
 * those that failed first, at most `limit`, all or none.
 *
 * `filter` is what orchestra_task_list() takes; its Status has to be absent or Failed. NULL for
 * all that failed. `tasks` receives a JSON array of the tasks; it may be NULL. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_task_redrive(const struct orchestra_store *store,
                                        const uint8_t *filter,
                                        size_t filter_len,
                                        uint32_t limit,
                                        struct orchestra_buffer *tasks,
                                        struct orchestra_error **error);

/**
 * Gives a task that hasn't ended to another agent, which alone may run it from then on; to any
 * agent for NULL.
 *
 * Where somebody holds it, the lease ends: the worker gets ORCHESTRA_CONFLICT with its next step,
 * and what it did doesn't count as a run. One that was asked to stop is cancelled.
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it has ended; ORCHESTRA_NOT_FOUND: there is no such task or agent.
 */
orchestra_status orchestra_task_reassign(const struct orchestra_store *store,
                                         const uint8_t *id,
                                         size_t id_len,
                                         const uint8_t *agent_id,
                                         size_t agent_id_len,
                                         struct orchestra_buffer *task,
                                         struct orchestra_error **error);

/**
 * Tells why a task isn't running, or what it is doing.
 *
 * `explanation` receives a JSON object: TaskId, Status, Reasons (at least one). Each has Reason,
 * the name of its kind, and what it is about: WaitsFor and BlockedBy (TaskId, Status),
 * WaitsForStage (WorkflowExecutionId, Stage, OpenTasks, First: at most three task ids), ScheduledUntil (AvailableAt), Paused (QueueName, RepositoryPath, By, Since, Because),
 * WorkflowPaused (WorkflowExecutionId), AgentRemoved (AgentId), AgentAway (AgentId, Status,
 * LastPing), AgentFull (AgentId, Tasks), NobodyServes (RepositoryPath, QueueName), NoCapacity
 * (RepositoryPath, Agents), Claimable (Agents), LeasedBy (Owner, Until), LeaseExpired (Owner,
 * Since), Unleased, CancelRequested (Since), Ended (At, ErrorMessage); new kinds may come. Commands has,
 * for each reason in their order, the command of `orchestra` that ends it, a text for a shell. Free it
 * with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such task.
 */
orchestra_status orchestra_task_explain(const struct orchestra_store *store,
                                        const uint8_t *id,
                                        size_t id_len,
                                        struct orchestra_buffer *explanation,
                                        struct orchestra_error **error);

/**
 * Counts the tasks that orchestra_task_change_many() would try to change.
 *
 * `count` receives the number. `change` and `document` are as there.
 */
orchestra_status orchestra_task_count_changeable(const struct orchestra_store *store,
                                                 const uint8_t *change,
                                                 size_t change_len,
                                                 const uint8_t *document,
                                                 size_t document_len,
                                                 int64_t *count,
                                                 struct orchestra_error **error);

/**
 * Changes tasks that a document describes, by id, at most `limit` in one transaction; one that
 * can't be changed keeps no other from it.
 *
 * `change` is a JSON object: `{"Verb": "Cancel", "Reason": "too late"}` cancels those that haven't
 * ended, or asks their workers to stop; `{"Verb": "Retry"}` retries those that failed; `{"Verb":
 * "Release"}` takes those that are assigned or running from whoever has them; `{"Verb":
 * "Reassign", "AgentId": "a1"}` gives those that haven't ended to that agent alone, or with null to
 * any; `{"Verb": "SetPriority", "Priority": "High"}`. `document` is as orchestra_entity_count()
 * takes it, but has to be given: `{}` is for all tasks.
 *
 * `outcome` receives a JSON object; it may be NULL: Changed, the number; Refused, an array of Id and Message;
 * Next, the id to give as `after` in the next call, or null if that was all. `after` is NULL in the
 * first one. Free it with orchestra_buffer_free(). After an interruption, begin with NULL again:
 * what is changed is no longer among the tasks. The audit log gets an entry for each call that
 * changes any, besides those of the tasks. ORCHESTRA_NOT_FOUND: there is no such agent.
 */
orchestra_status orchestra_task_change_many(const struct orchestra_store *store,
                                            const uint8_t *change,
                                            size_t change_len,
                                            const uint8_t *document,
                                            size_t document_len,
                                            const uint8_t *after,
                                            size_t after_len,
                                            uint32_t limit,
                                            struct orchestra_buffer *outcome,
                                            struct orchestra_error **error);

/**
 * Lets a pending task wait for another one, too: it can't be claimed before that has completed.
 * `on_failure`, one of ORCHESTRA_FAILURE_*, says what becomes of it if that one fails or is
 * cancelled, or has been.
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it isn't pending; ORCHESTRA_ALREADY_EXISTS: it waits for that one
 * already; ORCHESTRA_INVALID_ARGUMENT: the tasks would wait for each other in a circle, or the
 * number is no policy; ORCHESTRA_NOT_FOUND: there is no such task.
 */
orchestra_status orchestra_task_add_dependency(const struct orchestra_store *store,
                                               const uint8_t *id,
                                               size_t id_len,
                                               const uint8_t *depends_on,
                                               size_t depends_on_len,
                                               int32_t on_failure,
                                               struct orchestra_buffer *task,
                                               struct orchestra_error **error);

/**
 * Lets a pending task no longer wait for another one. If it waits for nothing else, it can be
 * claimed from now on.
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it isn't pending; ORCHESTRA_NOT_FOUND: it doesn't wait for that
 * one, or there is no such task.
 */
orchestra_status orchestra_task_remove_dependency(const struct orchestra_store *store,
                                                  const uint8_t *id,
                                                  size_t id_len,
                                                  const uint8_t *depends_on,
                                                  size_t depends_on_len,
                                                  struct orchestra_buffer *task,
                                                  struct orchestra_error **error);

/**
 * Takes the next tasks out of the queue for an agent, at most `limit` and no more than it has room
 * for: the highest priority first, then what became available first. It gets what is meant for it
 * alone and what is open in its repository.
 *
 * The tasks are assigned and leased for `lease_ms`, or for the store's default if that is 0; until
 * the lease ends they belong to who shows its token. `tasks` receives a JSON array of tasks, empty
 * when there is nothing to do; the token is LeaseToken in each, the same for all of one claim. Free
 * it with orchestra_buffer_free().
 *
 * ORCHESTRA_INVALID_TRANSITION: the agent is offline or broken; ORCHESTRA_NOT_FOUND: there is no
 * such agent.
 */
orchestra_status orchestra_task_claim_for_agent(const struct orchestra_store *store,
                                                const uint8_t *agent_id,
                                                size_t agent_id_len,
                                                uint32_t limit,
                                                uint32_t lease_ms,
                                                struct orchestra_buffer *tasks,
                                                struct orchestra_error **error);

/**
 * Takes the next task out of the queue for each idle agent, at most `limit` tasks, in the order of
 * orchestra_agent_find_available(): for hosts that push work to their agents.
 *
 * The tasks are leased for `lease_ms`, or for the store's default if that is 0. `tasks` receives them
 * as orchestra_task_claim_for_agent() does, each with its AgentId and LeaseToken. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_task_assign_pending(const struct orchestra_store *store,
                                               uint32_t limit,
                                               uint32_t lease_ms,
                                               struct orchestra_buffer *tasks,
                                               struct orchestra_error **error);

/**
 * Takes the next tasks of a repository (`*` for any) out of the queue for a worker that is no agent,
 * at most `limit`. `worker` is its name, 1 to 128 characters. Otherwise as
 * orchestra_task_claim_for_agent().
 */
orchestra_status orchestra_task_claim_for_repository(const struct orchestra_store *store,
                                                     const uint8_t *repository_path,
                                                     size_t repository_path_len,
                                                     const uint8_t *worker,
                                                     size_t worker_len,
                                                     uint32_t limit,
                                                     uint32_t lease_ms,
                                                     struct orchestra_buffer *tasks,
                                                     struct orchestra_error **error);

/**
 * Takes the next tasks out of the queue as orchestra_task_claim_for_agent() and
 * orchestra_task_claim_for_repository() do, where the tasks may be those of some queues only.
 *
 * `claim` is a JSON object: AgentId, or Worker (1 to 128 characters) and RepositoryPath (`*` for
 * any); optional Limit (how many at most, default 1), Lease (`hh:mm:ss`, the store's default where
 * it is absent), QueueNames (an array; those of any queue and of none where it is empty).
 *
 * `tasks` receives a JSON array of tasks, empty when there is nothing to do. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_task_claim(const struct orchestra_store *store,
                                      const uint8_t *claim,
                                      size_t claim_len,
                                      struct orchestra_buffer *tasks,
                                      struct orchestra_error **error);

/**
 * Notes that a task runs now.
 *
 * A claimed task needs the token of its lease. One that nobody claimed is started with a NULL token,
 * by hosts that hand out the work themselves.
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_CONFLICT: the token is not that of the task's lease; ORCHESTRA_INVALID_TRANSITION: it
 * runs already or has ended; ORCHESTRA_NOT_FOUND: there is no such task. These three mean the same
 * for every function that takes a token.
 */
orchestra_status orchestra_task_start(const struct orchestra_store *store,
                                      const uint8_t *id,
                                      size_t id_len,
                                      const uint8_t *token,
                                      size_t token_len,
                                      struct orchestra_buffer *task,
                                      struct orchestra_error **error);

/**
 * Extends the lease of a claimed task to `extend_ms` from now, or to the store's default if that is
 * 0. It is no sign of life of the agent: that is orchestra_agent_heartbeat().
 *
 * `lease_expires_at` receives when the lease ends now, in milliseconds since 1970, UTC;
 * `cancel_requested` 1 if the worker is to stop and call orchestra_task_acknowledge_cancel(),
 * otherwise 0. Both may be NULL. ORCHESTRA_CONFLICT: the lease has gone to somebody else.
 */
orchestra_status orchestra_task_heartbeat(const struct orchestra_store *store,
                                          const uint8_t *id,
                                          size_t id_len,
                                          const uint8_t *token,
                                          size_t token_len,
                                          uint32_t extend_ms,
                                          int64_t *lease_expires_at,
                                          int32_t *cancel_requested,
                                          struct orchestra_error **error);

/**
 * Notes how far a running task is: 0 to 100, and a text or NULL.
 *
 * Less than before is ORCHESTRA_INVALID_ARGUMENT unless `may_go_back` is not 0. `task` receives the
 * task; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_update_progress(const struct orchestra_store *store,
                                                const uint8_t *id,
                                                size_t id_len,
                                                const uint8_t *token,
                                                size_t token_len,
                                                int32_t percentage,
                                                const uint8_t *message,
                                                size_t message_len,
                                                int32_t may_go_back,
                                                struct orchestra_buffer *task,
                                                struct orchestra_error **error);

/**
 * Notes that a running task did what it should, with its result or NULL. The statistics of its agent
 * and its repository follow in the same transaction.
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_CONFLICT: the lease has gone to somebody else, and the result is not wanted any more.
 */
orchestra_status orchestra_task_complete(const struct orchestra_store *store,
                                         const uint8_t *id,
                                         size_t id_len,
                                         const uint8_t *token,
                                         size_t token_len,
                                         const uint8_t *result,
                                         size_t result_len,
                                         struct orchestra_buffer *task,
                                         struct orchestra_error **error);

/**
 * Notes that a run failed, and why. A task that has retries left waits for its backoff and is
 * pending again, unless `permanent` is not 0; otherwise it has failed. One that was asked to stop
 * is cancelled.
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_fail(const struct orchestra_store *store,
                                     const uint8_t *id,
                                     size_t id_len,
                                     const uint8_t *token,
                                     size_t token_len,
                                     const uint8_t *message,
                                     size_t message_len,
                                     int32_t permanent,
                                     struct orchestra_buffer *task,
                                     struct orchestra_error **error);

/**
 * Notes that a worker stopped a task that it was asked to cancel, or that it cancels by itself.
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_acknowledge_cancel(const struct orchestra_store *store,
                                                   const uint8_t *id,
                                                   size_t id_len,
                                                   const uint8_t *token,
                                                   size_t token_len,
                                                   struct orchestra_buffer *task,
                                                   struct orchestra_error **error);

/**
 * Gives a claimed task back: it is pending again, at once and for anyone, and this doesn't count as
 * a run. One that was asked to stop is cancelled. A task that runs without a lease is given back
 * with a NULL token.
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_release(const struct orchestra_store *store,
                                        const uint8_t *id,
                                        size_t id_len,
                                        const uint8_t *token,
                                        size_t token_len,
                                        struct orchestra_buffer *task,
                                        struct orchestra_error **error);

/**
 * Brings a task into a state, whatever its present one is: a pending task that is to be completed is
 * started first, a failed one is retried. A task that is in the state already stays as it is.
 *
 * `report` is a JSON object: Status (Pending, Assigned, InProgress, Completed, Failed, Cancelled);
 * optional AgentId (who has the task, which is pinned to it; Assigned needs one), Result and Metrics
 * (for any end; as for orchestra_task_complete_with_metrics()), ErrorMessage (Failed, Cancelled),
 * Retry (true: a failed task that has retries left is pending again). `token` is that of the task's
 * lease, or NULL where it has none.
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_CONFLICT: the token is not that of the task's lease; ORCHESTRA_INVALID_TRANSITION: no
 * steps lead there, as from a task that has completed; ORCHESTRA_INVALID_ARGUMENT names a property
 * that doesn't belong to the state.
 */
orchestra_status orchestra_task_set_status(const struct orchestra_store *store,
                                           const uint8_t *id,
                                           size_t id_len,
                                           const uint8_t *token,
                                           size_t token_len,
                                           const uint8_t *report,
                                           size_t report_len,
                                           struct orchestra_buffer *task,
                                           struct orchestra_error **error);

/**
 * Takes the next tasks out of the queue as orchestra_task_claim() does, and starts them with the same
 * writes: for workers that run what they get at once.
 *
 * `tasks` receives a JSON array of tasks, empty when there is nothing to do. Free it with
 * orchestra_buffer_free(). ORCHESTRA_INVALID_TRANSITION: the agent is offline or broken;
 * ORCHESTRA_NOT_FOUND: there is no such agent.
 */
orchestra_status orchestra_task_claim_and_start(const struct orchestra_store *store,
                                                const uint8_t *claim,
                                                size_t claim_len,
                                                struct orchestra_buffer *tasks,
                                                struct orchestra_error **error);

/**
 * Notes that a running task did what it should, as orchestra_task_complete() does, and takes and starts
 * the next tasks as orchestra_task_claim_and_start() does, in one transaction. An agent has room for a
 * next task again by then; one that was taken off work meanwhile gets none.
 *
 * `turn` receives a JSON object: Ended (the task), Claimed (an array of tasks, empty when there is
 * nothing to do). Free it with orchestra_buffer_free(). ORCHESTRA_CONFLICT: the lease has gone to
 * somebody else, and neither was done; go on with orchestra_task_claim_and_start().
 */
orchestra_status orchestra_task_complete_and_claim(const struct orchestra_store *store,
                                                   const uint8_t *id,
                                                   size_t id_len,
                                                   const uint8_t *token,
                                                   size_t token_len,
                                                   const uint8_t *result,
                                                   size_t result_len,
                                                   const uint8_t *claim,
                                                   size_t claim_len,
                                                   struct orchestra_buffer *turn,
                                                   struct orchestra_error **error);

/**
 * Notes that a run failed, and why, as orchestra_task_fail() does, and takes and starts the next tasks
 * as orchestra_task_complete_and_claim() does, in one transaction.
 *
 * `turn` receives a JSON object: Ended (the task), Claimed (an array of tasks, empty when there is
 * nothing to do). Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_fail_and_claim(const struct orchestra_store *store,
                                               const uint8_t *id,
                                               size_t id_len,
                                               const uint8_t *token,
                                               size_t token_len,
                                               const uint8_t *message,
                                               size_t message_len,
                                               int32_t permanent,
                                               const uint8_t *claim,
                                               size_t claim_len,
                                               struct orchestra_buffer *turn,
                                               struct orchestra_error **error);

/**
 * Takes the next tasks out of the queue as orchestra_task_claim() does, and waits at most `timeout_ms`
 * until there is one; 0 doesn't wait.
 *
 * The wait ends with anything that makes a task claimable, whichever process does it: a task is
 * enqueued, comes back, becomes due, or has its last dependency completed; a queue or a workflow is
 * resumed; the agent has room again, or is back. An agent that is offline or broken waits as well.
 * While it waits, the call reads nothing and holds no lock: one thread of the process looks for all of
 * them. The store's time limit of operations doesn't end it.
 *
 * `tasks` receives a JSON array of tasks, empty when there was nothing to do in that time. Free it with
 * orchestra_buffer_free().
 *
 * ORCHESTRA_CANCELLED: its orchestra_cancel was set; ORCHESTRA_CLOSED: the store was closed meanwhile;
 * ORCHESTRA_NOT_FOUND: there is no such agent; ORCHESTRA_MISUSE: `store` is that of a transaction.
 */
orchestra_status orchestra_task_claim_waiting(const struct orchestra_store *store,
                                              const uint8_t *claim,
                                              size_t claim_len,
                                              uint32_t timeout_ms,
                                              struct orchestra_buffer *tasks,
                                              struct orchestra_error **error);

/**
 * Takes the next tasks out of the queue and starts them as orchestra_task_claim_and_start() does, and
 * waits at most `timeout_ms` until there is one, as orchestra_task_claim_waiting() does.
 *
 * `tasks` receives a JSON array of tasks, empty when there was nothing to do in that time. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_task_claim_and_start_waiting(const struct orchestra_store *store,
                                                        const uint8_t *claim,
                                                        size_t claim_len,
                                                        uint32_t timeout_ms,
                                                        struct orchestra_buffer *tasks,
                                                        struct orchestra_error **error);

/**
 * Notes that a running task did what it should, as orchestra_task_complete() does, with what was
 * measured of the run. That is kept as PerformanceMetrics of the task in the same transaction.
 *
 * `metrics` is a JSON object by names of 1 to 255 characters each: a number becomes a row of its own,
 * anything else one of the Properties of a row ExecutionDuration. `task` receives the task; it may be
 * NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_complete_with_metrics(const struct orchestra_store *store,
                                                      const uint8_t *id,
                                                      size_t id_len,
                                                      const uint8_t *token,
                                                      size_t token_len,
                                                      const uint8_t *result,
                                                      size_t result_len,
                                                      const uint8_t *metrics,
                                                      size_t metrics_len,
                                                      struct orchestra_buffer *task,
                                                      struct orchestra_error **error);

/**
 * Notes how far a running task is, as orchestra_task_update_progress() does, with what was
 * measured by now. That is kept as PerformanceMetrics of the task in the same transaction.
 *
 * `metrics` is as for orchestra_task_complete_with_metrics(), with a row ProgressPercentage. `task`
 * receives the task; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_update_progress_with_metrics(const struct orchestra_store *store,
                                                             const uint8_t *id,
                                                             size_t id_len,
                                                             const uint8_t *token,
                                                             size_t token_len,
                                                             int32_t percentage,
                                                             const uint8_t *message,
                                                             size_t message_len,
                                                             int32_t may_go_back,
                                                             const uint8_t *metrics,
                                                             size_t metrics_len,
                                                             struct orchestra_buffer *task,
                                                             struct orchestra_error **error);

/**
 * Pauses a queue, a repository, or a queue of a repository: none of its tasks is handed out until
 * orchestra_queue_resume(). Tasks that were claimed go on.
 *
 * `queue_name` is NULL for every queue of the repository, `repository_path` for the queue in every
 * repository; one of them is needed. `reason` may be NULL. `pause` receives a JSON object with all
 * columns of the table QueuePauses; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_ALREADY_EXISTS: it is paused.
 */
orchestra_status orchestra_queue_pause(const struct orchestra_store *store,
                                       const uint8_t *queue_name,
                                       size_t queue_name_len,
                                       const uint8_t *repository_path,
                                       size_t repository_path_len,
                                       const uint8_t *reason,
                                       size_t reason_len,
                                       struct orchestra_buffer *pause,
                                       struct orchestra_error **error);

/**
 * Ends the pause of a queue, a repository, or a queue of a repository, named as it was for
 * orchestra_queue_pause().
 *
 * `pause` receives what it was; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it isn't paused under exactly this name.
 */
orchestra_status orchestra_queue_resume(const struct orchestra_store *store,
                                        const uint8_t *queue_name,
                                        size_t queue_name_len,
                                        const uint8_t *repository_path,
                                        size_t repository_path_len,
                                        struct orchestra_buffer *pause,
                                        struct orchestra_error **error);

/**
 * Lists all that is paused, the longest ago first.
 *
 * `pauses` receives a JSON array of pauses. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_queue_list_pauses(const struct orchestra_store *store,
                                             struct orchestra_buffer *pauses,
                                             struct orchestra_error **error);

/**
 * Lists the queues that have tasks which haven't ended, by name and repository. Costs one pass
 * over these tasks.
 *
 * `queues` receives a JSON array: QueueName (null for tasks that are in no queue), RepositoryPath,
 * Pending, WaitingForOthers (of the pending ones), Running, OldestAvailableAt, Pauses (what keeps
 * its tasks from being handed out). Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_queue_list(const struct orchestra_store *store,
                                      struct orchestra_buffer *queues,
                                      struct orchestra_error **error);

/**
 * Publishes a version of a workflow, which is the active one from then on. Those before stay.
 *
 * `workflow` is a JSON object: Name (1 to 255 characters, the same for all versions) and
 * Definition; optional Description, Version (semantic and greater than those that are there; the
 * next minor one where there is none), InputSchema and OutputSchema (JSON schemas), Category, Tags
 * (an array of texts), Author, IsPublic, ChangeLog.
 *
 * Definition is an object with stages and optional repository. A stage is an object with name and
 * tasks, and optional description, dependsOn (names of stages; the one before where it is absent),
 * onFailure (fail, continue or retry) and retries. A task is an object with command, and optional
 * description, repository, agent, priority and retries. Command, repository and agent may have
 * placeholders for values of the input: their names in two pairs of braces.
 *
 * `published` receives the version as orchestra_workflow_get() gives it; it may be NULL. Free it
 * with orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT names the place at fault, such as
 * Definition.stages[1].dependsOn[0]; ORCHESTRA_CONFLICT: the version is not greater than those
 * that are there.
 */
orchestra_status orchestra_workflow_publish(const struct orchestra_store *store,
                                            const uint8_t *workflow,
                                            size_t workflow_len,
                                            struct orchestra_buffer *published,
                                            struct orchestra_error **error);

/**
 * Makes a version the one that orchestra_workflow_start() starts; the one that was is no longer.
 *
 * `workflow` receives the version; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_NOT_FOUND: there is no such version.
 */
orchestra_status orchestra_workflow_activate(const struct orchestra_store *store,
                                             const uint8_t *id,
                                             size_t id_len,
                                             struct orchestra_buffer *workflow,
                                             struct orchestra_error **error);

/**
 * Looks a version of a workflow up.
 *
 * `workflow` receives a JSON object with all columns of the table WorkflowDefinitions under their
 * names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such version.
 */
orchestra_status orchestra_workflow_get(const struct orchestra_store *store,
                                        const uint8_t *id,
                                        size_t id_len,
                                        struct orchestra_buffer *workflow,
                                        struct orchestra_error **error);

/**
 * Looks the active version of the workflow with this name up.
 *
 * `workflow` receives the version as orchestra_workflow_get() gives it. Free it with
 * orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no active one.
 */
orchestra_status orchestra_workflow_get_active(const struct orchestra_store *store,
                                               const uint8_t *name,
                                               size_t name_len,
                                               struct orchestra_buffer *workflow,
                                               struct orchestra_error **error);

/**
 * Lists the active version of each workflow, by name.
 *
 * `workflows` receives a JSON array of versions. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_workflow_list_active(const struct orchestra_store *store,
                                                struct orchestra_buffer *workflows,
                                                struct orchestra_error **error);

/**
 * Lists all versions of the workflow with this name, the newest first; PreviousVersionId of each
 * is the one that it followed.
 *
 * `workflows` receives a JSON array of versions, empty where the name isn't known. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_workflow_history(const struct orchestra_store *store,
                                            const uint8_t *name,
                                            size_t name_len,
                                            struct orchestra_buffer *workflows,
                                            struct orchestra_error **error);

/**
 * Starts an execution of a version of a workflow that is active: checks the input and puts the
 * tasks of all stages into the queue, where those of a stage wait for those of the stages that it
 * depends on.
 *
 * `start` is a JSON object with any of Id (a new one is made where there is none; a second start
 * with the same is ORCHESTRA_ALREADY_EXISTS), InputParameters (an object), RepositoryPath (of
 * tasks whose definition names none), Priority, CorrelationId, QueueName, TriggerType,
 * ParentExecutionId; NULL for none of them.
 *
 * `execution` receives the execution as orchestra_execution_get() gives it; it may be NULL. Free
 * it with orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT: the input isn't what the schema
 * asks for, or has no value for a placeholder; ORCHESTRA_CONFLICT: the version isn't the active
 * one; ORCHESTRA_NOT_FOUND: there is no such version.
 */
orchestra_status orchestra_workflow_start(const struct orchestra_store *store,
                                          const uint8_t *id,
                                          size_t id_len,
                                          const uint8_t *start,
                                          size_t start_len,
                                          struct orchestra_buffer *execution,
                                          struct orchestra_error **error);

/**
 * Shows the tasks of all executions of a version of a workflow, as orchestra_execution_task_tree()
 * does for one. Tasks that belong to the version but to no execution come first.
 *
 * `tree` receives a JSON object with Executions. Free it with orchestra_buffer_free().
 * ORCHESTRA_NOT_FOUND: there is no such version; ORCHESTRA_INVALID_ARGUMENT: it has more than
 * 10000 tasks.
 */
orchestra_status orchestra_workflow_task_tree(const struct orchestra_store *store,
                                              const uint8_t *id,
                                              size_t id_len,
                                              struct orchestra_buffer *tree,
                                              struct orchestra_error **error);

/**
 * Looks an execution of a workflow up.
 *
 * `execution` receives a JSON object with all columns of the table WorkflowExecutions under their
 * names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such execution.
 */
orchestra_status orchestra_execution_get(const struct orchestra_store *store,
                                         const uint8_t *id,
                                         size_t id_len,
                                         struct orchestra_buffer *execution,
                                         struct orchestra_error **error);

/**
 * Lists the executions that fit and started last, at most `limit`.
 *
 * `filter` is a JSON object with any of Status (name or number), WorkflowDefinitionId; NULL for
 * all executions. `executions` receives a JSON array of executions. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_execution_list(const struct orchestra_store *store,
                                          const uint8_t *filter,
                                          size_t filter_len,
                                          uint32_t limit,
                                          struct orchestra_buffer *executions,
                                          struct orchestra_error **error);

/**
 * Tells where the stages of an execution are, in the order of the definition.
 *
 * `stages` receives a JSON array: Name, State (Pending, Running, Completed or Failed), Tasks (the
 * tasks that stand for the stage now, as orchestra_task_get() gives them). Free it with
 * orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such execution.
 */
orchestra_status orchestra_execution_stages(const struct orchestra_store *store,
                                            const uint8_t *id,
                                            size_t id_len,
                                            struct orchestra_buffer *stages,
                                            struct orchestra_error **error);

/**
 * Shows the tasks of an execution as a tree by what is a part of what (ParentTaskId), with the
 * state and progress of each branch.
 *
 * `tree` receives a JSON object with Executions: for this one WorkflowExecutionId, Total, Nodes
 * (each task, followed by all that is a part of it: Depth, Task, Total, DependsOn), Stages (in the
 * order of WorkflowStep: Name, DependsOn, the numbers of stages) and Cycles (ids). A task of a
 * stage depends on all tasks of the stages that it depends on. A Total has Status, ProgressPercentage, Tasks and ByStatus. Free it with
 * orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such execution;
 * ORCHESTRA_INVALID_ARGUMENT: it has more than 10000 tasks.
 */
orchestra_status orchestra_execution_task_tree(const struct orchestra_store *store,
                                               const uint8_t *id,
                                               size_t id_len,
                                               struct orchestra_buffer *tree,
                                               struct orchestra_error **error);

/**
 * Pauses an execution: none of its tasks is claimed until orchestra_execution_resume(). Those that
 * run go on.
 *
 * `execution` receives the execution; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it is paused already or has ended; ORCHESTRA_NOT_FOUND: there is
 * no such execution. These two mean the same for the functions that follow.
 */
orchestra_status orchestra_execution_pause(const struct orchestra_store *store,
                                           const uint8_t *id,
                                           size_t id_len,
                                           struct orchestra_buffer *execution,
                                           struct orchestra_error **error);

/**
 * Lets an execution that is paused go on.
 *
 * `execution` receives the execution; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_execution_resume(const struct orchestra_store *store,
                                            const uint8_t *id,
                                            size_t id_len,
                                            struct orchestra_buffer *execution,
                                            struct orchestra_error **error);

/**
 * Cancels an execution and its tasks, with a reason or NULL. Tasks that run are asked to stop.
 *
 * `execution` receives the execution; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_execution_cancel(const struct orchestra_store *store,
                                            const uint8_t *id,
                                            size_t id_len,
                                            const uint8_t *reason,
                                            size_t reason_len,
                                            struct orchestra_buffer *execution,
                                            struct orchestra_error **error);

/**
 * Runs an execution that failed or was cancelled again: the stages that aren't done, the stage
 * `from_stage` unless it is NULL, and all that depend on it. They get new tasks; what was done
 * stays.
 *
 * `execution` receives the execution; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_ARGUMENT: every stage is done and none is named, or there is no such stage;
 * ORCHESTRA_CONFLICT: a task that was asked to stop hasn't yet.
 */
orchestra_status orchestra_execution_retry(const struct orchestra_store *store,
                                           const uint8_t *id,
                                           size_t id_len,
                                           const uint8_t *from_stage,
                                           size_t from_stage_len,
                                           struct orchestra_buffer *execution,
                                           struct orchestra_error **error);

/**
 * Brings every execution that hasn't ended to what its tasks say: for rows that were imported,
 * restored, or changed by other means. A crash leaves nothing to do.
 *
 * `executions` receives a JSON array of those that this changed; it may be NULL. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_execution_recover(const struct orchestra_store *store,
                                             struct orchestra_buffer *executions,
                                             struct orchestra_error **error);

/**
 * Publishes a version of a template of tasks, which is the active one from then on. Those before
 * stay.
 *
 * `definition` is a JSON object: Name (1 to 255 characters, the same for all versions) and
 * Definition; optional Description, Category, CategoryId, Version (semantic and greater than those
 * that are there; the next minor one where there is none), Tags (an array of texts), IsPublic.
 *
 * Definition is an object with steps and optional parameters. A step is what a task of
 * orchestra_workflow_publish() is. Parameters is an object by name: type (string, number, integer
 * or boolean), and optional description, default, required.
 *
 * `published` receives the version as orchestra_definitionget() gives it; it may be NULL. Free it
 * with orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT names the place at fault, such as
 * Definition.steps[0].command; ORCHESTRA_CONFLICT: the version is not greater than those that are
 * there; ORCHESTRA_NOT_FOUND: there is no such category.
 */
orchestra_status orchestra_template_publish(const struct orchestra_store *store,
                                            const uint8_t *definition,
                                            size_t definition_len,
                                            struct orchestra_buffer *published,
                                            struct orchestra_error **error);

/**
 * Makes a version of a template the active one; the one that was is no longer.
 *
 * `version` receives the version; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_NOT_FOUND: there is no such version.
 */
orchestra_status orchestra_template_activate(const struct orchestra_store *store,
                                             const uint8_t *id,
                                             size_t id_len,
                                             struct orchestra_buffer *version,
                                             struct orchestra_error **error);

/**
 * Looks a version of a template up.
 *
 * `version` receives a JSON object with all columns of the table TaskTemplates under their names.
 * Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such version.
 */
orchestra_status orchestra_template_get(const struct orchestra_store *store,
                                        const uint8_t *id,
                                        size_t id_len,
                                        struct orchestra_buffer *version,
                                        struct orchestra_error **error);

/**
 * Looks the active version of the template with this name up.
 *
 * `version` receives the version as orchestra_template_get() gives it. Free it with
 * orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no active one.
 */
orchestra_status orchestra_template_get_active(const struct orchestra_store *store,
                                               const uint8_t *name,
                                               size_t name_len,
                                               struct orchestra_buffer *version,
                                               struct orchestra_error **error);

/**
 * Lists the active version of each template, by name: all for NULL, otherwise those of a category
 * and what is in it.
 *
 * `templates` receives a JSON array of versions. Free it with orchestra_buffer_free().
 * ORCHESTRA_NOT_FOUND: there is no such category.
 */
orchestra_status orchestra_template_list(const struct orchestra_store *store,
                                         const uint8_t *category_id,
                                         size_t category_id_len,
                                         struct orchestra_buffer *templates,
                                         struct orchestra_error **error);

/**
 * Puts the steps of an active template into the queue as a chain: each waits for the one before.
 * All or none.
 *
 * `instantiation` is a JSON object with any of Parameters (an object by name), RepositoryPath (of
 * steps that name none), AgentId, Priority, CorrelationId, QueueName, OnFailure (Block or Cancel:
 * what becomes of the steps behind one that fails); NULL for none of them.
 *
 * `tasks` receives a JSON array of the tasks in their order; it may be NULL. Free it with
 * orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT names a parameter that is missing, unknown
 * or of another type, such as Parameters.branch; ORCHESTRA_CONFLICT: the version isn't the active
 * one; ORCHESTRA_NOT_FOUND: there is no such version.
 */
orchestra_status orchestra_template_instantiate(const struct orchestra_store *store,
                                                const uint8_t *id,
                                                size_t id_len,
                                                const uint8_t *instantiation,
                                                size_t instantiation_len,
                                                struct orchestra_buffer *tasks,
                                                struct orchestra_error **error);

/**
 * Makes a category of templates.
 *
 * `category` is a JSON object: Name (1 to 100 characters, unique among its siblings); optional
 * Description, ParentCategoryId (a root where there is none), SortOrder.
 *
 * `created` receives the category as orchestra_category_get() gives it; it may be NULL. Free it
 * with orchestra_buffer_free(). ORCHESTRA_ALREADY_EXISTS: a sibling has this name;
 * ORCHESTRA_NOT_FOUND: there is no such parent.
 */
orchestra_status orchestra_category_create(const struct orchestra_store *store,
                                           const uint8_t *category,
                                           size_t category_len,
                                           struct orchestra_buffer *created,
                                           struct orchestra_error **error);

/**
 * Looks a category of templates up.
 *
 * `category` receives a JSON object with all columns of the table TemplateCategories under their
 * names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such category.
 */
orchestra_status orchestra_category_get(const struct orchestra_store *store,
                                        const uint8_t *id,
                                        size_t id_len,
                                        struct orchestra_buffer *category,
                                        struct orchestra_error **error);

/**
 * Moves a category with all that is in it into another one, or to the roots for NULL.
 *
 * `category` receives the category; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_ARGUMENT: the parent is the category itself or in it; ORCHESTRA_NOT_FOUND:
 * there is no such category or parent.
 */
orchestra_status orchestra_category_move(const struct orchestra_store *store,
                                         const uint8_t *id,
                                         size_t id_len,
                                         const uint8_t *parent_id,
                                         size_t parent_id_len,
                                         struct orchestra_buffer *category,
                                         struct orchestra_error **error);

/**
 * Lists a category and all that are in it, or the whole tree for NULL: each before what is in it,
 * siblings in their order.
 *
 * `categories` receives a JSON array of categories, each with Depth, from 0, beside its columns.
 * Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such category.
 */
orchestra_status orchestra_category_tree(const struct orchestra_store *store,
                                         const uint8_t *root_id,
                                         size_t root_id_len,
                                         struct orchestra_buffer *categories,
                                         struct orchestra_error **error);

/**
 * Tells what the tasks show that were made in a period, up to ten years, its end not included.
 *
 * The ends are milliseconds since 1970, UTC. `agent_id` and `repository_id` narrow it down, or are
 * NULL. `analytics` receives a JSON object: Period, Total, ByStatus, ByPriority, SuccessRate (0 to
 * 1), Retries, Duration and QueueWait (Count, Min, Average, Max, P50, P95, P99, in ms), Throughput
 * (Start, Completed, Failed, Cancelled, by the hour up to two days, else by the day), TopErrors
 * (ErrorMessage, Count). Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_task_analytics(const struct orchestra_store *store,
                                          int64_t from_unix_ms,
                                          int64_t to_unix_ms,
                                          const uint8_t *agent_id,
                                          size_t agent_id_len,
                                          const uint8_t *repository_id,
                                          size_t repository_id_len,
                                          struct orchestra_buffer *analytics,
                                          struct orchestra_error **error);

/**
 * Tells how the tasks of a period compare with those of the period of the same length before it.
 * The arguments are those of orchestra_task_analytics().
 *
 * `trends` receives a JSON object: Current and Previous, as orchestra_task_analytics() tells them,
 * and Total, Completed, Failed, SuccessRate, Retries, MedianDuration, MedianQueueWait, each with
 * Before, Now, Difference, and Ratio (Now over Before; null where nothing was before). Free it
 * with orchestra_buffer_free().
 */
orchestra_status orchestra_task_trends(const struct orchestra_store *store,
                                       int64_t from_unix_ms,
                                       int64_t to_unix_ms,
                                       const uint8_t *agent_id,
                                       size_t agent_id_len,
                                       const uint8_t *repository_id,
                                       size_t repository_id_len,
                                       struct orchestra_buffer *trends,
                                       struct orchestra_error **error);

/**
 * Tells of a period in one document, which a host can print as it is. The ends are those of
 * orchestra_task_analytics(); beside what that costs, it takes a pass over the tasks of the
 * period.
 *
 * `report` receives a JSON object: GeneratedAt, Tasks (as orchestra_task_analytics() tells them),
 * Agents and Repositories (of each Id, Total, Completed, Failed, Cancelled, SuccessRate), Queues
 * (what waits and runs now: RepositoryPath, Status, Count, OldestAvailableAt), Errors (of the
 * error log: ErrorCode, Severity, Count, LastAt). Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_analytics_report(const struct orchestra_store *store,
                                            int64_t from_unix_ms,
                                            int64_t to_unix_ms,
                                            struct orchestra_buffer *report,
                                            struct orchestra_error **error);

/**
 * Records a measured value.
 *
 * `sample` is a JSON object: EntityType (Agent, Task, Repository, System, or any other, 1 to 100
 * characters), MetricName (1 to 255 characters), MetricValue (or Value); optional EntityId (the
 * thing's id; none for the whole), MetricUnit (or Unit; up to 50 characters), Timestamp (ISO 8601;
 * now if it is absent), Tags (an array of texts), Properties (any JSON).
 *
 * `id` receives the id of the row of PerformanceMetrics, as text and not as JSON; it may be NULL.
 * Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_metric_record(const struct orchestra_store *store,
                                         const uint8_t *sample,
                                         size_t sample_len,
                                         struct orchestra_buffer *id,
                                         struct orchestra_error **error);

/**
 * Records up to 10000 measured values in one transaction: all or, when it fails, none.
 *
 * `samples` is a JSON array of what orchestra_metric_record() takes. `ids` receives a JSON array
 * of the ids of the rows in the same order; it may be NULL. Free it with orchestra_buffer_free().
 * The details of an error tell the Index of the value at fault, from 0.
 */
orchestra_status orchestra_metric_record_many(const struct orchestra_store *store,
                                              const uint8_t *samples,
                                              size_t samples_len,
                                              struct orchestra_buffer *ids,
                                              struct orchestra_error **error);

/**
 * Merges values into the rollups of their hour, day and week, the oldest first, at most `limit`, 1
 * to 10000; a host calls it now and then, until there are no more. Each value is merged once.
 *
 * `merged` receives how many these were, `has_more` 1 if more are waiting, otherwise 0. Both may
 * be NULL.
 */
orchestra_status orchestra_metric_roll_up(const struct orchestra_store *store,
                                          uint32_t limit,
                                          int64_t *merged,
                                          int32_t *has_more,
                                          struct orchestra_error **error);

/**
 * Lists the points of a series that begin in a period, the oldest first, at most `limit`, 1 to
 * 10000. The period's ends are milliseconds since 1970, UTC; the second is not included. It is ten
 * years at the most.
 *
 * `series` is a JSON object: EntityType, MetricName, Resolution (Instant for each value, or
 * Hourly, Daily or Weekly for what orchestra_metric_roll_up() has merged so far); optional
 * EntityId (none for values that have none).
 *
 * `points` receives a JSON array: Start, End, Count, MetricValue (the mean of a
 * rollup), Sum, Min, Max, StandardDeviation, MetricUnit.
 * Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_metric_query(const struct orchestra_store *store,
                                        const uint8_t *series,
                                        size_t series_len,
                                        int64_t from_unix_ms,
                                        int64_t to_unix_ms,
                                        uint32_t limit,
                                        struct orchestra_buffer *points,
                                        struct orchestra_error **error);

/**
 * Notes an error in the error log, with who acts and in which request.
 *
 * `entry` is a JSON object: Message; optional Severity (Trace, Debug, Information, Warning, Error,
 * which is the default, Critical), Source (up to 255 characters), ErrorCode (up to 100),
 * StackTrace, EntityType and EntityId (what it is about), Properties (any JSON).
 *
 * `appended` receives the entry as orchestra_error_log_get() gives it; it may be NULL. Free it
 * with orchestra_buffer_free().
 */
orchestra_status orchestra_error_log_append(const struct orchestra_store *store,
                                            const uint8_t *entry,
                                            size_t entry_len,
                                            struct orchestra_buffer *appended,
                                            struct orchestra_error **error);

/**
 * Looks an entry up.
 *
 * `entry` receives a JSON object with all columns of the table ErrorLogs under their names. Free
 * it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such entry.
 */
orchestra_status orchestra_error_log_get(const struct orchestra_store *store,
                                         const uint8_t *id,
                                         size_t id_len,
                                         struct orchestra_buffer *entry,
                                         struct orchestra_error **error);

/**
 * Lists entries, the newest first: `size` of them, 1 to 1000.
 *
 * `filter` is a JSON object with any of MinimumSeverity, Source, ErrorCode, EntityType, EntityId
 * (only together with EntityType), CorrelationId, From and To (ISO 8601; the second is not
 * included); NULL for all entries. `after` is NULL for the newest, and then the Next of the answer
 * before.
 *
 * `entries` receives a JSON object: Items, an array of entries, and Next, where the next ones
 * begin, as a text; null where there are no more. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_error_log_list(const struct orchestra_store *store,
                                          const uint8_t *filter,
                                          size_t filter_len,
                                          const uint8_t *after,
                                          size_t after_len,
                                          uint32_t size,
                                          struct orchestra_buffer *entries,
                                          struct orchestra_error **error);

/**
 * Tells how often each code occurred in a period, its end not included, the most frequent first,
 * at most `limit`. The ends are milliseconds since 1970, UTC. It reads the entries of the period.
 *
 * `counts` receives a JSON array: ErrorCode (null for entries without one), Severity, Count,
 * LastAt. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_error_log_counts_by_code(const struct orchestra_store *store,
                                                    int64_t from_unix_ms,
                                                    int64_t to_unix_ms,
                                                    uint32_t limit,
                                                    struct orchestra_buffer *counts,
                                                    struct orchestra_error **error);

/**
 * Notes in the orchestration log what happened to agents, tasks and repositories, for people.
 *
 * `entry` is a JSON object: EventType (such as TaskCompleted, 1 to 100 characters), Message;
 * optional Level (Trace, Debug, Information, which is the default, Warning, Error, Critical),
 * AgentId, TaskId, RepositoryId, AdditionalData (any JSON). ORCHESTRA_CONSTRAINT_VIOLATION: there
 * is no such agent, task or repository.
 *
 * `appended` receives the entry as orchestra_orchestration_log_get() gives it; it may be NULL.
 * Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_orchestration_log_append(const struct orchestra_store *store,
                                                    const uint8_t *entry,
                                                    size_t entry_len,
                                                    struct orchestra_buffer *appended,
                                                    struct orchestra_error **error);

/**
 * Looks an entry up.
 *
 * `entry` receives a JSON object with all columns of the table OrchestrationLogs under their
 * names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such entry.
 */
orchestra_status orchestra_orchestration_log_get(const struct orchestra_store *store,
                                                 const uint8_t *id,
                                                 size_t id_len,
                                                 struct orchestra_buffer *entry,
                                                 struct orchestra_error **error);

/**
 * Lists entries, the newest first: `size` of them, 1 to 1000.
 *
 * `filter` is a JSON object with any of MinimumLevel, EventType, AgentId, TaskId, RepositoryId,
 * From and To (ISO 8601; the second is not included); NULL for all entries. `after` is NULL for
 * the newest, and then the Next of the answer before.
 *
 * `entries` receives a JSON object: Items, an array of entries, and Next, where the next ones
 * begin, as a text; null where there are no more. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_orchestration_log_list(const struct orchestra_store *store,
                                                  const uint8_t *filter,
                                                  size_t filter_len,
                                                  const uint8_t *after,
                                                  size_t after_len,
                                                  uint32_t size,
                                                  struct orchestra_buffer *entries,
                                                  struct orchestra_error **error);

/**
 * Deletes all entries, such as after a test. `count` receives how many there were; it may be NULL.
 */
orchestra_status orchestra_orchestration_log_clear(const struct orchestra_store *store,
                                                   int64_t *count,
                                                   struct orchestra_error **error);

/**
 * Notes in the audit log something that is no change of a row, with who acts and in which request.
 * Changes are noted by themselves.
 *
 * `entry` is a JSON object: Action (such as Execute or Login, 1 to 100 characters; not Create,
 * Update, Delete or Restore), EntityType (such as Tasks); optional EntityId, Duration (ms),
 * Success (true if it is absent), ErrorMessage, ErrorCode, HttpMethod, RequestPath, RiskLevel
 * (Low, Medium, High, Critical), SecurityContext (any JSON), Tags (an array of texts), Properties
 * (any JSON).
 *
 * `recorded` receives a JSON object with all columns of the table AuditLogs under their names; it
 * may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_audit_record(const struct orchestra_store *store,
                                        const uint8_t *entry,
                                        size_t entry_len,
                                        struct orchestra_buffer *recorded,
                                        struct orchestra_error **error);

/**
 * Lists entries of the audit log, the newest first: `size` of them, 1 to 10000. It shows the
 * changes of all rows with their values, also those of other users' preferences: the host decides
 * who may list it.
 *
 * `filter` is a JSON object with any of EntityType, EntityId (only together with EntityType),
 * UserId, SessionId, CorrelationId, MinimumRisk (Low, Medium, High, Critical), From and To (ISO
 * 8601; the second is not included); NULL for all entries.
 *
 * `after` is NULL for the newest, and then the Next of the answer before. `entries` receives a
 * JSON object: Items, an array of entries, and Next, where the next ones begin, as a text; null
 * where there are no more. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_audit_list(const struct orchestra_store *store,
                                      const uint8_t *filter,
                                      size_t filter_len,
                                      const uint8_t *after,
                                      size_t after_len,
                                      uint32_t size,
                                      struct orchestra_buffer *entries,
                                      struct orchestra_error **error);

/**
 * Lists entries of the audit log in the order in which they were written: `size` of them, 1 to
 * 10000. What replays or forwards the log reads this. It shows all entries, as
 * orchestra_audit_list() does.
 *
 * `after` is NULL for the first ones, and then the Next of the answer before. `entries` receives a
 * JSON object: Items, an array of entries, and Next, where the next ones begin, as a text; null
 * where there are no more. Free it with orchestra_buffer_free(). ORCHESTRA_EVENTS_GONE: `after` is from
 * before a restore of the database; begin again with NULL.
 */
orchestra_status orchestra_audit_written_after(const struct orchestra_store *store,
                                               const uint8_t *after,
                                               size_t after_len,
                                               uint32_t size,
                                               struct orchestra_buffer *entries,
                                               struct orchestra_error **error);

/**
 * Lists the changes of one row of an entity, one of ORCHESTRA_ENTITY_*, the oldest first.
 *
 * `changes` receives a JSON array: AuditLogId, Timestamp, Action (Create, Update, Delete,
 * Restore), UserId, RequestId, Columns (Column, OldValue, NewValue); it is empty where the log
 * knows nothing of the row, and for the preference of another user, deleted or not. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_audit_history(const struct orchestra_store *store,
                                         int32_t entity,
                                         const uint8_t *id,
                                         size_t id_len,
                                         struct orchestra_buffer *changes,
                                         struct orchestra_error **error);

/**
 * Tells how a row of an entity was at a moment, in milliseconds since 1970, UTC, by what the audit
 * log tells.
 *
 * `row` receives a JSON object with the columns of the table, but for those that the database
 * computes; it stays empty where the row wasn't there yet or any more, and for the preference
 * of another user. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: the log no longer goes back to the row's creation.
 * docs/audit.md tells what is written without an entry.
 */
orchestra_status orchestra_audit_state_at(const struct orchestra_store *store,
                                          int32_t entity,
                                          const uint8_t *id,
                                          size_t id_len,
                                          int64_t at_unix_ms,
                                          struct orchestra_buffer *row,
                                          struct orchestra_error **error);

/**
 * Looks a row of an entity up, one of ORCHESTRA_ENTITY_*. One that was deleted is
 * ORCHESTRA_NOT_FOUND.
 *
 * `row` receives a JSON object with all columns of the table under their names. Free it with
 * orchestra_buffer_free(). Here and below, a number that is no entity is ORCHESTRA_INVALID_ARGUMENT
 * with the Column `entity`.
 */
orchestra_status orchestra_entity_get(const struct orchestra_store *store,
                                      int32_t entity,
                                      const uint8_t *id,
                                      size_t id_len,
                                      struct orchestra_buffer *row,
                                      struct orchestra_error **error);

/**
 * Finds the rows of an entity that a document describes.
 *
 * `document` is a JSON object, of which each part is optional; NULL is `{}`, for all rows:
 *
 *     {"where": {"Status": "Pending", "Priority": {"gte": "High"}},
 *      "orderBy": [{"Priority": "desc"}, "CreatedAt"],
 *      "include": ["Agent"],
 *      "page": {"number": 1, "size": 50}}
 *
 * Instead of `page`, `"after": null, "limit": 100` begins at the first row, and goes on with what
 * the last answer had in Next. A page has at most 1000 rows; without paging, all rows come. Deleted
 * rows come too with `"withDeleted": true`. docs/queries.md has the whole grammar.
 *
 * `rows` receives a JSON object with the rows in Items, and TotalCount, TotalPages, PageNumber and
 * PageSize of a page, or Next behind a cursor. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_ARGUMENT has the place in the document as Column, such as
 * `where.Priority.gte`.
 */
orchestra_status orchestra_entity_query(const struct orchestra_store *store,
                                        int32_t entity,
                                        const uint8_t *document,
                                        size_t document_len,
                                        struct orchestra_buffer *rows,
                                        struct orchestra_error **error);

/**
 * Counts the rows of an entity that a document describes, as orchestra_entity_query() takes it, but
 * without `include` and paging: `{"where": {"Status": "Pending"}}`. NULL counts all rows.
 */
orchestra_status orchestra_entity_count(const struct orchestra_store *store,
                                        int32_t entity,
                                        const uint8_t *document,
                                        size_t document_len,
                                        int64_t *count,
                                        struct orchestra_error **error);

/**
 * Tells whether an entity has any row that a document describes, as orchestra_entity_count() takes
 * it. `exists` receives 1 or 0.
 */
orchestra_status orchestra_entity_exists(const struct orchestra_store *store,
                                         int32_t entity,
                                         const uint8_t *document,
                                         size_t document_len,
                                         int32_t *exists,
                                         struct orchestra_error **error);

/**
 * Makes one value, as `function` of ORCHESTRA_AGGREGATE_* says, of a column over all rows that a
 * document describes, as orchestra_entity_count() takes it.
 *
 * `value` receives it as JSON: `null` where no row has a value, a number, or a text in quotes. Free
 * it with orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT: there is no such function or column,
 * its values have no order, or they are to be added and are no numbers.
 */
orchestra_status orchestra_entity_aggregate(const struct orchestra_store *store,
                                            int32_t entity,
                                            int32_t function,
                                            const uint8_t *column,
                                            size_t column_len,
                                            const uint8_t *document,
                                            size_t document_len,
                                            struct orchestra_buffer *value,
                                            struct orchestra_error **error);

/**
 * Adds a row to an entity.
 *
 * `row` is a JSON object with columns of the table, such as `{"UserName": "ann"}`. Left out may be:
 * Id (a new one is made), what may be null or has a default. What operations or the store write, such as
 * Status, CreatedAt or RowVersion, has to be left out, or to be as if nobody had set it (0, null, the
 * year 1). A row that an operation adds is added by it: a task is enqueued, an execution started, a
 * dependency added.
 *
 * `inserted` receives the row as it is then; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_ARGUMENT names the column that is unknown, missing, or doesn't take its value,
 * such as the UserId of another user's preference;
 * ORCHESTRA_ALREADY_EXISTS: the id or a unique value is there; ORCHESTRA_CONSTRAINT_VIOLATION: it
 * refers to a row that is not there. The errors of the operation come besides.
 */
orchestra_status orchestra_entity_insert(const struct orchestra_store *store,
                                         int32_t entity,
                                         const uint8_t *row,
                                         size_t row_len,
                                         struct orchestra_buffer *inserted,
                                         struct orchestra_error **error);

/**
 * Adds rows to an entity in one transaction: all or, when one fails, none.
 *
 * `rows` is a JSON array of what orchestra_entity_insert() takes. `inserted` receives a JSON array
 * of the rows in the same order; it may be NULL. Free it with orchestra_buffer_free(). The details
 * of an error tell the Index of the row at fault, from 0.
 */
orchestra_status orchestra_entity_insert_many(const struct orchestra_store *store,
                                              int32_t entity,
                                              const uint8_t *rows,
                                              size_t rows_len,
                                              struct orchestra_buffer *inserted,
                                              struct orchestra_error **error);

/**
 * Changes a row of an entity.
 *
 * `row` is a JSON object with the Id and the columns to set, such as
 * `{"Id": "u1", "RowVersion": 3, "Email": null}`. RowVersion may be left out; where it is given and
 * somebody else changed the row since, that is ORCHESTRA_CONFLICT, and the details have the row as it
 * is now in Current. A row can be given back as it was read. A column that operations or the store
 * write, such as the Status of a task, is ORCHESTRA_INVALID_ARGUMENT if it differs, with the names of
 * the operations that change it; orchestra_entity_describe_all() has these columns, too.
 *
 * `updated` receives the row as it is then; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_ARGUMENT names the column at fault; ORCHESTRA_NOT_FOUND: there is no such row;
 * ORCHESTRA_READ_ONLY: rows of this entity are only added.
 */
orchestra_status orchestra_entity_update(const struct orchestra_store *store,
                                         int32_t entity,
                                         const uint8_t *row,
                                         size_t row_len,
                                         struct orchestra_buffer *updated,
                                         struct orchestra_error **error);

/**
 * Changes rows of an entity in one transaction: all or, when one fails, none.
 *
 * `rows` is a JSON array of what orchestra_entity_update() takes. `updated` receives a JSON array of
 * the rows in the same order; it may be NULL. Free it with orchestra_buffer_free(). The details of an
 * error tell the Index of the row at fault, from 0.
 */
orchestra_status orchestra_entity_update_many(const struct orchestra_store *store,
                                              int32_t entity,
                                              const uint8_t *rows,
                                              size_t rows_len,
                                              struct orchestra_buffer *updated,
                                              struct orchestra_error **error);

/**
 * Sets columns of all rows of an entity that a document describes, in one transaction: of all or,
 * when one can't be changed, of none.
 *
 * `document` is as orchestra_entity_count() takes it, but has to be given: `{}` is for all rows.
 * `changes` is a JSON object with the columns to set, such as `{"Email": null, "IsActive": false}`, or with
 * what to compute from the value before, such as `{"MaxRetries": {"add": 1}}`: add, multiply, append or ifNull
 * (docs/queries.md). One that operations or the store write is ORCHESTRA_INVALID_ARGUMENT;
 * ORCHESTRA_OVERFLOW: a result doesn't fit into its column. `count` receives how many rows this changed; it may
 * be NULL. The other errors are those of orchestra_entity_update().
 */
orchestra_status orchestra_entity_bulk_update(const struct orchestra_store *store,
                                              int32_t entity,
                                              const uint8_t *document,
                                              size_t document_len,
                                              const uint8_t *changes,
                                              size_t changes_len,
                                              int64_t *count,
                                              struct orchestra_error **error);

/**
 * Deletes a row of an entity: marks it as deleted where the table has IsDeleted, so that
 * orchestra_entity_restore() brings it back; elsewhere for good.
 *
 * ORCHESTRA_NOT_FOUND: there is no such row; ORCHESTRA_READ_ONLY: rows of this entity are only added;
 * ORCHESTRA_CONSTRAINT_VIOLATION: other rows refer to it. An open task is cancelled first.
 * ORCHESTRA_CONFLICT: it is at work: a leased task, one of an execution that hasn't ended, such an
 * execution, an agent that holds tasks.
 */
orchestra_status orchestra_entity_delete(const struct orchestra_store *store,
                                         int32_t entity,
                                         const uint8_t *id,
                                         size_t id_len,
                                         struct orchestra_error **error);

/**
 * Deletes a row of an entity as orchestra_entity_delete() does, if it still has the RowVersion that it was read
 * with. ORCHESTRA_CONFLICT: somebody else changed it since; the details have the row as it is now in Current.
 */
orchestra_status orchestra_entity_delete_unchanged(const struct orchestra_store *store,
                                                   int32_t entity,
                                                   const uint8_t *id,
                                                   size_t id_len,
                                                   int64_t row_version,
                                                   struct orchestra_error **error);

/**
 * Deletes a row of an entity and all below it, such as a task with its subtasks and theirs, in one transaction, as
 * orchestra_entity_delete() does each: all or, when one can't be deleted, none.
 *
 * `count` receives how many there were; it may be NULL. ORCHESTRA_INVALID_ARGUMENT: rows of this entity have none
 * below them; ORCHESTRA_CONSTRAINT_VIOLATION: another row still refers to one of them, and the message says which.
 */
orchestra_status orchestra_entity_delete_subtree(const struct orchestra_store *store,
                                                 int32_t entity,
                                                 const uint8_t *id,
                                                 size_t id_len,
                                                 int64_t *count,
                                                 struct orchestra_error **error);

/**
 * Deletes rows of an entity as orchestra_entity_delete() does, in one transaction: all or, when one
 * fails, none. Rows that refer to each other may come in any order.
 *
 * `ids` is a JSON array, such as `["u1", "u2"]`. `count` receives how many there were; it may be
 * NULL. The details of an error tell the Index of the id at fault, from 0.
 */
orchestra_status orchestra_entity_delete_many(const struct orchestra_store *store,
                                              int32_t entity,
                                              const uint8_t *ids,
                                              size_t ids_len,
                                              int64_t *count,
                                              struct orchestra_error **error);

/**
 * Deletes a row of an entity for good, marked as deleted or not, with the rows that depend on it as
 * the schema says. The errors are those of orchestra_entity_delete().
 */
orchestra_status orchestra_entity_hard_delete(const struct orchestra_store *store,
                                              int32_t entity,
                                              const uint8_t *id,
                                              size_t id_len,
                                              struct orchestra_error **error);

/**
 * Takes back that a row was marked as deleted; one that wasn't stays as it is.
 *
 * `restored` receives the row as it is then; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_NOT_FOUND: there is no such row; ORCHESTRA_MISUSE: the entity's rows are deleted for
 * good; ORCHESTRA_READ_ONLY: rows of this entity are only added.
 */
orchestra_status orchestra_entity_restore(const struct orchestra_store *store,
                                          int32_t entity,
                                          const uint8_t *id,
                                          size_t id_len,
                                          struct orchestra_buffer *restored,
                                          struct orchestra_error **error);

/**
 * Deletes all rows of an entity that a document describes, as orchestra_entity_delete() does, in one
 * transaction: all or, when one can't be deleted, none. Rows that refer to each other, such as tasks and
 * their subtasks, are deleted together.
 *
 * `document` is as orchestra_entity_count() takes it, but has to be given: `{}` is for all rows.
 * `count` receives how many there were; it may be NULL.
 */
orchestra_status orchestra_entity_bulk_delete(const struct orchestra_store *store,
                                              int32_t entity,
                                              const uint8_t *document,
                                              size_t document_len,
                                              int64_t *count,
                                              struct orchestra_error **error);

/**
 * Deletes all rows of an entity that a document describes for good, as orchestra_entity_hard_delete() does, in
 * one transaction: all or, when one can't be deleted, none. Rows that are marked as deleted are among them if the
 * document says `"withDeleted": true`.
 *
 * `document` has to be given: `{"withDeleted": true}` is for all rows. `count` receives how many there were; it may
 * be NULL. A log isn't emptied so: ORCHESTRA_READ_ONLY.
 */
orchestra_status orchestra_entity_bulk_hard_delete(const struct orchestra_store *store,
                                                   int32_t entity,
                                                   const uint8_t *document,
                                                   size_t document_len,
                                                   int64_t *count,
                                                   struct orchestra_error **error);

/**
 * Tells which entities there are, and what columns they have: for hosts that list or edit any of
 * them. It needs no store.
 *
 * `entities` receives a JSON array, by number: Number (one of ORCHESTRA_ENTITY_*), Name (the
 * table's), IsLog (rows are only added), KeepsDeleted (a deleted row is only marked, and can be
 * restored), Columns. Of each column it tells Name, Kind (Text, Integer, Real, Bool, Time,
 * TimeSpan, Json, List, Enum), Nullable, IsGenerated (the database computes it), Writer (which
 * operations alone change it, as text for people; null if any update may). Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_entity_describe_all(struct orchestra_buffer *entities,
                                               struct orchestra_error **error);

/**
 * Opens a cursor over the rows of an entity, one of ORCHESTRA_ENTITY_*: those of a specification, a
 * JSON object with any of where, orderBy, withDeleted as docs/queries.md describes them, or NULL for
 * all. Its columns are those of the table; what JSON writes as a text, a bool, a list or an object is
 * a text, 0 or 1, and JSON text.
 *
 * All rows are of one moment, that of this call. The cursor keeps a reading connection and the
 * store busy, and the write-ahead log growing, until it is freed with orchestra_cursor_free(). What
 * cancels `store` cancels it too. A handle of a transaction is ORCHESTRA_MISUSE: a cursor sees what
 * is committed.
 *
 *     orchestra_cursor *cursor;
 *     int32_t has_row;
 *     status = orchestra_entity_open_cursor(store, ORCHESTRA_ENTITY_TASKS, NULL, 0, &cursor, &error);
 *     while (status == ORCHESTRA_OK &&
 *            (status = orchestra_cursor_next(cursor, &has_row, &error)) == ORCHESTRA_OK && has_row) {
 *         status = orchestra_cursor_text(cursor, 0, &id, &id_len, &error);
 *     }
 *     orchestra_cursor_free(cursor);
 */
orchestra_status orchestra_entity_open_cursor(const struct orchestra_store *store,
                                              int32_t entity,
                                              const uint8_t *specification,
                                              size_t specification_len,
                                              struct orchestra_cursor **cursor,
                                              struct orchestra_error **error);

/**
 * Opens a cursor over the rows of a query in SQL, as orchestra_sql_query() takes it: it can only read,
 * and sees everything, on a connection of its own.
 *
 * `parameters` is a JSON array with a value for each `?`, or NULL for none. `time_limit_ms` counts
 * until the last row, with the time that the host takes for them; 0 is for ever. All rows are of one
 * moment. Free it with orchestra_cursor_free().
 *
 * ORCHESTRA_READ_ONLY: it would do anything but read; ORCHESTRA_TIMEOUT, also from
 * orchestra_cursor_next(): it takes too long; ORCHESTRA_LIMIT_EXCEEDED, also from
 * orchestra_cursor_next(): it needs more memory, or is larger, than allowed.
 */
orchestra_status orchestra_sql_open_cursor(const struct orchestra_store *store,
                                           const uint8_t *sql,
                                           size_t sql_len,
                                           const uint8_t *parameters,
                                           size_t parameters_len,
                                           uint32_t time_limit_ms,
                                           struct orchestra_cursor **cursor,
                                           struct orchestra_error **error);

/**
 * Goes to the next row. `has_row` receives 1, or 0 behind the last one. What was read of the row
 * before is gone.
 *
 * After an error there are no more rows.
 */
orchestra_status orchestra_cursor_next(const struct orchestra_cursor *cursor,
                                       int32_t *has_row,
                                       struct orchestra_error **error);

/**
 * Frees a cursor, and ends its query. NULL is fine. No other thread may use it any more.
 */
void orchestra_cursor_free(struct orchestra_cursor *cursor);

/**
 * How many columns a cursor's rows have.
 */
orchestra_status orchestra_cursor_column_count(const struct orchestra_cursor *cursor,
                                               uint32_t *count,
                                               struct orchestra_error **error);

/**
 * The name of a column, from 0. It is UTF-8 without a NUL at its end, and lives as long as the cursor.
 */
orchestra_status orchestra_cursor_column_name(const struct orchestra_cursor *cursor,
                                              uint32_t column,
                                              const uint8_t **name,
                                              size_t *name_len,
                                              struct orchestra_error **error);

/**
 * The type of a value of the row that the cursor is on, one of ORCHESTRA_VALUE_*; each row may have
 * others.
 */
orchestra_status orchestra_cursor_type(const struct orchestra_cursor *cursor,
                                       uint32_t column,
                                       int32_t *value_type,
                                       struct orchestra_error **error);

/**
 * Whether a value of the row that the cursor is on is none: 1 or 0.
 */
orchestra_status orchestra_cursor_is_null(const struct orchestra_cursor *cursor,
                                          uint32_t column,
                                          int32_t *is_null,
                                          struct orchestra_error **error);

/**
 * A whole number of the row that the cursor is on; 0 for none. A value of another type is
 * ORCHESTRA_INVALID_ARGUMENT.
 */
orchestra_status orchestra_cursor_int64(const struct orchestra_cursor *cursor,
                                        uint32_t column,
                                        int64_t *value,
                                        struct orchestra_error **error);

/**
 * A number of the row that the cursor is on, also a whole one; 0 for none. A value of another type is
 * ORCHESTRA_INVALID_ARGUMENT.
 */
orchestra_status orchestra_cursor_double(const struct orchestra_cursor *cursor,
                                         uint32_t column,
                                         double *value,
                                         struct orchestra_error **error);

/**
 * A text of the row that the cursor is on, UTF-8 without a NUL at its end; NULL for none. It is gone
 * with the next call of orchestra_cursor_next() or orchestra_cursor_free(). A value of another type is
 * ORCHESTRA_INVALID_ARGUMENT.
 */
orchestra_status orchestra_cursor_text(const struct orchestra_cursor *cursor,
                                       uint32_t column,
                                       const uint8_t **value,
                                       size_t *value_len,
                                       struct orchestra_error **error);

/**
 * The bytes of the row that the cursor is on, in the manner of orchestra_cursor_text().
 */
orchestra_status orchestra_cursor_blob(const struct orchestra_cursor *cursor,
                                       uint32_t column,
                                       const uint8_t **value,
                                       size_t *value_len,
                                       struct orchestra_error **error);

/**
 * Runs one query in SQL, for looking into the database where nothing else answers the question: the
 * columns may change with any version. It can only read, on a connection of its own, and sees all
 * rows, also other users' preferences; sealed values stay sealed.
 *
 * `parameters` is a JSON array with a text, number, bool or null for each `?`, or NULL for none.
 * `max_rows` and `time_limit_ms` are 0 for 1000 rows and 30 s. `answer` receives a JSON object with
 * Columns (names), Rows (an array of values for each; a BLOB is `{"Base64": …}`) and Truncated (whether
 * there are more). Its memory is limited by the option sql_memory_kib of the store. Free it with orchestra_buffer_free(). orchestra_sql_open_cursor() has no limit of
 * rows.
 *
 * ORCHESTRA_READ_ONLY: it would do anything but read; ORCHESTRA_TIMEOUT: it takes too long;
 * ORCHESTRA_LIMIT_EXCEEDED: it needs more memory, or is larger, than allowed; ORCHESTRA_MISUSE: `store` is one of a transaction.
 */
orchestra_status orchestra_sql_query(const struct orchestra_store *store,
                                     const uint8_t *sql,
                                     size_t sql_len,
                                     const uint8_t *parameters,
                                     size_t parameters_len,
                                     uint32_t max_rows,
                                     uint32_t time_limit_ms,
                                     struct orchestra_buffer *answer,
                                     struct orchestra_error **error);

/**
 * Calls a callback for each change that this store commits from now on, through any of its handles.
 * They are of all rows, also of other users' preferences, but have no values.
 * What other processes commit is not among them: orchestra_follower_open() has these too.
 *
 * `filter` is a JSON object with any of EntityTypes (names of tables) and EntityId (only with one
 * table), or NULL for all changes. The subscription belongs to the caller, who frees it with
 * orchestra_subscription_free(); it keeps the store alive.
 *
 * `context` is passed to the callback; after the last call `destroy` is called with it, once and on
 * any thread, unless that is NULL. When this function fails, `context` is still the caller's.
 * ORCHESTRA_MISUSE: the callback is NULL, or changes are not recorded (no_change_events).
 */
orchestra_status orchestra_change_subscribe(const struct orchestra_store *store,
                                            const uint8_t *filter,
                                            size_t filter_len,
                                            orchestra_change_callback callback,
                                            void *context,
                                            orchestra_destroy_callback destroy,
                                            struct orchestra_subscription **subscription,
                                            struct orchestra_error **error);

/**
 * Ends a subscription. Waits for a call of the callback that is under way, unless it is the callback
 * that frees it; afterwards none begins. NULL is fine.
 */
void orchestra_subscription_free(struct orchestra_subscription *subscription);

/**
 * Tells the number of the newest change; 0 before the first, unless the database was restored. Read in the transaction in which the
 * rows are read, it is the place to follow from.
 */
orchestra_status orchestra_change_newest(const struct orchestra_store *store,
                                         int64_t *sequence,
                                         struct orchestra_error **error);

/**
 * Reads the changes behind a number that a filter takes, at most `limit` (1 to 10000), whoever
 * committed them; behind 0, these are all that are kept.
 *
 * `filter` is as for orchestra_change_subscribe(). `page` receives a JSON object with Events, Position
 * (where to go on), More (whether there may be more). Free it with orchestra_buffer_free().
 * ORCHESTRA_EVENTS_GONE: some of them are no longer kept, or the number is from before a restore of the
 * database; ORCHESTRA_INVALID_ARGUMENT: the number is beyond the newest change.
 */
orchestra_status orchestra_change_since(const struct orchestra_store *store,
                                        int64_t sequence,
                                        const uint8_t *filter,
                                        size_t filter_len,
                                        uint32_t limit,
                                        struct orchestra_buffer *page,
                                        struct orchestra_error **error);

/**
 * Follows the changes behind the number `from` that a filter takes, of this process and all others:
 * each comes exactly once and in order. After a restore or a recovery of the database none comes any
 * more, but ORCHESTRA_EVENTS_GONE: the host reads the rows again, and follows from
 * orchestra_change_newest(). 0 is for all that are kept, orchestra_change_newest() for those that are
 * yet to come.
 *
 * `filter` is as for orchestra_change_subscribe(). The follower belongs to the caller, who frees it
 * with orchestra_follower_free(); it keeps the store alive. What cancels `store` cancels it too.
 * ORCHESTRA_EVENTS_GONE and ORCHESTRA_INVALID_ARGUMENT as for orchestra_change_since().
 */
orchestra_status orchestra_follower_open(const struct orchestra_store *store,
                                         int64_t from,
                                         const uint8_t *filter,
                                         size_t filter_len,
                                         struct orchestra_follower **follower,
                                         struct orchestra_error **error);

/**
 * Waits for the next change, for so many milliseconds at most.
 *
 * `event` receives the change as orchestra_change_callback is told it, or nothing (NULL) when the time
 * is over. Free it with orchestra_buffer_free(). After an error nothing is lost, and the next call
 * tries again; ORCHESTRA_EVENTS_GONE: it was so slow that what comes next is no longer kept, or the
 * database was restored.
 */
orchestra_status orchestra_follower_next(const struct orchestra_follower *follower,
                                         uint32_t timeout_ms,
                                         struct orchestra_buffer *event,
                                         struct orchestra_error **error);

/**
 * Tells up to which number changes were handed out: following from it brings the next one. A host
 * that keeps it goes on from there, after a crash too.
 */
orchestra_status orchestra_follower_position(const struct orchestra_follower *follower,
                                             int64_t *position,
                                             struct orchestra_error **error);

/**
 * Frees a follower. NULL is fine. No other thread may use it any more.
 */
void orchestra_follower_free(struct orchestra_follower *follower);

/**
 * Opens a database as orchestra_store_open() does, with keys for preferences that are encrypted;
 * without, there can be none.
 *
 * `context` is passed to both callbacks, which must not be NULL. When the store is closed with its
 * last handle, and no call of them runs any more, `destroy` is called with it, once, unless that is
 * NULL. When this function fails, `context` is still the caller's.
 */
orchestra_status orchestra_store_open_with_keys(const uint8_t *path,
                                                size_t path_len,
                                                const struct orchestra_store_options *options,
                                                orchestra_key_callback key,
                                                orchestra_current_key_callback current_key,
                                                void *context,
                                                orchestra_destroy_callback destroy,
                                                struct orchestra_store **store,
                                                struct orchestra_error **error);

/**
 * Looks a row of an entity up as orchestra_entity_get() does, but in memory where it was asked for
 * before and nobody has changed it since, in this process or another: what it gives is never older.
 */
orchestra_status orchestra_cache_get(const struct orchestra_store *store,
                                     int32_t entity,
                                     const uint8_t *id,
                                     size_t id_len,
                                     struct orchestra_buffer *row,
                                     struct orchestra_error **error);

/**
 * Looks a value up that was made for this key before, in memory, or has it made and keeps it. A value is never
 * older than the last commit to a table that it depends on, in this process or another.
 *
 * `depends_on` is a JSON array of the names of entities, such as `["Tasks"]`; NULL for all. `expiry_ms` is how long
 * the value is used at most; 0 for `cache_expiry_ms` of the options. `key` must name what the value is made
 * from, such as the user and the arguments: all handles of a store share the values.
 *
 * `value` receives it; free it with orchestra_buffer_free(). ORCHESTRA_CANCELLED: `factory` made none;
 * ORCHESTRA_MISUSE: it asked for the value that it makes.
 */
orchestra_status orchestra_cache_get_or_make(const struct orchestra_store *store,
                                             const uint8_t *key,
                                             size_t key_len,
                                             const uint8_t *depends_on,
                                             size_t depends_on_len,
                                             uint32_t expiry_ms,
                                             orchestra_factory_callback factory,
                                             void *context,
                                             struct orchestra_buffer *value,
                                             struct orchestra_error **error);

/**
 * Drops the row or result of a key from memory, such as `Tasks:42`. Only for what the database
 * doesn't know of: its own changes are noticed.
 *
 * `dropped` receives 1 if there was one, otherwise 0; it may be NULL.
 */
orchestra_status orchestra_cache_invalidate(const struct orchestra_store *store,
                                            const uint8_t *key,
                                            size_t key_len,
                                            int32_t *dropped,
                                            struct orchestra_error **error);

/**
 * Drops the rows and results from memory whose keys match: `*` stands for any characters, `?` for
 * one, as in `Tasks:*`.
 *
 * `count` receives how many these were; it may be NULL.
 */
orchestra_status orchestra_cache_invalidate_pattern(const struct orchestra_store *store,
                                                    const uint8_t *pattern,
                                                    size_t pattern_len,
                                                    int64_t *count,
                                                    struct orchestra_error **error);

/**
 * Tells what the cache in memory holds, and how useful it was since the store was opened.
 *
 * `statistics` receives a JSON object with Hits, Misses, Entries, Bytes, Evictions and Clears. Free
 * it with orchestra_buffer_free().
 */
orchestra_status orchestra_cache_statistics(const struct orchestra_store *store,
                                            struct orchestra_buffer *statistics,
                                            struct orchestra_error **error);

/**
 * Lists the agents that could take a task now, as orchestra_agent_find_available() does, from memory where that was asked
 * for in the last 2 minutes and nobody, in this process or another, has written an agent or a task since. An agent
 * that has fallen silent meanwhile may still be among them.
 *
 * `agents` receives a JSON array of agents. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_cache_available_agents(const struct orchestra_store *store,
                                                  const uint8_t *repository_path,
                                                  size_t repository_path_len,
                                                  struct orchestra_buffer *agents,
                                                  struct orchestra_error **error);

/**
 * Tells the statistics of an agent, as orchestra_agent_statistics() does, from memory where they were asked for in the
 * last 10 minutes and nobody has written an agent or a task since. The period then ends when they were computed.
 *
 * `statistics` receives what that function gives. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_cache_agent_statistics(const struct orchestra_store *store,
                                                  const uint8_t *id,
                                                  size_t id_len,
                                                  int64_t period_ms,
                                                  struct orchestra_buffer *statistics,
                                                  struct orchestra_error **error);

/**
 * Tells what the tasks show that were made in a period until now, as orchestra_task_analytics() does, from memory where
 * that was asked for in the last 15 minutes and nobody has written a task since. The period then ends when they were
 * computed.
 *
 * `period_ms` is its length; 0 is 30 days. `agent_id` and `repository_id` narrow it down, or are NULL. `analytics`
 * receives what that function gives. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_cache_task_analytics(const struct orchestra_store *store,
                                                int64_t period_ms,
                                                const uint8_t *agent_id,
                                                size_t agent_id_len,
                                                const uint8_t *repository_id,
                                                size_t repository_id_len,
                                                struct orchestra_buffer *analytics,
                                                struct orchestra_error **error);

/**
 * Keeps the result of a query under a key, in place of the one that it had. Nothing drops it when
 * tables are written: that is what tags are for.
 *
 * `entry` is a JSON object: Key (1 to 500 characters), Value (any JSON, up to 1 MiB); optional
 * ValidFor (`[d.]hh:mm:ss`; until it is removed if it is absent), IsSliding (true:
 * orchestra_query_cache_renew() makes it valid for as long again), Tags (an array of up to 32
 * texts of 1 to 100 characters).
 *
 * `row` receives what orchestra_query_cache_get() gives; it may be NULL. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_query_cache_put(const struct orchestra_store *store,
                                           const uint8_t *entry,
                                           size_t entry_len,
                                           struct orchestra_buffer *row,
                                           struct orchestra_error **error);

/**
 * Looks the result of a query up.
 *
 * `entry` receives a JSON object with all columns of the table QueryCache under their names, and
 * stays empty where there is none or it has expired. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_query_cache_get(const struct orchestra_store *store,
                                           const uint8_t *key,
                                           size_t key_len,
                                           struct orchestra_buffer *entry,
                                           struct orchestra_error **error);

/**
 * Looks the result of a query up as orchestra_query_cache_get() does; one whose validity is sliding is
 * valid for as long again, which is a write.
 */
orchestra_status orchestra_query_cache_renew(const struct orchestra_store *store,
                                             const uint8_t *key,
                                             size_t key_len,
                                             struct orchestra_buffer *entry,
                                             struct orchestra_error **error);

/**
 * Removes the result of a key. `removed` receives 1 if there was one, otherwise 0; it may be NULL.
 */
orchestra_status orchestra_query_cache_remove(const struct orchestra_store *store,
                                              const uint8_t *key,
                                              size_t key_len,
                                              int32_t *removed,
                                              struct orchestra_error **error);

/**
 * Removes the results of queries that have a tag. `count` receives how many these were; it may be
 * NULL.
 */
orchestra_status orchestra_query_cache_invalidate_tag(const struct orchestra_store *store,
                                                      const uint8_t *tag,
                                                      size_t tag_len,
                                                      int64_t *count,
                                                      struct orchestra_error **error);

/**
 * Removes results of queries that have expired, at most `limit` and at most 1000; a host calls it
 * now and then, until it removes less. They are not found any more in any case.
 *
 * `count` receives how many these were; it may be NULL.
 */
orchestra_status orchestra_query_cache_remove_expired(const struct orchestra_store *store,
                                                      uint32_t limit,
                                                      int64_t *count,
                                                      struct orchestra_error **error);

/**
 * Keeps the result of a costly computation under a key, in place of the one that it had.
 *
 * `result` is a JSON object: Key (1 to 500 characters), Value (any JSON, up to 1 MiB); optional
 * InputHash (of what it was computed from, 1 to 128 characters), ComputationTime (`[d.]hh:mm:ss`,
 * how long that took), ValidFor (`[d.]hh:mm:ss`; until it is removed if it is absent), Tags (an
 * array of up to 32 texts of 1 to 100 characters).
 *
 * `row` receives what orchestra_computed_result_get() gives; it may be NULL. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_computed_result_put(const struct orchestra_store *store,
                                               const uint8_t *result,
                                               size_t result_len,
                                               struct orchestra_buffer *row,
                                               struct orchestra_error **error);

/**
 * Looks the result of a computation up, if it was computed from what has this hash; NULL for
 * whatever it was computed from.
 *
 * `result` receives a JSON object with all columns of the table ComputedResults under their names,
 * and stays empty where there is none, it has expired, or it has another hash. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_computed_result_get(const struct orchestra_store *store,
                                               const uint8_t *key,
                                               size_t key_len,
                                               const uint8_t *input_hash,
                                               size_t input_hash_len,
                                               struct orchestra_buffer *result,
                                               struct orchestra_error **error);

/**
 * Removes the result of a key. `removed` receives 1 if there was one, otherwise 0; it may be NULL.
 */
orchestra_status orchestra_computed_result_remove(const struct orchestra_store *store,
                                                  const uint8_t *key,
                                                  size_t key_len,
                                                  int32_t *removed,
                                                  struct orchestra_error **error);

/**
 * Removes the results of computations that have a tag. `count` receives how many these were; it
 * may be NULL.
 */
orchestra_status orchestra_computed_result_invalidate_tag(const struct orchestra_store *store,
                                                          const uint8_t *tag,
                                                          size_t tag_len,
                                                          int64_t *count,
                                                          struct orchestra_error **error);

/**
 * Removes results of computations that have expired, at most `limit` and at most 1000; a host
 * calls it now and then, until it removes less. They are not found any more in any case.
 *
 * `count` receives how many these were; it may be NULL.
 */
orchestra_status orchestra_computed_result_remove_expired(const struct orchestra_store *store,
                                                          uint32_t limit,
                                                          int64_t *count,
                                                          struct orchestra_error **error);

/**
 * Keeps a value for a session of the host under a key, in place of the one that it had.
 *
 * `entry` is a JSON object: SessionId (1 to 128 characters), Key (1 to 255 characters), Value (any
 * JSON, up to 1 MiB); optional ValidFor (`[d.]hh:mm:ss`; until it is removed if it is absent),
 * Tags (an array of up to 32 texts of 1 to 100 characters).
 *
 * `row` receives what orchestra_session_data_get() gives; it may be NULL. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_session_data_put(const struct orchestra_store *store,
                                            const uint8_t *entry,
                                            size_t entry_len,
                                            struct orchestra_buffer *row,
                                            struct orchestra_error **error);

/**
 * Looks the value of a session's key up.
 *
 * `entry` receives a JSON object with all columns of the table SessionData under their names, and
 * stays empty where there is none or it has expired. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_session_data_get(const struct orchestra_store *store,
                                            const uint8_t *session_id,
                                            size_t session_id_len,
                                            const uint8_t *key,
                                            size_t key_len,
                                            struct orchestra_buffer *entry,
                                            struct orchestra_error **error);

/**
 * Lists all values of a session that have not expired, by key.
 *
 * `entries` receives a JSON array of what orchestra_session_data_get() gives. Free it with
 * orchestra_buffer_free().
 */
orchestra_status orchestra_session_data_list(const struct orchestra_store *store,
                                             const uint8_t *session_id,
                                             size_t session_id_len,
                                             struct orchestra_buffer *entries,
                                             struct orchestra_error **error);

/**
 * Removes the value of a session's key. `removed` receives 1 if there was one, otherwise 0; it may
 * be NULL.
 */
orchestra_status orchestra_session_data_remove(const struct orchestra_store *store,
                                               const uint8_t *session_id,
                                               size_t session_id_len,
                                               const uint8_t *key,
                                               size_t key_len,
                                               int32_t *removed,
                                               struct orchestra_error **error);

/**
 * Removes all values of a session. `count` receives how many these were; it may be NULL.
 */
orchestra_status orchestra_session_data_remove_session(const struct orchestra_store *store,
                                                       const uint8_t *session_id,
                                                       size_t session_id_len,
                                                       int64_t *count,
                                                       struct orchestra_error **error);

/**
 * Removes the values of sessions that have a tag. `count` receives how many these were; it may be
 * NULL.
 */
orchestra_status orchestra_session_data_invalidate_tag(const struct orchestra_store *store,
                                                       const uint8_t *tag,
                                                       size_t tag_len,
                                                       int64_t *count,
                                                       struct orchestra_error **error);

/**
 * Removes values of sessions that have expired, at most `limit` and at most 1000; a host calls it
 * now and then, until it removes less. They are not found any more in any case.
 *
 * `count` receives how many these were; it may be NULL.
 */
orchestra_status orchestra_session_data_remove_expired(const struct orchestra_store *store,
                                                       uint32_t limit,
                                                       int64_t *count,
                                                       struct orchestra_error **error);

/**
 * Takes over what a file of a predecessor holds, in one transaction: any form of
 * orchestrator-state.json, agent-config.json, or the SQLite database of a host on Entity Framework
 * Core, which the host must have closed. Importing it again changes nothing. A database that
 * holds anything is backed up before it is changed, and the file is renamed at the end, if it is still the one
 * that was read.
 *
 * `options` may be NULL for the defaults; `progress`, which counts records and to which `context`
 * is passed, may be NULL. `report` receives a JSON object: Source, Form, StatusNumbering, DryRun,
 * Agents, Tasks and Repositories (each Read, Imported, Updated, Unchanged, Differing, Rejected), Others (the same by
 * table), Requeued, Findings (Severity, Place, Reason), Backup, ArchivedTo; it may be NULL. Free it with
 * orchestra_buffer_free().
 *
 * ORCHESTRA_IMPORT_FAILED: the file is of no form that is known, or has no record that can be
 * taken (but in a dry run), or `strict` found something;
 * ORCHESTRA_IO: it can't be read; ORCHESTRA_CANCELLED: the callback said so. Nothing was imported
 * then.
 */
orchestra_status orchestra_import_file(const struct orchestra_store *store,
                                       const uint8_t *path,
                                       size_t path_len,
                                       const struct orchestra_import_options *options,
                                       orchestra_progress_callback progress,
                                       void *context,
                                       struct orchestra_buffer *report,
                                       struct orchestra_error **error);

/**
 * Writes all rows of an entity, one of ORCHESTRA_ENTITY_*, in the order of their ids, from one
 * snapshot: also those that are marked as deleted and the preferences of all users. One row at a
 * time is in memory.
 *
 * `format` is one of ORCHESTRA_EXPORT_*. `write`, to which `write_context` is passed, receives the
 * bytes in pieces of some KiB. `progress`, to which `context` is passed, is told the rows after
 * each thousand; it may be NULL. `rows` receives how many there were; it may be NULL.
 *
 * ORCHESTRA_IO: `write` answered that it can't; ORCHESTRA_CANCELLED: `progress` said so.
 */
orchestra_status orchestra_export_entity(const struct orchestra_store *store,
                                         int32_t entity,
                                         int32_t format,
                                         orchestra_write_callback write,
                                         void *write_context,
                                         orchestra_progress_callback progress,
                                         void *context,
                                         int64_t *rows,
                                         struct orchestra_error **error);

/**
 * Writes all entities into a new directory, a file for each, all from one snapshot. Only its user
 * may read it.
 *
 * `format` is one of ORCHESTRA_EXPORT_*. `progress`, to which `context` is passed, is told the
 * entity and its rows after each thousand; it may be NULL. `files` receives a JSON array: Entity,
 * Path, Rows; it may be NULL. Free it with orchestra_buffer_free().
 *
 * ORCHESTRA_ALREADY_EXISTS: there is something of this name; ORCHESTRA_CANCELLED: the callback
 * said so. Nothing is left behind when it fails.
 */
orchestra_status orchestra_export_all(const struct orchestra_store *store,
                                      const uint8_t *directory,
                                      size_t directory_len,
                                      int32_t format,
                                      orchestra_progress_callback progress,
                                      void *context,
                                      struct orchestra_buffer *files,
                                      struct orchestra_error **error);

/**
 * Does what is due, as far as the budget goes: leases that ended are rescued, what expired is
 * removed, what the retention doesn't keep is deleted, and the file is looked after.
 * docs/maintenance.md lists the steps. A host calls it every few seconds; the library has no
 * threads of its own.
 *
 * It ends after `budget_ms` (1000 for 0) or `max_runs` batches (any number for 0), but does at
 * least one; the next call goes on where this one stopped. `report` receives a JSON object: Steps
 * (Step, Runs, Count, More, Error: null or Code and Message), MoreDue, and Size: null, or MaxSize,
 * Before, After, Deleted (Kind, Rows), PagesGivenBack, Held (docs/maintenance.md, "By size"). It may be
 * NULL. Free it with orchestra_buffer_free(). A step that fails keeps no other from running, and is
 * ORCHESTRA_OK.
 */
orchestra_status orchestra_store_maintain(const struct orchestra_store *store,
                                          uint32_t budget_ms,
                                          uint32_t max_runs,
                                          struct orchestra_buffer *report,
                                          struct orchestra_error **error);

/**
 * Tells what orchestra_store_maintain() would do: one batch of each step is done in a transaction
 * that is rolled back. Steps that only look after the file are left out.
 *
 * `report` receives what orchestra_store_maintain() gives. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_store_maintain_dry_run(const struct orchestra_store *store,
                                                  struct orchestra_buffer *report,
                                                  struct orchestra_error **error);

/**
 * Makes the retention of orchestra_store_maintain() believe the clock as it is now, although it jumped
 * ahead since the last round: rows that are as old as the policy says by this time are deleted by the
 * next one. docs/operations.md, "Wrong clocks".
 */
orchestra_status orchestra_store_trust_clock(const struct orchestra_store *store,
                                             struct orchestra_error **error);

/**
 * Takes the texts of a user out of chat, preferences, reasons of approvals and pauses, the row in
 * Users, and the audit log's values of all these. What was done, by whom and when stays, and the
 * audit log gets entries Erasure. It works in transactions of bounded size; one that was interrupted
 * goes on when it is called again.
 *
 * If `commit` is 0, nothing is changed, and `report` says what would be. `backups` is a directory of
 * backups, or NULL for that of the store's options. `report` receives a JSON object: UserId,
 * IsDryRun, Counts (rows by table), Backups (those of the directory, which may still hold the texts,
 * as orchestra_backup_list() gives them); it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_user_erase(const struct orchestra_store *store,
                                      const uint8_t *user_id,
                                      size_t user_id_len,
                                      const uint8_t *backups,
                                      size_t backups_len,
                                      int32_t commit,
                                      struct orchestra_buffer *report,
                                      struct orchestra_error **error);

/**
 * Checks the database: SQLite's own checks, foreign keys, and rules that SQLite can't state.
 *
 * `report` receives a JSON object with Findings (Severity, Rule, Table, Row, Message,
 * Command: what ends it, a text for a shell),
 * `error_count` how many of these are errors and not warnings. Both may be NULL. Free the report
 * with orchestra_buffer_free(). A database with findings is ORCHESTRA_OK: the check has run.
 */
orchestra_status orchestra_store_check(const struct orchestra_store *store,
                                       struct orchestra_buffer *report,
                                       int32_t *error_count,
                                       struct orchestra_error **error);

/**
 * Mends what can be computed from what is there: makes indexes anew that don't fit their tables,
 * resolves foreign keys that point to nothing, rescues tasks whose leases have ended, and raises
 * counters that are behind the tasks. Each repair has an entry in the audit log; the rest is for
 * people.
 *
 * `report` receives a JSON object: Repairs (Table, Row, What) and Left, what
 * orchestra_store_check() finds afterwards; it may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_store_repair(const struct orchestra_store *store,
                                        struct orchestra_buffer *report,
                                        struct orchestra_error **error);

/**
 * Tells how large the database is, after copying into it what nobody needs any more of the
 * write-ahead log. Waits for nobody.
 *
 * `space` receives a JSON object, in bytes: Database, FreeInDatabase (what
 * orchestra_store_shrink() and orchestra_store_vacuum() give back), Wal (the file of the
 * write-ahead log), WalHeld (what of it a read that stays open keeps from being copied; more than
 * WalLimit is worth a look), WalLimit, FreeOnDisk. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_store_measure(const struct orchestra_store *store,
                                         struct orchestra_buffer *space,
                                         struct orchestra_error **error);

/**
 * Copies the write-ahead log into the database and cuts it to nothing, as far as no read that is
 * open needs it. Waits for writes and reads that are under way, up to the busy timeout.
 *
 * `bytes` receives how much of the log had to stay; it may be NULL.
 */
orchestra_status orchestra_store_checkpoint(const struct orchestra_store *store,
                                            int64_t *bytes,
                                            struct orchestra_error **error);

/**
 * Gives free pages back to the disk in small transactions, so that writes come in between, until
 * no more than `keep` bytes are free.
 *
 * `bytes` receives how much it gave back; it may be NULL.
 */
orchestra_status orchestra_store_shrink(const struct orchestra_store *store,
                                        uint64_t keep,
                                        int64_t *bytes,
                                        struct orchestra_error **error);

/**
 * Writes the whole database anew, without free pages and in order. Writes wait meanwhile, up to
 * the busy timeout; reads go on.
 *
 * `bytes` receives by how much the database is smaller; it may be NULL. ORCHESTRA_DISK_FULL before
 * it begins where there isn't room for twice the database.
 */
orchestra_status orchestra_store_vacuum(const struct orchestra_store *store,
                                        int64_t *bytes,
                                        struct orchestra_error **error);

/**
 * Copies the database, as it is now, into a file that only its user may read, verifies it and
 * syncs it to the disk. Others go on reading and writing meanwhile. The
 * file has the rows of all users.
 *
 * A file of this name is kept, and the call is ORCHESTRA_ALREADY_EXISTS, unless `replace` is not
 * 0; a database that may be open, or of another program, is kept always. `progress`, which counts bytes and to which `context` is passed, may be NULL. `backup`
 * receives a JSON object: Path, Size (bytes), SchemaVersion; it may be NULL. Free it with
 * orchestra_buffer_free().
 *
 * ORCHESTRA_INVALID_ARGUMENT: the path names a link, a directory, a pipe or a device, or ends as
 * the names of files beside a database do; ORCHESTRA_DISK_FULL before anything is written where there isn't room; ORCHESTRA_CANCELLED: the
 * callback said so before the last step; ORCHESTRA_CORRUPT: the database is damaged;
 * ORCHESTRA_BACKUP_FAILED: anything else. Nothing is left behind then, and nothing replaced.
 */
orchestra_status orchestra_backup_create(const struct orchestra_store *store,
                                         const uint8_t *path,
                                         size_t path_len,
                                         int32_t replace,
                                         orchestra_progress_callback progress,
                                         void *context,
                                         struct orchestra_buffer *backup,
                                         struct orchestra_error **error);

/**
 * Makes a backup where the newest is as old as the interval or there is none, and then removes
 * those that the policy no longer keeps. A backup is called `NAME-yyyymmdd-hhmmss.backup.db`; only
 * such files count.
 *
 * `policy` is a JSON object: Directory (made where it isn't there); optional Interval (default one
 * day), Keep (how many of the newest always stay, default 7), KeepFor (how old those beyond may
 * get, default nothing), Compress (with gzip, default no); times as `[d.]hh:mm:ss`.
 * `progress`, which counts bytes and to which
 * `context` is passed, may be NULL. `outcome` receives a JSON object: Made (what
 * orchestra_backup_create() gives, or null) and Removed (paths); it may be NULL. Free it with
 * orchestra_buffer_free().
 *
 * The errors are those of orchestra_backup_create().
 */
orchestra_status orchestra_backup_run_if_due(const struct orchestra_store *store,
                                             const uint8_t *policy,
                                             size_t policy_len,
                                             orchestra_progress_callback progress,
                                             void *context,
                                             struct orchestra_buffer *outcome,
                                             struct orchestra_error **error);

/**
 * Lists the backups in a directory, oldest first: databases of this library, also partial and
 * damaged ones. Files of others are left out. A database that this process has open is Unverified,
 * and isn't read. Needs no store.
 *
 * Each is read as a whole where `verified` is not 0; otherwise only their headers are looked at.
 * `files` receives a JSON array: Path, Size (bytes), ModifiedAt, SchemaVersion (or null), State
 * (Verified, Unverified, Partial, or an object whose Damaged tells what is wrong). Free it with
 * orchestra_buffer_free(). ORCHESTRA_IO: the directory can't be read.
 */
orchestra_status orchestra_backup_list(const uint8_t *directory,
                                       size_t directory_len,
                                       int32_t verified,
                                       struct orchestra_buffer *files,
                                       struct orchestra_error **error);

/**
 * Reads a backup as a whole, and tells what is known of it then. Needs no store.
 *
 * `file` receives a JSON object as orchestra_backup_list() gives it; a damaged backup is
 * ORCHESTRA_OK. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_A_DATABASE or
 * ORCHESTRA_FOREIGN_SCHEMA: it is no backup of this library; ORCHESTRA_INVALID_ARGUMENT: it is no
 * regular file, or belongs to a database that this process has open; ORCHESTRA_IO: it can't be
 * read.
 */
orchestra_status orchestra_backup_verify(const uint8_t *path,
                                         size_t path_len,
                                         struct orchestra_buffer *file,
                                         struct orchestra_error **error);

/**
 * Replaces all that is in the database by what is in a backup: all of it or nothing.
 *
 * The backup is verified first, and the present database is copied to
 * `NAME.before-restore-yyyymmdd-hhmmss.db`. Reads that are under way end on the old data; writes
 * wait, and go on with the restored data. `force` not 0: restore although others have the database
 * open. `max_size` is how many bytes the backup may have at most, 64 GiB for 0. `progress`, which
 * counts bytes and to which `context` is passed, may be NULL.
 *
 * `restored` receives a JSON object: Backup, Size (bytes), SchemaVersion, Migrated (whether it was
 * of an older schema), Before (where the database of before is); it may be NULL. Free it with
 * orchestra_buffer_free().
 *
 * ORCHESTRA_NOT_FOUND: there is no such backup; ORCHESTRA_BUSY: another store or process has the
 * database open; ORCHESTRA_INVALID_ARGUMENT: the backup is the database itself, in use, no regular
 * file or too large; ORCHESTRA_DISK_FULL; ORCHESTRA_CANCELLED: the callback said so; the statuses
 * from 400 to 403: the backup isn't a sound database of this library.
 */
orchestra_status orchestra_store_restore(const struct orchestra_store *store,
                                         const uint8_t *backup,
                                         size_t backup_len,
                                         int32_t force,
                                         uint64_t max_size,
                                         orchestra_progress_callback progress,
                                         void *context,
                                         struct orchestra_buffer *restored,
                                         struct orchestra_error **error);

/**
 * Does what orchestra_store_restore() does with a database that no store has open, be it whole,
 * damaged or not there at all.
 *
 * `path` and `options` are those of orchestra_store_open(). A database that can't be opened is
 * moved aside, with its write-ahead log, to `NAME.damaged-yyyymmdd-hhmmss`; it is never deleted.
 * One of another program (ORCHESTRA_FOREIGN_SCHEMA) or of a newer version
 * (ORCHESTRA_SCHEMA_TOO_NEW) is left alone. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_database_restore(const uint8_t *path,
                                            size_t path_len,
                                            const struct orchestra_store_options *options,
                                            const uint8_t *backup,
                                            size_t backup_len,
                                            int32_t force,
                                            uint64_t max_size,
                                            orchestra_progress_callback progress,
                                            void *context,
                                            struct orchestra_buffer *restored,
                                            struct orchestra_error **error);

/**
 * Reads what is readable of a damaged database, which no store has open, into a new one at
 * `target`, and leaves the damaged one as it is.
 *
 * `path` and `options` are those of orchestra_store_open(). `progress`, which counts rows and to
 * which `context` is passed, may be NULL. `recovery` receives a JSON object: Database, Tables
 * (Table, Recovered, Lost, IsComplete, Reason), Orphans (rows that referred to lost ones), Before
 * (where the damaged one is, if it was moved), IsSound (see below); it may be NULL. Free it with
 * orchestra_buffer_free().
 *
 * ORCHESTRA_BUSY: a store has the database open; ORCHESTRA_ALREADY_EXISTS: there is a file of the
 * target's name; ORCHESTRA_CORRUPT: not even the schema can be read; ORCHESTRA_FOREIGN_SCHEMA or
 * ORCHESTRA_SCHEMA_TOO_NEW: it is not this library's to read; ORCHESTRA_CANCELLED: the callback
 * said so.
 */
orchestra_status orchestra_database_recover(const uint8_t *path,
                                            size_t path_len,
                                            const struct orchestra_store_options *options,
                                            const uint8_t *target,
                                            size_t target_len,
                                            orchestra_progress_callback progress,
                                            void *context,
                                            struct orchestra_buffer *recovery,
                                            struct orchestra_error **error);

/**
 * Does what orchestra_database_recover() does, and puts the new database in the place of the
 * damaged one, which is moved aside, with its write-ahead log, to `NAME.damaged-yyyymmdd-hhmmss`,
 * and never deleted. A sound database is left as it is: IsSound is true then.
 *
 * `recovery` may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_database_recover_in_place(const uint8_t *path,
                                                     size_t path_len,
                                                     const struct orchestra_store_options *options,
                                                     orchestra_progress_callback progress,
                                                     void *context,
                                                     struct orchestra_buffer *recovery,
                                                     struct orchestra_error **error);

/**
 * Does what orchestra_database_recover_in_place() does, even if the database is sound.
 *
 * `recovery` may be NULL. Free it with orchestra_buffer_free().
 */
orchestra_status orchestra_database_rebuild_in_place(const uint8_t *path,
                                                     size_t path_len,
                                                     const struct orchestra_store_options *options,
                                                     orchestra_progress_callback progress,
                                                     void *context,
                                                     struct orchestra_buffer *recovery,
                                                     struct orchestra_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ORCHESTRA_STORE_H */
