/* Figures: metrics and their rollups, trends of tasks, the report of a period: analytics DIRECTORY */
#include "store.h"

/* From 2026-01-01 on, for a day. */
static const int64_t start = 1767225600000, end = 1767312000000;

static void metrics(void) {
    int64_t merged = -1;
    int32_t has_more = -1;
    OK(orchestra_metric_record(store, JSON({"EntityType":"System","MetricName":"load","MetricValue":2,"MetricUnit":"%",
        "Timestamp":"2026-01-01T10:00:00Z","Tags":["a"],"Properties":{"k":1}}), &out, &error));
    CHECK(out.len == 36 && out.ptr[0] != '"');
    orchestra_buffer_free(&out);
    OK(orchestra_metric_record_many(store, JSON([
        {"EntityType":"System","MetricName":"load","Value":4,"Timestamp":"2026-01-01T10:30:00Z"},
        {"EntityType":"Agent","EntityId":"a1","MetricName":"load","Value":9}]), &out, &error));
    CHECK(out.ptr[0] == '[');
    orchestra_buffer_free(&out);
    OK(orchestra_metric_record_many(store, JSON([]), NULL, &error));

    MAKES(merged == 2 && has_more == 1, orchestra_metric_roll_up(store, 2, &merged, &has_more, &error));
    OK(orchestra_metric_roll_up(store, 100, NULL, NULL, &error));
    GIVES("\"MetricValue\":2.0",
          orchestra_metric_query(store, JSON({"EntityType":"System","MetricName":"load","Resolution":"Instant"}), start,
                              end, 10, &out, &error));
    GIVES("\"Count\":2,\"MetricValue\":3.0,\"Sum\":6.0,\"Min\":2.0,\"Max\":4.0,\"StandardDeviation\":1.0",
          orchestra_metric_query(store, JSON({"EntityType":"System","MetricName":"load","Resolution":"Hourly"}), start,
                              end, 10, &out, &error));
}

static void bad_metrics(void) {
    INVALID("MetricName",
          orchestra_metric_record(store, JSON({"EntityType":"x","MetricName":"","Value":1}), NULL, &error));
    INVALID("unknown field `Vale`",
          orchestra_metric_record(store, JSON({"EntityType":"x","MetricName":"m","Vale":1}), NULL, &error));
    CHECK(orchestra_metric_record_many(store, JSON([{"EntityType":"x","MetricName":"m","Value":1},
        {"EntityType":"","MetricName":"m","Value":1}]), NULL, &error) == ORCHESTRA_INVALID_ARGUMENT);
    CHECK(strstr(orchestra_error_details(error), "\"Index\":1") != NULL);
    orchestra_error_free(error);
    INVALID("limit", orchestra_metric_roll_up(store, 0, NULL, NULL, &error));
    INVALID("Yearly",
          orchestra_metric_query(store,
        JSON({"EntityType":"x","MetricName":"m","Resolution":"Yearly"}), start, end, 1, &out, &error));
    INVALID("period",
          orchestra_metric_query(store,
        JSON({"EntityType":"x","MetricName":"m","Resolution":"Daily"}), end, start, 1, &out, &error));
}

static void tasks(void) {
    OK(orchestra_entity_insert(store, ORCHESTRA_ENTITY_TASKS, JSON({"Id":"t1","Command":"ls","RepositoryPath":"/srv/x",
        "AgentId":"a1"}), NULL, &error));
    GIVES("\"Total\":{\"Before\":0.0,\"Now\":",
          orchestra_task_trends(store, start, end, TEXT("a1"), NONE, &out, &error));
    OK(orchestra_analytics_report(store, start, end, &out, &error));
    CHECK(contains(&out, "\"GeneratedAt\":\"2"));
    CHECK(contains(&out, "\"Errors\":[]"));
    HOLDS(out, "\"Queues\":[{\"RepositoryPath\":\"/srv/x\",\"Status\":\"Pending\",\"Count\":1");
    INVALID("period", orchestra_task_trends(store, end, start, NONE, NONE, &out, &error));
    INVALID("from_unix_ms", orchestra_analytics_report(store, INT64_MIN, end, &out, &error));
}

static void prepare(void) {
    OK(orchestra_agent_register(store, JSON({"Id":"a1","Name":"A","Type":"t","RepositoryPath":"*"}), NULL, &error));
}

STEPS(prepare, metrics, bad_metrics, tasks)
