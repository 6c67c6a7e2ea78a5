/* Exports: one entity through a callback, everything into files, cancelling, bad input. */
#include "check.h"

static orchestra_store *store;
static orchestra_error *error;
static orchestra_buffer out;

/* What was written so far. */
struct text {
    char bytes[4096];
    size_t len;
};

static int32_t append(void *context, const uint8_t *bytes, size_t len) {
    struct text *text = context;
    if (text->len + len >= sizeof text->bytes)
        return 1;
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len] = '\0';
    return 0;
}

static int32_t refuse(void *context, const uint8_t *bytes, size_t len) {
    (void)context, (void)bytes, (void)len;
    return 7;
}

static int32_t stop_at_1000(void *context, const uint8_t *stage, size_t stage_len, uint64_t done,
                            uint64_t total) {
    CHECK(stage_len == 9 && memcmp(stage, "AuditLogs", 9) == 0 && done == 1000 && total == 0);
    ++*(int *)context;
    return 1;
}

static void a_formula_is_defused_unless_it_is_asked_for(void) {
    struct text text = {"", 0};
    OK(orchestra_entity_insert(store, ORCHESTRA_ENTITY_USERS, JSON({"Id":"f1", "UserName":"=1+1"}), NULL,
                               &error));
    OK(orchestra_export_entity(store, ORCHESTRA_ENTITY_USERS, ORCHESTRA_EXPORT_CSV, append, &text, NULL, NULL,
                               NULL, &error));
    CHECK(strstr(text.bytes, "\nf1,'=1+1,") != NULL);
    text.len = 0;
    OK(orchestra_export_entity(store, ORCHESTRA_ENTITY_USERS, ORCHESTRA_EXPORT_CSV_WITH_FORMULAS, append, &text,
                               NULL, NULL, NULL, &error));
    CHECK(strstr(text.bytes, "\nf1,=1+1,") != NULL);
}

static void an_entity_is_written(void) {
    struct text text = {"", 0};
    int64_t rows = 0;
    OK(orchestra_entity_insert(store, ORCHESTRA_ENTITY_USERS, JSON({"Id":"u1", "UserName":"ann"}), NULL,
                               &error));
    OK(orchestra_export_entity(store, ORCHESTRA_ENTITY_USERS, ORCHESTRA_EXPORT_CSV, append, &text, NULL, NULL,
                               &rows, &error));
    CHECK(rows == 1 && strstr(text.bytes, "\nu1,ann,") != NULL);
    text.len = 0;
    OK(orchestra_export_entity(store, ORCHESTRA_ENTITY_USERS, ORCHESTRA_EXPORT_JSON_LINES, append, &text, NULL,
                               NULL, NULL, &error));
    CHECK(strstr(text.bytes, "\"UserName\":\"ann\"") != NULL && text.bytes[text.len - 1] == '\n');
    FAILS(ORCHESTRA_IO, "the host can't write (7)",
          orchestra_export_entity(store, ORCHESTRA_ENTITY_USERS, 0, refuse, NULL, NULL, NULL, &rows, &error));
    CHECK(rows == 0);
}

static void everything_is_written(const char *directory) {
    const char *target = path_in(directory, "all");
    GIVES("Users.jsonl\",\"Rows\":1}",
          orchestra_export_all(store, TEXT(target), ORCHESTRA_EXPORT_JSON_LINES, NULL, NULL, &out, &error));
    FAILS(ORCHESTRA_ALREADY_EXISTS, "",
          orchestra_export_all(store, TEXT(target), ORCHESTRA_EXPORT_CSV, NULL, NULL, NULL, &error));
}

/* Each row that was added is in the audit log too, which comes first. */
static void a_host_can_cancel(const char *directory) {
    char row[64];
    for (int user = 0; user < 1000; user++) {
        snprintf(row, sizeof row, "{\"Id\":\"a%d\",\"UserName\":\"a%d\"}", user, user);
        OK(orchestra_entity_insert(store, ORCHESTRA_ENTITY_USERS, TEXT(row), NULL, &error));
    }
    int calls = 0;
    const char *target = path_in(directory, "cancelled");
    FAILS(ORCHESTRA_CANCELLED, "cancelled",
          orchestra_export_all(store, TEXT(target), ORCHESTRA_EXPORT_CSV, stop_at_1000, &calls, NULL, &error));
    CHECK(calls == 1);
    OK(orchestra_export_all(store, TEXT(target), ORCHESTRA_EXPORT_CSV, NULL, NULL, NULL, &error));
}

static void bad_input(void) {
    struct text text = {"", 0};
    MISUSED("write: the callback is NULL",
          orchestra_export_entity(store, ORCHESTRA_ENTITY_USERS, 0, NULL, NULL, NULL, NULL, NULL, &error));
    INVALID("format",
          orchestra_export_entity(store, ORCHESTRA_ENTITY_USERS, 9, append, &text, NULL, NULL, NULL, &error));
    INVALID("entity", orchestra_export_entity(store, 99, 0, append, &text, NULL, NULL, NULL, &error));
    INVALID("format", orchestra_export_all(store, TEXT("x"), 9, NULL, NULL, NULL, &error));
    CHECK(text.len == 0);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    orchestra_store_options options = {0};
    options.struct_size = sizeof options;
    options.durability = ORCHESTRA_DURABILITY_NORMAL;
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), &options, &store, &error));
    an_entity_is_written();
    everything_is_written(argv[1]);
    a_formula_is_defused_unless_it_is_asked_for();
    a_host_can_cancel(argv[1]);
    bad_input();
    orchestra_store_free(store);
    return 0;
}
