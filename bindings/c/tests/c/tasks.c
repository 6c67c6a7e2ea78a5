/* Tasks beyond the path that each takes: dependencies, lists, steering, claims from queues, metrics. */
#include "store.h"

static void tasks_wait_for_each_other(void) {
    OK(orchestra_task_enqueue_many(
        store,
        JSON([{"Id":"t1", "Command":"make", "RepositoryPath":"/srv/x", "CorrelationId":"c1"},
              {"Id":"t2", "Command":"make test", "RepositoryPath":"/srv/x", "CorrelationId":"c1",
               "DependsOn":[0], "OnDependencyFailure":"Cancel"}]),
        NULL, &error));
    GIVES("{\"Reason\":\"WaitsFor\",\"TaskId\":\"t1\",\"Status\":\"Pending\"}",
          orchestra_task_explain(store, TEXT("t2"), &out, &error));
    MISSING("'no'", orchestra_task_explain(store, TEXT("no"), &out, &error));
    INVALID("must not form a cycle",
          orchestra_task_enqueue_many(
              store,
              JSON([{"Command":"a", "RepositoryPath":"/srv/x", "DependsOn":[1]},
                    {"Command":"b", "RepositoryPath":"/srv/x", "DependsOn":[0]}]),
              NULL, &error));
    GIVES_NOT("\"t2\"", "\"Id\":\"t1\"", orchestra_task_list_correlated(store, TEXT("c1"), 1, &out, &error));
    INVALID("CorrelationId", orchestra_task_list_correlated(store, NONE, 1, &out, &error));
    GIVES("\"Id\":\"t2\"", orchestra_task_list_pending(store, 10, &out, &error));
}

/* Claims the next task of the repository and starts it. */
static void start(const char *id, char *token, size_t size) {
    OK(orchestra_task_claim_for_repository(store, TEXT("/srv/x"), TEXT("worker"), 1, 0, &out, &error));
    CHECK(contains(&out, id));
    take(&out, "LeaseToken", token, size);
    OK(orchestra_task_start(store, TEXT(id), TEXT(token), NULL, &error));
}

static void what_was_measured_is_kept(void) {
    char token[129];
    start("t1", token, sizeof token);
    GIVES("\"ProgressPercentage\":50",
          orchestra_task_update_progress_with_metrics(store, TEXT("t1"), TEXT(token), 50, TEXT("half-way"), 0,
                                                   JSON({"Files":3}), &out, &error));
    INVALID("must be at least",
          orchestra_task_update_progress_with_metrics(store, TEXT("t1"), TEXT(token), 20, NONE, 0, JSON({}),
                                                      NULL, &error));
    INVALID("metrics",
          orchestra_task_update_progress_with_metrics(store, TEXT("t1"), TEXT(token), 60, NONE, 0,
                                                      JSON([3]), NULL, &error));
    do { /* until it has run for 1 ms */
        orchestra_buffer_free(&out);
        OK(orchestra_task_list_long_running(store, 1, 10, &out, &error));
    } while (strcmp((const char *)out.ptr, "[]") == 0);
    HOLDS(out, "\"Id\":\"t1\"");
    GIVES("[]", orchestra_task_list_long_running(store, 3600000, 10, &out, &error));
    INVALID("period", orchestra_task_list_long_running(store, 0, 10, &out, &error));
    FAILS(ORCHESTRA_CONFLICT, "the lease token of 't1'",
          orchestra_task_complete_with_metrics(store, TEXT("t1"), TEXT("other"), NONE, JSON({}), NULL, &error));
    GIVES("\"Status\":\"Completed\"",
          orchestra_task_complete_with_metrics(store, TEXT("t1"), TEXT(token), TEXT("ok"), JSON({"Files":4.5}),
                                            &out, &error));
    int64_t measured = 0;
    OK(orchestra_entity_count(store, ORCHESTRA_ENTITY_PERFORMANCE_METRICS,
                              JSON({"where":{"EntityId":"t1", "MetricName":"Files"}}), &measured, &error));
    CHECK(measured == 2);
}

static void what_failed_is_listed_and_redriven(void) {
    char token[129], repository[64];
    start("t2", token, sizeof token);
    OK(orchestra_task_fail(store, TEXT("t2"), TEXT(token), TEXT("no space"), 1, &out, &error));
    take(&out, "RepositoryId", repository, sizeof repository);
    GIVES("\"Id\":\"t2\"", orchestra_task_list_failed(store, 0, 10, &out, &error));
    GIVES("\"Id\":\"t2\"", orchestra_task_list_failed(store, 3600000, 10, &out, &error));
    INVALID("period", orchestra_task_list_failed(store, -1, 10, &out, &error));
    GIVES("\"Id\":\"t1\"",
          orchestra_task_list_of_repository(store, TEXT(repository), 3600000, 10, &out, &error));
    MISSING("'no'", orchestra_task_list_of_repository(store, TEXT("no"), 0, 10, &out, &error));

    INVALID("must be Failed or absent",
          orchestra_task_redrive(store, JSON({"Status":"Cancelled"}), 10, NULL, &error));
    INVALID("unknown field `Queue`", orchestra_task_redrive(store, JSON({"Queue":"a"}), 10, NULL, &error));
    GIVES("[]", orchestra_task_redrive(store, JSON({"CorrelationId":"c2"}), 10, &out, &error));
    GIVES("\"Status\":\"Pending\"", orchestra_task_redrive(store, NONE, 10, &out, &error));
}

static void many_tasks_are_changed_at_once(void) {
    int64_t count = 0;
    OK(orchestra_task_count_changeable(store, JSON({"Verb":"SetPriority", "Priority":"Low"}),
                                       JSON({"where":{"Id":"t2"}}), &count, &error));
    CHECK(count == 1);
    GIVES("{\"Changed\":1,\"Refused\":[],\"Next\":null}",
          orchestra_task_change_many(store, JSON({"Verb":"SetPriority", "Priority":"Low"}),
                                     JSON({"where":{"Id":"t2"}}), NONE, 10, &out, &error));
    GIVES("\"Priority\":\"Low\"", orchestra_task_get(store, TEXT("t2"), &out, &error));
    MISSING("'nobody'", orchestra_task_change_many(store, JSON({"Verb":"Reassign", "AgentId":"nobody"}),
                                                   JSON({}), NONE, 10, NULL, &error));
    INVALID("Verb", orchestra_task_change_many(store, JSON({}), JSON({}), NONE, 10, NULL, &error));
    INVALID("unknown variant", orchestra_task_count_changeable(store, JSON({"Verb":"Burn"}), JSON({}), &count, &error));
}

static void a_task_goes_to_another_agent(void) {
    OK(orchestra_agent_register(store, JSON({"Id":"a1", "Name":"Ann", "Type":"t", "RepositoryPath":"/srv/x"}),
                                NULL, &error));
    GIVES("\"AgentId\":\"a1\"", orchestra_task_reassign(store, TEXT("t2"), TEXT("a1"), &out, &error));
    GIVES("[]",
          orchestra_task_claim_for_repository(store, TEXT("/srv/x"), TEXT("worker"), 1, 0, &out, &error));
    OK(orchestra_task_reassign(store, TEXT("t2"), NONE, NULL, &error));
    MISSING("'no'", orchestra_task_reassign(store, TEXT("t2"), TEXT("no"), NULL, &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Completed",
          orchestra_task_reassign(store, TEXT("t1"), TEXT("a1"), NULL, &error));
}

static void claims_from_queues(void) {
    OK(orchestra_task_enqueue(store,
                              JSON({"Id":"q1", "Command":"a", "RepositoryPath":"/srv/x", "QueueName":"slow"}),
                              NULL, &error));
    GIVES("[]",
          orchestra_task_claim(store,
                            JSON({"Worker":"w", "RepositoryPath":"*", "QueueNames":["fast"], "Limit":5}), &out,
                            &error));
    GIVES("\"Id\":\"q1\"",
          orchestra_task_claim(store, JSON({"AgentId":"a1", "QueueNames":["slow"], "Lease":"01:00:00"}), &out,
                            &error));
    INVALID("AgentId, or Worker", orchestra_task_claim(store, JSON({"Worker":"w"}), &out, &error));
    INVALID("Lease", orchestra_task_claim(store, JSON({"AgentId":"a1", "Lease":"-00:00:01"}), &out, &error));
    INVALID("unknown field `Queues`",
          orchestra_task_claim(store, JSON({"AgentId":"a1", "Queues":[]}), &out, &error));
    MISSING("'no'", orchestra_task_claim(store, JSON({"AgentId":"no"}), &out, &error));
}

static void what_a_task_waits_for_changes(void) {
    OK(orchestra_task_enqueue_many(store,
                                   JSON([{"Id":"d1", "Command":"a", "RepositoryPath":"/srv/d"},
                                         {"Id":"d2", "Command":"b", "RepositoryPath":"/srv/d"}]),
                                   NULL, &error));
    GIVES("\"UnmetDependencies\":1",
          orchestra_task_add_dependency(store, TEXT("d2"), TEXT("d1"), ORCHESTRA_FAILURE_CANCEL, &out, &error));
    FAILS(ORCHESTRA_ALREADY_EXISTS, "already",
          orchestra_task_add_dependency(store, TEXT("d2"), TEXT("d1"), ORCHESTRA_FAILURE_BLOCK, NULL, &error));
    INVALID("must not form a cycle",
          orchestra_task_add_dependency(store, TEXT("d1"), TEXT("d2"), ORCHESTRA_FAILURE_BLOCK, NULL, &error));
    INVALID("on_failure", orchestra_task_add_dependency(store, TEXT("d1"), TEXT("d2"), 9, NULL, &error));
    GIVES("\"UnmetDependencies\":0",
          orchestra_task_remove_dependency(store, TEXT("d2"), TEXT("d1"), &out, &error));
    MISSING("d2", orchestra_task_remove_dependency(store, TEXT("d2"), TEXT("d1"), NULL, &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Completed",
          orchestra_task_add_dependency(store, TEXT("t1"), TEXT("d1"), 0, NULL, &error));
}

static void a_state_is_reached_by_its_steps(void) {
    OK(orchestra_task_enqueue(store, JSON({"Id":"s1", "Command":"a", "RepositoryPath":"/srv/s"}), NULL, &error));
    INVALID("AgentId", orchestra_task_set_status(store, TEXT("s1"), NONE, JSON({"Status":"Assigned"}), NULL, &error));
    GIVES("\"Status\":\"Failed\"",
          orchestra_task_set_status(store, TEXT("s1"), NONE,
                                    JSON({"Status":"Failed", "ErrorMessage":"no", "Metrics":{"Files":3, "Why":"full"}}),
                                    &out, &error));
    GIVES_BOTH("\"Status\":\"Completed\"", "\"Result\":\"ok\"",
               orchestra_task_set_status(store, TEXT("s1"), NONE, JSON({"Status":"Completed", "Result":"ok"}), &out,
                                         &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Cancelled",
          orchestra_task_set_status(store, TEXT("s1"), NONE, JSON({"Status":"Cancelled"}), NULL, &error));
    FAILS(ORCHESTRA_CONFLICT, "lease",
          orchestra_task_set_status(store, TEXT("q1"), NONE, JSON({"Status":"Completed"}), NULL, &error));
    MISSING("'no'", orchestra_task_set_status(store, TEXT("no"), NONE, JSON({"Status":"Failed"}), NULL, &error));
}

static void tasks_are_pushed_to_idle_agents(void) {
    OK(orchestra_agent_register(store, JSON({"Id":"s2", "Name":"Sue", "Type":"t", "RepositoryPath":"/srv/s"}),
                                NULL, &error));
    OK(orchestra_task_enqueue(store, JSON({"Id":"s3", "Command":"a", "RepositoryPath":"/srv/s"}), NULL, &error));
    GIVES_BOTH("\"AgentId\":\"s2\"", "\"Id\":\"s3\"", orchestra_task_assign_pending(store, 10, 0, &out, &error));
    FAILS(ORCHESTRA_LIMIT_EXCEEDED, "limit", orchestra_task_assign_pending(store, 10001, 0, &out, &error));
}

STEPS(tasks_wait_for_each_other, what_was_measured_is_kept, what_failed_is_listed_and_redriven,
      many_tasks_are_changed_at_once, a_task_goes_to_another_agent, claims_from_queues,
      what_a_task_waits_for_changes, a_state_is_reached_by_its_steps,
      tasks_are_pushed_to_idle_agents)
