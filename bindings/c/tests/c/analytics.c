/* Figures: metrics and their rollups, trends of tasks, the report of a period: analytics DIRECTORY */
#include "check.h"

static orchestra_error *error;
static orchestra_store *store;

/* From 2026-01-01 on, for a day. */
static const int64_t start = 1767225600000, end = 1767312000000;

static void metrics(void) {
    orchestra_buffer out;
    int64_t merged = -1;
    int32_t has_more = -1;
    OK(orchestra_metric_record(store, JSON({"EntityType":"System","MetricName":"load","Value":2,"Unit":"%",
        "Timestamp":"2026-01-01T10:00:00Z","Tags":["a"],"Properties":{"k":1}}), &out, &error));
    CHECK(out.len == 36 && out.ptr[0] != '"');
    orchestra_buffer_free(&out);
    OK(orchestra_metric_record_many(store, JSON([
        {"EntityType":"System","MetricName":"load","Value":4,"Timestamp":"2026-01-01T10:30:00Z"},
        {"EntityType":"Agent","EntityId":"a1","MetricName":"load","Value":9}]), &out, &error));
    CHECK(out.ptr[0] == '[');
    orchestra_buffer_free(&out);
    OK(orchestra_metric_record_many(store, JSON([]), NULL, &error));

    OK(orchestra_metric_roll_up(store, 2, &merged, &has_more, &error));
    CHECK(merged == 2 && has_more == 1);
    OK(orchestra_metric_roll_up(store, 100, NULL, NULL, &error));
    OK(orchestra_metric_query(store, JSON({"EntityType":"System","MetricName":"load","Resolution":"Instant"}), start,
                              end, 10, &out, &error));
    HOLDS(out, "\"Mean\":2.0");
    OK(orchestra_metric_query(store, JSON({"EntityType":"System","MetricName":"load","Resolution":"Hourly"}), start,
                              end, 10, &out, &error));
    HOLDS(out, "\"Count\":2,\"Mean\":3.0,\"Sum\":6.0,\"Min\":2.0,\"Max\":4.0,\"StandardDeviation\":1.0");
}

static void bad_metrics(void) {
    orchestra_buffer out;
    const orchestra_status invalid = ORCHESTRA_INVALID_ARGUMENT;
    FAILS(invalid, "MetricName",
          orchestra_metric_record(store, JSON({"EntityType":"x","MetricName":"","Value":1}), NULL, &error));
    FAILS(invalid, "unknown field `Vale`",
          orchestra_metric_record(store, JSON({"EntityType":"x","MetricName":"m","Vale":1}), NULL, &error));
    CHECK(orchestra_metric_record_many(store, JSON([{"EntityType":"x","MetricName":"m","Value":1},
        {"EntityType":"","MetricName":"m","Value":1}]), NULL, &error) == invalid);
    CHECK(strstr(orchestra_error_details(error), "\"Index\":1") != NULL);
    orchestra_error_free(error);
    FAILS(invalid, "limit", orchestra_metric_roll_up(store, 0, NULL, NULL, &error));
    FAILS(invalid, "Yearly", orchestra_metric_query(store,
        JSON({"EntityType":"x","MetricName":"m","Resolution":"Yearly"}), start, end, 1, &out, &error));
    FAILS(invalid, "period", orchestra_metric_query(store,
        JSON({"EntityType":"x","MetricName":"m","Resolution":"Daily"}), end, start, 1, &out, &error));
}

static void tasks(void) {
    orchestra_buffer out;
    OK(orchestra_entity_insert(store, ORCHESTRA_ENTITY_TASKS, JSON({"Id":"t1","Command":"ls","RepositoryPath":"/srv/x",
        "AgentId":"a1","CreatedAt":"2026-01-01T10:00:00Z"}), NULL, &error));
    OK(orchestra_task_trends(store, start, end, TEXT("a1"), NONE, &out, &error));
    HOLDS(out, "\"Total\":{\"Before\":0.0,\"Now\":");
    OK(orchestra_analytics_report(store, start, end, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"GeneratedAt\":\"2") != NULL);
    CHECK(strstr((const char *)out.ptr, "\"Errors\":[]") != NULL);
    HOLDS(out, "\"Queues\":[{\"RepositoryPath\":\"/srv/x\",\"Status\":\"Pending\",\"Count\":1");
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "period", orchestra_task_trends(store, end, start, NONE, NONE, &out, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "from_unix_ms",
          orchestra_analytics_report(store, INT64_MIN, end, &out, &error));
}

static void no_store(void) {
    orchestra_buffer out;
    NEEDS_STORE(orchestra_metric_record(NULL, JSON({"EntityType":"x","MetricName":"m","Value":1}), NULL, &error));
    NEEDS_STORE(orchestra_metric_record_many(NULL, JSON([]), NULL, &error));
    NEEDS_STORE(orchestra_metric_roll_up(NULL, 1, NULL, NULL, &error));
    NEEDS_STORE(orchestra_metric_query(NULL,
        JSON({"EntityType":"x","MetricName":"m","Resolution":"Daily"}), start, end, 1, &out, &error));
    NEEDS_STORE(orchestra_task_trends(NULL, start, end, NONE, NONE, &out, &error));
    NEEDS_STORE(orchestra_analytics_report(NULL, start, end, &out, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    OK(orchestra_agent_register(store, JSON({"Id":"a1","Name":"A","Type":"t","RepositoryPath":"*"}), NULL, &error));
    metrics();
    bad_metrics();
    tasks();
    no_store();
    orchestra_store_free(store);
    return 0;
}
