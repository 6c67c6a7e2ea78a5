/* A host that is harmed while it works: soak_worker DIRECTORY DATABASE NAME SEED
   Puts in tasks one after another and prints what became of each, a line each:
     ack ID         it was acknowledged
     refused CODE   it was not
     struck FAULT   the worker did this to itself
   Ends with "closed CODE" once its files are not safe. Its own SQLite is another copy than the library's. */
#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

static orchestra_store *store;
static orchestra_error *error;
static const char *path;
static unsigned long long state;

/* Marsaglia's xorshift: https://www.jstatsoft.org/article/view/v008i14 */
static unsigned below(unsigned limit) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (unsigned)(state % limit);
}

static void say(const char *what, const char *which) {
    printf("%s %s\n", what, which);
    fflush(stdout);
}

static void say_code(const char *what, orchestra_status code) {
    printf("%s %d\n", what, (int)code);
    fflush(stdout);
}

static void forget(void) {
    orchestra_error_free(error);
    error = NULL;
}

/* Another SQLite reads the file once and closes it, as a pool of connections does. */
static void second_sqlite(void) {
    sqlite3 *database;
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(database, 100);
        sqlite3_exec(database, "SELECT count(*) FROM Tasks", NULL, NULL, NULL);
    }
    sqlite3_close(database);
    say("struck", "second-sqlite");
}

/* Other code opens and closes the files, which drops the locks of the process on them. */
static void plain_close(void) {
    static const char *const suffixes[] = {"", "-shm"};
    for (size_t i = 0; i < 2; ++i) {
        char name[4096];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        int file = open(name, O_RDONLY | O_CLOEXEC);
        if (file >= 0) {
            close(file);
        }
    }
    say("struck", "plain-close");
}

static int put_in(const char *worker, unsigned number) {
    char id[64], task[256];
    snprintf(id, sizeof id, "%s-%u", worker, number);
    snprintf(task, sizeof task, "{\"Command\":\"%s\",\"RepositoryPath\":\"/x\"}", id);
    orchestra_status status = orchestra_task_enqueue(store, TEXT(task), NULL, &error);
    if (status == ORCHESTRA_OK) {
        say("ack", id);
    } else {
        say_code("refused", status);
    }
    forget();
    return status != ORCHESTRA_FILE_UNSAFE;
}

int main(int argc, char **argv) {
    CHECK(argc == 5);
    path = path_in(argv[1], argv[2]);
    state = strtoull(argv[4], NULL, 10) * 2 + 1;
    orchestra_store_options options = {.struct_size = sizeof options, .busy_timeout_ms = 1000};
    orchestra_status opened = orchestra_store_open(TEXT(path), &options, &store, &error);
    if (opened != ORCHESTRA_OK) {
        fprintf(stderr, "%s\n", orchestra_error_message(error));
        say_code("closed", opened);
        return 0;
    }
    say("opened", argv[2]);
    for (unsigned number = 0; put_in(argv[3], number); ++number) {
        switch (below(40)) {
        case 0: second_sqlite(); break;
        case 1: plain_close(); break;
        default: usleep(below(4000)); break;
        }
    }
    say_code("closed", orchestra_store_close(store, &error));
    forget();
    orchestra_store_free(store);
    return 0;
}
