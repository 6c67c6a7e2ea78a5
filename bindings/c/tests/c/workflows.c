/* Workflows and their executions: versions, a run from start to end, steering, bad input. */
#include "check.h"

static orchestra_store *store;
static orchestra_error *error;
static orchestra_buffer out;

static char first[64], second[64];

static void versions(void) {
    OK(orchestra_workflow_publish(
        store,
        JSON({"Name":"Release", "Tags":["a"],
              "InputSchema":{"properties":{"target":{"type":"string"}}, "required":["target"]},
              "Definition":{"stages":[{"name":"build", "tasks":[{"command":"make {{target}}"}]},
                                      {"name":"test", "tasks":[{"command":"make test"}]}]}}),
        &out, &error));
    take(&out, "Id", first, sizeof first);
    OK(orchestra_workflow_publish(
        store, JSON({"Name":"Release", "Definition":{"stages":[{"name":"a", "tasks":[{"command":"b"}]}]}}),
        &out, &error));
    take(&out, "Id", second, sizeof second);
    OK(orchestra_workflow_get(store, TEXT(second), &out, &error));
    HOLDS(out, "\"Version\":\"1.1.0\"");
    OK(orchestra_workflow_history(store, TEXT("Release"), &out, &error));
    HOLDS(out, "\"Version\":\"1.0.0\"");
    FAILS(ORCHESTRA_CONFLICT, "not the active one",
          orchestra_workflow_start(store, TEXT(first), NONE, &out, &error));

    OK(orchestra_workflow_activate(store, TEXT(first), &out, &error));
    HOLDS(out, "\"IsActive\":true");
    OK(orchestra_workflow_get_active(store, TEXT("Release"), &out, &error));
    HOLDS(out, "\"Version\":\"1.0.0\"");
    OK(orchestra_workflow_list_active(store, &out, &error));
    CHECK(strstr((const char *)out.ptr, second) == NULL);
    HOLDS(out, first);
}

static void start(const char *id) {
    char document[256];
    snprintf(document, sizeof document,
             "{\"Id\":\"%s\",\"RepositoryPath\":\"/srv/x\",\"InputParameters\":{\"target\":\"all\"}}", id);
    OK(orchestra_workflow_start(store, TEXT(first), TEXT(document), &out, &error));
    HOLDS(out, "\"Status\":\"Pending\"");
}

/* Runs the one task that can be claimed. */
static void run_next(const char *command, int succeeds) {
    char id[64], token[129];
    OK(orchestra_task_claim_for_repository(store, TEXT("/srv/x"), TEXT("worker"), 5, 0, &out, &error));
    CHECK(strstr((const char *)out.ptr, command) != NULL);
    orchestra_buffer again = {malloc(out.len + 1), out.len};
    memcpy(again.ptr, out.ptr, out.len + 1);
    take(&out, "LeaseToken", token, sizeof token);
    const char *found = strstr((const char *)again.ptr, "\"Id\":\"");
    snprintf(id, sizeof id, "%.*s", (int)strcspn(found + 6, "\""), found + 6);
    free(again.ptr);
    OK(orchestra_task_start(store, TEXT(id), TEXT(token), NULL, &error));
    if (succeeds)
        OK(orchestra_task_complete(store, TEXT(id), TEXT(token), TEXT("done"), NULL, &error));
    else
        OK(orchestra_task_fail(store, TEXT(id), TEXT(token), TEXT("no space"), 1, NULL, &error));
}

static void run_from_start_to_end(void) {
    start("e1");
    OK(orchestra_execution_pause(store, TEXT("e1"), &out, &error));
    HOLDS(out, "\"Status\":\"Paused\"");
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Paused", orchestra_execution_pause(store, TEXT("e1"), NULL, &error));
    OK(orchestra_task_claim_for_repository(store, TEXT("/srv/x"), TEXT("worker"), 5, 0, &out, &error));
    HOLDS(out, "[]");
    OK(orchestra_execution_resume(store, TEXT("e1"), &out, &error));
    HOLDS(out, "\"Status\":\"Running\"");
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Running",
          orchestra_execution_resume(store, TEXT("e1"), NULL, &error));

    run_next("make all", 1);
    OK(orchestra_execution_stages(store, TEXT("e1"), &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"Name\":\"build\",\"State\":\"Completed\"") != NULL);
    HOLDS(out, "\"Name\":\"test\",\"State\":\"Pending\"");
    OK(orchestra_execution_task_tree(store, TEXT("e1"), &out, &error));
    HOLDS(out, "\"ProgressPercentage\":50.0,\"Tasks\":2");
    OK(orchestra_workflow_task_tree(store, TEXT(first), &out, &error));
    HOLDS(out, "\"WorkflowExecutionId\":\"e1\"");
    run_next("make test", 1);
    OK(orchestra_execution_get(store, TEXT("e1"), &out, &error));
    HOLDS(out, "\"OutputResults\":{\"build\":[\"done\"],\"test\":[\"done\"]}");
    OK(orchestra_execution_recover(store, &out, &error));
    HOLDS(out, "[]");
}

static void failure_retry_and_cancel(void) {
    start("e2");
    run_next("make all", 0);
    OK(orchestra_execution_get(store, TEXT("e2"), &out, &error));
    HOLDS(out, "\"ErrorStage\":\"build\"");
    OK(orchestra_execution_retry(store, TEXT("e2"), NONE, &out, &error));
    HOLDS(out, "\"RetryCount\":1");
    FAILS(ORCHESTRA_INVALID_TRANSITION, "e2",
          orchestra_execution_retry(store, TEXT("e2"), NONE, NULL, &error));
    OK(orchestra_execution_cancel(store, TEXT("e2"), TEXT("not needed"), &out, &error));
    HOLDS(out, "\"ErrorMessage\":\"not needed\"");
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Cancelled",
          orchestra_execution_cancel(store, TEXT("e2"), NONE, NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "'nowhere'",
          orchestra_execution_retry(store, TEXT("e2"), TEXT("nowhere"), NULL, &error));

    OK(orchestra_execution_list(store, JSON({"Status":"Cancelled"}), 10, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"e1\"") == NULL);
    HOLDS(out, "\"Id\":\"e2\"");
    OK(orchestra_execution_list(store, NONE, 10, &out, &error));
    HOLDS(out, "\"Id\":\"e1\"");
}

static void what_was_changed_by_other_means_is_derived_anew(void) {
    start("e3");
    OK(orchestra_entity_update(store, ORCHESTRA_ENTITY_WORKFLOW_EXECUTIONS,
                               JSON({"Id":"e3", "CurrentStage":"nowhere"}), NULL, &error));
    OK(orchestra_execution_recover(store, &out, &error));
    HOLDS(out, "\"CurrentStage\":\"build\"");
    OK(orchestra_execution_recover(store, NULL, &error));
}

static void bad_input(void) {
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "unknown field `Nmae`",
          orchestra_workflow_publish(store, JSON({"Nmae":"x"}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "stages[0].dependsOn[0]",
          orchestra_workflow_publish(
              store,
              JSON({"Name":"x", "Definition":{"stages":[{"name":"a", "dependsOn":["b"],
                                                         "tasks":[{"command":"c"}]}]}}),
              NULL, &error));
    FAILS(ORCHESTRA_CONFLICT, "must be greater",
          orchestra_workflow_publish(
              store,
              JSON({"Name":"Release", "Version":"0.9.0",
                    "Definition":{"stages":[{"name":"a", "tasks":[{"command":"b"}]}]}}),
              NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "target",
          orchestra_workflow_start(store, TEXT(first), JSON({"RepositoryPath":"/srv/x"}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "unknown field `Input`",
          orchestra_workflow_start(store, TEXT(first), JSON({"Input":{}}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "unknown field `State`",
          orchestra_execution_list(store, JSON({"State":1}), 1, &out, &error));

    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_workflow_get(store, TEXT("no"), &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_workflow_get_active(store, TEXT("no"), &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_workflow_activate(store, TEXT("no"), &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_workflow_task_tree(store, TEXT("no"), &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_execution_get(store, TEXT("no"), &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_execution_stages(store, TEXT("no"), &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_execution_task_tree(store, TEXT("no"), &out, &error));
    OK(orchestra_workflow_history(store, TEXT("no"), &out, &error));
    HOLDS(out, "[]");
    FAILS(ORCHESTRA_MISUSE, "workflows: the output is NULL",
          orchestra_workflow_list_active(store, NULL, &error));
    FAILS(ORCHESTRA_MISUSE, "NULL", orchestra_execution_recover(NULL, &out, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    versions();
    run_from_start_to_end();
    failure_retry_and_cancel();
    what_was_changed_by_other_means_is_derived_anew();
    bad_input();
    orchestra_store_free(store);
    return 0;
}
