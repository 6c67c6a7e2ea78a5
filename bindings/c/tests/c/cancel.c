/* Operations that another thread ends: before, while and after they run: cancel DIRECTORY */
#include "check.h"

#include <pthread.h>
#include <time.h>

static orchestra_store *store, *handle;
static orchestra_cancel *cancel;
static orchestra_error *error;

static const char TASK[] = "{\"Command\":\"c\",\"RepositoryPath\":\"/x\"}";

static void pause_us(long microseconds) {
    struct timespec time = {0, microseconds * 1000};
    nanosleep(&time, NULL);
}

static int64_t tasks(void) {
    int64_t count;
    OK(orchestra_entity_count(store, ORCHESTRA_ENTITY_TASKS, NONE, &count, &error));
    return count;
}

static void set(void) {
    orchestra_error *mine;
    CHECK(orchestra_cancel_set(cancel, &mine) == ORCHESTRA_OK);
}

static void reset(void) {
    OK(orchestra_cancel_reset(cancel, &error));
}

static void set_before(void) {
    orchestra_store *user;
    set();
    set();
    FAILS(ORCHESTRA_CANCELLED, "cancelled", orchestra_task_enqueue(handle, TEXT(TASK), NULL, &error));
    OK(orchestra_store_context(handle, TEXT("{\"UserId\":\"ada\"}"), &user, &error));
    FAILS(ORCHESTRA_CANCELLED, "cancelled", orchestra_task_enqueue(user, TEXT(TASK), NULL, &error));
    orchestra_store_free(user);
    OK(orchestra_task_enqueue(store, TEXT(TASK), NULL, &error));
    reset();
    MAKES(tasks() == 2, orchestra_task_enqueue(handle, TEXT(TASK), NULL, &error));
}

static void *set_soon(void *microseconds) {
    pause_us(*(long *)microseconds);
    set();
    return NULL;
}

static pthread_t soon(long *microseconds) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, set_soon, microseconds) == 0);
    return thread;
}

/* While it waits for a transaction that doesn't end, far beyond the patience of this test. */
static void set_while_waiting(void) {
    orchestra_transaction *transaction;
    long time = 20000;
    OK(orchestra_transaction_begin(store, &transaction, &error));
    pthread_t thread = soon(&time);
    FAILS(ORCHESTRA_CANCELLED, "cancelled", orchestra_task_enqueue(handle, TEXT(TASK), NULL, &error));
    CHECK(pthread_join(thread, NULL) == 0);
    orchestra_transaction_free(transaction);
    reset();
    MAKES(tasks() == 3, orchestra_task_enqueue(handle, TEXT(TASK), NULL, &error));
}

/* Wherever it hits, what was acknowledged is there, and the next operation of the same connection is
   not hit. */
static void set_at_any_moment(void) {
    int64_t expected = tasks();
    for (long i = 0; i < 60; ++i) {
        long time = i * 20;
        pthread_t thread = soon(&time);
        orchestra_status status = orchestra_task_enqueue(handle, TEXT(TASK), NULL, &error);
        CHECK(pthread_join(thread, NULL) == 0);
        CHECK(status == ORCHESTRA_OK || status == ORCHESTRA_CANCELLED);
        orchestra_error_free(error);
        expected += status == ORCHESTRA_OK;
        CHECK(tasks() == expected);
        OK(orchestra_task_enqueue(store, TEXT(TASK), NULL, &error));
        expected += 1;
        reset();
    }
}

static void inside_a_transaction(void) {
    orchestra_transaction *transaction;
    orchestra_store *inside, *ended;
    orchestra_buffer out;
    int64_t before = tasks();
    OK(orchestra_transaction_begin(store, &transaction, &error));
    OK(orchestra_transaction_store(transaction, &inside, &error));
    OK(orchestra_store_cancellable(inside, cancel, &ended, &error));
    OK(orchestra_task_enqueue(ended, TEXT(TASK), NULL, &error));
    set();
    FAILS(ORCHESTRA_CANCELLED, "cancelled", orchestra_agent_list(ended, &out, &error));
    OK(orchestra_task_enqueue(inside, TEXT(TASK), NULL, &error));
    MAKES(tasks() == before + 2, orchestra_transaction_commit(transaction, &error));
    orchestra_store_free(ended);
    orchestra_store_free(inside);
    orchestra_transaction_free(transaction);
    reset();
}

/* A call whose time is over, alone and through a handle that has less time than the others. */
static void time_is_over(const char *path) {
    orchestra_store *limited, *patient;
    orchestra_transaction *transaction;
    orchestra_buffer out;
    static const char FOR_EVER[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    orchestra_store_options options = {.struct_size = sizeof options, .busy_timeout_ms = 3600000, .operation_timeout_ms = 500};
    OK(orchestra_store_open(TEXT(path), &options, &limited, &error));
    FAILS(ORCHESTRA_TIMEOUT, "operation_timeout",
          orchestra_sql_query(limited, TEXT(FOR_EVER), NONE, 10, 0, &out, &error));
    OK(orchestra_store_with_timeout(limited, 0, &patient, &error));
    OK(orchestra_transaction_begin(patient, &transaction, &error));
    FAILS(ORCHESTRA_TIMEOUT, "operation_timeout", orchestra_task_enqueue(limited, TEXT(TASK), NULL, &error));
    orchestra_transaction_free(transaction);
    OK(orchestra_task_enqueue(limited, TEXT(TASK), NULL, &error));

    orchestra_cursor *cursor = NULL;
    FAILS(ORCHESTRA_TIMEOUT, "operation_timeout_ms",
          orchestra_sql_open_cursor(limited, TEXT(FOR_EVER), NONE, 0, &cursor, &error));
    CHECK(cursor == NULL);
    orchestra_store_free(patient);
    orchestra_store_free(limited);
}

static void nothing_but_handles(void) {
    orchestra_cancel_free(NULL);
    MISUSED("another type", orchestra_cancel_set((orchestra_cancel *)store, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    orchestra_store_options options = {0};
    options.struct_size = sizeof options;
    options.durability = ORCHESTRA_DURABILITY_NORMAL;
    options.busy_timeout_ms = 3600000;
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), &options, &store, &error));
    OK(orchestra_cancel_new(&cancel, &error));
    OK(orchestra_store_cancellable(store, cancel, &handle, &error));
    set_before();
    set_while_waiting();
    set_at_any_moment();
    inside_a_transaction();
    time_is_over(path_in(argv[1], "orchestra.db"));
    nothing_but_handles();
    orchestra_cancel_free(cancel);
    orchestra_store_free(store);
    OK(orchestra_task_enqueue(handle, TEXT(TASK), NULL, &error));
    orchestra_store_free(handle);
    return 0;
}
