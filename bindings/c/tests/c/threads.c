/* 16 threads on one store, with transactions, cancellations, cursors and events; at the end all that
   was acknowledged is there, and nothing else: threads DIRECTORY MILLISECONDS */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { THREADS = 16, CANCELLABLE = 4 };

static orchestra_store *store;
static orchestra_cancel *cancels[CANCELLABLE];
static atomic_int over, destroyed;
static atomic_long acknowledged, cancelled, busy, rolled_back, rows_read, told, missed, followed;

static const char TASK[] = "{\"Command\":\"c\",\"RepositoryPath\":\"/x\"}";

static void pause_ms(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* What may come of an operation here. The error is passed by its place, since it is set by the call that
   is the other argument. */
static int is_done(orchestra_status status, orchestra_error **error) {
    if (status == ORCHESTRA_BUSY) {
        atomic_fetch_add(&busy, 1);
    } else if (status == ORCHESTRA_CANCELLED) {
        atomic_fetch_add(&cancelled, 1);
    } else if (status != ORCHESTRA_OK) {
        fprintf(stderr, "%d: %s\n", (int)status, orchestra_error_message(*error));
        exit(1);
    }
    orchestra_error_free(*error);
    return status == ORCHESTRA_OK;
}

static void *enqueue(void *handle) {
    while (!atomic_load(&over)) {
        orchestra_error *error;
        orchestra_status status = orchestra_task_enqueue(handle, TEXT(TASK), NULL, &error);
        atomic_fetch_add(&acknowledged, is_done(status, &error));
    }
    return NULL;
}

static void *read_rows(void *handle) {
    while (!atomic_load(&over)) {
        orchestra_error *error;
        orchestra_buffer found;
        orchestra_status status = orchestra_entity_query(
            handle, ORCHESTRA_ENTITY_TASKS, TEXT("{\"page\":{\"size\":5}}"), &found, &error);
        is_done(status, &error);
        orchestra_buffer_free(&found);
    }
    return NULL;
}

static void *transact(void *handle) {
    for (unsigned round = 0; !atomic_load(&over); ++round) {
        orchestra_error *error;
        orchestra_transaction *transaction;
        orchestra_store *inside;
        int written = 0;
        if (!is_done(orchestra_transaction_begin(handle, &transaction, &error), &error)) {
            continue;
        }
        CHECK(orchestra_transaction_store(transaction, &inside, NULL) == ORCHESTRA_OK);
        for (int i = 0; i < 3; ++i) {
            written += is_done(orchestra_task_enqueue(inside, TEXT(TASK), NULL, &error), &error);
        }
        switch (round % 3) {
        case 0:
            if (is_done(orchestra_transaction_commit(transaction, &error), &error)) {
                atomic_fetch_add(&acknowledged, written);
            }
            break;
        case 1:
            CHECK(orchestra_transaction_rollback(transaction, NULL) == ORCHESTRA_OK);
            atomic_fetch_add(&rolled_back, 1);
            break;
        default: /* Freed as it is. */
            break;
        }
        if (round % 2 == 0) {
            orchestra_store_free(inside);
            orchestra_transaction_free(transaction);
        } else {
            orchestra_transaction_free(transaction);
            orchestra_store_free(inside);
        }
    }
    return NULL;
}

static void *read_cursors(void *handle) {
    for (unsigned round = 0; !atomic_load(&over); ++round) {
        orchestra_error *error;
        orchestra_cursor *cursor;
        int32_t has_row = 1;
        if (!is_done(orchestra_entity_open_cursor(handle, ORCHESTRA_ENTITY_TASKS, NONE, &cursor, &error),
                     &error)) {
            continue;
        }
        /* Some are freed half-way. */
        for (unsigned i = 0; has_row && (round % 2 == 0 || i < 10); ++i) {
            if (!is_done(orchestra_cursor_next(cursor, &has_row, &error), &error)) {
                break;
            }
            atomic_fetch_add(&rows_read, has_row);
        }
        orchestra_cursor_free(cursor);
    }
    return NULL;
}

static void hear(void *context, const uint8_t *event, size_t event_len, int64_t first, int64_t last) {
    (void)context, (void)event_len;
    CHECK(first <= last);
    atomic_fetch_add(event == NULL ? &missed : &told, 1);
}

static void destroy(void *context) {
    (void)context;
    atomic_fetch_add(&destroyed, 1);
}

static void *subscribe(void *subscriptions) {
    while (!atomic_load(&over)) {
        orchestra_subscription *subscription;
        CHECK(orchestra_change_subscribe(store, NONE, hear, NULL, destroy, &subscription, NULL) ==
              ORCHESTRA_OK);
        pause_ms(5);
        orchestra_subscription_free(subscription);
        atomic_fetch_add((atomic_int *)subscriptions, 1);
    }
    return NULL;
}

static void *follow(void *handle) {
    orchestra_follower *follower;
    int64_t last = 0;
    CHECK(orchestra_follower_open(handle, 0, NONE, &follower, NULL) == ORCHESTRA_OK);
    while (!atomic_load(&over)) {
        orchestra_error *error;
        orchestra_buffer event;
        int64_t position;
        if (is_done(orchestra_follower_next(follower, 10, &event, &error), &error) && event.ptr != NULL) {
            atomic_fetch_add(&followed, 1);
        }
        orchestra_buffer_free(&event);
        CHECK(orchestra_follower_position(follower, &position, NULL) == ORCHESTRA_OK);
        CHECK(position >= last);
        last = position;
    }
    orchestra_follower_free(follower);
    return NULL;
}

static void *cancel(void *unused) {
    for (unsigned round = 0; !atomic_load(&over); ++round) {
        orchestra_cancel *one = cancels[round % CANCELLABLE];
        CHECK(orchestra_cancel_set(one, NULL) == ORCHESTRA_OK);
        pause_ms(1);
        CHECK(orchestra_cancel_reset(one, NULL) == ORCHESTRA_OK);
        pause_ms(1 + round % 3);
    }
    return unused;
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    pthread_t threads[THREADS];
    orchestra_store *handles[CANCELLABLE];
    orchestra_error *error;
    orchestra_store_options options = {0};
    atomic_int subscriptions = 0;
    int count = 0;
    options.struct_size = sizeof options;
    options.durability = ORCHESTRA_DURABILITY_NORMAL;
    options.max_readers = 6;
    options.group_commit_max_writes = 16;
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), &options, &store, &error));
    for (int i = 0; i < CANCELLABLE; ++i) {
        OK(orchestra_cancel_new(&cancels[i], &error));
        OK(orchestra_store_cancellable(store, cancels[i], &handles[i], &error));
    }

    struct {
        void *(*work)(void *);
        void *context;
    } const jobs[THREADS] = {
        {enqueue, store},          {enqueue, store},          {enqueue, handles[0]},
        {enqueue, handles[1]},     {read_rows, store},        {read_rows, store},
        {read_rows, handles[2]},   {transact, store},         {transact, store},
        {transact, handles[3]},    {read_cursors, store},     {read_cursors, handles[2]},
        {subscribe, &subscriptions}, {subscribe, &subscriptions}, {follow, store},
        {cancel, NULL},
    };
    for (; count < THREADS; ++count) {
        CHECK(pthread_create(&threads[count], NULL, jobs[count].work, jobs[count].context) == 0);
    }
    pause_ms(atol(argv[2]));
    atomic_store(&over, 1);
    while (count > 0) {
        CHECK(pthread_join(threads[--count], NULL) == 0);
    }

    int64_t tasks;
    int32_t faults;
    OK(orchestra_entity_count(store, ORCHESTRA_ENTITY_TASKS, NONE, &tasks, &error));
    OK(orchestra_store_check(store, NULL, &faults, &error));
    printf("%ld acknowledged, %ld rolled back, %ld cancelled, %ld busy, %ld rows by cursors, "
           "%ld told, %ld missed, %ld followed\n",
           acknowledged, rolled_back, cancelled, busy, rows_read, told, missed, followed);
    CHECK(tasks == acknowledged);
    CHECK(faults == 0);
    CHECK(destroyed == subscriptions);
    for (int i = 0; i < CANCELLABLE; ++i) {
        orchestra_store_free(handles[i]);
        orchestra_cancel_free(cancels[i]);
    }
    orchestra_store_free(store);
    return 0;
}
