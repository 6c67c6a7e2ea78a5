/* The cache in memory: hits, changes that are noticed, dropping by key and pattern, bad input. */
#include "check.h"

#define USERS ORCHESTRA_ENTITY_USERS

static orchestra_store *store;
static orchestra_error *error;

static void statistics_hold(const char *text) {
    orchestra_buffer out;
    OK(orchestra_cache_statistics(store, &out, &error));
    HOLDS(out, text);
}

static void rows_come_from_memory_until_they_change(void) {
    orchestra_buffer out;
    OK(orchestra_entity_insert(store, USERS, TEXT("{\"Id\":\"u1\",\"UserName\":\"ann\"}"), NULL, &error));
    OK(orchestra_cache_get(store, USERS, TEXT("u1"), &out, &error));
    HOLDS(out, "\"UserName\":\"ann\"");
    statistics_hold("\"Hits\":0");
    OK(orchestra_cache_get(store, USERS, TEXT("u1"), &out, &error));
    HOLDS(out, "\"UserName\":\"ann\"");
    statistics_hold("\"Hits\":1");
    OK(orchestra_entity_update(store, USERS, TEXT("{\"Id\":\"u1\",\"UserName\":\"bea\"}"), NULL, &error));
    OK(orchestra_cache_get(store, USERS, TEXT("u1"), &out, &error));
    HOLDS(out, "\"UserName\":\"bea\"");
}

static void rows_are_dropped_by_key_and_pattern(void) {
    orchestra_buffer out;
    int32_t dropped = -1;
    int64_t count = -1;
    OK(orchestra_cache_invalidate(store, TEXT("Users:u1"), &dropped, &error));
    CHECK(dropped == 1);
    OK(orchestra_cache_invalidate(store, TEXT("Users:u1"), &dropped, &error));
    CHECK(dropped == 0);
    OK(orchestra_cache_get(store, USERS, TEXT("u1"), &out, &error));
    HOLDS(out, "\"Id\":\"u1\"");
    OK(orchestra_cache_invalidate_pattern(store, TEXT("Users:*"), &count, &error));
    CHECK(count == 1);
    OK(orchestra_cache_invalidate_pattern(store, TEXT("*"), NULL, &error));
    OK(orchestra_cache_invalidate(store, TEXT("x"), NULL, &error));
}

static void bad_input(void) {
    orchestra_buffer out;
    FAILS(ORCHESTRA_NOT_FOUND, "'u9'", orchestra_cache_get(store, USERS, TEXT("u9"), &out, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "entity", orchestra_cache_get(store, 99, TEXT("x"), &out, &error));
    FAILS(ORCHESTRA_MISUSE, "row: the output is NULL", orchestra_cache_get(store, USERS, TEXT("u1"), NULL, &error));
    FAILS(ORCHESTRA_MISUSE, "handle is NULL", orchestra_cache_get(NULL, USERS, TEXT("u1"), &out, &error));
    FAILS(ORCHESTRA_MISUSE, "handle is NULL", orchestra_cache_invalidate(NULL, TEXT("x"), NULL, &error));
    FAILS(ORCHESTRA_MISUSE, "handle is NULL", orchestra_cache_invalidate_pattern(NULL, TEXT("*"), NULL, &error));
    FAILS(ORCHESTRA_MISUSE, "handle is NULL", orchestra_cache_statistics(NULL, &out, &error));
    FAILS(ORCHESTRA_MISUSE, "statistics", orchestra_cache_statistics(store, NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "key", orchestra_cache_invalidate(store, TEXT("\xff"), NULL, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    rows_come_from_memory_until_they_change();
    rows_are_dropped_by_key_and_pattern();
    bad_input();
    orchestra_store_free(store);
    return 0;
}
