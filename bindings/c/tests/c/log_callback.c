/* The log: from other threads, replaced while it is used, destroyed once: log_callback DIRECTORY */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, REPLACEMENTS = 20, ROUNDS = 5 };

typedef struct receiver {
    pthread_t main_thread;
    atomic_int calls, calls_elsewhere, destroyed;
} receiver;

static orchestra_store *store;

static void receive(void *context, int32_t level, const uint8_t *target, size_t target_len,
                    const uint8_t *message, size_t message_len) {
    receiver *self = context;
    CHECK(level >= ORCHESTRA_LOG_ERROR && level <= ORCHESTRA_LOG_TRACE);
    CHECK(target != NULL && target_len > 0 && message != NULL && message_len > 0);
    CHECK(atomic_load(&self->destroyed) == 0);
    atomic_fetch_add(&self->calls, 1);
    if (!pthread_equal(pthread_self(), self->main_thread)) {
        atomic_fetch_add(&self->calls_elsewhere, 1);
    }
    /* The library may be used here, and doesn't log what it does then. */
    CHECK(orchestra_abi_version() == ORCHESTRA_ABI_VERSION);
    orchestra_error *error = NULL;
    CHECK(orchestra_agent_heartbeat(NULL, TEXT("x"), &error) == ORCHESTRA_MISUSE);
    orchestra_error_free(error);
}

static void destroy(void *context) {
    atomic_fetch_add(&((receiver *)context)->destroyed, 1);
}

static void install(receiver *self, int32_t level) {
    orchestra_error *error;
    self->main_thread = pthread_self();
    OK(orchestra_log_set(level, receive, self, destroy, &error));
}

static void uninstall(void) {
    orchestra_error *error;
    OK(orchestra_log_set(0, NULL, NULL, NULL, &error));
}

/* Lets a lease end and rescues it, of which the library warns. */
static void *make_it_warn(void *number) {
    char path[64], task[128];
    orchestra_error *error;
    snprintf(path, sizeof path, "/srv/%p", number);
    snprintf(task, sizeof task, "{\"Command\":\"c\",\"RepositoryPath\":\"%s\",\"MaxRetries\":0}", path);
    for (int i = 0; i < ROUNDS; ++i) {
        orchestra_buffer out;
        OK(orchestra_task_enqueue(store, TEXT(task), NULL, &error));
        OK(orchestra_task_claim_for_repository(store, TEXT(path), TEXT("w"), 1, 1, &out, &error));
        orchestra_buffer_free(&out);
        OK(orchestra_task_rescue_expired(store, 100, NULL, &error));
    }
    return NULL;
}

static void run_elsewhere(void) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, make_it_warn, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void a_refused_receiver_is_not_destroyed(void) {
    orchestra_error *error;
    receiver refused = {0};
    INVALID("level: 0", orchestra_log_set(0, receive, &refused, destroy, &error));
    CHECK(refused.destroyed == 0);
}

static void calls_come_from_other_threads(void) {
    receiver first = {0}, second = {0};
    install(&first, ORCHESTRA_LOG_TRACE);
    run_elsewhere();
    CHECK(first.calls_elsewhere > 0 && first.destroyed == 0);
    install(&second, ORCHESTRA_LOG_ERROR);
    CHECK(first.destroyed == 1);
    run_elsewhere();
    CHECK(second.calls == 0);
    uninstall();
    uninstall();
    CHECK(first.destroyed == 1 && second.destroyed == 1);
    int before = first.calls;
    run_elsewhere();
    CHECK(first.calls == before);
}

static void without_destroy(void) {
    orchestra_error *error;
    receiver plain = {0};
    plain.main_thread = pthread_self();
    OK(orchestra_log_set(ORCHESTRA_LOG_TRACE, receive, &plain, NULL, &error));
    run_elsewhere();
    uninstall();
    CHECK(plain.calls > 0 && plain.destroyed == 0);
}

static void replaced_while_others_log(void) {
    pthread_t threads[THREADS];
    static receiver receivers[REPLACEMENTS];
    int calls = 0;
    for (int i = 0; i < THREADS; ++i) {
        CHECK(pthread_create(&threads[i], NULL, make_it_warn, &receivers[i]) == 0);
    }
    for (int i = 0; i < REPLACEMENTS; ++i) {
        install(&receivers[i], ORCHESTRA_LOG_TRACE);
    }
    for (int i = 0; i < THREADS; ++i) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    uninstall();
    for (int i = 0; i < REPLACEMENTS; ++i) {
        CHECK(receivers[i].destroyed == 1);
        calls += receivers[i].calls;
    }
    CHECK(calls > 0);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    orchestra_error *error;
    orchestra_store_options options = {0};
    options.struct_size = sizeof options;
    options.durability = ORCHESTRA_DURABILITY_NORMAL;
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), &options, &store, &error));
    a_refused_receiver_is_not_destroyed();
    calls_come_from_other_threads();
    without_destroy();
    replaced_while_others_log();
    orchestra_store_free(store);
    return 0;
}
