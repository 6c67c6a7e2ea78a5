/* What callers get wrong: a status, an error that names the thing, and nothing written.
   bad_input DIRECTORY, in which there are garbage.db (no database) and efcore.db */
#include "store.h"

/* All agents and tasks, to see that nothing was written. */
static orchestra_buffer snapshot(void) {
    orchestra_buffer agents, tasks;
    OK(orchestra_agent_list(store, &agents, &error));
    OK(orchestra_task_list(store, NONE, 1000, &tasks, &error));
    orchestra_buffer both = {NULL, agents.len + tasks.len};
    both.ptr = malloc(both.len);
    CHECK(both.ptr != NULL);
    memcpy(both.ptr, agents.ptr, agents.len);
    memcpy(both.ptr + agents.len, tasks.ptr, tasks.len);
    orchestra_buffer_free(&agents);
    orchestra_buffer_free(&tasks);
    return both;
}

/* The call must be refused, and leave what was there. */
#define REFUSED(status, words, call)                                                               \
    do {                                                                                           \
        orchestra_buffer before = snapshot();                                                      \
        FAILS(status, words, call);                                                                \
        orchestra_buffer after = snapshot();                                                       \
        CHECK(before.len == after.len && memcmp(before.ptr, after.ptr, after.len) == 0);           \
        free(before.ptr);                                                                          \
        free(after.ptr);                                                                           \
    } while (0)

static orchestra_status enqueue(const char *task) {
    return orchestra_task_enqueue(store, TEXT(task), NULL, &error);
}

static orchestra_status open_path(const char *path) {
    orchestra_store *opened = store;
    orchestra_status status = orchestra_store_open(TEXT(path), NULL, &opened, &error);
    CHECK(opened == NULL);
    return status;
}

static void nowhere_to_put_the_error(void) {
    CHECK(orchestra_store_close(NULL, NULL) == ORCHESTRA_MISUSE);
}

static void text_that_is_none(void) {
    static const uint8_t latin1[] = {'h', 'o', 'h', 0xF6};
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "id: not UTF-8 from byte 3",
            orchestra_task_get(store, latin1, sizeof latin1, &out, &error));
    CHECK(out.ptr == NULL && out.len == 0);
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "id: NULL, but its length is not 0",
            orchestra_task_get(store, NULL, 4, &out, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "id: must not be empty, got \"\"",
            orchestra_task_get(store, TEXT(""), &out, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "id: must not be empty, got \"\"",
            orchestra_agent_heartbeat(store, NONE, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "id: longer than 256 MiB",
            orchestra_task_get(store, latin1, SIZE_MAX, &out, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "id: longer than 256 MiB",
            orchestra_task_get(store, latin1, (size_t)1 << 30, &out, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "task: EOF", enqueue("{\"Command\":"));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "task: EOF", enqueue(""));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "agent: missing field `Name`",
            orchestra_agent_register(store, TEXT("{}"), NULL, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "unknown field `Comand`",
            enqueue("{\"Comand\":\"a\",\"RepositoryPath\":\"/x\"}"));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "user:",
            orchestra_store_context(store, TEXT("[]"), &(orchestra_store *){NULL}, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "filter:",
            orchestra_task_list(store, TEXT("{\"Status\":9}"), 1, &out, &error));
}

static void never_called(void *context, int32_t level, const uint8_t *target, size_t target_len,
                         const uint8_t *message, size_t message_len) {
    (void)context, (void)level, (void)target, (void)target_len, (void)message, (void)message_len;
    CHECK(0);
}

static void values_that_are_not_taken(void) {
    char command[2002 + 64] = "{\"RepositoryPath\":\"/x\",\"Command\":\"";
    size_t start = strlen(command);
    memset(command + start, 'c', 2001);
    memcpy(command + start + 2001, "\"}", 3);
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "Command: must be 1 to 2000 characters long, got 2001", enqueue(command));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "Command: must be 1 to 2000 characters long, got 0",
            enqueue("{\"Command\":\"\",\"RepositoryPath\":\"/x\"}"));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "task priority must be one of 0 (Low), 1 (Normal), 2 (High), 3 (Critical), got 4",
            enqueue("{\"Command\":\"a\",\"RepositoryPath\":\"/x\",\"Priority\":4}"));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "MaxRetries: must be between 0 and 10, got 11",
            enqueue("{\"Command\":\"a\",\"RepositoryPath\":\"/x\",\"MaxRetries\":11}"));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "status: must be one of 0 (Unknown), 1 (Idle), 2 (Busy), 3 (Offline), 4 (Error), got 5",
            orchestra_agent_set_status(store, TEXT("a"), 5, NONE, NULL, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "status: must be one of 0 (Unknown), 1 (Idle), 2 (Busy), 3 (Offline), 4 (Error), got -1",
            orchestra_agent_set_status(store, TEXT("a"), -1, NONE, NULL, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "from_unix_ms",
            orchestra_task_analytics(store, INT64_MAX, 0, NONE, NONE, &out, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "period",
            orchestra_task_analytics(store, 1, 1, NONE, NONE, &out, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "level: 6",
            orchestra_log_set(6, never_called, NULL, NULL, &error));

    /* One of many: the index is told, and the others are not there. */
    orchestra_status status = orchestra_task_enqueue_many(
        store,
        TEXT("[{\"Command\":\"a\",\"RepositoryPath\":\"/x\"},{\"Command\":\"\",\"RepositoryPath\":\"/x\"}]"),
        NULL, &error);
    CHECK(status == ORCHESTRA_INVALID_ARGUMENT);
    CHECK(strstr(orchestra_error_details(error), "\"Index\":1") != NULL);
    CHECK(strstr(orchestra_error_details(error), "\"Column\":\"Command\"") != NULL);
    CHECK(orchestra_error_retryable(error) == 0 && orchestra_error_sqlite_code(error) == 0);
    orchestra_error_free(error);
    error = NULL;
}

static void rows_that_are_not_there(void) {
    REFUSED(ORCHESTRA_NOT_FOUND, "Tasks: no row with id 'no such'",
            orchestra_task_get(store, TEXT("no such"), &out, &error));
    REFUSED(ORCHESTRA_NOT_FOUND, "Tasks: no row with id 'no such'",
            orchestra_task_complete(store, TEXT("no such"), NONE, NONE, NULL, &error));
    REFUSED(ORCHESTRA_NOT_FOUND, "Agents: no row with id 'no such'",
            orchestra_agent_heartbeat(store, TEXT("no such"), &error));
    REFUSED(ORCHESTRA_NOT_FOUND, "Agents: no row with id 'no such'",
            orchestra_task_claim_for_agent(store, TEXT("no such"), 1, 0, &out, &error));
    REFUSED(ORCHESTRA_NOT_FOUND, "Agents: no row with id 'no such'",
            enqueue("{\"Command\":\"a\",\"RepositoryPath\":\"/x\",\"AgentId\":\"no such\"}"));
    REFUSED(ORCHESTRA_ALREADY_EXISTS, "Tasks.Id",
            enqueue("{\"Id\":\"t\",\"Command\":\"a\",\"RepositoryPath\":\"/x\"}"));
}

static void steps_that_are_not_there(void) {
    char stale[129], token[129];
    REFUSED(ORCHESTRA_INVALID_TRANSITION, "is Pending and can't become Completed",
            orchestra_task_complete(store, TEXT("t"), NONE, NONE, NULL, &error));
    REFUSED(ORCHESTRA_INVALID_TRANSITION, "is Pending",
            orchestra_task_retry(store, TEXT("t"), NULL, &error));

    OK(orchestra_task_claim_for_repository(store, TEXT("*"), TEXT("first"), 1, 0, &out, &error));
    take(&out, "LeaseToken", stale, sizeof stale);
    OK(orchestra_task_release(store, TEXT("t"), TEXT(stale), NULL, &error));
    OK(orchestra_task_claim_for_repository(store, TEXT("*"), TEXT("second"), 1, 0, &out, &error));
    take(&out, "LeaseToken", token, sizeof token);
    OK(orchestra_task_start(store, TEXT("t"), TEXT(token), NULL, &error));
    REFUSED(ORCHESTRA_CONFLICT, "'t' (InProgress) must be that of its present lease",
            orchestra_task_complete(store, TEXT("t"), TEXT(stale), NONE, NULL, &error));
    REFUSED(ORCHESTRA_CONFLICT, "'t' (InProgress) must be that of its present lease",
            orchestra_task_heartbeat(store, TEXT("t"), TEXT(stale), 0, NULL, NULL, &error));
    REFUSED(ORCHESTRA_CONFLICT, "must be given while it is leased, got none",
            orchestra_task_fail(store, TEXT("t"), NONE, TEXT("m"), 0, NULL, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "ProgressPercentage: must be between 0 and 100, got 101",
            orchestra_task_update_progress(store, TEXT("t"), TEXT(token), 101, NONE, 0, NULL, &error));
    OK(orchestra_task_update_progress(store, TEXT("t"), TEXT(token), 50, NONE, 0, NULL, &error));
    REFUSED(ORCHESTRA_INVALID_ARGUMENT, "ProgressPercentage: must be at least 50 as before, got 49",
            orchestra_task_update_progress(store, TEXT("t"), TEXT(token), 49, NONE, 0, NULL, &error));
}

static void files_that_are_not_ours(void) {
    FAILS(ORCHESTRA_NOT_A_DATABASE, "garbage.db", open_path(path_in(directory, "garbage.db")));
    FAILS(ORCHESTRA_FOREIGN_SCHEMA, "Entity Framework Core", open_path(path_in(directory, "efcore.db")));
    FAILS(ORCHESTRA_IO, "garbage.db/in it.db", open_path(path_in(directory, "garbage.db/in it.db")));
    FAILS(ORCHESTRA_IO, directory, open_path(directory));
    INVALID("path: empty", open_path(""));
    INVALID("path: a URI", open_path("file:x?nolock=1"));

    orchestra_store *opened;
    orchestra_store_options options = {0};
#define REFUSED_OPTIONS(words)                                                                     \
    FAILS(ORCHESTRA_INVALID_ARGUMENT, words,                                                       \
          orchestra_store_open(TEXT(path_in(directory, "never.db")), &options, &opened, &error))
    REFUSED_OPTIONS("struct_size");
    options.struct_size = sizeof options;
    options.durability = 3;
    REFUSED_OPTIONS("durability: 3");
    options.durability = 0;
    options.max_retries = 11;
    REFUSED_OPTIONS("max_retries: 11");
    options.max_retries = 0;
    options.reserved = 1;
    REFUSED_OPTIONS("reserved: not 0");
    options.reserved = 0;
    options.backups_len = 1;
    REFUSED_OPTIONS("backups: NULL");
    options.backups = (const uint8_t *)"\xff";
    REFUSED_OPTIONS("backups: not UTF-8");
    options.backups = (const uint8_t *)"{}";
    options.backups_len = 2;
    REFUSED_OPTIONS("missing field `Directory`");
    FILE *never = fopen(path_in(directory, "never.db"), "r");
    CHECK(never == NULL);
}

static void imports_that_fail(void) {
    REFUSED(ORCHESTRA_IO, "nothing.json",
            orchestra_import_file(store, TEXT(path_in(directory, "nothing.json")), NULL, NULL, NULL,
                                  NULL, &error));
    REFUSED(ORCHESTRA_IMPORT_FAILED, "garbage.db",
            orchestra_import_file(store, TEXT(path_in(directory, "garbage.db")), NULL, NULL, NULL, NULL,
                                  &error));
}

static void prepare(void) {
    OK(orchestra_agent_register(
        store, TEXT("{\"Id\":\"a\",\"Name\":\"A\",\"Type\":\"t\",\"RepositoryPath\":\"*\"}"), NULL,
        &error));
    OK(enqueue("{\"Id\":\"t\",\"Command\":\"a\",\"RepositoryPath\":\"/x\"}"));
}

STEPS(prepare, nowhere_to_put_the_error, text_that_is_none, values_that_are_not_taken,
      rows_that_are_not_there, steps_that_are_not_there, files_that_are_not_ours, imports_that_fail)
