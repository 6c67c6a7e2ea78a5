/* What hosts keep in the database to save work: results of queries and computations, values of sessions:
   cache_tables DIRECTORY */
#include "store.h"

static void queries(void) {
    int32_t removed = -1;
    int64_t count = -1;
    GIVES("\"Value\":{\"rows\":[1]},\"SlidingExpiration\":\"1.00:00:00\"",
          orchestra_query_cache_put(store, JSON({"Key":"q","Value":{"rows":[1]},"ValidFor":"1.00:00:00","IsSliding":true,
        "Tags":["tasks"]}), &out, &error));
    OK(orchestra_query_cache_put(store, JSON({"Key":"old","Value":null,"ValidFor":"00:00:00"}), NULL, &error));
    GIVES("\"Tags\":[\"tasks\"]", orchestra_query_cache_get(store, TEXT("q"), &out, &error));
    GIVES("\"Key\":\"q\"", orchestra_query_cache_renew(store, TEXT("q"), &out, &error));
    MAKES(out.ptr == NULL, orchestra_query_cache_get(store, TEXT("old"), &out, &error));
    MAKES(out.ptr == NULL, orchestra_query_cache_renew(store, TEXT("none"), &out, &error));
    MAKES(count == 1, orchestra_query_cache_remove_expired(store, 10, &count, &error));
    MAKES(count == 1, orchestra_query_cache_invalidate_tag(store, TEXT("tasks"), &count, &error));
    OK(orchestra_query_cache_put(store, JSON({"Key":"q","Value":1}), NULL, &error));
    MAKES(removed == 1, orchestra_query_cache_remove(store, TEXT("q"), &removed, &error));
    MAKES(removed == 0, orchestra_query_cache_remove(store, TEXT("q"), &removed, &error));
}

static void computations(void) {
    int32_t removed = -1;
    int64_t count = -1;
    GIVES("\"ComputationTime\":2000",
          orchestra_computed_result_put(store, JSON({"Key":"c","Value":7,"InputHash":"h1","ComputationTime":"00:00:02",
        "ValidFor":"01:00:00","Tags":["t"]}), &out, &error));
    GIVES("\"Value\":7", orchestra_computed_result_get(store, TEXT("c"), TEXT("h1"), &out, &error));
    GIVES("\"InputHash\":\"h1\"", orchestra_computed_result_get(store, TEXT("c"), NONE, &out, &error));
    MAKES(out.ptr == NULL, orchestra_computed_result_get(store, TEXT("c"), TEXT("h2"), &out, &error));
    MAKES(count == 0, orchestra_computed_result_remove_expired(store, 10, &count, &error));
    MAKES(removed == 1, orchestra_computed_result_remove(store, TEXT("c"), &removed, &error));
    OK(orchestra_computed_result_put(store, JSON({"Key":"c","Value":8,"Tags":["t"]}), NULL, &error));
    MAKES(count == 1, orchestra_computed_result_invalidate_tag(store, TEXT("t"), &count, &error));
}

static void sessions(void) {
    int32_t removed = -1;
    int64_t count = -1;
    GIVES("\"SessionId\":\"s\"",
          orchestra_session_data_put(store, JSON({"SessionId":"s","Key":"a","Value":"x","ValidFor":"01:00:00",
        "Tags":["t"]}), &out, &error));
    OK(orchestra_session_data_put(store, JSON({"SessionId":"s","Key":"b","Value":[]}), NULL, &error));
    GIVES("\"Value\":\"x\"", orchestra_session_data_get(store, TEXT("s"), TEXT("a"), &out, &error));
    MAKES(out.ptr == NULL, orchestra_session_data_get(store, TEXT("s"), TEXT("c"), &out, &error));
    GIVES_BOTH("\"Key\":\"a\"", "\"Key\":\"b\"", orchestra_session_data_list(store, TEXT("s"), &out, &error));
    MAKES(removed == 1, orchestra_session_data_remove(store, TEXT("s"), TEXT("b"), &removed, &error));
    MAKES(count == 0, orchestra_session_data_remove_expired(store, 10, &count, &error));
    MAKES(count == 1, orchestra_session_data_remove_session(store, TEXT("s"), &count, &error));
    MAKES(count == 0, orchestra_session_data_invalidate_tag(store, TEXT("t"), &count, &error));
}

static void bad_input(void) {
    INVALID("Key", orchestra_query_cache_put(store, JSON({"Key":"","Value":1}), NULL, &error));
    INVALID("missing field `Value`", orchestra_query_cache_put(store, JSON({"Key":"k"}), NULL, &error));
    INVALID("unknown field `Sliding`",
          orchestra_query_cache_put(store, JSON({"Key":"k","Value":1,"Sliding":true}), NULL, &error));
    INVALID("ValidFor: missing",
          orchestra_query_cache_put(store, JSON({"Key":"k","Value":1,"IsSliding":true}), NULL, &error));
    INVALID("ValidFor: negative",
          orchestra_query_cache_put(store, JSON({"Key":"k","Value":1,"ValidFor":"-01:00:00"}), NULL, &error));
    INVALID("Tags",
          orchestra_session_data_put(store,
        JSON({"SessionId":"s","Key":"k","Value":1,"Tags":[""]}), NULL, &error));
    INVALID("unknown field `Session`",
          orchestra_session_data_put(store, JSON({"Session":"s","Key":"k","Value":1}), NULL, &error));
    INVALID("InputHash",
          orchestra_computed_result_put(store, JSON({"Key":"k","Value":1,"InputHash":""}), NULL, &error));
    INVALID("unknown field `Hash`",
          orchestra_computed_result_put(store, JSON({"Key":"k","Value":1,"Hash":"h"}), NULL, &error));
    GIVES("[]", orchestra_session_data_list(store, TEXT("s"), &out, &error));
}

STEPS(queries, computations, sessions, bad_input)
