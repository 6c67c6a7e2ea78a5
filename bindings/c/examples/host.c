/*
 * A host: host DIRECTORY [STATE_FILE [TASKS]]
 *
 * Takes over the state file of the predecessor if one is given, enqueues TASKS tasks (200), and has four
 * agents run them, each on a thread. One of them dies over its tasks, which the others get when their
 * leases end. The exit code is 0 if every task completed.
 */
#define _POSIX_C_SOURCE 200809L

#include "orchestra_store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { AGENTS = 4, AT_ONCE = 3 };

#define REPOSITORY "/srv/git/example"
#define TEXT(text) (const uint8_t *)(text), strlen(text)

static orchestra_store *store;
static atomic_int left; /* tasks that have not completed */

/* Ends the program: this host expects no error but a lost lease. */
static void must(orchestra_status status, orchestra_error **error, const char *what) {
    if (status != ORCHESTRA_OK) {
        fprintf(stderr, "%s: %d: %s\n", what, (int)status, orchestra_error_message(*error));
        exit(1);
    }
}

/* Whether the task is still this agent's. Who is too slow loses it to another, and drops it. */
static int is_ours(orchestra_status status, orchestra_error *error, const char *what) {
    if (status != ORCHESTRA_CONFLICT)
        must(status, &error, what);
    else
        orchestra_error_free(error);
    return status == ORCHESTRA_OK;
}

static void sleep_ms(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Copies the next value of a property that is a text; returns what is behind it, or NULL. A host that
   has a JSON parser uses that. */
static const char *next(const char *json, const char *property, char *value, size_t size) {
    const char *found = strstr(json, property);
    if (found == NULL)
        return NULL;
    found += strlen(property);
    snprintf(value, size, "%.*s", (int)strcspn(found, "\""), found);
    return found;
}

static void run(const char *id, const char *token) {
    orchestra_error *error;
    orchestra_status status = orchestra_task_start(store, TEXT(id), TEXT(token), NULL, &error);
    if (!is_ours(status, error, "start"))
        return;
    /* Here it works, and tells every now and then that it is alive. */
    status = orchestra_task_heartbeat(store, TEXT(id), TEXT(token), 0, NULL, NULL, &error);
    if (!is_ours(status, error, "heartbeat"))
        return;
    status = orchestra_task_complete(store, TEXT(id), TEXT(token), TEXT("done"), NULL, &error);
    if (is_ours(status, error, "complete"))
        atomic_fetch_sub(&left, 1);
}

static void *live(void *agent) {
    const char *name = agent;
    while (atomic_load(&left) > 0) {
        orchestra_buffer claimed;
        orchestra_error *error;
        char id[129], token[129];
        must(orchestra_task_claim_for_agent(store, TEXT(name), AT_ONCE, 0, &claimed, &error), &error, name);
        int is_idle = claimed.len <= strlen("[]"), dies = !is_idle && strcmp(name, "agent-0") == 0;
        for (const char *task = (const char *)claimed.ptr;
             !dies && (task = next(task, "\"Id\":\"", id, sizeof id)) != NULL;) {
            next(task, "\"LeaseToken\":\"", token, sizeof token);
            run(id, token);
        }
        orchestra_buffer_free(&claimed);
        if (dies)
            return NULL;
        sleep_ms(is_idle ? 10 : 0);
    }
    return NULL;
}

static void prepare(const char *state_file, int tasks) {
    char json[256];
    orchestra_error *error;
    if (state_file != NULL) {
        orchestra_import_options options = {sizeof options, 0, 0, 1, 0, 0};
        orchestra_buffer report;
        must(orchestra_import_file(store, TEXT(state_file), &options, NULL, NULL, &report, &error), &error,
             state_file);
        printf("imported: %s\n", (const char *)report.ptr);
        orchestra_buffer_free(&report);
    }
    for (int i = 0; i < AGENTS; ++i) {
        snprintf(json, sizeof json, "{\"Id\":\"agent-%d\",\"Name\":\"Agent %d\",\"Type\":\"example\","
                 "\"RepositoryPath\":\"" REPOSITORY "\",\"MaxConcurrentTasks\":%d}", i, i, AT_ONCE);
        must(orchestra_agent_register(store, TEXT(json), NULL, &error), &error, "register");
    }
    for (int i = 0; i < tasks; ++i) {
        snprintf(json, sizeof json, "{\"Command\":\"work %d\",\"RepositoryPath\":\"" REPOSITORY "\"}", i);
        must(orchestra_task_enqueue(store, TEXT(json), NULL, &error), &error, "enqueue");
    }
}

int main(int argc, char **argv) {
    static char names[AGENTS][16];
    pthread_t threads[AGENTS];
    orchestra_store_options options = {sizeof options, .lease_ms = 1000}; /* the others are the defaults */
    orchestra_error *error;
    orchestra_buffer counts;
    char path[4096];
    if (argc < 2 || orchestra_abi_version() != ORCHESTRA_ABI_VERSION)
        return 2;
    snprintf(path, sizeof path, "%s/orchestra.db", argv[1]);
    must(orchestra_store_open(TEXT(path), &options, &store, &error), &error, path);

    atomic_store(&left, argc > 3 ? atoi(argv[3]) : 200);
    prepare(argc > 2 ? argv[2] : NULL, atomic_load(&left));
    for (int i = 0; i < AGENTS; ++i) {
        snprintf(names[i], sizeof names[i], "agent-%d", i);
        pthread_create(&threads[i], NULL, live, names[i]);
    }
    /* What agents that died hold goes back into the queue. */
    for (int i = 0; i < 6000 && atomic_load(&left) > 0; ++i, sleep_ms(10))
        must(orchestra_task_rescue_expired(store, 100, NULL, &error), &error, "rescue");
    int missing = atomic_exchange(&left, 0);
    for (int i = 0; i < AGENTS; ++i)
        pthread_join(threads[i], NULL);

    must(orchestra_task_count_by_status(store, &counts, &error), &error, "count");
    printf("%d tasks did not complete; queue: %s\n", missing, (const char *)counts.ptr);
    orchestra_buffer_free(&counts);
    must(orchestra_store_close(store, &error), &error, "close");
    orchestra_store_free(store);
    return missing != 0;
}
