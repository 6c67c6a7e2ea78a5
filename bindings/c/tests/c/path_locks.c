/* No function that takes a path loses the locks of the process on a database that is open, whichever of its files the
   path names. A test compares the calls with the functions of the header. */
#define _POSIX_C_SOURCE 200809L
#include "store.h"

#include <sys/stat.h>
#include <unistd.h>

static char live[4096];

/* Whether the list of locks has one of this process that begins at this byte of a file. The list is read piece by piece:
   while others change it, a lock may be left out. */
static int is_listed(const char *path, unsigned long long byte) {
    struct stat found;
    CHECK(stat(path, &found) == 0);
    FILE *file = fopen("/proc/locks", "r");
    CHECK(file != NULL);
    char line[512], kind[32];
    int has = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        long process;
        unsigned major, minor;
        unsigned long long inode, first;
        if (sscanf(line, "%*s %31s %*s %*s %ld %x:%x:%llu %llu", kind, &process, &major, &minor, &inode, &first) == 6)
            has |= strcmp(kind, "POSIX") == 0 && process == (long)getpid() &&
                   inode == (unsigned long long)found.st_ino && first == byte;
    }
    fclose(file);
    return has;
}

static int has_lock(const char *path, unsigned long long byte) {
    int tries = 100;
    while (!is_listed(path, byte))
        if (--tries == 0)
            return 0;
    return 1;
}

/* Whether the process has the locks that every connection has as long as it is open: on the bytes of the database that
   readers share, and on that of the log's index that says that somebody uses it. */
static int has_locks(void) {
    char index[4200];
    snprintf(index, sizeof index, "%s-shm", live);
    return has_lock(live, 0x40000002) && has_lock(index, 128);
}

/* Makes a call, whatever it answers. */
#define CALL(call)                                                            \
    do {                                                                      \
        (void)(call);                                                         \
        orchestra_error_free(error);                                          \
        error = NULL;                                                         \
        orchestra_buffer_free(&out);                                          \
        if (!has_locks()) {                                                   \
            fprintf(stderr, "%s of %s loses locks\n", #call, path);           \
            exit(1);                                                          \
        }                                                                     \
    } while (0)

static int32_t no_key(void *context, const uint8_t *key_id, size_t key_id_len, uint8_t *key) {
    (void)context, (void)key_id, (void)key_id_len, (void)key;
    return 1;
}

static size_t no_current_key(void *context, uint8_t *key_id) {
    (void)context, (void)key_id;
    return 0;
}

static void call_all(const char *path) {
    char policy[4300];
    orchestra_store *other = NULL;
    snprintf(policy, sizeof policy, "{\"Directory\":\"%s\"}", path);
    CALL(orchestra_backup_create(store, TEXT(path), 1, NULL, NULL, &out, &error));
    CALL(orchestra_backup_run_if_due(store, TEXT(policy), NULL, NULL, &out, &error));
    CALL(orchestra_backup_list(TEXT(path), 1, &out, &error));
    CALL(orchestra_backup_list(TEXT(directory), 1, &out, &error));
    CALL(orchestra_user_erase(store, TEXT("nobody"), TEXT(path), 0, &out, &error));
    CALL(orchestra_backup_verify(TEXT(path), &out, &error));
    CALL(orchestra_export_all(store, TEXT(path), ORCHESTRA_EXPORT_CSV, NULL, NULL, &out, &error));
    CALL(orchestra_import_file(store, TEXT(path), NULL, NULL, NULL, &out, &error));
    CALL(orchestra_database_recover(TEXT(live), NULL, TEXT(path), NULL, NULL, &out, &error));
    CALL(orchestra_database_recover(TEXT(path), NULL, TEXT(path), NULL, NULL, &out, &error));
    CALL(orchestra_database_recover_in_place(TEXT(path), NULL, NULL, NULL, &out, &error));
    CALL(orchestra_database_rebuild_in_place(TEXT(path), NULL, NULL, NULL, &out, &error));
    CALL(orchestra_store_restore(store, TEXT(path), 1, 0, NULL, NULL, &out, &error));
    CALL(orchestra_database_restore(TEXT(path), NULL, TEXT(path), 1, 0, NULL, NULL, &out, &error));
    CALL(orchestra_database_restore(TEXT(live), NULL, TEXT(path), 1, 0, NULL, NULL, &out, &error));
    CALL((orchestra_store_open(TEXT(path), NULL, &other, &error), orchestra_store_free(other)));
    other = NULL;
    CALL((orchestra_store_open_with_keys(TEXT(path), NULL, no_key, no_current_key, NULL, NULL, &other, &error),
          orchestra_store_free(other)));
}

static void paths_of_the_database_keep_its_locks(void) {
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".store-lock", ".migration-lock"};
    char path[4200];
    snprintf(live, sizeof live, "%s/orchestra.db", directory);
    CHECK(has_locks());
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; ++i) {
        snprintf(path, sizeof path, "%s%s", live, suffixes[i]);
        call_all(path);
    }
    snprintf(path, sizeof path, "%s/hard.db", directory);
    CHECK(link(live, path) == 0);
    call_all(path);
    snprintf(path, sizeof path, "%s/soft.db", directory);
    CHECK(symlink(live, path) == 0);
    call_all(path);
    /* This is what none of them does. */
    CHECK(exists(live) && !has_locks());
}

STEPS(paths_of_the_database_keep_its_locks)
