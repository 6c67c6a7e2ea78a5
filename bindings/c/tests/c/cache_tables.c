/* What hosts keep in the database to save work: results of queries and computations, values of sessions:
   cache_tables DIRECTORY */
#include "check.h"

static orchestra_error *error;
static orchestra_store *store;

static void queries(void) {
    orchestra_buffer out;
    int32_t removed = -1;
    int64_t count = -1;
    OK(orchestra_query_cache_put(store, JSON({"Key":"q","Value":{"rows":[1]},"ValidFor":"1.00:00:00","IsSliding":true,
        "Tags":["tasks"]}), &out, &error));
    HOLDS(out, "\"Value\":{\"rows\":[1]},\"SlidingExpiration\":\"1.00:00:00\"");
    OK(orchestra_query_cache_put(store, JSON({"Key":"old","Value":null,"ValidFor":"00:00:00"}), NULL, &error));
    OK(orchestra_query_cache_get(store, TEXT("q"), &out, &error));
    HOLDS(out, "\"Tags\":[\"tasks\"]");
    OK(orchestra_query_cache_renew(store, TEXT("q"), &out, &error));
    HOLDS(out, "\"Key\":\"q\"");
    OK(orchestra_query_cache_get(store, TEXT("old"), &out, &error));
    CHECK(out.ptr == NULL);
    OK(orchestra_query_cache_renew(store, TEXT("none"), &out, &error));
    CHECK(out.ptr == NULL);
    OK(orchestra_query_cache_remove_expired(store, 10, &count, &error));
    CHECK(count == 1);
    OK(orchestra_query_cache_invalidate_tag(store, TEXT("tasks"), &count, &error));
    CHECK(count == 1);
    OK(orchestra_query_cache_put(store, JSON({"Key":"q","Value":1}), NULL, &error));
    OK(orchestra_query_cache_remove(store, TEXT("q"), &removed, &error));
    CHECK(removed == 1);
    OK(orchestra_query_cache_remove(store, TEXT("q"), &removed, &error));
    CHECK(removed == 0);
}

static void computations(void) {
    orchestra_buffer out;
    int32_t removed = -1;
    int64_t count = -1;
    OK(orchestra_computed_result_put(store, JSON({"Key":"c","Value":7,"InputHash":"h1","ComputationTime":"00:00:02",
        "ValidFor":"01:00:00","Tags":["t"]}), &out, &error));
    HOLDS(out, "\"ComputationTime\":2000");
    OK(orchestra_computed_result_get(store, TEXT("c"), TEXT("h1"), &out, &error));
    HOLDS(out, "\"Value\":7");
    OK(orchestra_computed_result_get(store, TEXT("c"), NONE, &out, &error));
    HOLDS(out, "\"InputHash\":\"h1\"");
    OK(orchestra_computed_result_get(store, TEXT("c"), TEXT("h2"), &out, &error));
    CHECK(out.ptr == NULL);
    OK(orchestra_computed_result_remove_expired(store, 10, &count, &error));
    CHECK(count == 0);
    OK(orchestra_computed_result_remove(store, TEXT("c"), &removed, &error));
    CHECK(removed == 1);
    OK(orchestra_computed_result_put(store, JSON({"Key":"c","Value":8,"Tags":["t"]}), NULL, &error));
    OK(orchestra_computed_result_invalidate_tag(store, TEXT("t"), &count, &error));
    CHECK(count == 1);
}

static void sessions(void) {
    orchestra_buffer out;
    int32_t removed = -1;
    int64_t count = -1;
    OK(orchestra_session_data_put(store, JSON({"SessionId":"s","Key":"a","Value":"x","ValidFor":"01:00:00",
        "Tags":["t"]}), &out, &error));
    HOLDS(out, "\"SessionId\":\"s\"");
    OK(orchestra_session_data_put(store, JSON({"SessionId":"s","Key":"b","Value":[]}), NULL, &error));
    OK(orchestra_session_data_get(store, TEXT("s"), TEXT("a"), &out, &error));
    HOLDS(out, "\"Value\":\"x\"");
    OK(orchestra_session_data_get(store, TEXT("s"), TEXT("c"), &out, &error));
    CHECK(out.ptr == NULL);
    OK(orchestra_session_data_list(store, TEXT("s"), &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"Key\":\"a\"") != NULL);
    HOLDS(out, "\"Key\":\"b\"");
    OK(orchestra_session_data_remove(store, TEXT("s"), TEXT("b"), &removed, &error));
    CHECK(removed == 1);
    OK(orchestra_session_data_remove_expired(store, 10, &count, &error));
    CHECK(count == 0);
    OK(orchestra_session_data_remove_session(store, TEXT("s"), &count, &error));
    CHECK(count == 1);
    OK(orchestra_session_data_invalidate_tag(store, TEXT("t"), &count, &error));
    CHECK(count == 0);
}

static void bad_input(void) {
    const orchestra_status invalid = ORCHESTRA_INVALID_ARGUMENT;
    orchestra_buffer out;
    FAILS(invalid, "Key", orchestra_query_cache_put(store, JSON({"Key":"","Value":1}), NULL, &error));
    FAILS(invalid, "missing field `Value`", orchestra_query_cache_put(store, JSON({"Key":"k"}), NULL, &error));
    FAILS(invalid, "unknown field `Sliding`",
          orchestra_query_cache_put(store, JSON({"Key":"k","Value":1,"Sliding":true}), NULL, &error));
    FAILS(invalid, "ValidFor: missing",
          orchestra_query_cache_put(store, JSON({"Key":"k","Value":1,"IsSliding":true}), NULL, &error));
    FAILS(invalid, "ValidFor: negative",
          orchestra_query_cache_put(store, JSON({"Key":"k","Value":1,"ValidFor":"-01:00:00"}), NULL, &error));
    FAILS(invalid, "Tags", orchestra_session_data_put(store,
        JSON({"SessionId":"s","Key":"k","Value":1,"Tags":[""]}), NULL, &error));
    FAILS(invalid, "unknown field `Session`",
          orchestra_session_data_put(store, JSON({"Session":"s","Key":"k","Value":1}), NULL, &error));
    FAILS(invalid, "InputHash",
          orchestra_computed_result_put(store, JSON({"Key":"k","Value":1,"InputHash":""}), NULL, &error));
    FAILS(invalid, "unknown field `Hash`",
          orchestra_computed_result_put(store, JSON({"Key":"k","Value":1,"Hash":"h"}), NULL, &error));
    OK(orchestra_session_data_list(store, TEXT("s"), &out, &error));
    HOLDS(out, "[]");
}

static void no_store(void) {
    orchestra_buffer out;
    NEEDS_STORE(orchestra_query_cache_put(NULL, JSON({"Key":"k","Value":1}), NULL, &error));
    NEEDS_STORE(orchestra_query_cache_get(NULL, TEXT("k"), &out, &error));
    NEEDS_STORE(orchestra_query_cache_renew(NULL, TEXT("k"), &out, &error));
    NEEDS_STORE(orchestra_query_cache_remove(NULL, TEXT("k"), NULL, &error));
    NEEDS_STORE(orchestra_query_cache_invalidate_tag(NULL, TEXT("t"), NULL, &error));
    NEEDS_STORE(orchestra_query_cache_remove_expired(NULL, 1, NULL, &error));
    NEEDS_STORE(orchestra_computed_result_put(NULL, JSON({"Key":"k","Value":1}), NULL, &error));
    NEEDS_STORE(orchestra_computed_result_get(NULL, TEXT("k"), NONE, &out, &error));
    NEEDS_STORE(orchestra_computed_result_remove(NULL, TEXT("k"), NULL, &error));
    NEEDS_STORE(orchestra_computed_result_invalidate_tag(NULL, TEXT("t"), NULL, &error));
    NEEDS_STORE(orchestra_computed_result_remove_expired(NULL, 1, NULL, &error));
    NEEDS_STORE(orchestra_session_data_put(NULL, JSON({"SessionId":"s","Key":"k","Value":1}), NULL, &error));
    NEEDS_STORE(orchestra_session_data_get(NULL, TEXT("s"), TEXT("k"), &out, &error));
    NEEDS_STORE(orchestra_session_data_list(NULL, TEXT("s"), &out, &error));
    NEEDS_STORE(orchestra_session_data_remove(NULL, TEXT("s"), TEXT("k"), NULL, &error));
    NEEDS_STORE(orchestra_session_data_remove_session(NULL, TEXT("s"), NULL, &error));
    NEEDS_STORE(orchestra_session_data_invalidate_tag(NULL, TEXT("t"), NULL, &error));
    NEEDS_STORE(orchestra_session_data_remove_expired(NULL, 1, NULL, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    queries();
    computations();
    sessions();
    bad_input();
    no_store();
    orchestra_store_free(store);
    return 0;
}
