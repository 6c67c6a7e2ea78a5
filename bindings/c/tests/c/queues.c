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

static void something_has_to_be_named(void) {
    INVALID("must name a queue, a repository or both", orchestra_queue_pause(store, NONE, NONE, NONE, NULL, &error));
    INVALID("must name a queue, a repository or both", orchestra_queue_resume(store, NONE, NONE, NULL, &error));
}

STEPS(queues_are_listed, what_is_paused_is_not_handed_out, something_has_to_be_named)
