/* Workflows and their executions: versions, a run from start to end, steering, bad input. */
#include "store.h"

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
    GIVES("\"Version\":\"1.1.0\"", orchestra_workflow_get(store, TEXT(second), &out, &error));
    GIVES("\"Version\":\"1.0.0\"", orchestra_workflow_history(store, TEXT("Release"), &out, &error));
    FAILS(ORCHESTRA_CONFLICT, "not the active one",
          orchestra_workflow_start(store, TEXT(first), NONE, &out, &error));

    GIVES("\"IsActive\":true", orchestra_workflow_activate(store, TEXT(first), &out, &error));
    GIVES("\"Version\":\"1.0.0\"", orchestra_workflow_get_active(store, TEXT("Release"), &out, &error));
    GIVES_NOT(second, first, orchestra_workflow_list_active(store, &out, &error));
}

static void start(const char *id) {
    char document[256];
    snprintf(document, sizeof document,
             "{\"Id\":\"%s\",\"RepositoryPath\":\"/srv/x\",\"InputParameters\":{\"target\":\"all\"}}", id);
    GIVES("\"Status\":\"Pending\"",
          orchestra_workflow_start(store, TEXT(first), TEXT(document), &out, &error));
}

/* Runs the one task that can be claimed. */
static void run_next(const char *command, int succeeds) {
    char id[64], token[129];
    OK(orchestra_task_claim_for_repository(store, TEXT("/srv/x"), TEXT("worker"), 5, 0, &out, &error));
    CHECK(contains(&out, command));
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
    GIVES("\"Status\":\"Paused\"", orchestra_execution_pause(store, TEXT("e1"), &out, &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Paused", orchestra_execution_pause(store, TEXT("e1"), NULL, &error));
    GIVES("[]",
          orchestra_task_claim_for_repository(store, TEXT("/srv/x"), TEXT("worker"), 5, 0, &out, &error));
    GIVES("\"Status\":\"Running\"", orchestra_execution_resume(store, TEXT("e1"), &out, &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Running",
          orchestra_execution_resume(store, TEXT("e1"), NULL, &error));

    run_next("make all", 1);
    GIVES_BOTH("\"Name\":\"build\",\"State\":\"Completed\"", "\"Name\":\"test\",\"State\":\"Pending\"",
          orchestra_execution_stages(store, TEXT("e1"), &out, &error));
    GIVES("\"ProgressPercentage\":50.0,\"Tasks\":2",
          orchestra_execution_task_tree(store, TEXT("e1"), &out, &error));
    GIVES("\"WorkflowExecutionId\":\"e1\"", orchestra_workflow_task_tree(store, TEXT(first), &out, &error));
    run_next("make test", 1);
    GIVES("\"OutputResults\":{\"build\":[\"done\"],\"test\":[\"done\"]}",
          orchestra_execution_get(store, TEXT("e1"), &out, &error));
    GIVES("[]", orchestra_execution_recover(store, &out, &error));
}

static void failure_retry_and_cancel(void) {
    start("e2");
    run_next("make all", 0);
    GIVES("\"ErrorStage\":\"build\"", orchestra_execution_get(store, TEXT("e2"), &out, &error));
    GIVES("\"RetryCount\":1", orchestra_execution_retry(store, TEXT("e2"), NONE, &out, &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "e2",
          orchestra_execution_retry(store, TEXT("e2"), NONE, NULL, &error));
    GIVES("\"ErrorMessage\":\"not needed\"",
          orchestra_execution_cancel(store, TEXT("e2"), TEXT("not needed"), &out, &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Cancelled",
          orchestra_execution_cancel(store, TEXT("e2"), NONE, NULL, &error));
    INVALID("'nowhere'", orchestra_execution_retry(store, TEXT("e2"), TEXT("nowhere"), NULL, &error));

    GIVES_NOT("\"e1\"", "\"Id\":\"e2\"",
          orchestra_execution_list(store, JSON({"Status":"Cancelled"}), 10, &out, &error));
    GIVES("\"Id\":\"e1\"", orchestra_execution_list(store, NONE, 10, &out, &error));
}

static void nothing_but_its_operations_changes_an_execution(void) {
    start("e3");
    INVALID("CurrentStage",
            orchestra_entity_update(store, ORCHESTRA_ENTITY_WORKFLOW_EXECUTIONS,
                                    JSON({"Id":"e3", "CurrentStage":"nowhere"}), NULL, &error));
    GIVES("[]", orchestra_execution_recover(store, &out, &error));
    OK(orchestra_execution_recover(store, NULL, &error));
}

static void bad_input(void) {
    INVALID("unknown field `Nmae`", orchestra_workflow_publish(store, JSON({"Nmae":"x"}), NULL, &error));
    INVALID("stages[0].dependsOn[0]",
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
    INVALID("target",
          orchestra_workflow_start(store, TEXT(first), JSON({"RepositoryPath":"/srv/x"}), NULL, &error));
    INVALID("unknown field `Input`",
          orchestra_workflow_start(store, TEXT(first), JSON({"Input":{}}), NULL, &error));
    INVALID("unknown field `State`", orchestra_execution_list(store, JSON({"State":1}), 1, &out, &error));

    MISSING("'no'", orchestra_workflow_get(store, TEXT("no"), &out, &error));
    MISSING("'no'", orchestra_workflow_get_active(store, TEXT("no"), &out, &error));
    MISSING("'no'", orchestra_workflow_activate(store, TEXT("no"), &out, &error));
    MISSING("'no'", orchestra_workflow_task_tree(store, TEXT("no"), &out, &error));
    MISSING("'no'", orchestra_execution_get(store, TEXT("no"), &out, &error));
    MISSING("'no'", orchestra_execution_stages(store, TEXT("no"), &out, &error));
    MISSING("'no'", orchestra_execution_task_tree(store, TEXT("no"), &out, &error));
    GIVES("[]", orchestra_workflow_history(store, TEXT("no"), &out, &error));
}

STEPS(versions, run_from_start_to_end, failure_retry_and_cancel,
      nothing_but_its_operations_changes_an_execution, bad_input)
