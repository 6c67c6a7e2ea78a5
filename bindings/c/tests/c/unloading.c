/* Loads the library, uses it, unloads it and loads it again: unloading DIRECTORY LIBRARY */
#define _GNU_SOURCE
#include "check.h"

#include <dlfcn.h>
#include <pthread.h>

enum { ROUNDS = 3 };

/* A function of the library, with the type that the header gives it. */
#define FUNCTION(library, name) name##_type *name = (name##_type *)find(library, #name)

typedef __typeof__(orchestra_store_open) orchestra_store_open_type;
typedef __typeof__(orchestra_store_free) orchestra_store_free_type;
typedef __typeof__(orchestra_agent_list) orchestra_agent_list_type;
typedef __typeof__(orchestra_buffer_free) orchestra_buffer_free_type;
typedef __typeof__(orchestra_error_free) orchestra_error_free_type;
typedef __typeof__(orchestra_log_set) orchestra_log_set_type;

typedef void function(void);

static function *find(void *library, const char *name) {
    function *found;
    *(void **)&found = dlsym(library, name);
    CHECK(found != NULL);
    return found;
}

static void log_nothing(void *context, int32_t level, const uint8_t *target, size_t target_len,
                        const uint8_t *message, size_t message_len) {
    (void)context, (void)level, (void)target, (void)target_len, (void)message, (void)message_len;
}

typedef struct visitor {
    void *library;
    const char *path;
    pthread_barrier_t *unloaded;
} visitor;

/* Leaves values of the library in this thread, which go when the thread ends. */
static void *visit(void *argument) {
    visitor *self = argument;
    FUNCTION(self->library, orchestra_store_open);
    FUNCTION(self->library, orchestra_store_free);
    FUNCTION(self->library, orchestra_agent_list);
    FUNCTION(self->library, orchestra_buffer_free);
    FUNCTION(self->library, orchestra_error_free);
    FUNCTION(self->library, orchestra_log_set);
    orchestra_store *store, *none;
    orchestra_buffer agents;
    orchestra_error *error;
    CHECK(orchestra_log_set(ORCHESTRA_LOG_TRACE, log_nothing, NULL, NULL, &error) == ORCHESTRA_OK);
    CHECK(orchestra_store_open(TEXT(self->path), NULL, &store, &error) == ORCHESTRA_OK);
    CHECK(orchestra_agent_list(store, &agents, &error) == ORCHESTRA_OK);
    CHECK(orchestra_store_open(TEXT("/"), NULL, &none, &error) != ORCHESTRA_OK);
    orchestra_error_free(error);
    orchestra_buffer_free(&agents);
    orchestra_store_free(store);
    CHECK(orchestra_log_set(0, NULL, NULL, NULL, &error) == ORCHESTRA_OK);
    pthread_barrier_wait(self->unloaded);
    pthread_barrier_wait(self->unloaded);
    return NULL;
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    const char *path = path_in(argv[1], "orchestra.db");
    for (int round = 0; round < ROUNDS; ++round) {
        pthread_t thread;
        pthread_barrier_t unloaded;
        CHECK(pthread_barrier_init(&unloaded, NULL, 2) == 0);
        void *library = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
        CHECK(library != NULL);
        visitor visitor = {library, path, &unloaded};
        CHECK(pthread_create(&thread, NULL, visit, &visitor) == 0);
        pthread_barrier_wait(&unloaded);
        /* The thread that used it still lives, and maybe one of the library's own. */
        CHECK(dlclose(library) == 0);
        /* A plugin that loads it again gets the same one. */
        void *again = dlopen(argv[2], RTLD_NOW | RTLD_NOLOAD);
        CHECK(again == library);
        CHECK(dlclose(again) == 0);
        pthread_barrier_wait(&unloaded);
        pthread_join(thread, NULL);
        pthread_barrier_destroy(&unloaded);
    }
    return 0;
}
