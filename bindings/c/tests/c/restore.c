/* Restoring backups, into an open store and over a damaged file, and salvaging what is readable. */
#include "check.h"

static orchestra_error *error;
static orchestra_buffer out;
static char database[4096], backup[4096], other[4096];

static orchestra_store *open_store(void) {
    orchestra_store *store;
    OK(orchestra_store_open(TEXT(database), NULL, &store, &error));
    return store;
}

static void enqueue(orchestra_store *store, const char *id) {
    char task[256];
    snprintf(task, sizeof task, "{\"Id\":\"%s\",\"Command\":\"make\",\"RepositoryPath\":\"/srv/x\"}", id);
    OK(orchestra_task_enqueue(store, TEXT(task), NULL, &error));
}

static void has(orchestra_store *store, const char *id) {
    OK(orchestra_task_get(store, TEXT(id), &out, &error));
    orchestra_buffer_free(&out);
}

static void has_not(orchestra_store *store, const char *id) {
    MISSING(id, orchestra_task_get(store, TEXT(id), &out, &error));
}

/* A file that no database is in any more. */
static void damage(void) {
    FILE *file = fopen(database, "r+b");
    for (int line = 0; line < 400; line++)
        fputs("this is no database\n", file);
    fclose(file);
}

static void an_open_store_is_restored(void) {
    int calls = 0;
    orchestra_follower *follower;
    int64_t kept, newest;
    orchestra_store *store = open_store();
    enqueue(store, "before");
    OK(orchestra_backup_create(store, TEXT(backup), 0, NULL, NULL, NULL, &error));
    enqueue(store, "after");
    OK(orchestra_change_newest(store, &kept, &error));
    OK(orchestra_follower_open(store, kept, NONE, &follower, &error));
    FAILS(ORCHESTRA_CANCELLED, "",
          orchestra_store_restore(store, TEXT(backup), 0, 0, stop, NULL, &out, &error));
    has(store, "after");
    INVALID("", orchestra_store_restore(store, TEXT(backup), 0, 100, NULL, NULL, &out, &error));
    MISSING("nowhere", orchestra_store_restore(store, TEXT("/nowhere"), 0, 0, NULL, NULL, &out, &error));

    orchestra_store *second = open_store();
    FAILS(ORCHESTRA_BUSY, "", orchestra_store_restore(store, TEXT(backup), 0, 0, NULL, NULL, &out, &error));
    GIVES(".before-restore-",
          orchestra_store_restore(store, TEXT(backup), 1, 0, count_calls, &calls, &out, &error));
    CHECK(calls > 0);
    has_not(store, "after");
    has(second, "before");

    /* A place from before the restore is never taken for one after it. */
    enqueue(store, "later");
    enqueue(store, "latest");
    FAILS(ORCHESTRA_EVENTS_GONE, "", orchestra_follower_next(follower, 60000, &out, &error));
    orchestra_follower_free(follower);
    FAILS(ORCHESTRA_EVENTS_GONE, "", orchestra_follower_open(store, kept, NONE, &follower, &error));
    FAILS(ORCHESTRA_EVENTS_GONE, "", orchestra_change_since(store, kept, NONE, 100, &out, &error));
    MAKES(newest > kept + 100, orchestra_change_newest(store, &newest, &error));
    orchestra_store_free(second);
    orchestra_store_free(store);
}

static void a_damaged_file_is_restored(void) {
    damage();
    GIVES(".damaged-",
          orchestra_database_restore(TEXT(database), NULL, TEXT(backup), 0, 0, NULL, NULL, &out, &error));
    orchestra_store *store = open_store();
    has(store, "before");
    FAILS(ORCHESTRA_BUSY, "",
          orchestra_database_restore(TEXT(database), NULL, TEXT(backup), 0, 0, NULL, NULL, &out, &error));
    orchestra_store_free(store);
    INVALID("path", orchestra_database_restore(NONE, NULL, TEXT(backup), 0, 0, NULL, NULL, NULL, &error));
}

static void what_is_readable_is_salvaged(void) {
    int calls = 0;
    GIVES("{\"Table\":\"Tasks\",\"Recovered\":1,\"Lost\":0,\"IsComplete\":true,\"Reason\":null}",
          orchestra_database_recover(TEXT(database), NULL, TEXT(other), count_calls, &calls, &out, &error));
    CHECK(calls > 0);
    FAILS(ORCHESTRA_ALREADY_EXISTS, "other.db",
          orchestra_database_recover(TEXT(database), NULL, TEXT(other), NULL, NULL, NULL, &error));
    GIVES("\"Before\":[],\"IsSound\":true",
          orchestra_database_recover_in_place(TEXT(database), NULL, NULL, NULL, &out, &error));
    FAILS(ORCHESTRA_CANCELLED, "",
          orchestra_database_rebuild_in_place(TEXT(database), NULL, stop, NULL, NULL, &error));
    GIVES(".damaged-", orchestra_database_rebuild_in_place(TEXT(database), NULL, NULL, NULL, &out, &error));
    orchestra_store *store = open_store();
    has(store, "before");
    FAILS(ORCHESTRA_BUSY, "",
          orchestra_database_recover_in_place(TEXT(database), NULL, NULL, NULL, NULL, &error));
    orchestra_store_free(store);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    snprintf(database, sizeof database, "%s/orchestra.db", argv[1]);
    snprintf(backup, sizeof backup, "%s/backup.db", argv[1]);
    snprintf(other, sizeof other, "%s/other.db", argv[1]);
    an_open_store_is_restored();
    a_damaged_file_is_restored();
    what_is_readable_is_salvaged();
    return 0;
}
