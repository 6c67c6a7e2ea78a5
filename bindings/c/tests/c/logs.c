/* The error log, the orchestration log and the audit log: logs DIRECTORY */
#include "check.h"

#define USERS ORCHESTRA_ENTITY_USERS

static orchestra_error *error;
static orchestra_store *store;

static void errors(void) {
    orchestra_buffer out;
    char id[129];
    OK(orchestra_error_log_append(store, JSON({"Message":"no space","Severity":"Critical","Source":"disk",
        "ErrorCode":"E28","EntityType":"Tasks","EntityId":"t1","Properties":{"free":0}}), &out, &error));
    take(&out, "Id", id, sizeof id);
    OK(orchestra_error_log_append(store, JSON({"Message":"odd"}), NULL, &error));
    OK(orchestra_error_log_get(store, TEXT(id), &out, &error));
    HOLDS(out, "\"Message\":\"no space\"");
    OK(orchestra_error_log_list(store, NONE, NONE, 1, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"Next\":\"") != NULL);
    HOLDS(out, "\"Message\":\"odd\"");
    OK(orchestra_error_log_list(store, JSON({"MinimumSeverity":"Critical","EntityType":"Tasks"}), NONE, 9, &out, &error));
    HOLDS(out, id);
    OK(orchestra_error_log_counts_by_code(store, 0, 4102444800000, 10, &out, &error));
    HOLDS(out, "\"ErrorCode\":\"E28\",\"Severity\":\"Critical\",\"Count\":1");
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "Message", orchestra_error_log_append(store, JSON({"Message":""}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "unknown field `Text`",
          orchestra_error_log_append(store, JSON({"Text":"x"}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "EntityType",
          orchestra_error_log_list(store, JSON({"EntityId":"t1"}), NONE, 1, &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'none'", orchestra_error_log_get(store, TEXT("none"), &out, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "to_unix_ms",
          orchestra_error_log_counts_by_code(store, 0, INT64_MAX, 1, &out, &error));
}

static void orchestration(void) {
    orchestra_buffer out;
    char id[129];
    OK(orchestra_orchestration_log_append(store, JSON({"EventType":"Started","Message":"up","Level":"Warning",
        "AdditionalData":[1]}), &out, &error));
    take(&out, "Id", id, sizeof id);
    OK(orchestra_orchestration_log_append(store, JSON({"EventType":"Stopped","Message":"down"}), NULL, &error));
    OK(orchestra_orchestration_log_get(store, TEXT(id), &out, &error));
    HOLDS(out, "\"AdditionalData\":[1]");
    OK(orchestra_orchestration_log_list(store, JSON({"MinimumLevel":"Warning"}), NONE, 9, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"Stopped\"") == NULL);
    HOLDS(out, "\"EventType\":\"Started\"");
    FAILS(ORCHESTRA_CONSTRAINT_VIOLATION, "", orchestra_orchestration_log_append(store,
        JSON({"EventType":"x","Message":"y","TaskId":"none"}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "unknown field `Kind`",
          orchestra_orchestration_log_list(store, JSON({"Kind":"x"}), NONE, 1, &out, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "size", orchestra_orchestration_log_list(store, NONE, NONE, 0, &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'none'", orchestra_orchestration_log_get(store, TEXT("none"), &out, &error));
}

static void audit(void) {
    orchestra_buffer out;
    OK(orchestra_audit_record(store, JSON({"Action":"Login","EntityType":"Users","EntityId":"u1","RiskLevel":"High",
        "Tags":["web"]}), &out, &error));
    HOLDS(out, "\"RiskLevel\":\"High\"");
    OK(orchestra_audit_record(store, JSON({"Action":"Logout","EntityType":"Users"}), NULL, &error));
    OK(orchestra_audit_list(store, JSON({"EntityType":"Users","MinimumRisk":"High"}), NONE, 9, &out, &error));
    CHECK(strstr((const char *)out.ptr, "Logout") == NULL);
    HOLDS(out, "\"Action\":\"Login\"");
    OK(orchestra_audit_list(store, NONE, NONE, 1, &out, &error));
    HOLDS(out, "\"Action\":\"Logout\"");
    OK(orchestra_audit_written_after(store, NONE, 10000, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"Login\"") < strstr((const char *)out.ptr, "\"Logout\""));
    HOLDS(out, "\"Next\":null");
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "noted by the change itself",
          orchestra_audit_record(store, JSON({"Action":"Update","EntityType":"Users"}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "unknown field `Risk`",
          orchestra_audit_list(store, JSON({"Risk":"High"}), NONE, 1, &out, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "cursor", orchestra_audit_written_after(store, TEXT("x"), 1, &out, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "size", orchestra_audit_written_after(store, NONE, 0, &out, &error));
}

static void history(void) {
    orchestra_buffer out;
    OK(orchestra_entity_insert(store, USERS, JSON({"Id":"u1","UserName":"ann"}), NULL, &error));
    OK(orchestra_entity_update(store, USERS, JSON({"Id":"u1","UserName":"bea"}), NULL, &error));
    OK(orchestra_audit_history(store, USERS, TEXT("u1"), &out, &error));
    HOLDS(out, "{\"Column\":\"UserName\",\"OldValue\":\"ann\",\"NewValue\":\"bea\"}");
    OK(orchestra_audit_history(store, USERS, TEXT("none"), &out, &error));
    HOLDS(out, "[]");
    OK(orchestra_audit_state_at(store, USERS, TEXT("u1"), 4102444800000, &out, &error));
    HOLDS(out, "\"UserName\":\"bea\"");
    OK(orchestra_audit_state_at(store, USERS, TEXT("u1"), 0, &out, &error));
    CHECK(out.ptr == NULL);
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "entity", orchestra_audit_history(store, 99, TEXT("u1"), &out, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "at_unix_ms",
          orchestra_audit_state_at(store, USERS, TEXT("u1"), INT64_MAX, &out, &error));
}

static void no_store(void) {
    orchestra_buffer out;
    NEEDS_STORE(orchestra_error_log_append(NULL, JSON({"Message":"x"}), NULL, &error));
    NEEDS_STORE(orchestra_error_log_get(NULL, TEXT("e"), &out, &error));
    NEEDS_STORE(orchestra_error_log_list(NULL, NONE, NONE, 1, &out, &error));
    NEEDS_STORE(orchestra_error_log_counts_by_code(NULL, 0, 1, 1, &out, &error));
    NEEDS_STORE(orchestra_orchestration_log_append(NULL, JSON({"EventType":"x","Message":"y"}), NULL, &error));
    NEEDS_STORE(orchestra_orchestration_log_get(NULL, TEXT("o"), &out, &error));
    NEEDS_STORE(orchestra_orchestration_log_list(NULL, NONE, NONE, 1, &out, &error));
    NEEDS_STORE(orchestra_audit_record(NULL, JSON({"Action":"x","EntityType":"y"}), NULL, &error));
    NEEDS_STORE(orchestra_audit_list(NULL, NONE, NONE, 1, &out, &error));
    NEEDS_STORE(orchestra_audit_written_after(NULL, NONE, 1, &out, &error));
    NEEDS_STORE(orchestra_audit_history(NULL, USERS, TEXT("u"), &out, &error));
    NEEDS_STORE(orchestra_audit_state_at(NULL, USERS, TEXT("u"), 0, &out, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    errors();
    orchestration();
    audit();
    history();
    no_store();
    orchestra_store_free(store);
    return 0;
}
