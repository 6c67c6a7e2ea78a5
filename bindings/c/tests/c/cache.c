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

static void bad_input(void) {
    MISSING("'u9'", orchestra_cache_get(store, USERS, TEXT("u9"), &out, &error));
    INVALID("entity", orchestra_cache_get(store, 99, TEXT("x"), &out, &error));
    INVALID("key", orchestra_cache_invalidate(store, TEXT("\xff"), NULL, &error));
}

STEPS(rows_come_from_memory_until_they_change, rows_are_dropped_by_key_and_pattern, bad_input)
