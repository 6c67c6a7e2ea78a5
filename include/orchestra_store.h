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
 *   a handle must not meet another use of the same handle. All functions block. A child process
 *   made by fork() must not use the handles of its parent.
 * - Records are JSON. A property has the name of its column; one that isn't known is
 *   ORCHESTRA_INVALID_ARGUMENT. Times are ISO 8601, UTC; an enum is its name, or its number in what
 *   goes in. What the library writes is compact: no space between names and values.
 * - Beside the statuses that are named, any function can return ORCHESTRA_INVALID_ARGUMENT,
 *   ORCHESTRA_MISUSE, ORCHESTRA_CLOSED, ORCHESTRA_BUSY (try again), the statuses from 300 to 499,
 *   and ORCHESTRA_INTERNAL. No panic or exception leaves the library.
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
 * The table UserPreferences; a user sees its own.
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
     * How many writes that come at the same time share a commit at most. Default: each is committed
     * alone.
     */
    uint32_t group_commit_max_writes;
    /**
     * How long the first of them waits at most until no other may join, in ms. Default: 10 where
     * writes share commits.
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
     * Not 0: leave the file where it is; 0: rename it after success, so that it isn't imported again.
     */
    uint32_t keep_source;
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
 * One process must use a database file through one copy of SQLite only: when another library in
 * the process opens and closes the same file, the locks of this one are gone, and data is lost.
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
 * CorrelationId, IpAddress, UserAgent. The new handle belongs to the caller, who frees it with
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
 * `migrations` receives a JSON array, in order: Version, Name, State (Applied, Pending, Unknown).
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
 * Removes an agent: it is no longer found, but its history stays, and registering it again brings
 * it back. One that holds tasks is ORCHESTRA_CONFLICT; one that isn't there is ORCHESTRA_NOT_FOUND.
 */
orchestra_status orchestra_agent_remove(const struct orchestra_store *store,
                                        const uint8_t *id,
                                        size_t id_len,
                                        struct orchestra_error **error);

/**
 * Sets an agent's state, one of ORCHESTRA_AGENT_*, and what it says that it works on (NULL for
 * nothing). This is not a sign of life. An agent that is offline or broken claims no tasks.
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
 * Lists the agents that could take a task now, the least loaded first: idle or busy with room, with
 * a sign of life within five health intervals, and for this repository or any.
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
 * Puts a task into the queue.
 *
 * `task` is a JSON object: Command (1 to 2000 characters) and RepositoryPath; optional Id (a new one
 * is made), AgentId (the one agent that may run it), Priority (Low, Normal, High, Critical or 0 to
 * 3), AvailableAt (ISO 8601, not to be claimed before), MaxRetries (0 to 10), IdempotencyKey (a
 * second request with the same key returns the task of the first, or is ORCHESTRA_CONFLICT if it
 * asks for something else), CorrelationId, ParentTaskId, WorkflowId, WorkflowExecutionId,
 * WorkflowStep, QueueName.
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
 * `tasks` is a JSON array of what orchestra_task_enqueue() takes. `enqueued` receives a JSON array
 * of the tasks in the same order; it may be NULL. Free it with orchestra_buffer_free(). The details
 * of an error tell the Index of the task at fault, from 0.
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
 * CorrelationId; NULL for all tasks. `tasks` receives a JSON array of tasks. Free it with
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
 * Puts a failed task back into the queue, at once and with all its retries.
 *
 * `task` receives the task; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_TRANSITION: it has not failed; ORCHESTRA_NOT_FOUND: there is no such task.
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
 * `rescue` receives a JSON object with the ids in Requeued, Failed, Cancelled; it may be NULL. Free
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
 * Id (a new one is made), what may be null or has a default; CreatedAt, CreatedBy, UpdatedAt,
 * UpdatedBy and RowVersion are the store's.
 *
 * `inserted` receives the row as it is then; it may be NULL. Free it with orchestra_buffer_free().
 * ORCHESTRA_INVALID_ARGUMENT names the column that is unknown, missing, or doesn't take its value;
 * ORCHESTRA_ALREADY_EXISTS: the id or a unique value is there; ORCHESTRA_CONSTRAINT_VIOLATION: it
 * refers to a row that is not there.
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
 * is now in Current. A row can be given back as it was read: what only the store writes is passed
 * over.
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
 * Deletes a row of an entity: marks it as deleted where the table has IsDeleted, so that
 * orchestra_entity_restore() brings it back; elsewhere for good.
 *
 * ORCHESTRA_NOT_FOUND: there is no such row; ORCHESTRA_READ_ONLY: rows of this entity are only added;
 * ORCHESTRA_CONSTRAINT_VIOLATION: other rows refer to it.
 */
orchestra_status orchestra_entity_delete(const struct orchestra_store *store,
                                         int32_t entity,
                                         const uint8_t *id,
                                         size_t id_len,
                                         struct orchestra_error **error);

/**
 * Deletes rows of an entity as orchestra_entity_delete() does, in one transaction: all or, when one
 * fails, none.
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
 * Sets columns of all rows of an entity that a document describes, in one transaction: of all or,
 * when one can't be changed, of none.
 *
 * `document` is as orchestra_entity_count() takes it, but has to be given: `{}` is for all rows.
 * `changes` is a JSON object with the columns to set, such as `{"Email": null, "IsActive": false}`;
 * one that the store itself writes is ORCHESTRA_INVALID_ARGUMENT. `count` receives how many rows this
 * changed; it may be NULL. The other errors are those of orchestra_entity_update().
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
 * Deletes all rows of an entity that a document describes, as orchestra_entity_delete() does, in one
 * transaction: all or, when one can't be deleted, none.
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
 * orchestra_cursor_next(): it takes too long.
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
 * rows; sealed values stay sealed.
 *
 * `parameters` is a JSON array with a text, number, bool or null for each `?`, or NULL for none.
 * `max_rows` and `time_limit_ms` are 0 for 1000 rows and 30 s. `answer` receives a JSON object with
 * Columns (names), Rows (an array of values for each; a BLOB is `{"Base64": …}`) and Truncated (whether
 * there are more). Free it with orchestra_buffer_free(). orchestra_sql_open_cursor() has no limit of
 * rows.
 *
 * ORCHESTRA_READ_ONLY: it would do anything but read; ORCHESTRA_TIMEOUT: it takes too long;
 * ORCHESTRA_MISUSE: `store` is one of a transaction.
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
 * Tells the number of the newest change; 0 before the first. Read in the transaction in which the
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
 * ORCHESTRA_EVENTS_GONE: some of them are no longer kept; ORCHESTRA_INVALID_ARGUMENT: the number is
 * beyond the newest change.
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
 * each comes exactly once and in order. 0 is for all that are kept, orchestra_change_newest() for
 * those that are yet to come.
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
 * tries again; ORCHESTRA_EVENTS_GONE: it was so slow that what comes next is no longer kept.
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
 * Takes over what a file of a predecessor holds, in one transaction: any form of
 * orchestrator-state.json, agent-config.json, or the SQLite database of a host on Entity Framework
 * Core, which the host must have closed. Importing it again changes nothing. A database that
 * holds anything is backed up first, and the file is renamed at the end.
 *
 * `options` may be NULL for the defaults; `progress`, which counts records and to which `context` is
 * passed, may be NULL. `report` receives a JSON object: Source, Form, StatusNumbering, DryRun, Agents, Tasks and Repositories (each Read,
 * Imported, Unchanged, Rejected), Others (the same by table), Findings (Severity, Place, Reason), Backup, ArchivedTo; it may be
 * NULL. Free it with orchestra_buffer_free().
 *
 * ORCHESTRA_IMPORT_FAILED: the file is of no form that is known, or `strict` found something;
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
 * Checks the database: SQLite's own checks, foreign keys, and rules that SQLite can't state.
 *
 * `report` receives a JSON object with Findings (Severity, Rule, Table, Row, Message),
 * `error_count` how many of these are errors and not warnings. Both may be NULL. Free the report
 * with orchestra_buffer_free(). A database with findings is ORCHESTRA_OK: the check has run.
 */
orchestra_status orchestra_store_check(const struct orchestra_store *store,
                                       struct orchestra_buffer *report,
                                       int32_t *error_count,
                                       struct orchestra_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ORCHESTRA_STORE_H */
