/* A host with an SQLite of its own, on a file of its own: two_sqlites DIRECTORY */
#include "check.h"

#include <pthread.h>
#include <sqlite3.h>

enum { ROUNDS = 50 };

static orchestra_store *store;
static sqlite3 *database;
static int extensions_run;

#define SQLITE(call) CHECK((call) == SQLITE_OK)

/* Runs for each connection of the host's SQLite, and for none of the library's. */
static int extension(sqlite3 *connection, char **message, const struct sqlite3_api_routines *api) {
    (void)connection, (void)message, (void)api;
    ++extensions_run;
    return SQLITE_OK;
}

/* The library's SQLite is another one: what this one is told, it doesn't hear. */
static void they_are_two(void) {
    char own[64];
    snprintf(own, sizeof own, "(SQLite %s)", sqlite3_libversion());
    printf("host: %s, library: %s\n", sqlite3_libversion(), orchestra_version());
    CHECK(strstr(orchestra_version(), own) == NULL);
}

static void *write_through_the_library(void *unused) {
    orchestra_error *error;
    (void)unused;
    for (int i = 0; i < ROUNDS; ++i) {
        OK(orchestra_task_enqueue(store, TEXT("{\"Command\":\"x\",\"RepositoryPath\":\"/x\"}"), NULL,
                                  &error));
    }
    return NULL;
}

static void *write_through_sqlite(void *unused) {
    (void)unused;
    for (int i = 0; i < ROUNDS; ++i) {
        SQLITE(sqlite3_exec(database, "INSERT INTO t VALUES (1)", NULL, NULL, NULL));
    }
    return NULL;
}

static int first_number(void *number, int columns, char **values, char **names) {
    (void)columns, (void)names;
    *(int *)number = atoi(values[0]);
    return 0;
}

static void both_have_all_rows(void) {
    orchestra_error *error;
    orchestra_buffer counts;
    int32_t findings;
    int rows = 0;
    OK(orchestra_task_count_by_status(store, &counts, &error));
    HOLDS(counts, "\"Pending\":50");
    MAKES(findings == 0, orchestra_store_check(store, NULL, &findings, &error));
    SQLITE(sqlite3_exec(database, "SELECT count(*) FROM t", first_number, &rows, NULL));
    CHECK(rows == ROUNDS);
}

int main(int argc, char **argv) {
    orchestra_error *error;
    pthread_t threads[2];
    CHECK(argc == 2);
    they_are_two();
    SQLITE(sqlite3_auto_extension((void (*)(void))extension));
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    CHECK(extensions_run == 0);
    SQLITE(sqlite3_open(path_in(argv[1], "host.db"), &database));
    CHECK(extensions_run == 1);
    SQLITE(sqlite3_exec(database, "PRAGMA journal_mode = WAL; CREATE TABLE t (x)", NULL, NULL, NULL));

    CHECK(pthread_create(&threads[0], NULL, write_through_the_library, NULL) == 0);
    CHECK(pthread_create(&threads[1], NULL, write_through_sqlite, NULL) == 0);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    both_have_all_rows();

    orchestra_store_free(store);
    SQLITE(sqlite3_close(database));
    return 0;
}
