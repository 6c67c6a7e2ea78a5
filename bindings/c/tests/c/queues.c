/* Queues: how deep they are, pausing and resuming them. */
#include "check.h"

static orchestra_store *store;
static orchestra_error *error;
static orchestra_buffer out;

static void queues_are_listed(void) {
    OK(orchestra_task_enqueue_many(store,
                                   JSON([{"Command":"a", "RepositoryPath":"/srv/x", "QueueName":"slow"},
                                         {"Command":"b", "RepositoryPath":"/srv/x", "QueueName":"slow"},
                                         {"Command":"c", "RepositoryPath":"/srv/x"}]),
                                   NULL, &error));
    OK(orchestra_queue_list(store, &out, &error));
    HOLDS(out, "{\"QueueName\":\"slow\",\"RepositoryPath\":\"/srv/x\",\"Pending\":2,");
    FAILS(ORCHESTRA_MISUSE, "queues: the output is NULL", orchestra_queue_list(store, NULL, &error));
}

static int32_t claimed(void) {
    OK(orchestra_task_claim_for_repository(store, TEXT("/srv/x"), TEXT("w"), 1, 0, &out, &error));
    int32_t any = strcmp((const char *)out.ptr, "[]") != 0;
    orchestra_buffer_free(&out);
    return any;
}

static void what_is_paused_is_not_handed_out(void) {
    OK(orchestra_queue_pause(store, TEXT("slow"), NONE, TEXT("the disk is full"), &out, &error));
    HOLDS(out, "\"Reason\":\"the disk is full\"");
    OK(orchestra_queue_pause(store, NONE, TEXT("/srv/x"), NONE, NULL, &error));
    OK(orchestra_queue_pause(store, TEXT("slow"), TEXT("/srv/x"), NONE, NULL, &error));
    FAILS(ORCHESTRA_ALREADY_EXISTS, "is paused by",
          orchestra_queue_pause(store, TEXT("slow"), NONE, NONE, NULL, &error));
    CHECK(!claimed());
    OK(orchestra_queue_list_pauses(store, &out, &error));
    HOLDS(out, "\"RepositoryPath\":\"/srv/x\"");

    OK(orchestra_queue_resume(store, TEXT("slow"), NONE, &out, &error));
    HOLDS(out, "\"QueueName\":\"slow\",\"RepositoryPath\":null");
    OK(orchestra_queue_resume(store, TEXT("slow"), TEXT("/srv/x"), NULL, &error));
    OK(orchestra_queue_resume(store, NONE, TEXT("/srv/x"), NULL, &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "isn't paused",
          orchestra_queue_resume(store, TEXT("slow"), NONE, NULL, &error));
    OK(orchestra_queue_list_pauses(store, &out, &error));
    HOLDS(out, "[]");
    CHECK(claimed());
}

static void something_has_to_be_named(void) {
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "must name a queue, a repository or both",
          orchestra_queue_pause(store, NONE, NONE, NONE, NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "must name a queue, a repository or both",
          orchestra_queue_resume(store, NONE, NONE, NULL, &error));
    FAILS(ORCHESTRA_MISUSE, "pauses: the output is NULL", orchestra_queue_list_pauses(store, NULL, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    queues_are_listed();
    what_is_paused_is_not_handed_out();
    something_has_to_be_named();
    orchestra_store_free(store);
    return 0;
}
