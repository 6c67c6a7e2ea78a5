/* Every function as it is meant to be used: normal_use DIRECTORY STATE_FILE */
#include "check.h"

static orchestra_error *error;

static void versions(void) {
    CHECK(orchestra_abi_version() == ORCHESTRA_ABI_VERSION);
    CHECK(strstr(orchestra_version(), " (SQLite 3.") != NULL);
}

static void agents(orchestra_store *store) {
    orchestra_buffer out;
    GIVES("\"Id\":\"a1\"",
          orchestra_agent_register(
        store, TEXT("{\"Id\":\"a1\",\"Name\":\"Ann\",\"Type\":\"t\",\"RepositoryPath\":\"/srv/x\","
                    "\"MaxConcurrentTasks\":4,\"ConfigurationJson\":{\"k\":[1]}}"),
        &out, &error));
    OK(orchestra_agent_register(
        store, TEXT("{\"Id\":\"a2\",\"Name\":\"Bob\",\"Type\":\"t\",\"RepositoryPath\":\"*\"}"), NULL,
        &error));
    GIVES("\"ConfigurationJson\":{\"k\":[1]}", orchestra_agent_get(store, TEXT("a1"), &out, &error));
    GIVES("\"Name\":\"Bob\"", orchestra_agent_list(store, &out, &error));
    GIVES("\"CurrentTask\":\"asleep\"",
          orchestra_agent_set_status(store, TEXT("a2"), ORCHESTRA_AGENT_OFFLINE, TEXT("asleep"), &out,
                                  &error));
    GIVES_NOT("\"a2\"", "\"a1\"", orchestra_agent_find_available(store, TEXT("/srv/x"), &out, &error));
    OK(orchestra_agent_heartbeat(store, TEXT("a2"), &error));
    GIVES("\"a2\"", orchestra_agent_find_available(store, NONE, &out, &error));
    GIVES("\"Load\":0.0", orchestra_agent_load_distribution(store, &out, &error));
    OK(orchestra_agent_remove(store, TEXT("a2"), &error));
    MISSING("'a2'", orchestra_agent_get(store, TEXT("a2"), &out, &error));
}

static void one_task(orchestra_store *store) {
    orchestra_buffer out;
    char token[129];
    int64_t expires = -1;
    int32_t cancel = -1;
    GIVES("\"Status\":\"Pending\"",
          orchestra_task_enqueue(store,
                              TEXT("{\"Id\":\"t1\",\"Command\":\"make\",\"RepositoryPath\":\"/srv/x\","
                                   "\"Priority\":\"High\",\"CorrelationId\":\"c1\"}"),
                              &out, &error));
    OK(orchestra_task_claim_for_agent(store, TEXT("a1"), 5, 0, &out, &error));
    take(&out, "LeaseToken", token, sizeof token);
    GIVES("\"Status\":\"InProgress\"", orchestra_task_start(store, TEXT("t1"), TEXT(token), &out, &error));
    OK(orchestra_task_heartbeat(store, TEXT("t1"), TEXT(token), 5000, &expires, &cancel, &error));
    CHECK(expires > 1600000000000 && cancel == 0);
    OK(orchestra_task_heartbeat(store, TEXT("t1"), TEXT(token), 0, NULL, NULL, &error));
    GIVES("\"ProgressMessage\":\"linking\"",
          orchestra_task_update_progress(store, TEXT("t1"), TEXT(token), 60, TEXT("linking"), 0, &out,
                                      &error));
    OK(orchestra_task_update_progress(store, TEXT("t1"), TEXT(token), 50, NONE, 1, NULL, &error));
    GIVES("\"Result\":\"fine\"",
          orchestra_task_complete(store, TEXT("t1"), TEXT(token), TEXT("fine"), &out, &error));
    GIVES("\"ProgressPercentage\":100", orchestra_task_get(store, TEXT("t1"), &out, &error));
}

static void failing_and_cancelling(orchestra_store *store) {
    orchestra_buffer out;
    char token[129];
    int32_t cancel = 0;
    GIVES("\"Id\":\"t3\"",
          orchestra_task_enqueue_many(
        store,
        TEXT("[{\"Id\":\"t2\",\"Command\":\"a\",\"RepositoryPath\":\"/srv/y\",\"MaxRetries\":0},"
             "{\"Id\":\"t3\",\"Command\":\"b\",\"RepositoryPath\":\"/srv/y\",\"Priority\":0}]"),
        &out, &error));
    OK(orchestra_task_claim_for_repository(store, TEXT("/srv/y"), TEXT("worker"), 1, 60000, &out,
                                           &error));
    take(&out, "LeaseToken", token, sizeof token);
    GIVES("\"Status\":\"Pending\"", orchestra_task_release(store, TEXT("t2"), TEXT(token), &out, &error));

    OK(orchestra_task_claim_for_repository(store, TEXT("/srv/y"), TEXT("worker"), 9, 0, &out, &error));
    take(&out, "LeaseToken", token, sizeof token);
    OK(orchestra_task_start(store, TEXT("t2"), TEXT(token), NULL, &error));
    GIVES("\"Status\":\"Failed\"",
          orchestra_task_fail(store, TEXT("t2"), TEXT(token), TEXT("no space"), 0, &out, &error));
    GIVES("\"RetryCount\":0", orchestra_task_retry(store, TEXT("t2"), &out, &error));
    GIVES("\"Status\":\"Cancelled\"",
          orchestra_task_cancel(store, TEXT("t2"), TEXT("not needed"), &out, &error));

    OK(orchestra_task_start(store, TEXT("t3"), TEXT(token), NULL, &error));
    GIVES("\"Status\":\"InProgress\"", orchestra_task_cancel(store, TEXT("t3"), NONE, &out, &error));
    MAKES(cancel == 1, orchestra_task_heartbeat(store, TEXT("t3"), TEXT(token), 0, NULL, &cancel, &error));
    GIVES("\"Status\":\"Cancelled\"",
          orchestra_task_acknowledge_cancel(store, TEXT("t3"), TEXT(token), &out, &error));
}

static void left_behind(orchestra_store *store) {
    orchestra_buffer out;
    uint32_t count = 0;
    OK(orchestra_task_enqueue(store,
                              TEXT("{\"Id\":\"t4\",\"Command\":\"c\",\"RepositoryPath\":\"/srv/z\"}"),
                              NULL, &error));
    OK(orchestra_task_start(store, TEXT("t4"), NONE, NULL, &error));
    MAKES(count == 1, orchestra_task_release_unleased(store, 10, &count, &error));

    GIVES("\"Id\":\"t4\"",
          orchestra_task_claim_for_repository(store, TEXT("*"), TEXT("worker"), 1, 1, &out, &error));
    do {
        OK(orchestra_task_rescue_expired(store, 10, &out, &error));
    } while (!contains(&out, "\"t4\"") && (orchestra_buffer_free(&out), 1));
    HOLDS(out, "\"Requeued\":[\"t4\"]");
}

static void looking_at_it(orchestra_store *store) {
    orchestra_buffer out;
    GIVES("\"Id\":\"t1\"",
          orchestra_task_list(store, TEXT("{\"CorrelationId\":\"c1\",\"Status\":3}"), 10, &out, &error));
    GIVES("\"Id\":\"t4\"", orchestra_task_list(store, NONE, 1, &out, &error));
    GIVES("{\"Pending\":1,\"Assigned\":0,\"InProgress\":0,\"Completed\":1,\"Failed\":0,"
               "\"Cancelled\":2}",
          orchestra_task_count_by_status(store, &out, &error));
    GIVES("\"Total\":0", orchestra_task_analytics(store, 0, 300000000000, TEXT("a1"), NONE, &out, &error));
    GIVES("\"State\":\"Applied\"", orchestra_store_migration_status(store, &out, &error));
}

static void importing(orchestra_store *store, const char *state_file) {
    orchestra_buffer out;
    int calls = 0;
    int32_t errors = -1;
    orchestra_import_options options = {sizeof options, 1, 0, 0, 0, 0};
    GIVES("\"DryRun\":true",
          orchestra_import_file(store, TEXT(state_file), &options, NULL, NULL, &out, &error));
    options.dry_run = 0;
    FAILS(ORCHESTRA_CANCELLED, "",
          orchestra_import_file(store, TEXT(state_file), &options, stop, NULL, &out, &error));
    CHECK(out.ptr == NULL);
    OK(orchestra_agent_get(store, TEXT("a1"), &out, &error));
    orchestra_buffer_free(&out);
    options.keep_source = 1;
    OK(orchestra_import_file(store, TEXT(state_file), &options, count_calls, &calls, &out, &error));
    CHECK(calls > 0);
    HOLDS(out, "\"ArchivedTo\":null");
    OK(orchestra_import_file(store, TEXT(state_file), NULL, NULL, NULL, NULL, &error));
    FILE *moved = fopen(state_file, "r");
    CHECK(moved == NULL);

    MAKES(errors == 0, orchestra_store_check(store, &out, &errors, &error));
    HOLDS(out, "\"Findings\":[");
    OK(orchestra_store_check(store, NULL, NULL, &error));
}

static void acting_as(orchestra_store *store) {
    orchestra_store *ann;
    orchestra_buffer out;
    OK(orchestra_store_context(store, TEXT("{\"UserId\":\"ann\",\"SessionId\":\"s\"}"), &ann, &error));
    GIVES("\"CreatedBy\":\"ann\"",
          orchestra_task_enqueue(ann, TEXT("{\"Command\":\"d\",\"RepositoryPath\":\"/srv/z\"}"), &out,
                              &error));
    orchestra_store_free(ann);
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    versions();
    OK(orchestra_log_set(0, NULL, NULL, NULL, &error));
    orchestra_store_options options = {0};
    options.struct_size = sizeof options;
    options.durability = ORCHESTRA_DURABILITY_NORMAL;
    orchestra_store *store;
    OK(orchestra_store_open(TEXT(path_in(argv[1], "made/orchestra.db")), &options, &store, &error));
    agents(store);
    one_task(store);
    failing_and_cancelling(store);
    left_behind(store);
    looking_at_it(store);
    acting_as(store);
    importing(store, argv[2]);
    OK(orchestra_store_close(store, &error));
    orchestra_store_free(store);
    return 0;
}
