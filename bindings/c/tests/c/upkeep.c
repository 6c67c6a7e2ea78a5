/* Looking after a database: upkeep, checks, repairs, sizes. */
#include "check.h"

static orchestra_store *store;
static orchestra_error *error;
static orchestra_buffer out;

/* Claims t1 for 1 ms, and waits until that has ended. */
static void let_a_lease_end(void) {
    OK(orchestra_task_claim_for_repository(store, TEXT("/srv/x"), TEXT("w"), 1, 1, &out, &error));
    do {
        orchestra_buffer_free(&out);
        OK(orchestra_task_explain(store, TEXT("t1"), &out, &error));
    } while (strstr((const char *)out.ptr, "LeaseExpired") == NULL);
    orchestra_buffer_free(&out);
}

static void what_is_due_is_done(void) {
    OK(orchestra_task_enqueue(store, JSON({"Id":"t1", "Command":"a", "RepositoryPath":"/srv/x"}), NULL,
                              &error));
    let_a_lease_end();
    OK(orchestra_store_maintain_dry_run(store, &out, &error));
    HOLDS(out, "\"Count\":1");
    OK(orchestra_task_explain(store, TEXT("t1"), &out, &error));
    HOLDS(out, "LeaseExpired");
    OK(orchestra_store_maintain(store, 0, 0, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"Error\":{") == NULL);
    HOLDS(out, "\"MoreDue\":false");
    OK(orchestra_task_explain(store, TEXT("t1"), &out, &error));
    HOLDS(out, "\"Status\":\"Pending\"");
    OK(orchestra_store_maintain(store, 60000, 1, &out, &error));
    HOLDS(out, "\"MoreDue\":true");
    FAILS(ORCHESTRA_MISUSE, "report", orchestra_store_maintain_dry_run(store, NULL, &error));
}

static void what_can_be_computed_is_mended(void) {
    int32_t errors = -1;
    OK(orchestra_store_check(store, NULL, &errors, &error));
    CHECK(errors == 0);
    let_a_lease_end();
    OK(orchestra_store_repair(store, &out, &error));
    HOLDS(out, "{\"Repairs\":[{\"Table\":\"Tasks\",\"Row\":\"t1\",\"What\":\"put back into the queue");
    OK(orchestra_store_repair(store, &out, &error));
    HOLDS(out, "{\"Repairs\":[],\"Left\":{\"Findings\":[]}}");
    OK(orchestra_store_repair(store, NULL, &error));
}

static void sizes(void) {
    int64_t bytes = -1;
    OK(orchestra_store_measure(store, &out, &error));
    HOLDS(out, "{\"Database\":");
    OK(orchestra_store_checkpoint(store, &bytes, &error));
    CHECK(bytes == 0);
    OK(orchestra_store_shrink(store, 0, &bytes, &error));
    CHECK(bytes >= 0);
    OK(orchestra_store_shrink(store, UINT64_MAX, NULL, &error));
    OK(orchestra_store_vacuum(store, &bytes, &error));
    CHECK(bytes >= 0);
    FAILS(ORCHESTRA_MISUSE, "space: the output is NULL", orchestra_store_measure(store, NULL, &error));
}

static void a_closed_store_is_no_longer_looked_after(void) {
    int64_t bytes = -1;
    OK(orchestra_store_close(store, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_maintain(store, 0, 0, &out, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_maintain_dry_run(store, &out, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_repair(store, &out, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_measure(store, &out, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_checkpoint(store, &bytes, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_shrink(store, 0, &bytes, &error));
    FAILS(ORCHESTRA_CLOSED, "", orchestra_store_vacuum(store, &bytes, &error));
    CHECK(bytes == 0);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    what_is_due_is_done();
    what_can_be_computed_is_mended();
    sizes();
    a_closed_store_is_no_longer_looked_after();
    orchestra_store_free(store);
    return 0;
}
