/* The operations that every entity has, as meant and as not: entities DIRECTORY */
#include "store.h"

#define USERS ORCHESTRA_ENTITY_USERS
#define AGENTS ORCHESTRA_ENTITY_AGENTS

/* The call must fail like this, with details that have this part. */
#define FAILS_WITH(status, part, call) failed_with((status), (part), (call), __LINE__)

#define UNKNOWN_ENTITY(call) INVALID("TaskDependencies, QueuePauses, got 99", call)

static void failed_with(orchestra_status expected, const char *part, orchestra_status status, int line) {
    const char *details = error == NULL ? "no error" : orchestra_error_details(error);
    if (status != expected || strstr(details, part) == NULL) {
        fprintf(stderr, "%s:%d: %d, %s\n  expected %d with '%s'\n", __FILE__, line, (int)status, details,
                (int)expected, part);
        exit(1);
    }
    orchestra_error_free(error);
    error = NULL;
}

static int64_t count(int32_t entity, const char *document) {
    int64_t rows = -1;
    OK(orchestra_entity_count(store, entity, TEXT(document), &rows, &error));
    return rows;
}

static void writing(void) {
    GIVES("\"RowVersion\":1",
          orchestra_entity_insert(store, USERS, TEXT("{\"Id\":\"u1\",\"UserName\":\"ann\"}"), &out, &error));
    OK(orchestra_entity_insert(store, USERS, TEXT("{\"UserName\":\"no id\"}"), NULL, &error));
    GIVES("\"Id\":\"u3\"",
          orchestra_entity_insert_many(
        store, USERS, TEXT("[{\"Id\":\"u2\",\"UserName\":\"bob\"},{\"Id\":\"u3\",\"UserName\":\"eve\"}]"),
        &out, &error));
    OK(orchestra_entity_insert_many(store, USERS, TEXT("[]"), NULL, &error));
    GIVES("\"RowVersion\":2",
          orchestra_entity_update(store, USERS, TEXT("{\"Id\":\"u1\",\"RowVersion\":1,\"Email\":\"a@b\"}"),
                               &out, &error));
    OK(orchestra_entity_update(store, USERS, TEXT("{\"Id\":\"u1\",\"DisplayName\":\"Ann\"}"), NULL, &error));
    GIVES("\"Email\":\"e@b\"",
          orchestra_entity_update_many(
        store, USERS, TEXT("[{\"Id\":\"u2\",\"Email\":\"b@b\"},{\"Id\":\"u3\",\"Email\":\"e@b\"}]"), &out,
        &error));
    OK(orchestra_entity_update_many(store, USERS, TEXT("[]"), NULL, &error));
}

static void describing(void) {
    GIVES_BOTH("{\"Number\":1,\"Name\":\"Agents\",\"IsLog\":false,\"KeepsDeleted\":true,", "{\"Name\":\"SuccessRate\",\"Kind\":\"Real\",\"Nullable\":false,\"IsGenerated\":true,\"Writer\":\"the store\"}",
          orchestra_entity_describe_all(&out, &error));
    MISUSED("entities", orchestra_entity_describe_all(NULL, &error));
}

static void reading(void) {
    int64_t rows = -1;
    int32_t exists = -1;
    GIVES("\"DisplayName\":\"Ann\"", orchestra_entity_get(store, USERS, TEXT("u1"), &out, &error));

    OK(orchestra_entity_query(
        store, USERS,
        TEXT("{\"where\":{\"Email\":{\"endsWith\":\"@b\"}},\"orderBy\":[{\"UserName\":\"desc\"}],"
             "\"page\":{\"number\":2,\"size\":2}}"),
        &out, &error));
    CHECK(contains(&out, "\"TotalCount\":3"));
    CHECK(!contains(&out, "\"u2\""));
    HOLDS(out, "\"Id\":\"u1\"");
    GIVES_BOTH("\"no id\"", "\"Id\":\"u3\"", orchestra_entity_query(store, USERS, NONE, &out, &error));

    /* A cursor goes on where the last answer ended. */
    char document[2048];
    OK(orchestra_entity_query(store, USERS, TEXT("{\"orderBy\":[\"UserName\"],\"limit\":1}"), &out, &error));
    CHECK(contains(&out, "\"ann\""));
    const char *next = strstr((const char *)out.ptr, "\"Next\":"); /* the last property, up to the } */
    CHECK(next != NULL);
    snprintf(document, sizeof document, "{\"orderBy\":[\"UserName\"],\"limit\":1,\"after\":%s",
             next + strlen("\"Next\":"));
    orchestra_buffer_free(&out);
    GIVES("\"UserName\":\"bob\"", orchestra_entity_query(store, USERS, TEXT(document), &out, &error));

    CHECK(count(USERS, "{\"where\":{\"Email\":null}}") == 1);
    MAKES(rows == 4, orchestra_entity_count(store, USERS, NONE, &rows, &error));
    OK(orchestra_entity_exists(store, USERS, TEXT("{\"where\":{\"UserName\":\"eve\"}}"), &exists, &error));
    CHECK(exists == 1);
    OK(orchestra_entity_exists(store, USERS, TEXT("{\"where\":{\"UserName\":\"mal\"}}"), &exists, &error));
    CHECK(exists == 0);

    GIVES("3",
          orchestra_entity_aggregate(store, USERS, ORCHESTRA_AGGREGATE_MAX, TEXT("RowVersion"), NONE, &out,
                                  &error));
    GIVES("\"ann\"",
          orchestra_entity_aggregate(store, USERS, ORCHESTRA_AGGREGATE_MIN, TEXT("UserName"), NONE, &out,
                                  &error));
    GIVES("7",
          orchestra_entity_aggregate(store, USERS, ORCHESTRA_AGGREGATE_SUM, TEXT("RowVersion"),
                                  TEXT("{\"where\":{\"Email\":{\"ne\":null}}}"), &out, &error));
    GIVES("null",
          orchestra_entity_aggregate(store, USERS, ORCHESTRA_AGGREGATE_AVERAGE, TEXT("RowVersion"),
                                  TEXT("{\"where\":{\"UserName\":\"mal\"}}"), &out, &error));
}

static void removing(void) {
    int64_t rows = -1;
    static const char agents[] =
        "[{\"Id\":\"a1\",\"Name\":\"A\",\"Type\":\"t\",\"RepositoryPath\":\"*\",\"LastPing\":\"2026-01-01T00:00:00Z\"},"
        "{\"Id\":\"a2\",\"Name\":\"B\",\"Type\":\"t\",\"RepositoryPath\":\"*\",\"LastPing\":\"2026-01-01T00:00:00Z\"}]";
    OK(orchestra_entity_insert_many(store, AGENTS, TEXT(agents), NULL, &error));
    OK(orchestra_entity_delete(store, AGENTS, TEXT("a1"), &error));
    MISSING("'a1'", orchestra_entity_get(store, AGENTS, TEXT("a1"), &out, &error));
    CHECK(count(AGENTS, "{}") == 1 && count(AGENTS, "{\"withDeleted\":true}") == 2);
    GIVES("\"IsDeleted\":false", orchestra_entity_restore(store, AGENTS, TEXT("a1"), &out, &error));
    OK(orchestra_entity_restore(store, AGENTS, TEXT("a1"), NULL, &error));
    OK(orchestra_entity_hard_delete(store, AGENTS, TEXT("a1"), &error));
    CHECK(count(AGENTS, "{\"withDeleted\":true}") == 1);

    OK(orchestra_entity_bulk_update(store, USERS, TEXT("{\"where\":{\"Id\":{\"in\":[\"u1\",\"u2\"]}}}"),
                                    TEXT("{\"IsActive\":false}"), &rows, &error));
    CHECK(rows == 2 && count(USERS, "{\"where\":{\"IsActive\":false}}") == 2);
    OK(orchestra_entity_bulk_update(store, USERS, TEXT("{}"), TEXT("{\"IsActive\":false}"), NULL, &error));
    CHECK(count(USERS, "{\"where\":{\"IsActive\":false}}") == 4);
    OK(orchestra_entity_delete_many(store, USERS, TEXT("[\"u1\",\"u2\"]"), &rows, &error));
    CHECK(rows == 2 && count(USERS, "{}") == 2);
    OK(orchestra_entity_delete_many(store, USERS, TEXT("[]"), NULL, &error));
    OK(orchestra_entity_bulk_delete(store, USERS, TEXT("{\"where\":{\"Email\":null}}"), &rows, &error));
    CHECK(rows == 1 && count(USERS, "{}") == 1);
}

/* Tasks below tasks, rows in the version that was read, and values computed from the ones before. */
static void trees_and_versions(void) {
    int32_t tasks = ORCHESTRA_ENTITY_TASKS;
    int64_t rows = -1;
    OK(orchestra_task_enqueue(store, TEXT("{\"Id\":\"root\",\"Command\":\"c\",\"RepositoryPath\":\"/x\"}"), NULL, &error));
    OK(orchestra_task_enqueue(
        store, TEXT("{\"Id\":\"leaf\",\"Command\":\"c\",\"RepositoryPath\":\"/x\",\"ParentTaskId\":\"root\"}"), NULL, &error));
    FAILS_WITH(ORCHESTRA_CONSTRAINT_VIOLATION, "\"Constraint\":\"Tasks.ParentTaskId\"",
               orchestra_entity_delete(store, tasks, TEXT("root"), &error));
    GIVES("\"SubTasks\":[{", orchestra_entity_query(
        store, tasks, TEXT("{\"where\":{\"Id\":\"root\"},\"include\":[{\"SubTasks\":{\"limit\":1}}]}"), &out, &error));
    OK(orchestra_entity_bulk_update(store, tasks, TEXT("{}"), TEXT("{\"MaxRetries\":{\"add\":1}}"), &rows, &error));
    CHECK(rows == 2);
    FAILS_WITH(ORCHESTRA_OVERFLOW, "\"Column\":\"MaxRetries\"",
               orchestra_entity_bulk_update(store, tasks, TEXT("{}"),
                                            TEXT("{\"MaxRetries\":{\"multiply\":9223372036854775807}}"), NULL, &error));
    FAILS_WITH(ORCHESTRA_CONFLICT, "\"Current\"",
               orchestra_entity_delete_unchanged(store, tasks, TEXT("leaf"), 1, &error));
    MAKES(rows == 2, orchestra_entity_delete_subtree(store, tasks, TEXT("root"), &rows, &error));
    CHECK(count(tasks, "{}") == 0);
    OK(orchestra_task_enqueue(store, TEXT("{\"Id\":\"one\",\"Command\":\"c\",\"RepositoryPath\":\"/x\"}"), NULL, &error));
    OK(orchestra_entity_delete_unchanged(store, tasks, TEXT("one"), 1, &error));
    MAKES(rows == 0, orchestra_entity_bulk_hard_delete(store, tasks, TEXT("{}"), &rows, &error));
    INVALID("tree", orchestra_entity_delete_subtree(store, USERS, TEXT("u3"), NULL, &error));
    INVALID("document: EOF", orchestra_entity_bulk_hard_delete(store, tasks, NONE, NULL, &error));
    UNKNOWN_ENTITY(orchestra_entity_delete_unchanged(store, 99, TEXT("x"), 1, &error));
    UNKNOWN_ENTITY(orchestra_entity_delete_subtree(store, 99, TEXT("x"), NULL, &error));
    UNKNOWN_ENTITY(orchestra_entity_bulk_hard_delete(store, 99, TEXT("{}"), NULL, &error));
}

/* What is refused. There is one user, u3, and one agent, a2. */
static void bad_input(void) {
    int64_t rows = -1;
    int32_t exists = -1;
    UNKNOWN_ENTITY(orchestra_entity_get(store, 99, TEXT("x"), &out, &error));
    UNKNOWN_ENTITY(orchestra_entity_query(store, 99, NONE, &out, &error));
    UNKNOWN_ENTITY(orchestra_entity_count(store, 99, NONE, &rows, &error));
    UNKNOWN_ENTITY(orchestra_entity_exists(store, 99, NONE, &exists, &error));
    UNKNOWN_ENTITY(orchestra_entity_aggregate(store, 99, 1, TEXT("Id"), NONE, &out, &error));
    UNKNOWN_ENTITY(orchestra_entity_insert(store, 99, TEXT("{}"), NULL, &error));
    UNKNOWN_ENTITY(orchestra_entity_insert_many(store, 99, TEXT("[]"), NULL, &error));
    UNKNOWN_ENTITY(orchestra_entity_update(store, 99, TEXT("{}"), NULL, &error));
    UNKNOWN_ENTITY(orchestra_entity_update_many(store, 99, TEXT("[]"), NULL, &error));
    UNKNOWN_ENTITY(orchestra_entity_delete(store, 99, TEXT("x"), &error));
    UNKNOWN_ENTITY(orchestra_entity_delete_many(store, 99, TEXT("[]"), NULL, &error));
    UNKNOWN_ENTITY(orchestra_entity_hard_delete(store, 99, TEXT("x"), &error));
    UNKNOWN_ENTITY(orchestra_entity_restore(store, 99, TEXT("x"), NULL, &error));
    UNKNOWN_ENTITY(orchestra_entity_bulk_update(store, 99, TEXT("{}"), TEXT("{}"), NULL, &error));
    UNKNOWN_ENTITY(orchestra_entity_bulk_delete(store, 99, TEXT("{}"), NULL, &error));
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"entity\"", orchestra_entity_query(store, -1, NONE, &out, &error));
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"entity\"", orchestra_entity_query(store, 0, NONE, &out, &error));

    /* Documents. */
    static const char unknown[] = "{\"where\":{\"Nmae\":1}}";
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"where.Nmae\"",
               orchestra_entity_query(store, USERS, TEXT(unknown), &out, &error));
    CHECK(out.ptr == NULL && out.len == 0);
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"where.Nmae\"",
               orchestra_entity_count(store, USERS, TEXT(unknown), &rows, &error));
    CHECK(rows == 0);
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"where.Nmae\"",
               orchestra_entity_exists(store, USERS, TEXT(unknown), &exists, &error));
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"where.Nmae\"",
               orchestra_entity_bulk_update(store, USERS, TEXT(unknown), TEXT("{}"), NULL, &error));
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"where.Nmae\"",
               orchestra_entity_bulk_delete(store, USERS, TEXT(unknown), NULL, &error));
    INVALID("document: EOF", orchestra_entity_query(store, USERS, TEXT("{"), &out, &error));
    INVALID("document: EOF", orchestra_entity_query(store, USERS, TEXT(""), &out, &error));
    INVALID("expected an object", orchestra_entity_query(store, USERS, TEXT("[]"), &out, &error));
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"page\"",
               orchestra_entity_count(store, USERS, TEXT("{\"page\":{}}"), &rows, &error));
    /* All rows are changed and deleted in bulk only if that is said. */
    INVALID("document: EOF",
          orchestra_entity_bulk_update(store, USERS, NONE, TEXT("{\"IsActive\":true}"), NULL, &error));
    INVALID("document: EOF", orchestra_entity_bulk_delete(store, USERS, NONE, NULL, &error));
    INVALID("function: 0", orchestra_entity_aggregate(store, USERS, 0, TEXT("Id"), NONE, &out, &error));
    INVALID("function: 5", orchestra_entity_aggregate(store, USERS, 5, TEXT("Id"), NONE, &out, &error));
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"UserName\"",
               orchestra_entity_aggregate(store, USERS, ORCHESTRA_AGGREGATE_SUM, TEXT("UserName"), NONE,
                                          &out, &error));

    /* Rows. */
    INVALID("row: EOF", orchestra_entity_insert(store, USERS, NONE, NULL, &error));
    INVALID("rows: ", orchestra_entity_insert_many(store, USERS, TEXT("{}"), NULL, &error));
    INVALID("ids: ", orchestra_entity_delete_many(store, USERS, TEXT("[1]"), NULL, &error));
    INVALID("changes: EOF", orchestra_entity_bulk_update(store, USERS, TEXT("{}"), TEXT("{"), NULL, &error));
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"RowVersion\"",
               orchestra_entity_bulk_update(store, USERS, TEXT("{}"), TEXT("{\"RowVersion\":1}"), NULL,
                                            &error));
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"UserName\"",
               orchestra_entity_insert(store, USERS, TEXT("{\"Id\":\"x\"}"), NULL, &error));
    FAILS(ORCHESTRA_ALREADY_EXISTS, "Users.UserName",
          orchestra_entity_insert(store, USERS, TEXT("{\"UserName\":\"eve\"}"), NULL, &error));
    FAILS(ORCHESTRA_CONSTRAINT_VIOLATION, "",
          orchestra_entity_insert(store, ORCHESTRA_ENTITY_APPROVAL_REQUESTS, TEXT("{\"AgentId\":\"x\"}"), NULL,
                                  &error));
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Column\":\"Id\"",
               orchestra_entity_update(store, USERS, TEXT("{\"Email\":null}"), NULL, &error));
    INVALID("id: must not be empty, got \"\"", orchestra_entity_delete(store, USERS, NONE, &error));
    MISSING("Users: no row with id 'x'", orchestra_entity_delete(store, USERS, TEXT("x"), &error));
    MISSING("Users: no row with id 'x'", orchestra_entity_hard_delete(store, USERS, TEXT("x"), &error));
    MISSING("Agents: no row with id 'x'", orchestra_entity_restore(store, AGENTS, TEXT("x"), NULL, &error));
    MISUSED("", orchestra_entity_restore(store, USERS, TEXT("u3"), NULL, &error));

    const int32_t categories = ORCHESTRA_ENTITY_TEMPLATE_CATEGORIES;
    OK(orchestra_entity_insert_many(store, categories,
                                    TEXT("[{\"Id\":\"c1\",\"Name\":\"parent\"},"
                                         "{\"Name\":\"child\",\"ParentCategoryId\":\"c1\"}]"),
                                    NULL, &error));
    FAILS(ORCHESTRA_CONSTRAINT_VIOLATION, "",
          orchestra_entity_delete(store, categories, TEXT("c1"), &error));

    /* Batches: all or none. */
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Index\":1",
               orchestra_entity_insert_many(store, USERS, TEXT("[{\"UserName\":\"new\"},{\"UserName\":7}]"),
                                            NULL, &error));
    FAILS_WITH(ORCHESTRA_INVALID_ARGUMENT, "\"Index\":1",
               orchestra_entity_update_many(
                   store, USERS,
                   TEXT("[{\"Id\":\"u3\",\"Email\":\"new\"},{\"Id\":\"u3\",\"IsActive\":\"perhaps\"}]"), NULL,
                   &error));
    FAILS_WITH(ORCHESTRA_NOT_FOUND, "\"Index\":1",
               orchestra_entity_delete_many(store, USERS, TEXT("[\"u3\",\"x\"]"), &rows, &error));
    CHECK(count(USERS, "{}") == 1 && count(USERS, "{\"where\":{\"Email\":\"new\"}}") == 0);
}

static void conflicts(void) {
    char id[129], row[256];
    FAILS_WITH(ORCHESTRA_CONFLICT, "\"Current\":{",
               orchestra_entity_update(
                   store, USERS, TEXT("{\"Id\":\"u3\",\"RowVersion\":1,\"Email\":\"late\"}"), &out, &error));
    CHECK(out.ptr == NULL);
    FAILS_WITH(ORCHESTRA_CONFLICT, "\"Index\":0",
               orchestra_entity_update_many(
                   store, USERS, TEXT("[{\"Id\":\"u3\",\"RowVersion\":1,\"Email\":\"late\"}]"), NULL, &error));

    /* A log is only added to. */
    const int32_t log = ORCHESTRA_ENTITY_ERROR_LOGS;
    OK(orchestra_entity_insert(store, log, TEXT("{\"Message\":\"it failed\"}"), &out, &error));
    take(&out, "Id", id, sizeof id);
    snprintf(row, sizeof row, "{\"Id\":\"%s\",\"Message\":\"it didn't\"}", id);
    FAILS(ORCHESTRA_READ_ONLY, "ErrorLogs", orchestra_entity_update(store, log, TEXT(row), NULL, &error));
    FAILS(ORCHESTRA_READ_ONLY, "ErrorLogs", orchestra_entity_delete(store, log, TEXT(id), &error));
    FAILS(ORCHESTRA_READ_ONLY, "ErrorLogs", orchestra_entity_hard_delete(store, log, TEXT(id), &error));
    FAILS(ORCHESTRA_READ_ONLY, "ErrorLogs", orchestra_entity_bulk_delete(store, log, TEXT("{}"), NULL, &error));
    CHECK(count(log, "{}") == 1);
}

static void prepare(void) {
    CHECK(count(USERS, "{}") == 0 && count(AGENTS, "{}") == 0);
}

STEPS(prepare, writing, describing, reading, removing, trees_and_versions, bad_input, conflicts)
