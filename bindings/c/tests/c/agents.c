/* Agents beyond the main job: which is the best, who stopped giving signs of life, how well they
   work: agents DIRECTORY */
#include "store.h"

static void registering(void) {
    OK(orchestra_agent_register(store, JSON({"Id":"slow","Name":"Slow","Type":"t","RepositoryPath":"*",
        "ConfigurationJson":{"capabilities":["rust"]}}), NULL, &error));
    OK(orchestra_agent_register(store, JSON({"Id":"fast","Name":"Fast","Type":"t","RepositoryPath":"*"}), NULL, &error));
}

static void choosing(void) {
    GIVES("\"Id\":\"fast\"", orchestra_agent_find_best(store, TEXT("/srv/x"), NONE, &out, &error));
    GIVES("\"Id\":\"slow\"",
          orchestra_agent_find_best(store, TEXT("/srv/x"), JSON({"Strategy":"LeastLoaded","Type":"t",
        "MinSuccessRate":0,"Capabilities":["rust"],"PreferredAgentIds":["fast"]}), &out, &error));
    OK(orchestra_agent_find_best(store, TEXT("/srv/x"), JSON({"Type":"other"}), &out, &error));
    CHECK(out.ptr == NULL && out.len == 0);
    INVALID("unknown field `Typ`",
          orchestra_agent_find_best(store, TEXT("/srv/x"), JSON({"Typ":"t"}), &out, &error));
    INVALID("MinSuccessRate",
          orchestra_agent_find_best(store, TEXT("/srv/x"), JSON({"MinSuccessRate":2}), &out, &error));
}

static void measuring(void) {
    GIVES("\"AverageExecutionTime\":2000.0",
          orchestra_agent_update_performance_metrics(store, TEXT("fast"), JSON({"TasksCompleted":3,"TasksFailed":1,
        "ExecutionTime":"00:00:08","Measurements":[{"MetricName":"tokens","MetricValue":12.5}]}), &out, &error));
    OK(orchestra_agent_update_performance_metrics(store, TEXT("slow"), JSON({}), NULL, &error));
    INVALID("MetricName",
          orchestra_agent_update_performance_metrics(store, TEXT("fast"),
        JSON({"Measurements":[{"MetricName":"","MetricValue":1}]}), NULL, &error));
    INVALID("unknown field `Tasks`",
          orchestra_agent_update_performance_metrics(store, TEXT("fast"), JSON({"Tasks":1}), NULL, &error));
    MISSING("'nobody'",
          orchestra_agent_update_performance_metrics(store, TEXT("nobody"), JSON({}), NULL, &error));

    GIVES("\"AgentName\":\"Fast\"", orchestra_agent_statistics(store, TEXT("fast"), 0, &out, &error));
    GIVES("\"Total\":0", orchestra_agent_statistics(store, TEXT("fast"), 60000, &out, &error));
    INVALID("period", orchestra_agent_statistics(store, TEXT("fast"), -1, &out, &error));
    MISSING("'nobody'", orchestra_agent_statistics(store, TEXT("nobody"), 0, &out, &error));
}

static void reporting(void) {
    GIVES_BOTH("\"CurrentTask\":\"cleaning\"", "\"Status\":\"Busy\"",
               orchestra_agent_report(store, TEXT("slow"), JSON({"Status":"Busy","CurrentTask":"cleaning"}), &out, &error));
    GIVES("\"CurrentTask\":\"cleaning\"", orchestra_agent_report(store, TEXT("slow"), NONE, &out, &error));
    GIVES("\"CurrentTask\":null",
          orchestra_agent_report(store, TEXT("slow"), JSON({"CurrentTask":null}), &out, &error));
    OK(orchestra_agent_report(store, TEXT("slow"), JSON({"Status":"Idle"}), NULL, &error));
    MISSING("'nobody'", orchestra_agent_report(store, TEXT("nobody"), NONE, NULL, &error));
}

static void health(void) {
    OK(orchestra_agent_set_status(store, TEXT("slow"), ORCHESTRA_AGENT_ERROR, NONE, NULL, &error));
    GIVES_NOT("\"fast\"", "\"Id\":\"slow\"",
          orchestra_agent_list_by_status(store, ORCHESTRA_AGENT_ERROR, &out, &error));
    INVALID("status", orchestra_agent_list_by_status(store, 5, &out, &error));
    GIVES("\"Reasons\":[{\"Reason\":\"Error\"}]",
          orchestra_agent_list_requiring_maintenance(store, &out, &error));

    INVALID("heartbeat",
            orchestra_entity_update(store, ORCHESTRA_ENTITY_AGENTS,
                                    JSON({"Id":"fast","LastPing":"2026-01-01T00:00:00Z"}), NULL, &error));
    OK(orchestra_entity_insert(store, ORCHESTRA_ENTITY_AGENTS,
                               JSON({"Id":"gone","Name":"Gone","Type":"x","RepositoryPath":"/srv/x",
                                     "Status":"Idle","LastPing":"2026-01-01T00:00:00Z"}), NULL, &error));
    GIVES("\"Id\":\"gone\"", orchestra_agent_list_stale(store, 60000, &out, &error));
    INVALID("period", orchestra_agent_list_stale(store, 0, &out, &error));
    GIVES("{\"WentOffline\":[\"gone\"],\"CameBack\":[],\"Corrected\":[]}",
          orchestra_agent_sweep_health(store, 10, &out, &error));
    OK(orchestra_agent_sweep_health(store, 10, NULL, &error));
    INVALID("limit", orchestra_agent_sweep_health(store, 0, NULL, &error));
}

STEPS(registering, choosing, measuring, reporting, health)
