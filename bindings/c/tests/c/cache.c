/* The cache in memory: hits, changes that are noticed, dropping by key and pattern, bad input. */
#include "store.h"

#define USERS ORCHESTRA_ENTITY_USERS

static void statistics_hold(const char *text) {
    GIVES(text, orchestra_cache_statistics(store, &out, &error));
}

static void rows_come_from_memory_until_they_change(void) {
    OK(orchestra_entity_insert(store, USERS, TEXT("{\"Id\":\"u1\",\"UserName\":\"ann\"}"), NULL, &error));
    GIVES("\"UserName\":\"ann\"", orchestra_cache_get(store, USERS, TEXT("u1"), &out, &error));
    statistics_hold("\"Hits\":0");
    GIVES("\"UserName\":\"ann\"", orchestra_cache_get(store, USERS, TEXT("u1"), &out, &error));
    statistics_hold("\"Hits\":1");
    OK(orchestra_entity_update(store, USERS, TEXT("{\"Id\":\"u1\",\"UserName\":\"bea\"}"), NULL, &error));
    GIVES("\"UserName\":\"bea\"", orchestra_cache_get(store, USERS, TEXT("u1"), &out, &error));
}

static void rows_are_dropped_by_key_and_pattern(void) {
    int32_t dropped = -1;
    int64_t count = -1;
    MAKES(dropped == 1, orchestra_cache_invalidate(store, TEXT("Users:u1"), &dropped, &error));
    MAKES(dropped == 0, orchestra_cache_invalidate(store, TEXT("Users:u1"), &dropped, &error));
    GIVES("\"Id\":\"u1\"", orchestra_cache_get(store, USERS, TEXT("u1"), &out, &error));
    MAKES(count == 1, orchestra_cache_invalidate_pattern(store, TEXT("Users:*"), &count, &error));
    OK(orchestra_cache_invalidate_pattern(store, TEXT("*"), NULL, &error));
    OK(orchestra_cache_invalidate(store, TEXT("x"), NULL, &error));
}

/* Makes a text, and counts how often. */
typedef struct {
    const char *text;
    int made;
    int32_t answer;
} maker;

static int32_t make(void *context, const uint8_t **value, size_t *value_len) {
    maker *made = context;
    int64_t users;
    orchestra_error *inner;
    made->made += 1;
    /* It may use the store. */
    CHECK(orchestra_entity_count(store, USERS, NONE, &users, &inner) == ORCHESTRA_OK);
    *value = (const uint8_t *)made->text;
    *value_len = strlen(made->text);
    return made->answer;
}

static int32_t ask_for_itself(void *context, const uint8_t **value, size_t *value_len) {
    orchestra_buffer again;
    orchestra_error *inner;
    (void)value;
    (void)value_len;
    CHECK(orchestra_cache_get_or_make(store, TEXT("self"), NONE, 0, ask_for_itself, context, &again, &inner) ==
          ORCHESTRA_MISUSE);
    orchestra_error_free(inner);
    return 1;
}

static void values_are_made_once_until_a_table_changes(void) {
    maker made = {"[1]", 0, 0};
    for (int i = 0; i < 3; ++i) {
        GIVES("[1]", orchestra_cache_get_or_make(store, TEXT("k"), TEXT("[\"Users\"]"), 60000, make, &made, &out, &error));
    }
    CHECK(made.made == 1);
    OK(orchestra_entity_insert(store, USERS, TEXT("{\"Id\":\"u2\",\"UserName\":\"eve\"}"), NULL, &error));
    made.text = "[2]";
    GIVES("[2]", orchestra_cache_get_or_make(store, TEXT("k"), TEXT("[\"Users\"]"), 0, make, &made, &out, &error));
    CHECK(made.made == 2);
    made.answer = 7;
    FAILS(ORCHESTRA_CANCELLED, "(7)",
          orchestra_cache_get_or_make(store, TEXT("other"), NONE, 0, make, &made, &out, &error));
    FAILS(ORCHESTRA_CANCELLED, "(1)",
          orchestra_cache_get_or_make(store, TEXT("self"), NONE, 0, ask_for_itself, NULL, &out, &error));
    MISUSED("factory", orchestra_cache_get_or_make(store, TEXT("k"), NONE, 0, NULL, NULL, &out, &error));
    INVALID("entity", orchestra_cache_get_or_make(store, TEXT("k"), TEXT("[\"Nothing\"]"), 0, make, &made, &out, &error));
    made.answer = 0;
    made.text = "\xff";
    INVALID("value", orchestra_cache_get_or_make(store, TEXT("bad"), NONE, 0, make, &made, &out, &error));
}

static void results_of_the_specification(void) {
    OK(orchestra_agent_register(store, TEXT("{\"Id\":\"a1\",\"Name\":\"Ada\",\"Type\":\"t\",\"RepositoryPath\":\"/x\"}"), NULL, &error));
    for (int i = 0; i < 2; ++i) {
        GIVES("\"Id\":\"a1\"", orchestra_cache_available_agents(store, TEXT("/x"), &out, &error));
        GIVES("[]", orchestra_cache_available_agents(store, TEXT("/y"), &out, &error));
        GIVES("\"AgentName\":\"Ada\"", orchestra_cache_agent_statistics(store, TEXT("a1"), 0, &out, &error));
        GIVES("\"Total\":0", orchestra_cache_task_analytics(store, 0, NONE, NONE, &out, &error));
    }
    OK(orchestra_task_enqueue(store, TEXT("{\"Command\":\"c\",\"RepositoryPath\":\"/x\"}"), NULL, &error));
    GIVES("\"Total\":1", orchestra_cache_task_analytics(store, 0, NONE, NONE, &out, &error));
    GIVES("\"Total\":0", orchestra_cache_task_analytics(store, 86400000, TEXT("a1"), NONE, &out, &error));
    MISSING("'a9'", orchestra_cache_agent_statistics(store, TEXT("a9"), 0, &out, &error));
    INVALID("", orchestra_cache_task_analytics(store, -1, NONE, NONE, &out, &error));
}

static void bad_input(void) {
    MISSING("'u9'", orchestra_cache_get(store, USERS, TEXT("u9"), &out, &error));
    INVALID("entity", orchestra_cache_get(store, 99, TEXT("x"), &out, &error));
    INVALID("key", orchestra_cache_invalidate(store, TEXT("\xff"), NULL, &error));
}

STEPS(rows_come_from_memory_until_they_change, rows_are_dropped_by_key_and_pattern,
      values_are_made_once_until_a_table_changes, results_of_the_specification, bad_input)
