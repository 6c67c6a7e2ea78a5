/* Chat: sessions, messages in threads, edits, delivery, search, retention: chat DIRECTORY */
#include "check.h"

static orchestra_error *error;
static orchestra_store *store;
static char session[129], question[129];

/* Adds a message with this text, as the answer to another one if that is not NULL. */
static orchestra_status append(const char *text, const char *parent, orchestra_buffer *out) {
    char json[1024];
    snprintf(json, sizeof json, "{\"SessionId\":\"%s\",\"MessageType\":\"User\",\"Content\":\"%s\"%s%s%s}", session, text,
             parent == NULL ? "" : ",\"ParentMessageId\":\"", parent == NULL ? "" : parent, parent == NULL ? "" : "\"");
    return orchestra_chat_append_message(store, TEXT(json), out, &error);
}

static void sessions(void) {
    orchestra_buffer out;
    OK(orchestra_chat_get_or_create_session(store, TEXT("ann"), TEXT("host"), TEXT("First"), &out, &error));
    take(&out, "Id", session, sizeof session);
    OK(orchestra_chat_get_or_create_session(store, TEXT("ann"), TEXT("host"), TEXT("Second"), &out, &error));
    HOLDS(out, "\"Title\":\"First\"");
    OK(orchestra_chat_rename_session(store, TEXT(session), TEXT("Renamed"), &out, &error));
    HOLDS(out, "\"Title\":\"Renamed\"");
    OK(orchestra_chat_get_session(store, TEXT(session), &out, &error));
    HOLDS(out, "\"InstanceId\":\"host\"");
    OK(orchestra_chat_get_or_create_session(store, TEXT("ann"), TEXT("other"), TEXT(""), NULL, &error));
    OK(orchestra_chat_list_sessions(store, TEXT("ann"), NONE, 10, &out, &error));
    HOLDS(out, "\"Next\":null");
}

/* Takes the cursor out of an answer: a JSON text that has JSON in it. */
static void take_next(orchestra_buffer *buffer, char *next, size_t size) {
    const char *at = strstr((const char *)buffer->ptr, "\"Next\":\"");
    CHECK(at != NULL);
    size_t length = 0;
    for (at += strlen("\"Next\":\""); *at != '"'; at++) {
        at += *at == '\\';
        CHECK(length + 1 < size);
        next[length++] = *at;
    }
    next[length] = '\0';
    orchestra_buffer_free(buffer);
}

static void messages(void) {
    orchestra_buffer out;
    char next[512];
    OK(append("Where is the bug?", NULL, &out));
    take(&out, "Id", question, sizeof question);
    OK(append("In the parser.", question, &out));
    CHECK(strstr((const char *)out.ptr, "\"ThreadId\":\"") != NULL);
    HOLDS(out, question);
    OK(orchestra_chat_get_message(store, TEXT(question), &out, &error));
    HOLDS(out, "\"DeliveryStatus\":\"Pending\"");

    OK(orchestra_chat_list_messages(store, TEXT(session), NONE, NONE, 1, &out, &error));
    CHECK(strstr((const char *)out.ptr, "In the parser.") != NULL);
    take_next(&out, next, sizeof next);
    OK(orchestra_chat_list_messages(store, TEXT(session), NONE, TEXT(next), 1, &out, &error));
    CHECK(strstr((const char *)out.ptr, "Where is the bug?") != NULL);
    HOLDS(out, "\"Next\":null");
    OK(orchestra_chat_list_messages(store, TEXT(session), JSON({"DeliveryStatus":"Read"}), NONE, 9, &out, &error));
    HOLDS(out, "\"Items\":[]");
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "cursor",
          orchestra_chat_list_messages(store, TEXT(session), NONE, TEXT("x"), 1, &out, &error));
}

static void edits_and_delivery(void) {
    orchestra_buffer out;
    OK(orchestra_chat_edit_message(store, TEXT(question), JSON({"Content":"Where are the bugs?","Reason":"more"}), &out, &error));
    HOLDS(out, "\"IsEdited\":true");
    OK(orchestra_chat_edit_history(store, TEXT(question), &out, &error));
    HOLDS(out, "\"PreviousContent\":\"Where is the bug?\"");
    OK(orchestra_chat_set_delivery_status(store, TEXT(question), ORCHESTRA_DELIVERY_SENT, NULL, &error));
    OK(orchestra_chat_set_delivery_status(store, TEXT(question), ORCHESTRA_DELIVERY_DELIVERED, &out, &error));
    HOLDS(out, "\"DeliveredAt\":\"2");
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Delivered",
          orchestra_chat_set_delivery_status(store, TEXT(question), ORCHESTRA_DELIVERY_FAILED, NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "status",
          orchestra_chat_set_delivery_status(store, TEXT(question), 9, NULL, &error));
}

static void search_and_retention(void) {
    orchestra_buffer out;
    int64_t count = -1;
    OK(orchestra_chat_search(store, JSON({"Text":"pars","Matching":"Prefixes","UserId":"ann"}), 10, &out, &error));
    HOLDS(out, "\"Snippet\":\"In the [parser].\"");
    OK(orchestra_chat_count_expired(store, JSON({"NewestPerSession":1}), &count, &error));
    CHECK(count == 1);
    OK(orchestra_chat_count_expired(store, JSON({"OlderThan":"1.00:00:00"}), &count, &error));
    CHECK(count == 0);
    OK(orchestra_chat_remove_expired(store, JSON({"NewestPerSession":1}), 10, &count, &error));
    CHECK(count == 1);
    OK(orchestra_chat_remove_expired(store, JSON({"NewestPerSession":1}), 10, NULL, &error));
    FAILS(ORCHESTRA_NOT_FOUND, question, orchestra_chat_get_message(store, TEXT(question), &out, &error));
}

static void bad_input(void) {
    orchestra_buffer out;
    int64_t count;
    const orchestra_status invalid = ORCHESTRA_INVALID_ARGUMENT, missing = ORCHESTRA_NOT_FOUND;
    FAILS(invalid, "Content", append("", NULL, NULL));
    FAILS(missing, "'none'", append("x", "none", NULL));
    char json[512];
    snprintf(json, sizeof json, "{\"SessionId\":\"%s\",\"MessageType\":1,\"Content\":\"x\",\"AgentId\":\"none\"}", session);
    FAILS(ORCHESTRA_CONSTRAINT_VIOLATION, "FOREIGN KEY", orchestra_chat_append_message(store, TEXT(json), NULL, &error));
    FAILS(invalid, "unknown field `Text`", orchestra_chat_append_message(store, JSON({"Text":"x"}), NULL, &error));
    FAILS(missing, "'none'", orchestra_chat_get_session(store, TEXT("none"), &out, &error));
    FAILS(missing, "'none'", orchestra_chat_rename_session(store, TEXT("none"), TEXT("x"), NULL, &error));
    FAILS(missing, "'none'", orchestra_chat_edit_message(store, TEXT("none"), JSON({"Content":"x"}), NULL, &error));
    FAILS(missing, "'none'", orchestra_chat_edit_history(store, TEXT("none"), &out, &error));
    FAILS(invalid, "InstanceId", orchestra_chat_get_or_create_session(store, TEXT("ann"), NONE, NONE, NULL, &error));
    FAILS(invalid, "Text", orchestra_chat_search(store, JSON({"Text":"!"}), 1, &out, &error));
    FAILS(invalid, "limit", orchestra_chat_search(store, JSON({"Text":"x"}), 0, &out, &error));
    FAILS(invalid, "unknown variant `Older`", orchestra_chat_count_expired(store, JSON({"Older":1}), &count, &error));
    FAILS(invalid, "retention", orchestra_chat_remove_expired(store,
        JSON({"NewestPerSession":1,"OlderThan":"1.00:00:00"}), 1, NULL, &error));
    FAILS(invalid, "limit", orchestra_chat_remove_expired(store, JSON({"NewestPerSession":1}), 0, NULL, &error));
}

static void no_store(void) {
    orchestra_buffer out;
    int64_t count;
    NEEDS_STORE(orchestra_chat_get_or_create_session(NULL, TEXT("u"), TEXT("i"), NONE, NULL, &error));
    NEEDS_STORE(orchestra_chat_get_session(NULL, TEXT("s"), &out, &error));
    NEEDS_STORE(orchestra_chat_rename_session(NULL, TEXT("s"), NONE, NULL, &error));
    NEEDS_STORE(orchestra_chat_list_sessions(NULL, TEXT("u"), NONE, 1, &out, &error));
    NEEDS_STORE(orchestra_chat_append_message(NULL,
        JSON({"SessionId":"s","MessageType":0,"Content":"x"}), NULL, &error));
    NEEDS_STORE(orchestra_chat_get_message(NULL, TEXT("m"), &out, &error));
    NEEDS_STORE(orchestra_chat_list_messages(NULL, TEXT("s"), NONE, NONE, 1, &out, &error));
    NEEDS_STORE(orchestra_chat_edit_message(NULL, TEXT("m"), JSON({"Content":"x"}), NULL, &error));
    NEEDS_STORE(orchestra_chat_edit_history(NULL, TEXT("m"), &out, &error));
    NEEDS_STORE(orchestra_chat_set_delivery_status(NULL, TEXT("m"), ORCHESTRA_DELIVERY_READ, NULL, &error));
    NEEDS_STORE(orchestra_chat_search(NULL, JSON({"Text":"x"}), 1, &out, &error));
    NEEDS_STORE(orchestra_chat_count_expired(NULL, JSON({"NewestPerSession":1}), &count, &error));
    NEEDS_STORE(orchestra_chat_remove_expired(NULL, JSON({"NewestPerSession":1}), 1, NULL, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    sessions();
    messages();
    edits_and_delivery();
    search_and_retention();
    bad_input();
    no_store();
    orchestra_store_free(store);
    return 0;
}
