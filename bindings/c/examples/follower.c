/*
 * Follows what happens to tasks: follower DIRECTORY
 *
 * A thread enqueues tasks in DIRECTORY/orchestra.db. This one is told of every change, once and in order,
 * and keeps its place in DIRECTORY/place: started again, it goes on with the next change, whoever made it.
 */
#include "orchestra_store.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS = 5, PATIENCE_MS = 60000 };

#define TEXT(text) (const uint8_t *)(text), strlen(text)

static void must(orchestra_status status, orchestra_error **error, const char *what) {
    if (status != ORCHESTRA_OK) {
        fprintf(stderr, "%s: %d: %s\n", what, (int)status, orchestra_error_message(*error));
        exit(1);
    }
}

static void *enqueue(void *store) {
    orchestra_error *error;
    for (int i = 0; i < TASKS; ++i)
        must(orchestra_task_enqueue(store, TEXT("{\"Command\":\"work\",\"RepositoryPath\":\"/srv\"}"), NULL,
                                    &error),
             &error, "enqueue");
    return NULL;
}

/* The place that the last run left; without one, behind the newest change. */
static int64_t read_place(const orchestra_store *store, const char *file) {
    int64_t place;
    orchestra_error *error;
    FILE *kept = fopen(file, "r");
    if (kept != NULL) {
        int found = fscanf(kept, "%" SCNd64, &place);
        fclose(kept);
        if (found == 1)
            return place;
    }
    must(orchestra_change_newest(store, &place, &error), &error, "newest change");
    return place;
}

/* A host that must not lose its place when the machine stops syncs the file and renames it. */
static void keep_place(const orchestra_follower *follower, const char *file) {
    int64_t place;
    orchestra_error *error;
    must(orchestra_follower_position(follower, &place, &error), &error, "position");
    FILE *kept = fopen(file, "w");
    if (kept == NULL || fprintf(kept, "%" PRId64 "\n", place) < 0 || fclose(kept) != 0)
        exit(1);
}

/* Until all tasks are told of, or nothing has happened for long. */
static int follow(orchestra_follower *follower, const char *place_file) {
    int changes = 0;
    while (changes < TASKS) {
        orchestra_buffer event;
        orchestra_error *error;
        must(orchestra_follower_next(follower, PATIENCE_MS, &event, &error), &error, "next change");
        if (event.ptr == NULL)
            break;
        printf("%s\n", (const char *)event.ptr);
        orchestra_buffer_free(&event);
        /* Behind the work that the event stands for: after a crash it comes again, and isn't lost. */
        keep_place(follower, place_file);
        ++changes;
    }
    return changes;
}

int main(int argc, char **argv) {
    char database[4096], place_file[4096];
    orchestra_store *store;
    orchestra_follower *follower;
    orchestra_error *error;
    pthread_t thread;
    if (argc != 2)
        return 2;
    snprintf(database, sizeof database, "%s/orchestra.db", argv[1]);
    snprintf(place_file, sizeof place_file, "%s/place", argv[1]);
    must(orchestra_store_open(TEXT(database), NULL, &store, &error), &error, database);
    must(orchestra_follower_open(store, read_place(store, place_file), TEXT("{\"EntityTypes\":[\"Tasks\"]}"),
                                 &follower, &error),
         &error, "follow");
    if (pthread_create(&thread, NULL, enqueue, store) != 0)
        return 1;
    int changes = follow(follower, place_file);
    pthread_join(thread, NULL);
    orchestra_follower_free(follower);
    orchestra_store_free(store);
    printf("%d changes\n", changes);
    return changes == TASKS ? 0 : 1;
}
