/* Queues: how deep they are, pausing and resuming them. */
#include "store.h"

static void queues_are_listed(void) {
    OK(orchestra_task_enqueue_many(store,
                                   JSON([{"Command":"a", "RepositoryPath":"/srv/x", "QueueName":"slow"},
                                         {"Command":"b", "RepositoryPath":"/srv/x", "QueueName":"slow"},
                                         {"Command":"c", "RepositoryPath":"/srv/x"}]),
                                   NULL, &error));
    GIVES("{\"QueueName\":\"slow\",\"RepositoryPath\":\"/srv/x\",\"Pending\":2,",
          orchestra_queue_list(store, &out, &error));
}

static int32_t claimed(void) {
    OK(orchestra_task_claim_for_repository(store, TEXT("/srv/x"), TEXT("w"), 1, 0, &out, &error));
    int32_t any = strcmp((const char *)out.ptr, "[]") != 0;
    orchestra_buffer_free(&out);
    return any;
}

static void what_is_paused_is_not_handed_out(void) {
    GIVES("\"Reason\":\"the disk is full\"",
          orchestra_queue_pause(store, TEXT("slow"), NONE, TEXT("the disk is full"), &out, &error));
    OK(orchestra_queue_pause(store, NONE, TEXT("/srv/x"), NONE, NULL, &error));
    OK(orchestra_queue_pause(store, TEXT("slow"), TEXT("/srv/x"), NONE, NULL, &error));
    FAILS(ORCHESTRA_ALREADY_EXISTS, "is paused by",
          orchestra_queue_pause(store, TEXT("slow"), NONE, NONE, NULL, &error));
    CHECK(!claimed());
    GIVES("\"RepositoryPath\":\"/srv/x\"", orchestra_queue_list_pauses(store, &out, &error));

    GIVES("\"QueueName\":\"slow\",\"RepositoryPath\":null",
          orchestra_queue_resume(store, TEXT("slow"), NONE, &out, &error));
    OK(orchestra_queue_resume(store, TEXT("slow"), TEXT("/srv/x"), NULL, &error));
    OK(orchestra_queue_resume(store, NONE, TEXT("/srv/x"), NULL, &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "isn't paused",
          orchestra_queue_resume(store, TEXT("slow"), NONE, NULL, &error));
    GIVES("[]", orchestra_queue_list_pauses(store, &out, &error));
    CHECK(claimed());
}

/* Copies the text of a field out of the newest answer. */
static void taken_from(const orchestra_buffer *answer, const char *name, char text[129]) {
    const char *begin = strstr((const char *)answer->ptr, name);
    CHECK(begin != NULL);
    begin += strlen(name);
    snprintf(text, 129, "%.*s", (int)strcspn(begin, "\""), begin);
}

static void the_end_of_a_task_takes_the_next(void) {
    char id[129], token[129];
    OK(orchestra_task_enqueue_many(store,
                                   JSON([{"Command":"first", "RepositoryPath":"/srv/turns"},
                                         {"Command":"second", "RepositoryPath":"/srv/turns"},
                                         {"Command":"third", "RepositoryPath":"/srv/turns"}]),
                                   NULL, &error));
#define CLAIM JSON({"Worker":"w", "RepositoryPath":"/srv/turns"})
    OK(orchestra_task_claim_and_start(store, CLAIM, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"Status\":\"InProgress\"") != NULL);
    taken_from(&out, "\"Id\":\"", id);
    taken_from(&out, "\"LeaseToken\":\"", token);
    orchestra_buffer_free(&out);
    FAILS(ORCHESTRA_CONFLICT, "must be that of its present lease",
          orchestra_task_complete_and_claim(store, TEXT(id), TEXT("other"), TEXT("ok"), CLAIM, &out, &error));
    OK(orchestra_task_complete_and_claim(store, TEXT(id), TEXT(token), TEXT("ok"), CLAIM, &out, &error));
    CHECK(strncmp((const char *)out.ptr, "{\"Ended\":{", 10) == 0);
    const char *claimed = strstr((const char *)out.ptr, "\"Claimed\":[");
    CHECK(claimed != NULL && strstr(claimed, "\"Command\":\"second\"") != NULL);
    orchestra_buffer next = {(uint8_t *)(uintptr_t)claimed, strlen(claimed)};
    taken_from(&next, "\"Id\":\"", id);
    taken_from(&next, "\"LeaseToken\":\"", token);
    orchestra_buffer_free(&out);
    GIVES("\"Command\":\"third\"",
          orchestra_task_fail_and_claim(store, TEXT(id), TEXT(token), TEXT("no"), 1, CLAIM, &out, &error));
    INVALID("has to have AgentId, or Worker and RepositoryPath",
            orchestra_task_claim_and_start(store, JSON({}), &out, &error));
}

static void something_has_to_be_named(void) {
    INVALID("must name a queue, a repository or both", orchestra_queue_pause(store, NONE, NONE, NONE, NULL, &error));
    INVALID("must name a queue, a repository or both", orchestra_queue_resume(store, NONE, NONE, NULL, &error));
}

STEPS(queues_are_listed, what_is_paused_is_not_handed_out, the_end_of_a_task_takes_the_next,
      something_has_to_be_named)
