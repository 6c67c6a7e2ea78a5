/* Calls at the end of a thread and of the process: at_the_end DIRECTORY
   Each does what it does otherwise, and none prints anything or ends the process. */
#include "check.h"

#include <pthread.h>

static orchestra_store *store;
static orchestra_error *error;
static pthread_key_t key;
static const char *directory;
static int calls;

/* Reads, writes, fails, and opens and frees another store. */
static void use_everything(void) {
    orchestra_buffer counts;
    orchestra_store *another;
    OK(orchestra_task_enqueue(store, TEXT("{\"Command\":\"x\",\"RepositoryPath\":\"/x\"}"), NULL, &error));
    OK(orchestra_task_count_by_status(store, &counts, &error));
    orchestra_buffer_free(&counts);
    MISSING("unknown", orchestra_task_get(store, TEXT("unknown"), &counts, &error));
    OK(orchestra_store_open(TEXT(path_in(directory, "another.db")), NULL, &another, &error));
    orchestra_store_free(another);
    ++calls;
}

static void at_exit(void) { use_everything(); }

__attribute__((destructor)) static void in_a_destructor(void) {
    use_everything();
    orchestra_store_free(store);
    printf("%d calls\n", calls);
    fflush(stdout);
}

static void at_the_end_of_a_thread(void *unused) {
    (void)unused;
    use_everything();
}

static void *thread(void *unused) {
    (void)unused;
    CHECK(pthread_setspecific(key, &calls) == 0);
    use_everything();
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t started;
    CHECK(argc == 2);
    directory = argv[1];
    CHECK(atexit(at_exit) == 0);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    CHECK(pthread_key_create(&key, at_the_end_of_a_thread) == 0);
    CHECK(pthread_create(&started, NULL, thread, NULL) == 0);
    CHECK(pthread_join(started, NULL) == 0);
    CHECK(calls == 2);
    return 0;
}
