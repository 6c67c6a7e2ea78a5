/* Agents beyond the main job: which is the best, who stopped giving signs of life, how well they
   work: agents DIRECTORY */
#include "check.h"

static orchestra_error *error;
static orchestra_store *store;

static void registering(void) {
    OK(orchestra_agent_register(store, JSON({"Id":"slow","Name":"Slow","Type":"t","RepositoryPath":"*",
        "ConfigurationJson":{"capabilities":["rust"]}}), NULL, &error));
    OK(orchestra_agent_register(store, JSON({"Id":"fast","Name":"Fast","Type":"t","RepositoryPath":"*"}), NULL, &error));
}

static void choosing(void) {
    orchestra_buffer out;
    OK(orchestra_agent_find_best(store, TEXT("/srv/x"), NONE, &out, &error));
    HOLDS(out, "\"Id\":\"fast\"");
    OK(orchestra_agent_find_best(store, TEXT("/srv/x"), JSON({"Strategy":"LeastLoaded","Type":"t",
        "MinSuccessRate":0,"Capabilities":["rust"],"PreferredAgentIds":["fast"]}), &out, &error));
    HOLDS(out, "\"Id\":\"slow\"");
    OK(orchestra_agent_find_best(store, TEXT("/srv/x"), JSON({"Type":"other"}), &out, &error));
    CHECK(out.ptr == NULL && out.len == 0);
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "unknown field `Typ`",
          orchestra_agent_find_best(store, TEXT("/srv/x"), JSON({"Typ":"t"}), &out, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "MinSuccessRate",
          orchestra_agent_find_best(store, TEXT("/srv/x"), JSON({"MinSuccessRate":2}), &out, &error));
    FAILS(ORCHESTRA_MISUSE, "agent", orchestra_agent_find_best(store, TEXT("/srv/x"), NONE, NULL, &error));
}

static void measuring(void) {
    orchestra_buffer out;
    OK(orchestra_agent_update_performance_metrics(store, TEXT("fast"), JSON({"TasksCompleted":3,"TasksFailed":1,
        "ExecutionTime":"00:00:08","Measurements":[{"MetricName":"tokens","MetricValue":12.5}]}), &out, &error));
    HOLDS(out, "\"AverageExecutionTime\":2000.0");
    OK(orchestra_agent_update_performance_metrics(store, TEXT("slow"), JSON({}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "MetricName", orchestra_agent_update_performance_metrics(store, TEXT("fast"),
        JSON({"Measurements":[{"MetricName":"","MetricValue":1}]}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "unknown field `Tasks`",
          orchestra_agent_update_performance_metrics(store, TEXT("fast"), JSON({"Tasks":1}), NULL, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'nobody'",
          orchestra_agent_update_performance_metrics(store, TEXT("nobody"), JSON({}), NULL, &error));

    OK(orchestra_agent_statistics(store, TEXT("fast"), 0, &out, &error));
    HOLDS(out, "\"AgentName\":\"Fast\"");
    OK(orchestra_agent_statistics(store, TEXT("fast"), 60000, &out, &error));
    HOLDS(out, "\"Total\":0");
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "period", orchestra_agent_statistics(store, TEXT("fast"), -1, &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'nobody'", orchestra_agent_statistics(store, TEXT("nobody"), 0, &out, &error));
}

static void health(void) {
    orchestra_buffer out;
    OK(orchestra_agent_set_status(store, TEXT("slow"), ORCHESTRA_AGENT_ERROR, NONE, NULL, &error));
    OK(orchestra_agent_list_by_status(store, ORCHESTRA_AGENT_ERROR, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"fast\"") == NULL);
    HOLDS(out, "\"Id\":\"slow\"");
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "status", orchestra_agent_list_by_status(store, 5, &out, &error));
    OK(orchestra_agent_list_requiring_maintenance(store, &out, &error));
    HOLDS(out, "\"Reasons\":[{\"Reason\":\"Error\"}]");

    OK(orchestra_entity_update(store, ORCHESTRA_ENTITY_AGENTS,
                               JSON({"Id":"fast","LastPing":"2026-01-01T00:00:00Z"}), NULL, &error));
    OK(orchestra_agent_list_stale(store, 60000, &out, &error));
    HOLDS(out, "\"Id\":\"fast\"");
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "period", orchestra_agent_list_stale(store, 0, &out, &error));
    OK(orchestra_agent_sweep_health(store, 10, &out, &error));
    HOLDS(out, "{\"WentOffline\":[\"fast\"],\"CameBack\":[]}");
    OK(orchestra_agent_sweep_health(store, 10, NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "limit", orchestra_agent_sweep_health(store, 0, NULL, &error));
}

static void no_store(void) {
    orchestra_buffer out;
    NEEDS_STORE(orchestra_agent_find_best(NULL, TEXT("*"), NONE, &out, &error));
    NEEDS_STORE(orchestra_agent_list_by_status(NULL, ORCHESTRA_AGENT_IDLE, &out, &error));
    NEEDS_STORE(orchestra_agent_list_stale(NULL, 1, &out, &error));
    NEEDS_STORE(orchestra_agent_list_requiring_maintenance(NULL, &out, &error));
    NEEDS_STORE(orchestra_agent_sweep_health(NULL, 1, NULL, &error));
    NEEDS_STORE(orchestra_agent_statistics(NULL, TEXT("a"), 0, &out, &error));
    NEEDS_STORE(orchestra_agent_update_performance_metrics(NULL, TEXT("a"), JSON({}), NULL, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    registering();
    choosing();
    measuring();
    health();
    no_store();
    orchestra_store_free(store);
    return 0;
}
