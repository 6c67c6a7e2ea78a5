/* Backups: making, listing and verifying them, a policy, cancelling, bad input. */
#include "store.h"

static void a_backup_is_made_and_verified(void) {
    int calls = 0;
    const char *path = path_in(directory, "first.db");
    GIVES("first.db\",\"Size\":",
          orchestra_backup_create(store, TEXT(path), 0, count_calls, &calls, &out, &error));
    CHECK(calls > 0);
    FAILS(ORCHESTRA_ALREADY_EXISTS, "first.db",
          orchestra_backup_create(store, TEXT(path), 0, NULL, NULL, &out, &error));
    OK(orchestra_backup_create(store, TEXT(path), 1, NULL, NULL, NULL, &error));
    GIVES("\"State\":\"Verified\"", orchestra_backup_verify(TEXT(path), &out, &error));
}

/* Makes the database larger than what is copied at once: the last step comes too late to cancel. */
static void fill(void) {
    size_t size = 4 << 20, head;
    char *agent = malloc(size + 200);
    head = (size_t)sprintf(agent, "{\"Name\":\"A\",\"Type\":\"t\",\"RepositoryPath\":\"*\","
                                  "\"ConfigurationJson\":[\"");
    memset(agent + head, 'x', size);
    strcpy(agent + head + size, "\"]}");
    OK(orchestra_agent_register(store, TEXT(agent), NULL, &error));
    free(agent);
}

static void a_cancelled_backup_leaves_nothing(void) {
    fill();
    const char *path = path_in(directory, "never.db");
    FAILS(ORCHESTRA_CANCELLED, "cancelled",
          orchestra_backup_create(store, TEXT(path), 0, stop, NULL, &out, &error));
    CHECK(!exists(path) && !exists(path_in(directory, "never.db.partial")));
}

static void a_directory_is_listed(void) {
    FILE *file = fopen(path_in(directory, "cut.db"), "wb");
    FILE *whole = fopen(path_in(directory, "first.db"), "rb");
    char bytes[6000];
    CHECK(fread(bytes, 1, sizeof bytes, whole) == sizeof bytes);
    CHECK(fwrite(bytes, 1, sizeof bytes, file) == sizeof bytes);
    fclose(file);
    fclose(whole);
    GIVES_BOTH("\"State\":\"Unverified\"", "orchestra.db\"",
          orchestra_backup_list(TEXT(directory), 0, &out, &error));
    GIVES("\"State\":{\"Damaged\":", orchestra_backup_list(TEXT(directory), 1, &out, &error));
    GIVES("\"State\":{\"Damaged\":",
          orchestra_backup_verify(TEXT(path_in(directory, "cut.db")), &out, &error));
}

static void a_policy_makes_what_is_due(void) {
    char policy[4200];
    snprintf(policy, sizeof policy,
             "{\"Directory\":\"%s/kept\",\"Interval\":\"01:00:00\",\"Keep\":2,\"KeepFor\":\"1.00:00:00\"}",
             directory);
    int calls = 0;
    GIVES(".backup.db\"",
          orchestra_backup_run_if_due(store, TEXT(policy), count_calls, &calls, &out, &error));
    CHECK(calls > 0);
    GIVES("{\"Made\":null,\"Removed\":[]}",
          orchestra_backup_run_if_due(store, TEXT(policy), NULL, NULL, &out, &error));
    snprintf(policy, sizeof policy, "{\"Directory\":\"%s/packed\",\"Compress\":true}", directory);
    GIVES(".backup.db.gz\"", orchestra_backup_run_if_due(store, TEXT(policy), NULL, NULL, &out, &error));
    INVALID("unknown field `Every`",
          orchestra_backup_run_if_due(store, JSON({"Directory":"/x", "Every":1}), NULL, NULL, NULL, &error));
    INVALID("Interval",
          orchestra_backup_run_if_due(store, JSON({"Directory":"/x", "Interval":"-1"}), NULL, NULL, NULL,
                                      &error));
    INVALID("missing field `Directory`",
          orchestra_backup_run_if_due(store, JSON({}), NULL, NULL, NULL, &error));
}

static void the_upkeep_makes_what_is_due(void) {
    char database[4096], policy[4200];
    snprintf(database, sizeof database, "%s/upkept.db", directory);
    snprintf(policy, sizeof policy, "{\"Directory\":\"%s/upkeep\",\"Keep\":2}", directory);
    orchestra_store_options options = {0};
    options.struct_size = sizeof options;
    options.backups = (const uint8_t *)policy;
    options.backups_len = strlen(policy);
    orchestra_store *upkept;
    OK(orchestra_store_open(TEXT(database), &options, &upkept, &error));
    memset(policy, 'x', sizeof policy - 1); /* It was read. */
    OK(orchestra_store_maintain(upkept, 600000, 0, NULL, &error));
    GIVES(".backup.db\"", orchestra_backup_list(TEXT(path_in(directory, "upkeep")), 1, &out, &error));
    orchestra_store_free(upkept);

    options.backups = (const uint8_t *)"{\"Directory\":\"/x\",\"Every\":1}";
    options.backups_len = strlen((const char *)options.backups);
    INVALID("unknown field `Every`", orchestra_store_open(TEXT(database), &options, &upkept, &error));
    CHECK(upkept == NULL);
}

/* A program that was compiled when the structure ended before `reserved`, and had no addresses. */
static void an_older_caller_has_no_policy(void) {
    static uint32_t words[37];
    size_t size = offsetof(orchestra_store_options, reserved);
    char database[4096];
    CHECK(size <= sizeof words - sizeof *words);
    snprintf(database, sizeof database, "%s/older.db", directory);
    memset(words, 0xff, sizeof words);
    /* At an address at which no pointer would be. */
    uint32_t *older = (uintptr_t)words % 8 == 0 ? words + 1 : words;
    memset(older, 0, size);
    older[0] = (uint32_t)size;
    orchestra_store *opened;
    OK(orchestra_store_open(TEXT(database), (const orchestra_store_options *)(const void *)older, &opened,
                            &error));
    OK(orchestra_store_maintain(opened, 0, 0, NULL, &error));
    orchestra_store_free(opened);
}

static void bad_input(void) {
    INVALID("path", orchestra_backup_create(store, NONE, 0, NULL, NULL, NULL, &error));
    INVALID("UTF-8", orchestra_backup_create(store, TEXT("\xff"), 0, NULL, NULL, NULL, &error));
    FAILS(ORCHESTRA_IO, "", orchestra_backup_list(TEXT(path_in(directory, "nowhere")), 0, &out, &error));
    FAILS(ORCHESTRA_IO, "", orchestra_backup_verify(TEXT(path_in(directory, "nowhere")), &out, &error));
    FILE *file = fopen(path_in(directory, "text.db"), "wb");
    for (int line = 0; line < 100; line++)
        fputs("this is no database\n", file);
    fclose(file);
    FAILS(ORCHESTRA_NOT_A_DATABASE, "",
          orchestra_backup_verify(TEXT(path_in(directory, "text.db")), &out, &error));
}

STEPS(a_backup_is_made_and_verified, a_cancelled_backup_leaves_nothing, a_directory_is_listed,
      a_policy_makes_what_is_due, the_upkeep_makes_what_is_due, an_older_caller_has_no_policy, bad_input)
