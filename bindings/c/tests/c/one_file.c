/* A host whose own SQLite opens the library's file: one_file DIRECTORY CASE
   Prints "acknowledged N", how many tasks the library acknowledged, and is killed at the end. */
#include "check.h"

#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

static orchestra_store *store;
static orchestra_error *error;
static sqlite3 *database;
static const char *path;
static int acknowledged;

#define SQLITE(call) CHECK((call) == SQLITE_OK)

static void open_store(int32_t second_sqlite) {
    orchestra_store_options options = {.struct_size = sizeof options,
                                       .second_sqlite = second_sqlite};
    OK(orchestra_store_open(TEXT(path), &options, &store, &error));
}

/* The host reads, so that its SQLite has the log's index in memory. */
static void host_reads(void) {
    SQLITE(sqlite3_open(path, &database));
    SQLITE(sqlite3_exec(database, "SELECT count(*) FROM Tasks", NULL, NULL, NULL));
}

static void host_closes(void) { SQLITE(sqlite3_close(database)); }

static orchestra_status enqueue(void) {
    return orchestra_task_enqueue(store, TEXT("{\"Command\":\"x\",\"RepositoryPath\":\"/x\"}"), NULL, &error);
}

static void enqueue_all(int count) {
    for (int i = 0; i < count; ++i) {
        OK(enqueue());
        ++acknowledged;
    }
}

/* One read, and its connection is closed, as a pool does. Without the guard, the host's SQLite takes
   itself for the last one and deletes the log that the library goes on writing to. */
static void the_host_reads_and_closes(void) {
    open_store(0);
    enqueue_all(20);
    for (int i = 0; i < 3; ++i) {
        host_reads();
        host_closes();
        enqueue_all(20);
    }
}

/* The other order: the host has the file open first. */
static void the_host_is_first(void) {
    open_store(0);
    enqueue_all(5);
    orchestra_store_free(store);
    host_reads();
    FAILS(ORCHESTRA_FILE_UNSAFE, "another copy of SQLite", orchestra_store_open(TEXT(path), NULL, &store, &error));
    host_closes();
    open_store(0);
    enqueue_all(5);
}

/* What the upkeep finds is refused until it is gone. */
static void the_host_stays(void) {
    orchestra_buffer report;
    open_store(0);
    enqueue_all(5);
    host_reads();
    OK(orchestra_store_maintain(store, 1000, 0, &report, &error));
    HOLDS(report, "another copy of SQLite");
    FAILS(ORCHESTRA_FILE_UNSAFE, "another copy of SQLite", enqueue());
    host_closes();
    enqueue_all(5);
    OK(orchestra_store_maintain(store, 1000, 0, &report, &error));
    orchestra_buffer_free(&report);
}

static void a_warning_is_enough(void) {
    orchestra_buffer report;
    open_store(0);
    orchestra_store_free(store);
    host_reads();
    open_store(ORCHESTRA_SECOND_SQLITE_WARN);
    OK(orchestra_store_maintain(store, 1000, 0, &report, &error));
    orchestra_buffer_free(&report);
    enqueue_all(5);
    host_closes();
    enqueue_all(5);
}

/* Closing the host's connection drops the lock of the write that is under way. */
static void a_write_loses_its_lock(void) {
    orchestra_transaction *transaction;
    orchestra_store *inside;
    open_store(0);
    enqueue_all(5);
    OK(orchestra_transaction_begin(store, &transaction, &error));
    OK(orchestra_transaction_store(transaction, &inside, &error));
    OK(orchestra_task_enqueue(inside, TEXT("{\"Command\":\"y\",\"RepositoryPath\":\"/x\"}"), NULL, &error));
    host_reads();
    host_closes();
    FAILS(ORCHESTRA_FILE_UNSAFE, "lock", orchestra_transaction_commit(transaction, &error));
    orchestra_store_free(inside);
    orchestra_transaction_free(transaction);
    enqueue_all(5);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"reads-and-closes", the_host_reads_and_closes},
                 {"first", the_host_is_first},
                 {"stays", the_host_stays},
                 {"warns", a_warning_is_enough},
                 {"lock", a_write_loses_its_lock}};
    CHECK(argc == 3);
    path = path_in(argv[1], "orchestra.db");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        if (strcmp(argv[2], cases[i].name) == 0) {
            cases[i].run();
            printf("acknowledged %d\n", acknowledged);
            fflush(stdout);
            kill(getpid(), SIGKILL);
        }
    }
    fprintf(stderr, "no such case: %s\n", argv[2]);
    return 1;
}
