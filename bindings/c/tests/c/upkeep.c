/* Looking after a database: upkeep, checks, repairs, sizes. */
#include "store.h"

/* Claims the task of a repository for 1 ms, and waits until that has ended. */
static void let_a_lease_end(const char *task, const char *repository) {
    OK(orchestra_task_claim_for_repository(store, TEXT(repository), TEXT("w"), 1, 1, &out, &error));
    CHECK(contains(&out, task));
    do {
        orchestra_buffer_free(&out);
        OK(orchestra_task_explain(store, TEXT(task), &out, &error));
    } while (!contains(&out, "LeaseExpired"));
    orchestra_buffer_free(&out);
}

static void what_is_due_is_done(void) {
    OK(orchestra_task_enqueue(store, JSON({"Id":"t1", "Command":"a", "RepositoryPath":"/srv/x"}), NULL,
                              &error));
    let_a_lease_end("t1", "/srv/x");
    GIVES("\"Count\":1", orchestra_store_maintain_dry_run(store, &out, &error));
    GIVES("LeaseExpired", orchestra_task_explain(store, TEXT("t1"), &out, &error));
    GIVES_NOT("\"Error\":{", "\"MoreDue\":false", orchestra_store_maintain(store, 0, 0, &out, &error));
    GIVES("\"Status\":\"Pending\"", orchestra_task_explain(store, TEXT("t1"), &out, &error));
    GIVES("\"MoreDue\":true", orchestra_store_maintain(store, 60000, 1, &out, &error));
    OK(orchestra_store_trust_clock(store, &error));
}

static void what_can_be_computed_is_mended(void) {
    int32_t errors = -1;
    MAKES(errors == 0, orchestra_store_check(store, NULL, &errors, &error));
    OK(orchestra_task_enqueue(store, JSON({"Id":"t2", "Command":"a", "RepositoryPath":"/srv/y"}), NULL,
                              &error));
    let_a_lease_end("t2", "/srv/y");
    GIVES("{\"Repairs\":[{\"Table\":\"Tasks\",\"Row\":\"t2\",\"What\":\"put back into the queue",
          orchestra_store_repair(store, &out, &error));
    GIVES("{\"Repairs\":[],\"Left\":{\"Findings\":[]}}", orchestra_store_repair(store, &out, &error));
    OK(orchestra_store_repair(store, NULL, &error));
}

static void what_a_person_wrote_is_taken_out(void) {
    OK(orchestra_preference_set(store, JSON({"Key":"motto","Value":"mine"}), NULL, &error));
    GIVES_BOTH("\"UserPreferences\":1", "\"IsDryRun\":true",
               orchestra_user_erase(store, TEXT("system"), NONE, 0, &out, &error));
    GIVES_BOTH("\"UserPreferences\":1", "\"IsDryRun\":false",
               orchestra_user_erase(store, TEXT("system"), NONE, 1, &out, &error));
    GIVES("\"Counts\":{}", orchestra_user_erase(store, TEXT("system"), NONE, 1, &out, &error));
    OK(orchestra_user_erase(store, TEXT("system"), NONE, 1, NULL, &error));
}

static void sizes(void) {
    int64_t bytes = -1;
    GIVES("{\"Database\":", orchestra_store_measure(store, &out, &error));
    MAKES(bytes == 0, orchestra_store_checkpoint(store, &bytes, &error));
    MAKES(bytes >= 0, orchestra_store_shrink(store, 0, &bytes, &error));
    OK(orchestra_store_shrink(store, UINT64_MAX, NULL, &error));
    MAKES(bytes >= 0, orchestra_store_vacuum(store, &bytes, &error));
}

static void a_closed_store_is_no_longer_looked_after(void) {
    int64_t bytes = -1;
    OK(orchestra_store_close(store, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_maintain(store, 0, 0, &out, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_maintain_dry_run(store, &out, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_trust_clock(store, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_repair(store, &out, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_measure(store, &out, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_checkpoint(store, &bytes, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_shrink(store, 0, &bytes, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_vacuum(store, &bytes, &error));
    CHECK(bytes == 0);
}

STEPS(what_is_due_is_done, what_can_be_computed_is_mended, what_a_person_wrote_is_taken_out, sizes,
      a_closed_store_is_no_longer_looked_after)
