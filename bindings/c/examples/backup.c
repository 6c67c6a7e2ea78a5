/*
 * Backs up DIRECTORY/orchestra.db into DIRECTORY/backup.db, with a progress bar: backup DIRECTORY
 *
 * Others may go on reading and writing meanwhile. Ctrl-C ends it, and leaves nothing behind.
 */
#include "orchestra_store.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 40 };

#define TEXT(text) (const uint8_t *)(text), strlen(text)

static volatile sig_atomic_t interrupted;

static void interrupt(int signal) {
    (void)signal;
    interrupted = 1;
}

/* Draws the bar; not 0 cancels the backup. */
static int32_t draw(void *context, const uint8_t *stage, size_t stage_len, uint64_t done, uint64_t total) {
    static const char full[] = "########################################";
    int length = total == 0 ? 0 : (int)(done * WIDTH / total);
    (void)context;
    fprintf(stderr, "\r%-12.*s [%-*.*s]", (int)stage_len, (const char *)stage, WIDTH, length, full);
    return interrupted;
}

int main(int argc, char **argv) {
    char database[4096], target[4096];
    orchestra_store *store;
    orchestra_error *error;
    orchestra_buffer backup = {NULL, 0};
    orchestra_status status;
    if (argc != 2)
        return 2;
    snprintf(database, sizeof database, "%s/orchestra.db", argv[1]);
    snprintf(target, sizeof target, "%s/backup.db", argv[1]);
    signal(SIGINT, interrupt);
    status = orchestra_store_open(TEXT(database), NULL, &store, &error);
    if (status == ORCHESTRA_OK) {
        status = orchestra_backup_create(store, TEXT(target), 1, draw, NULL, &backup, &error);
        fputc('\n', stderr);
    }
    if (status == ORCHESTRA_OK)
        printf("%s\n", (const char *)backup.ptr);
    else
        fprintf(stderr, "%d: %s\n", (int)status, orchestra_error_message(error));
    orchestra_buffer_free(&backup);
    orchestra_error_free(error);
    orchestra_store_free(store);
    return status != ORCHESTRA_OK;
}
