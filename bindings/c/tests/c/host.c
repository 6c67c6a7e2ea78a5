/*
 * Agents on threads, all ends that a task can have, and one agent that dies:
 * host DIRECTORY [STATE_FILE [TASKS]]
 *
 * Opens the database orchestra.db in DIRECTORY, takes over STATE_FILE if one is given (an
 * orchestrator-state.json of the predecessor, which stays where it is), and enqueues TASKS tasks
 * (200). Four threads, one for each agent, claim and run them. Some tasks fail and are run again,
 * some fail for good, and some of these get another chance. One agent dies half-way and leaves tasks
 * behind, whose leases end and which others then run. In the end each task must have ended exactly
 * once; the exit code is 1 if one did not.
 */
#define _POSIX_C_SOURCE 200809L

#include "orchestra_store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { AGENTS = 4, CLAIM_AT_ONCE = 3, MOST_TASKS = 2000, PATIENCE_MS = 60000 };

/* Where this host's agents work: imported tasks have other paths and are left alone. */
#define REPOSITORY "/srv/git/host-example"

/* A text as the pointer and the length that the library takes. */
#define TEXT(text) (const uint8_t *)(text), strlen(text)
#define NO_TEXT NULL, 0

typedef struct host {
    orchestra_store *store;
    int tasks;
    atomic_int ends[MOST_TASKS];    /* how often each task ended: must become 1 */
    atomic_int retried[MOST_TASKS]; /* whether a task that failed got another chance */
    atomic_int claims, ended, lost_leases, rescued;
    atomic_bool stop;
} host;

typedef struct agent {
    host *host;
    pthread_t thread;
    char id[32];
    int dies_after; /* tasks, or -1 */
} agent;

/* Ends the program if a call failed for a reason that this host doesn't expect. */
static void must(orchestra_status status, orchestra_error **error, const char *what) {
    if (status != ORCHESTRA_OK) {
        fprintf(stderr, "%s: error %d: %s %s\n", what, (int)status, orchestra_error_message(*error),
                orchestra_error_details(*error));
        exit(1);
    }
}

static void sleep_ms(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/*
 * Finds the next "name":"value" and copies the value; returns what is behind it, or NULL. A shortcut
 * that keeps this example without a JSON parser: it takes the first match and leaves escapes as they
 * are, which is right for the ids and tokens that it is used for.
 */
static const char *next_field(const char *json, const char *name, char *value, size_t size) {
    char pattern[64];
    snprintf(pattern, sizeof pattern, "\"%s\":\"", name);
    const char *found = strstr(json, pattern);
    if (found == NULL) {
        return NULL;
    }
    found += strlen(pattern);
    snprintf(value, size, "%.*s", (int)strcspn(found, "\""), found);
    return found + strcspn(found, "\"");
}

static int count(const char *json, const char *part) {
    int found = 0;
    while ((json = strstr(json, part)) != NULL) {
        ++found;
        json += strlen(part);
    }
    return found;
}

static void print_log(void *context, int32_t level, const uint8_t *target, size_t target_len,
                      const uint8_t *message, size_t message_len) {
    (void)context, (void)level;
    fprintf(stderr, "[%.*s] %.*s\n", (int)target_len, (const char *)target, (int)message_len,
            (const char *)message);
}

static orchestra_store *open_store(const char *directory) {
    char path[4096];
    snprintf(path, sizeof path, "%s/orchestra.db", directory);
    orchestra_store_options options = {0};
    options.struct_size = sizeof options;
    options.lease_ms = 2000; /* short, so that nobody waits long for what the dead agent had */
    options.backoff_ms = 10;
    orchestra_store *store;
    orchestra_error *error;
    must(orchestra_store_open(TEXT(path), &options, &store, &error), &error, "open");
    return store;
}

static void import(orchestra_store *store, const char *file) {
    orchestra_import_options options = {sizeof options, 0, 0, 1, 0, 0};
    orchestra_buffer report;
    orchestra_error *error;
    uint32_t released;
    must(orchestra_import_file(store, TEXT(file), &options, NULL, NULL, &report, &error), &error, file);
    printf("imported %s: %s\n", file, (const char *)report.ptr);
    orchestra_buffer_free(&report);
    /* Tasks that ran when the file was written have no worker now. */
    must(orchestra_task_release_unleased(store, 1000, &released, &error), &error, "release");
    printf("put back into the queue: %u\n", (unsigned)released);
}

static void register_agent(host *host, agent *agent, int number) {
    char json[256];
    orchestra_error *error;
    agent->host = host;
    agent->dies_after = number == 0 ? CLAIM_AT_ONCE / 2 : -1;
    snprintf(agent->id, sizeof agent->id, "host-agent-%d", number);
    snprintf(json, sizeof json,
             "{\"Id\":\"%s\",\"Name\":\"Agent %d\",\"Type\":\"example\",\"RepositoryPath\":\"" REPOSITORY
             "\",\"MaxConcurrentTasks\":%d}",
             agent->id, number, CLAIM_AT_ONCE);
    must(orchestra_agent_register(host->store, TEXT(json), NULL, &error), &error, agent->id);
}

/* All tasks in one transaction. */
static void enqueue(host *host) {
    size_t size = (size_t)host->tasks * 160 + 3, length = 1;
    char *json = malloc(size);
    orchestra_error *error;
    if (json == NULL) {
        exit(1);
    }
    json[0] = '[';
    for (int i = 0; i < host->tasks; ++i) {
        length += (size_t)snprintf(json + length, size - length,
                                   "%s{\"Id\":\"host-task-%d\",\"Command\":\"work %d\",\"RepositoryPath\":"
                                   "\"" REPOSITORY "\",\"Priority\":%d}",
                                   i == 0 ? "" : ",", i, i, i % 4);
    }
    snprintf(json + length, size - length, "]");
    must(orchestra_task_enqueue_many(host->store, TEXT(json), NULL, &error), &error, "enqueue");
    free(json);
}

/* Whether a call of a worker did what it should. A lease that has gone to another is no error: the
   worker was too slow, and drops what it has. */
static int still_ours(host *host, orchestra_status status, orchestra_error *error, const char *what) {
    if (status == ORCHESTRA_CONFLICT) {
        orchestra_error_free(error);
        atomic_fetch_add(&host->lost_leases, 1);
        return 0;
    }
    must(status, &error, what);
    return 1;
}

static int number_of(const char *id) {
    return atoi(id + strlen("host-task-"));
}

static void note_end(host *host, int number) {
    atomic_fetch_add(&host->ends[number], 1);
    atomic_fetch_add(&host->ended, 1);
}

/* Fails for good; every other of these tasks gets another chance, as if a person had looked at it. */
static void fail_for_good(host *host, const char *id, int number, const char *token) {
    orchestra_error *error;
    orchestra_status status =
        orchestra_task_fail(host->store, TEXT(id), TEXT(token), TEXT("can't be done"), 1, NULL, &error);
    if (!still_ours(host, status, error, "fail")) {
        return;
    }
    if (number % 2 == 0) {
        note_end(host, number);
        return;
    }
    atomic_store(&host->retried[number], 1);
    must(orchestra_task_retry(host->store, TEXT(id), NULL, &error), &error, "retry");
}

static void run_task(host *host, const char *id, const char *token, int is_first_run) {
    int number = number_of(id);
    orchestra_error *error;
    orchestra_status status;
    status = orchestra_task_heartbeat(host->store, TEXT(id), TEXT(token), 0, NULL, NULL, &error);
    if (!still_ours(host, status, error, "heartbeat")) {
        return;
    }
    status = orchestra_task_update_progress(host->store, TEXT(id), TEXT(token), 50, TEXT("half-way"), 0,
                                            NULL, &error);
    if (!still_ours(host, status, error, "progress")) {
        return;
    }
    if (number % 25 >= 23 && !atomic_load(&host->retried[number])) {
        fail_for_good(host, id, number, token);
    } else if (number % 10 == 3 && is_first_run) {
        status = orchestra_task_fail(host->store, TEXT(id), TEXT(token), TEXT("not this time"), 0, NULL,
                                     &error);
        still_ours(host, status, error, "fail");
    } else {
        status = orchestra_task_complete(host->store, TEXT(id), TEXT(token), TEXT("done"), NULL, &error);
        if (still_ours(host, status, error, "complete")) {
            note_end(host, number);
        }
    }
}

/* Claims and starts tasks; returns how many it got, or -1 when the agent died over them. */
static int work_once(agent *agent) {
    host *host = agent->host;
    orchestra_buffer claimed, started;
    orchestra_error *error;
    char id[64], token[129];
    int got = 0, is_alive = 1;
    must(orchestra_task_claim_for_agent(host->store, TEXT(agent->id), CLAIM_AT_ONCE, 0, &claimed, &error),
         &error, "claim");
    atomic_fetch_add(&host->claims, 1);
    const char *json = (const char *)claimed.ptr;
    while (is_alive && (json = next_field(json, "Id", id, sizeof id)) != NULL) {
        next_field(json, "LeaseToken", token, sizeof token);
        orchestra_status status =
            orchestra_task_start(host->store, TEXT(id), TEXT(token), &started, &error);
        if (still_ours(host, status, error, "start")) {
            ++got;
            is_alive = agent->dies_after < 0 || agent->dies_after-- > 0;
            if (is_alive) {
                run_task(host, id, token, strstr((const char *)started.ptr, "\"RetryCount\":0") != NULL);
            }
        }
        orchestra_buffer_free(&started);
    }
    orchestra_buffer_free(&claimed);
    return is_alive ? got : -1;
}

static void *live(void *argument) {
    agent *agent = argument;
    orchestra_error *error;
    int got = 0;
    while (got >= 0 && !atomic_load(&agent->host->stop)) {
        must(orchestra_agent_heartbeat(agent->host->store, TEXT(agent->id), &error), &error, agent->id);
        got = work_once(agent);
        if (got == 0) {
            sleep_ms(5);
        }
    }
    if (got < 0) {
        printf("%s died and left its tasks\n", agent->id);
    }
    return NULL;
}

/* Counts the tasks that went back into the queue, and notes the end of those that have been taken
   from dying agents too often. */
static void note_rescue(host *host, const char *rescue) {
    const char *id = strstr(rescue, "\"Failed\":["), *behind = strchr(id, ']');
    atomic_fetch_add(&host->rescued, count(rescue, "\"host-task-"));
    while ((id = strstr(id, "\"host-task-")) != NULL && id < behind) {
        note_end(host, number_of(++id));
    }
}

/* Until all tasks have ended, gives back to the queue what dead agents hold. */
static void supervise(host *host) {
    orchestra_buffer rescue;
    orchestra_error *error;
    for (int waited = 0; atomic_load(&host->ended) < host->tasks && waited < PATIENCE_MS; waited += 20) {
        must(orchestra_task_rescue_expired(host->store, 100, &rescue, &error), &error, "rescue");
        note_rescue(host, (const char *)rescue.ptr);
        orchestra_buffer_free(&rescue);
        sleep_ms(20);
    }
    atomic_store(&host->stop, 1);
}

/* How many of this host's tasks the database has in a state. */
static int count_in(host *host, const char *status) {
    char filter[128];
    orchestra_buffer tasks;
    orchestra_error *error;
    snprintf(filter, sizeof filter, "{\"RepositoryPath\":\"" REPOSITORY "\",\"Status\":\"%s\"}", status);
    must(orchestra_task_list(host->store, TEXT(filter), MOST_TASKS, &tasks, &error), &error, status);
    int found = count((const char *)tasks.ptr, "\"Id\":\"host-task-");
    orchestra_buffer_free(&tasks);
    return found;
}

static void print_buffer(const char *title, orchestra_buffer *buffer) {
    printf("%s: %s\n", title, (const char *)buffer->ptr);
    orchestra_buffer_free(buffer);
}

/* Prints what became of the tasks; returns how many things are not as they should be. */
static int report(host *host) {
    int faults = 0, completed = count_in(host, "Completed"), failed = count_in(host, "Failed");
    int32_t findings;
    orchestra_buffer json;
    orchestra_error *error;
    for (int i = 0; i < host->tasks; ++i) {
        if (atomic_load(&host->ends[i]) != 1) {
            printf("task %d ended %d times\n", i, atomic_load(&host->ends[i]));
            ++faults;
        }
    }
    printf("%d tasks: %d completed, %d failed; %d rescued from the dead agent, %d leases lost\n",
           host->tasks, completed, failed, atomic_load(&host->rescued), atomic_load(&host->lost_leases));
    faults += completed + failed != host->tasks;
    faults += atomic_load(&host->rescued) == 0;
    must(orchestra_task_count_by_status(host->store, &json, &error), &error, "count");
    print_buffer("queue, with what was imported", &json);
    must(orchestra_agent_load_distribution(host->store, &json, &error), &error, "load");
    print_buffer("agents", &json);
    must(orchestra_store_check(host->store, &json, &findings, &error), &error, "check");
    print_buffer("check", &json);
    return faults + findings;
}

int main(int argc, char **argv) {
    static host host;
    static agent agents[AGENTS];
    orchestra_error *error;
    if (argc < 2 || orchestra_abi_version() != ORCHESTRA_ABI_VERSION) {
        fprintf(stderr, "usage: host DIRECTORY [STATE_FILE [TASKS]]\n");
        return 2;
    }
    host.tasks = argc > 3 ? atoi(argv[3]) : 200;
    if (host.tasks < 20 || host.tasks > MOST_TASKS) {
        fprintf(stderr, "TASKS: 20 to %d\n", MOST_TASKS);
        return 2;
    }
    printf("orchestra-store %s\n", orchestra_version());
    must(orchestra_log_set(ORCHESTRA_LOG_INFO, print_log, NULL, NULL, &error), &error, "log");
    host.store = open_store(argv[1]);
    if (argc > 2) {
        import(host.store, argv[2]);
    }
    for (int i = 0; i < AGENTS; ++i) {
        register_agent(&host, &agents[i], i);
    }
    enqueue(&host);
    for (int i = 0; i < AGENTS; ++i) {
        if (pthread_create(&agents[i].thread, NULL, live, &agents[i]) != 0) {
            return 1;
        }
        /* The first, which is to die, gets its tasks before the others take them all. */
        while (atomic_load(&host.claims) == 0) {
            sleep_ms(1);
        }
    }
    supervise(&host);
    for (int i = 0; i < AGENTS; ++i) {
        pthread_join(agents[i].thread, NULL);
    }
    int faults = report(&host);
    must(orchestra_store_close(host.store, &error), &error, "close");
    orchestra_store_free(host.store);
    must(orchestra_log_set(0, NULL, NULL, NULL, &error), &error, "log");
    return faults == 0 ? 0 : 1;
}
