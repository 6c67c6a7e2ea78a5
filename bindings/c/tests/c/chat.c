/* Chat: sessions, messages in threads, edits, delivery, search, retention: chat DIRECTORY */
#include "store.h"

static char session[129], question[129];

/* Adds a message with this text, as the answer to another one if that is not NULL. */
static orchestra_status append(const char *text, const char *parent, orchestra_buffer *out) {
    char json[1024];
    snprintf(json, sizeof json, "{\"SessionId\":\"%s\",\"MessageType\":\"User\",\"Content\":\"%s\"%s%s%s}", session, text,
             parent == NULL ? "" : ",\"ParentMessageId\":\"", parent == NULL ? "" : parent, parent == NULL ? "" : "\"");
    return orchestra_chat_append_message(store, TEXT(json), out, &error);
}

static void sessions(void) {
    OK(orchestra_chat_get_or_create_session(store, TEXT("ann"), TEXT("host"), TEXT("First"), &out, &error));
    take(&out, "Id", session, sizeof session);
    GIVES("\"Title\":\"First\"",
          orchestra_chat_get_or_create_session(store, TEXT("ann"), TEXT("host"), TEXT("Second"), &out, &error));
    GIVES("\"Title\":\"Renamed\"",
          orchestra_chat_rename_session(store, TEXT(session), TEXT("Renamed"), &out, &error));
    GIVES("\"InstanceId\":\"host\"", orchestra_chat_get_session(store, TEXT(session), &out, &error));
    OK(orchestra_chat_get_or_create_session(store, TEXT("ann"), TEXT("other"), TEXT(""), NULL, &error));
    GIVES("\"UserId\":null", orchestra_chat_get_or_create_session(store, NONE, TEXT("host"), TEXT(""), &out, &error));
    OK(orchestra_chat_create_session(store, JSON({"Id":"own","InstanceId":"host"}), NULL, &error));
    FAILS(ORCHESTRA_ALREADY_EXISTS, "ChatSessions.Id",
          orchestra_chat_create_session(store, JSON({"Id":"own","InstanceId":"host"}), NULL, &error));
    GIVES_BOTH("\"CreatedBy\":\"Claude\"", "\"Metadata\":{\"Mood\":\"calm\"}",
          orchestra_chat_append_message(store, JSON({"SessionId":"own","MessageType":"Agent","Content":"Done.",
              "Author":"Claude","Metadata":{"Mood":"calm"}}), &out, &error));
    GIVES("\"Next\":null", orchestra_chat_list_sessions(store, TEXT("ann"), NONE, 10, &out, &error));
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
    char next[512];
    OK(append("Where is the bug?", NULL, &out));
    take(&out, "Id", question, sizeof question);
    GIVES_BOTH("\"ThreadId\":\"", question, append("In the parser.", question, &out));
    GIVES("\"DeliveryStatus\":\"Pending\"", orchestra_chat_get_message(store, TEXT(question), &out, &error));

    OK(orchestra_chat_list_messages(store, TEXT(session), NONE, NONE, 1, &out, &error));
    CHECK(contains(&out, "In the parser."));
    take_next(&out, next, sizeof next);
    GIVES_BOTH("Where is the bug?", "\"Next\":null",
          orchestra_chat_list_messages(store, TEXT(session), NONE, TEXT(next), 1, &out, &error));
    GIVES("\"Items\":[]",
          orchestra_chat_list_messages(store, TEXT(session), JSON({"DeliveryStatus":"Read"}), NONE, 9, &out, &error));
    INVALID("cursor", orchestra_chat_list_messages(store, TEXT(session), NONE, TEXT("x"), 1, &out, &error));
}

static void edits_and_delivery(void) {
    GIVES("\"IsEdited\":true",
          orchestra_chat_edit_message(store, TEXT(question), JSON({"Content":"Where are the bugs?","Reason":"more"}), &out, &error));
    GIVES("\"PreviousContent\":\"Where is the bug?\"",
          orchestra_chat_edit_history(store, TEXT(question), &out, &error));
    OK(orchestra_chat_set_delivery_status(store, TEXT(question), ORCHESTRA_DELIVERY_SENT, NULL, &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Acknowledged",
          orchestra_chat_acknowledge_message(store, TEXT(question), NULL, &error));
    GIVES("\"DeliveredAt\":\"2",
          orchestra_chat_set_delivery_status(store, TEXT(question), ORCHESTRA_DELIVERY_DELIVERED, &out, &error));
    GIVES("\"AcknowledgedAt\":\"2", orchestra_chat_acknowledge_message(store, TEXT(question), &out, &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Delivered",
          orchestra_chat_set_delivery_status(store, TEXT(question), ORCHESTRA_DELIVERY_FAILED, NULL, &error));
    INVALID("status", orchestra_chat_set_delivery_status(store, TEXT(question), 9, NULL, &error));
}

static void search_and_retention(void) {
    int64_t count = -1;
    GIVES("\"Snippet\":\"In the [parser].\"",
          orchestra_chat_search(store, JSON({"Text":"pars","Matching":"Prefixes","UserId":"ann"}), 10, &out, &error));
    MAKES(count == 1, orchestra_chat_count_expired(store, JSON({"NewestPerSession":1}), &count, &error));
    MAKES(count == 0, orchestra_chat_count_expired(store, JSON({"OlderThan":"1.00:00:00"}), &count, &error));
    MAKES(count == 1, orchestra_chat_remove_expired(store, JSON({"NewestPerSession":1}), 10, &count, &error));
    OK(orchestra_chat_remove_expired(store, JSON({"NewestPerSession":1}), 10, NULL, &error));
    MISSING(question, orchestra_chat_get_message(store, TEXT(question), &out, &error));
}

static void bad_input(void) {
    int64_t count;
    INVALID("Content", append("", NULL, NULL));
    MISSING("'none'", append("x", "none", NULL));
    char json[512];
    snprintf(json, sizeof json, "{\"SessionId\":\"%s\",\"MessageType\":1,\"Content\":\"x\",\"AgentId\":\"none\"}", session);
    FAILS(ORCHESTRA_CONSTRAINT_VIOLATION, "AgentId", orchestra_chat_append_message(store, TEXT(json), NULL, &error));
    INVALID("unknown field `Text`", orchestra_chat_append_message(store, JSON({"Text":"x"}), NULL, &error));
    MISSING("'none'", orchestra_chat_get_session(store, TEXT("none"), &out, &error));
    MISSING("'none'", orchestra_chat_rename_session(store, TEXT("none"), TEXT("x"), NULL, &error));
    MISSING("'none'", orchestra_chat_edit_message(store, TEXT("none"), JSON({"Content":"x"}), NULL, &error));
    MISSING("'none'", orchestra_chat_edit_history(store, TEXT("none"), &out, &error));
    INVALID("InstanceId", orchestra_chat_get_or_create_session(store, TEXT("ann"), NONE, NONE, NULL, &error));
    INVALID("Text", orchestra_chat_search(store, JSON({"Text":"!"}), 1, &out, &error));
    INVALID("limit", orchestra_chat_search(store, JSON({"Text":"x"}), 0, &out, &error));
    INVALID("unknown variant `Older`",
          orchestra_chat_count_expired(store, JSON({"Older":1}), &count, &error));
    INVALID("retention",
          orchestra_chat_remove_expired(store,
        JSON({"NewestPerSession":1,"OlderThan":"1.00:00:00"}), 1, NULL, &error));
    INVALID("limit", orchestra_chat_remove_expired(store, JSON({"NewestPerSession":1}), 0, NULL, &error));
}

STEPS(sessions, messages, edits_and_delivery, search_and_retention, bad_input)
