/* Handles freed in odd orders, of the wrong type, and used after closing: handles DIRECTORY */
#include "check.h"

static orchestra_error *error;

static void nothing_is_freed(void) {
    orchestra_buffer empty = {NULL, 0};
    orchestra_store_free(NULL);
    orchestra_error_free(NULL);
    orchestra_buffer_free(NULL);
    orchestra_buffer_free(&empty);
    CHECK(orchestra_error_code(NULL) == ORCHESTRA_OK);
    CHECK(orchestra_error_sqlite_code(NULL) == 0 && orchestra_error_retryable(NULL) == 0);
    CHECK(orchestra_error_message(NULL) == NULL && orchestra_error_details(NULL) == NULL);
}

static void parents_go_first(const char *path) {
    orchestra_store *store, *child, *grandchild;
    orchestra_error *kept;
    orchestra_buffer agents;
    OK(orchestra_store_open(TEXT(path), NULL, &store, &error));
    OK(orchestra_store_context(store, TEXT("{\"UserId\":\"a\"}"), &child, &error));
    orchestra_store_free(store);
    OK(orchestra_store_context(child, TEXT("{\"UserId\":\"b\"}"), &grandchild, &error));
    orchestra_store_free(child);
    OK(orchestra_agent_list(grandchild, &agents, &error));
    CHECK(orchestra_agent_heartbeat(grandchild, TEXT("none"), &kept) == ORCHESTRA_NOT_FOUND);
    orchestra_store_free(grandchild);

    CHECK(strcmp((const char *)agents.ptr, "[]") == 0);
    orchestra_buffer_free(&agents);
    orchestra_buffer_free(&agents);
    CHECK(agents.ptr == NULL && agents.len == 0);
    CHECK(strstr(orchestra_error_message(kept), "'none'") != NULL);
    orchestra_error_free(kept);
}

static void types_are_told_apart(const char *path) {
    orchestra_store *store;
    orchestra_error *other;
    OK(orchestra_store_open(TEXT(path), NULL, &store, &error));
    CHECK(orchestra_agent_heartbeat(store, TEXT("none"), &other) == ORCHESTRA_NOT_FOUND);
    MISUSED("orchestra_store: the handle is of another type",
          orchestra_store_close((orchestra_store *)other, &error));
    CHECK(orchestra_error_code((orchestra_error *)store) == ORCHESTRA_OK);
    CHECK(orchestra_error_message((orchestra_error *)store) == NULL);
    /* Not freed, since they are not what they are said to be. */
    orchestra_error_free((orchestra_error *)store);
    orchestra_store_free((orchestra_store *)other);
    CHECK(orchestra_error_code(other) == ORCHESTRA_NOT_FOUND);
    orchestra_error_free(other);
    orchestra_store_free(store);
}

static void outputs_have_to_be_aligned(const char *path) {
    orchestra_store *store;
    uint64_t memory[4] = {0};
    orchestra_buffer *crooked = (orchestra_buffer *)(void *)((uint8_t *)memory + 1);
    OK(orchestra_store_open(TEXT(path), NULL, &store, &error));
    MISUSED("agents: the output is not aligned", orchestra_agent_list(store, crooked, &error));
    orchestra_buffer_free(crooked);
    orchestra_store_free(store);
}

static void closed_is_closed(const char *path) {
    orchestra_store *store, *child;
    orchestra_buffer out = {(uint8_t *)path, 1};
    OK(orchestra_store_open(TEXT(path), NULL, &store, &error));
    OK(orchestra_store_context(store, TEXT("{}"), &child, &error));
    OK(orchestra_store_close(child, &error));
    OK(orchestra_store_close(store, &error));
    FAILS(ORCHESTRA_CLOSED, "closed", orchestra_agent_list(store, &out, &error));
    CHECK(out.ptr == NULL && out.len == 0);
    FAILS(ORCHESTRA_CLOSED, "closed", orchestra_task_rescue_expired(child, 1, NULL, &error));
    orchestra_store_free(store);
    orchestra_store_free(child);
}

static void one_file_many_stores(const char *path) {
    orchestra_store *stores[4];
    for (int i = 0; i < 4; ++i) {
        OK(orchestra_store_open(TEXT(path), NULL, &stores[i], &error));
    }
    for (int i = 3; i >= 0; --i) {
        orchestra_store_free(stores[i]);
    }
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    const char *path = path_in(argv[1], "orchestra.db");
    nothing_is_freed();
    parents_go_first(path);
    types_are_told_apart(path);
    outputs_have_to_be_aligned(path);
    closed_is_closed(path);
    one_file_many_stores(path);
    return 0;
}
