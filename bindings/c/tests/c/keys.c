/* A store with keys of the host: keys DIRECTORY */
#include "check.h"

#include <stdatomic.h>

typedef struct vault {
    atomic_int asked, destroyed;
} vault;

static int32_t key(void *context, const uint8_t *key_id, size_t key_id_len, uint8_t *bytes) {
    atomic_fetch_add(&((vault *)context)->asked, 1);
    CHECK(key_id != NULL && key_id_len > 0);
    memset(bytes, 7, ORCHESTRA_KEY_LENGTH);
    return 1;
}

static size_t current_key(void *context, uint8_t *key_id) {
    (void)context;
    memcpy(key_id, "2026", 4);
    return 4;
}

static void destroy(void *context) {
    atomic_fetch_add(&((vault *)context)->destroyed, 1);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    const char *path = path_in(argv[1], "orchestra.db");
    orchestra_store *store, *context;
    orchestra_error *error;
    vault keys = {0};
    MISUSED("key: NULL",
          orchestra_store_open_with_keys(TEXT(path), NULL, NULL, current_key, &keys, destroy, &store,
                                         &error));
    MISUSED("current_key: NULL",
          orchestra_store_open_with_keys(TEXT(path), NULL, key, NULL, &keys, destroy, &store, &error));
    INVALID("",
          orchestra_store_open_with_keys(TEXT(":memory:"), NULL, key, current_key, &keys, destroy,
                                         &store, &error));
    CHECK(store == NULL && keys.destroyed == 0);

    OK(orchestra_store_open_with_keys(TEXT(path), NULL, key, current_key, &keys, destroy, &store, &error));
    OK(orchestra_store_context(store, TEXT("{\"UserId\":\"ada\"}"), &context, &error));
    orchestra_store_free(store);
    CHECK(keys.destroyed == 0);
    orchestra_store_free(context);
    CHECK(keys.destroyed == 1);
    return 0;
}
