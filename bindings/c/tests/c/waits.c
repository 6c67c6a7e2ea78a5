/* Claims that wait: what they get, and what ends them: waits DIRECTORY */
#include "store.h"

#include <pthread.h>
#include <time.h>

#define FOR_LONG 120000

static const char WORKER[] = "{\"Worker\":\"w\",\"RepositoryPath\":\"/x\"}";
static const char TASK[] = "{\"Command\":\"c\",\"RepositoryPath\":\"/x\"}";

static void pause_ms(long milliseconds) {
    struct timespec time = {0, milliseconds * 1000000};
    nanosleep(&time, NULL);
}

static void *enqueue_soon(void *unused) {
    orchestra_error *mine = NULL;
    pause_ms(30);
    CHECK(orchestra_task_enqueue(store, TEXT(TASK), NULL, &mine) == ORCHESTRA_OK);
    return unused;
}

static pthread_t soon(void *(*work)(void *), void *argument) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, work, argument) == 0);
    return thread;
}

static void a_task_ends_the_wait(void) {
    pthread_t thread = soon(enqueue_soon, NULL);
    GIVES("\"Status\":\"Assigned\"", orchestra_task_claim_waiting(store, TEXT(WORKER), FOR_LONG, &out, &error));
    CHECK(pthread_join(thread, NULL) == 0);
    thread = soon(enqueue_soon, NULL);
    GIVES("\"Status\":\"InProgress\"",
          orchestra_task_claim_and_start_waiting(store, TEXT(WORKER), FOR_LONG, &out, &error));
    CHECK(pthread_join(thread, NULL) == 0);
}

static void the_time_ends_the_wait(void) {
    GIVES("[]", orchestra_task_claim_waiting(store, TEXT(WORKER), 0, &out, &error));
    GIVES("[]", orchestra_task_claim_waiting(store, TEXT(WORKER), 20, &out, &error));
    GIVES("[]", orchestra_task_claim_and_start_waiting(store, TEXT(WORKER), 20, &out, &error));
}

static void *cancel_soon(void *cancel) {
    orchestra_error *mine = NULL;
    pause_ms(30);
    CHECK(orchestra_cancel_set(cancel, &mine) == ORCHESTRA_OK);
    return NULL;
}

static void a_token_ends_the_wait(void) {
    orchestra_cancel *cancel;
    orchestra_store *ended;
    OK(orchestra_cancel_new(&cancel, &error));
    OK(orchestra_store_cancellable(store, cancel, &ended, &error));
    pthread_t thread = soon(cancel_soon, cancel);
    FAILS(ORCHESTRA_CANCELLED, "cancelled",
          orchestra_task_claim_waiting(ended, TEXT(WORKER), FOR_LONG, &out, &error));
    CHECK(pthread_join(thread, NULL) == 0);
    orchestra_store_free(ended);
    orchestra_cancel_free(cancel);
}

static void *close_soon(void *closed) {
    orchestra_error *mine = NULL;
    pause_ms(30);
    CHECK(orchestra_store_close(closed, &mine) == ORCHESTRA_OK);
    return NULL;
}

static void the_end_of_the_store_ends_the_wait(void) {
    orchestra_store *other;
    OK(orchestra_store_open(TEXT(path_in(directory, "orchestra.db")), NULL, &other, &error));
    pthread_t thread = soon(close_soon, other);
    FAILS(ORCHESTRA_CLOSED, "closed", orchestra_task_claim_waiting(other, TEXT(WORKER), FOR_LONG, &out, &error));
    CHECK(pthread_join(thread, NULL) == 0);
    orchestra_store_free(other);
}

static void what_never_ends_well_is_refused(void) {
    orchestra_transaction *transaction;
    orchestra_store *inside;
    MISSING("nobody", orchestra_task_claim_waiting(store, JSON({"AgentId":"nobody"}), FOR_LONG, &out, &error));
    INVALID("AgentId", orchestra_task_claim_waiting(store, JSON({}), FOR_LONG, &out, &error));
    OK(orchestra_transaction_begin(store, &transaction, &error));
    OK(orchestra_transaction_store(transaction, &inside, &error));
    MISUSED("transaction", orchestra_task_claim_waiting(inside, TEXT(WORKER), FOR_LONG, &out, &error));
    orchestra_store_free(inside);
    orchestra_transaction_free(transaction);
}

STEPS(a_task_ends_the_wait, the_time_ends_the_wait, a_token_ends_the_wait, the_end_of_the_store_ends_the_wait,
      what_never_ends_well_is_refused)
