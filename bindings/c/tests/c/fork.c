/* A process that is forked while it has a store open: fork DIRECTORY */
#include "store.h"

#include <sys/wait.h>
#include <unistd.h>

static void enqueue(void) {
    OK(orchestra_task_enqueue(store, TEXT("{\"Command\":\"x\",\"RepositoryPath\":\"/x\"}"), NULL, &error));
}

/* Neither the store nor a new one on its file can be used, and freeing it harms nobody. */
static void child(void) {
    orchestra_store *another = NULL;
    MISUSED("forked", orchestra_task_count_by_status(store, &out, &error));
    MISUSED("forked",
            orchestra_task_enqueue(store, TEXT("{\"Command\":\"x\",\"RepositoryPath\":\"/x\"}"), NULL, &error));
    MISUSED("forked",
            orchestra_store_open(TEXT(path_in(directory, "orchestra.db")), NULL, &another, &error));
    OK(orchestra_store_open(TEXT(path_in(directory, "another.db")), NULL, &another, &error));
    orchestra_store_free(another);
    orchestra_store_free(store);
    /* What the threads of the parent left in memory is nobody's here: no exit, which would look for it. */
    execlp("true", "true", (char *)NULL);
    exit(1);
}

static void the_child_is_refused_and_the_parent_goes_on(void) {
    int status;
    enqueue();
    pid_t forked = fork();
    CHECK(forked >= 0);
    if (forked == 0) {
        child();
    }
    CHECK(waitpid(forked, &status, 0) == forked);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    enqueue();
    OK(orchestra_task_count_by_status(store, &out, &error));
    HOLDS(out, "\"Pending\":2");
    out = (orchestra_buffer){0};
}

STEPS(the_child_is_refused_and_the_parent_goes_on)
