/* Cursors: rows of entities and of SQL, their types, snapshots, cancellation, odd orders of freeing:
   cursors DIRECTORY */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { ROWS = 500 };

static orchestra_store *store;
static orchestra_error *error;

static void add_users(int from, int count) {
    for (int i = from; i < from + count; ++i) {
        char row[128];
        snprintf(row, sizeof row, "{\"Id\":\"u%04d\",\"UserName\":\"name %d\",\"IsActive\":%s}", i, i,
                 i % 2 == 0 ? "true" : "false");
        OK(orchestra_entity_insert(store, ORCHESTRA_ENTITY_USERS, TEXT(row), NULL, &error));
    }
}

static int next(orchestra_cursor *cursor) {
    int32_t has_row = -1;
    OK(orchestra_cursor_next(cursor, &has_row, &error));
    return has_row;
}

static uint32_t column(orchestra_cursor *cursor, const char *wanted) {
    uint32_t count;
    OK(orchestra_cursor_column_count(cursor, &count, &error));
    for (uint32_t i = 0; i < count; ++i) {
        const uint8_t *name;
        size_t name_len;
        OK(orchestra_cursor_column_name(cursor, i, &name, &name_len, &error));
        if (name_len == strlen(wanted) && memcmp(name, wanted, name_len) == 0) {
            return i;
        }
    }
    CHECK(0);
    return 0;
}

static int text_is(orchestra_cursor *cursor, uint32_t at, const char *expected) {
    const uint8_t *value;
    size_t value_len;
    OK(orchestra_cursor_text(cursor, at, &value, &value_len, &error));
    return value_len == strlen(expected) && memcmp(value, expected, value_len) == 0;
}

static void rows_of_an_entity(void) {
    orchestra_cursor *cursor;
    int32_t type, is_null;
    int64_t number;
    OK(orchestra_entity_open_cursor(store, ORCHESTRA_ENTITY_USERS, NONE, &cursor, &error));
    uint32_t id = column(cursor, "Id"), active = column(cursor, "IsActive"),
             email = column(cursor, "Email");
    add_users(ROWS, 1); /* Not seen: the snapshot is older. */
    MISUSED("not on a row", orchestra_cursor_type(cursor, id, &type, &error));
    for (int i = 0; i < ROWS; ++i) {
        char expected[16];
        snprintf(expected, sizeof expected, "u%04d", i);
        CHECK(next(cursor) == 1);
        CHECK(text_is(cursor, id, expected));
        MAKES(number == (i % 2 == 0), orchestra_cursor_int64(cursor, active, &number, &error));
        OK(orchestra_cursor_is_null(cursor, email, &is_null, &error));
        OK(orchestra_cursor_type(cursor, email, &type, &error));
        CHECK(is_null == 1 && type == ORCHESTRA_VALUE_NULL);
    }
    CHECK(next(cursor) == 0 && next(cursor) == 0);
    MISUSED("not on a row", orchestra_cursor_type(cursor, id, &type, &error));
    orchestra_cursor_free(cursor);

    OK(orchestra_entity_open_cursor(
        store, ORCHESTRA_ENTITY_USERS,
        TEXT("{\"where\":{\"IsActive\":true},\"orderBy\":[{\"Id\":\"desc\"}]}"), &cursor, &error));
    CHECK(next(cursor) == 1 && text_is(cursor, id, "u0500"));
    CHECK(next(cursor) == 1 && text_is(cursor, id, "u0498"));
    orchestra_cursor_free(cursor);
    INVALID("Nmae",
          orchestra_entity_open_cursor(store, ORCHESTRA_ENTITY_USERS,
                                       TEXT("{\"where\":{\"Nmae\":1}}"), &cursor, &error));
    CHECK(cursor == NULL);
    INVALID("entity", orchestra_entity_open_cursor(store, 999, NONE, &cursor, &error));
}

static void values_of_sql(void) {
    orchestra_cursor *cursor;
    orchestra_buffer answer;
    int32_t type;
    int64_t number;
    double real;
    const uint8_t *value;
    size_t value_len;
    OK(orchestra_sql_open_cursor(store, TEXT("SELECT 42 AS i, 1.5 AS r, ? AS t, x'00ff' AS b, NULL AS n"),
                                 TEXT("[\"tea\"]"), 60000, &cursor, &error));
    CHECK(next(cursor) == 1);
    for (int32_t i = 0; i < 5; ++i) {
        MAKES(type == i + 1, orchestra_cursor_type(cursor, (uint32_t)i, &type, &error));
    }
    MAKES(number == 42, orchestra_cursor_int64(cursor, 0, &number, &error));
    MAKES(real > 41.9 && real < 42.1, orchestra_cursor_double(cursor, 0, &real, &error));
    MAKES(real > 1.4 && real < 1.6, orchestra_cursor_double(cursor, 1, &real, &error));
    CHECK(text_is(cursor, column(cursor, "t"), "tea"));
    OK(orchestra_cursor_blob(cursor, 3, &value, &value_len, &error));
    CHECK(value_len == 2 && value[0] == 0 && value[1] == 0xff);
    MAKES(value == NULL && value_len == 0, orchestra_cursor_text(cursor, 4, &value, &value_len, &error));
    OK(orchestra_cursor_blob(cursor, 4, &value, &value_len, &error));
    OK(orchestra_cursor_int64(cursor, 4, &number, &error));
    MAKES(number == 0, orchestra_cursor_double(cursor, 4, &real, &error));
    INVALID("column", orchestra_cursor_int64(cursor, 2, &number, &error));
    INVALID("column", orchestra_cursor_double(cursor, 2, &real, &error));
    INVALID("column", orchestra_cursor_text(cursor, 0, &value, &value_len, &error));
    INVALID("column", orchestra_cursor_blob(cursor, 2, &value, &value_len, &error));
    INVALID("column: 5", orchestra_cursor_type(cursor, 5, &type, &error));
    INVALID("column: 4294967295",
          orchestra_cursor_column_name(cursor, UINT32_MAX, &value, &value_len, &error));
    CHECK(next(cursor) == 0);
    orchestra_cursor_free(cursor);

    FAILS(ORCHESTRA_READ_ONLY, "", orchestra_sql_open_cursor(store, TEXT("DELETE FROM Users"), NONE, 0,
                                                             &cursor, &error));
    INVALID("sql", orchestra_sql_open_cursor(store, TEXT("SELEC"), NONE, 0, &cursor, &error));
    OK(orchestra_sql_query(store, TEXT("SELECT Id FROM Users ORDER BY Id"), NONE, 2, 0, &answer, &error));
    HOLDS(answer, "{\"Columns\":[\"Id\"],\"Rows\":[[\"u0000\"],[\"u0001\"]],\"Truncated\":true}");
    FAILS(ORCHESTRA_TIMEOUT, "",
          orchestra_sql_query(store,
                              TEXT("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                   "SELECT count(*) FROM n"),
                              NONE, 0, 50, &answer, &error));
    INVALID("parameters", orchestra_sql_query(store, TEXT("SELECT ?"), TEXT("{}"), 0, 0, &answer, &error));
}

static void cancelled(void) {
    orchestra_cancel *cancel;
    orchestra_store *handle;
    orchestra_cursor *cursor;
    int32_t has_row;
    OK(orchestra_cancel_new(&cancel, &error));
    OK(orchestra_store_cancellable(store, cancel, &handle, &error));
    OK(orchestra_sql_open_cursor(handle,
                                 TEXT("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                      "SELECT i FROM n"),
                                 NONE, 0, &cursor, &error));
    CHECK(next(cursor) == 1);
    OK(orchestra_cancel_set(cancel, &error));
    FAILS(ORCHESTRA_CANCELLED, "cancelled", orchestra_cursor_next(cursor, &has_row, &error));
    orchestra_cursor_free(cursor);
    FAILS(ORCHESTRA_CANCELLED, "cancelled",
          orchestra_entity_open_cursor(handle, ORCHESTRA_ENTITY_USERS, NONE, &cursor, &error));
    orchestra_cancel_free(cancel);
    orchestra_store_free(handle);
}

typedef struct meeting {
    orchestra_cursor *cursor;
    atomic_int rows, misuses;
} meeting;

static void *read_at_the_same_time(void *context) {
    meeting *self = context;
    for (;;) {
        orchestra_error *mine;
        int32_t has_row;
        orchestra_status status = orchestra_cursor_next(self->cursor, &has_row, &mine);
        if (status == ORCHESTRA_MISUSE) {
            orchestra_error_free(mine);
            atomic_fetch_add(&self->misuses, 1);
            sched_yield();
            continue;
        }
        CHECK(status == ORCHESTRA_OK);
        if (!has_row) {
            return NULL;
        }
        atomic_fetch_add(&self->rows, 1);
    }
}

static void two_threads_at_once_are_misuse(void) {
    pthread_t threads[2];
    meeting both = {0};
    OK(orchestra_entity_open_cursor(store, ORCHESTRA_ENTITY_USERS, NONE, &both.cursor, &error));
    for (int i = 0; i < 2; ++i) {
        CHECK(pthread_create(&threads[i], NULL, read_at_the_same_time, &both) == 0);
    }
    for (int i = 0; i < 2; ++i) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(both.rows == ROWS + 1);
    orchestra_cursor_free(both.cursor);
}

static void nothing_but_handles(void) {
    orchestra_cursor *cursor;
    orchestra_transaction *transaction;
    orchestra_store *inside;
    int32_t has_row;
    orchestra_cursor_free(NULL);
    MISUSED("another type", orchestra_cursor_next((orchestra_cursor *)store, &has_row, &error));
    OK(orchestra_transaction_begin(store, &transaction, &error));
    OK(orchestra_transaction_store(transaction, &inside, &error));
    MISUSED("not inside a transaction",
          orchestra_entity_open_cursor(inside, ORCHESTRA_ENTITY_USERS, NONE, &cursor, &error));
    orchestra_store_free(inside);
    orchestra_transaction_free(transaction);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    orchestra_store_options options = {0};
    options.struct_size = sizeof options;
    options.durability = ORCHESTRA_DURABILITY_NORMAL;
    options.max_readers = 2;
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), &options, &store, &error));
    add_users(0, ROWS);
    rows_of_an_entity();
    values_of_sql();
    cancelled();
    two_threads_at_once_are_misuse();
    nothing_but_handles();
    /* A cursor keeps its store alive. */
    orchestra_cursor *cursor;
    OK(orchestra_entity_open_cursor(store, ORCHESTRA_ENTITY_USERS, NONE, &cursor, &error));
    orchestra_store_free(store);
    int rows = 0;
    while (next(cursor)) {
        ++rows;
    }
    CHECK(rows == ROWS + 1);
    orchestra_cursor_free(cursor);
    return 0;
}
