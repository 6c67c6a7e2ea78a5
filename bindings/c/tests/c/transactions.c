/* Transactions: what is seen when, steps that fail, odd orders of freeing, two threads at once:
   transactions DIRECTORY */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

/* One that waits as long as it takes, and one that doesn't. */
static orchestra_store *store, *impatient;
static orchestra_error *error;

static orchestra_status enqueue(orchestra_store *into, const char *command) {
    char task[128];
    snprintf(task, sizeof task, "{\"Command\":\"%s\",\"RepositoryPath\":\"/x\"}", command);
    return orchestra_task_enqueue(into, TEXT(task), NULL, &error);
}

static int64_t tasks_in(orchestra_store *of) {
    int64_t count;
    OK(orchestra_entity_count(of, ORCHESTRA_ENTITY_TASKS, NONE, &count, &error));
    return count;
}

static orchestra_store *begin(orchestra_transaction **transaction) {
    orchestra_store *inside;
    OK(orchestra_transaction_begin(store, transaction, &error));
    OK(orchestra_transaction_store(*transaction, &inside, &error));
    return inside;
}

static void committed_together_or_not_at_all(void) {
    orchestra_transaction *transaction;
    orchestra_store *inside = begin(&transaction);
    OK(enqueue(inside, "a"));
    INVALID("Command", enqueue(inside, ""));
    MAKES(tasks_in(inside) == 2 && tasks_in(store) == 0, enqueue(inside, "b"));
    MAKES(tasks_in(store) == 2, orchestra_transaction_commit(transaction, &error));
    FAILS(ORCHESTRA_CLOSED, "ended", enqueue(inside, "c"));
    FAILS(ORCHESTRA_CLOSED, "ended", orchestra_transaction_commit(transaction, &error));
    FAILS(ORCHESTRA_CLOSED, "ended", orchestra_transaction_rollback(transaction, &error));
    orchestra_store_free(inside);
    orchestra_transaction_free(transaction);

    inside = begin(&transaction);
    OK(enqueue(inside, "c"));
    MAKES(tasks_in(store) == 2, orchestra_transaction_rollback(transaction, &error));
    orchestra_transaction_free(transaction);
    orchestra_store_free(inside);
}

static void another_user_inside(void) {
    orchestra_transaction *transaction;
    orchestra_store *inside = begin(&transaction), *ada;
    orchestra_buffer task;
    OK(orchestra_store_context(inside, TEXT("{\"UserId\":\"ada\"}"), &ada, &error));
    OK(orchestra_task_enqueue(ada, TEXT("{\"Command\":\"u\",\"RepositoryPath\":\"/x\"}"), &task, &error));
    HOLDS(task, "\"CreatedBy\":\"ada\"");
    /* Freed in the order in which nobody would: what isn't committed is gone. */
    orchestra_transaction_free(transaction);
    FAILS(ORCHESTRA_CLOSED, "ended", enqueue(ada, "late"));
    orchestra_store_free(inside);
    orchestra_store_free(ada);
    CHECK(tasks_in(store) == 2);
}

static void what_is_not_for_transactions(const char *state_file) {
    orchestra_transaction *transaction, *second;
    orchestra_store *inside = begin(&transaction);
    orchestra_buffer out;
    MISUSED("not inside a transaction", orchestra_transaction_begin(inside, &second, &error));
    CHECK(second == NULL);
    MISUSED("not inside a transaction", orchestra_store_close(inside, &error));
    MISUSED("not inside a transaction",
          orchestra_import_file(inside, TEXT(state_file), NULL, NULL, NULL, NULL, &error));
    MISUSED("not inside a transaction",
          orchestra_cache_get(inside, ORCHESTRA_ENTITY_TASKS, TEXT("t"), &out, &error));
    FAILS(ORCHESTRA_BUSY, "", enqueue(impatient, "outside"));
    orchestra_store_free(inside);
    orchestra_transaction_free(transaction);
}

static void nothing_but_handles(void) {
    orchestra_transaction_free(NULL);
    MISUSED("another type", orchestra_transaction_commit((orchestra_transaction *)store, &error));
}

typedef struct meeting {
    orchestra_store *inside;
    atomic_int misuses, done;
} meeting;

static void *write_at_the_same_time(void *context) {
    meeting *self = context;
    for (int i = 0; i < 200; ++i) {
        orchestra_error *mine;
        orchestra_status status = orchestra_task_enqueue(
            self->inside, TEXT("{\"Command\":\"m\",\"RepositoryPath\":\"/x\"}"), NULL, &mine);
        if (status == ORCHESTRA_MISUSE) {
            CHECK(strstr(orchestra_error_message(mine), "at the same time") != NULL);
            orchestra_error_free(mine);
            atomic_fetch_add(&self->misuses, 1);
        } else {
            CHECK(status == ORCHESTRA_OK && mine == NULL);
            atomic_fetch_add(&self->done, 1);
        }
    }
    return NULL;
}

static void two_threads_at_once_are_misuse(void) {
    orchestra_transaction *transaction;
    pthread_t threads[2];
    meeting both = {0};
    both.inside = begin(&transaction);
    int64_t before = tasks_in(both.inside);
    for (int i = 0; i < 2; ++i) {
        CHECK(pthread_create(&threads[i], NULL, write_at_the_same_time, &both) == 0);
    }
    for (int i = 0; i < 2; ++i) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(both.done + both.misuses == 400 && both.done > 0);
    CHECK(tasks_in(both.inside) == before + both.done);
    MAKES(tasks_in(store) == before + both.done, orchestra_transaction_commit(transaction, &error));
    orchestra_store_free(both.inside);
    orchestra_transaction_free(transaction);
}

static void *enqueue_until_closed(void *context) {
    meeting *self = context;
    for (;;) {
        orchestra_error *mine;
        orchestra_status status = orchestra_task_enqueue(
            self->inside, TEXT("{\"Command\":\"f\",\"RepositoryPath\":\"/x\"}"), NULL, &mine);
        orchestra_error_free(mine);
        if (status != ORCHESTRA_OK) {
            CHECK(status == ORCHESTRA_CLOSED);
            return NULL;
        }
        atomic_fetch_add(&self->done, 1);
    }
}

/* Freed by another thread while it is used: rolled back as soon as nobody does. */
static void freed_while_it_is_used(void) {
    for (int i = 0; i < 20; ++i) {
        orchestra_transaction *transaction;
        pthread_t thread;
        meeting one = {0};
        int64_t before = tasks_in(store);
        one.inside = begin(&transaction);
        CHECK(pthread_create(&thread, NULL, enqueue_until_closed, &one) == 0);
        while (atomic_load(&one.done) < i) {
            sched_yield();
        }
        orchestra_transaction_free(transaction);
        CHECK(pthread_join(thread, NULL) == 0);
        orchestra_store_free(one.inside);
        CHECK(tasks_in(store) == before);
    }
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    orchestra_store_options options = {0};
    options.struct_size = sizeof options;
    options.busy_timeout_ms = 3600000;
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), &options, &store, &error));
    options.busy_timeout_ms = 50;
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), &options, &impatient, &error));
    committed_together_or_not_at_all();
    another_user_inside();
    what_is_not_for_transactions(argv[2]);
    nothing_but_handles();
    two_threads_at_once_are_misuse();
    freed_while_it_is_used();
    orchestra_store_free(impatient);
    /* The transaction keeps the store alive. */
    orchestra_transaction *transaction;
    orchestra_store *inside = begin(&transaction);
    orchestra_store_free(store);
    OK(enqueue(inside, "orphan"));
    OK(orchestra_transaction_commit(transaction, &error));
    orchestra_transaction_free(transaction);
    orchestra_store_free(inside);
    return 0;
}
