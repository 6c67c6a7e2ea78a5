/*
 * Reads any number of rows in the memory of a few: cursor DIRECTORY
 *
 * Prints the tasks in DIRECTORY/orchestra.db that wait, the most urgent first, after it has put some there.
 */
#include "orchestra_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS = 10 };

#define TEXT(text) (const uint8_t *)(text), strlen(text)

static void must(orchestra_status status, orchestra_error **error, const char *what) {
    if (status != ORCHESTRA_OK) {
        fprintf(stderr, "%s: %d: %s\n", what, (int)status, orchestra_error_message(*error));
        exit(1);
    }
}

static void enqueue(const orchestra_store *store) {
    char json[128];
    orchestra_error *error;
    for (int i = 0; i < TASKS; ++i) {
        snprintf(json, sizeof json, "{\"Command\":\"work %d\",\"RepositoryPath\":\"/srv\",\"Priority\":%d}", i,
                 i % 4);
        must(orchestra_task_enqueue(store, TEXT(json), NULL, &error), &error, "enqueue");
    }
}

/* The columns come in the order of the table: look a name up once, then ask by its place. */
static uint32_t column(const orchestra_cursor *cursor, const char *wanted) {
    uint32_t count;
    orchestra_error *error;
    must(orchestra_cursor_column_count(cursor, &count, &error), &error, "columns");
    for (uint32_t i = 0; i < count; ++i) {
        const uint8_t *name;
        size_t length;
        must(orchestra_cursor_column_name(cursor, i, &name, &length, &error), &error, wanted);
        if (length == strlen(wanted) && memcmp(name, wanted, length) == 0)
            return i;
    }
    exit(1);
}

static void print_text(const orchestra_cursor *cursor, uint32_t place) {
    const uint8_t *text;
    size_t length;
    orchestra_error *error;
    must(orchestra_cursor_text(cursor, place, &text, &length, &error), &error, "text");
    printf("%.*s ", (int)length, (const char *)text);
}

static int print_rows(orchestra_cursor *cursor) {
    uint32_t command = column(cursor, "Command"), priority = column(cursor, "Priority"),
             retries = column(cursor, "RetryCount");
    orchestra_error *error;
    int rows = 0;
    for (;; ++rows) {
        int32_t has_row;
        int64_t number;
        must(orchestra_cursor_next(cursor, &has_row, &error), &error, "next row");
        if (!has_row)
            return rows;
        print_text(cursor, priority);
        print_text(cursor, command);
        must(orchestra_cursor_int64(cursor, retries, &number, &error), &error, "RetryCount");
        printf("%d\n", (int)number);
    }
}

int main(int argc, char **argv) {
    char path[4096];
    orchestra_store *store;
    orchestra_cursor *cursor;
    orchestra_error *error;
    if (argc != 2)
        return 2;
    snprintf(path, sizeof path, "%s/orchestra.db", argv[1]);
    must(orchestra_store_open(TEXT(path), NULL, &store, &error), &error, path);
    enqueue(store);
    must(orchestra_entity_open_cursor(
             store, ORCHESTRA_ENTITY_TASKS,
             TEXT("{\"where\":{\"Status\":\"Pending\"},\"orderBy\":[{\"Priority\":\"desc\"},\"CreatedAt\"]}"),
             &cursor, &error),
         &error, "query");
    int rows = print_rows(cursor);
    /* Until then all rows are of one moment, whatever others write. */
    orchestra_cursor_free(cursor);
    orchestra_store_free(store);
    return rows >= TASKS ? 0 : 1;
}
