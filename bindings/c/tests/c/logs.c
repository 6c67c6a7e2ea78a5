/* The error log, the orchestration log and the audit log: logs DIRECTORY */
#include "store.h"

#define USERS ORCHESTRA_ENTITY_USERS

static void errors(void) {
    char id[129];
    OK(orchestra_error_log_append(store, JSON({"Message":"no space","Severity":"Critical","Source":"disk",
        "ErrorCode":"E28","EntityType":"Tasks","EntityId":"t1","Properties":{"free":0}}), &out, &error));
    take(&out, "Id", id, sizeof id);
    OK(orchestra_error_log_append(store, JSON({"Message":"odd"}), NULL, &error));
    GIVES("\"Message\":\"no space\"", orchestra_error_log_get(store, TEXT(id), &out, &error));
    GIVES_BOTH("\"Next\":\"", "\"Message\":\"odd\"",
          orchestra_error_log_list(store, NONE, NONE, 1, &out, &error));
    GIVES(id,
          orchestra_error_log_list(store, JSON({"MinimumSeverity":"Critical","EntityType":"Tasks"}), NONE, 9, &out, &error));
    GIVES("\"ErrorCode\":\"E28\",\"Severity\":\"Critical\",\"Count\":1",
          orchestra_error_log_counts_by_code(store, 0, 4102444800000, 10, &out, &error));
    INVALID("Message", orchestra_error_log_append(store, JSON({"Message":""}), NULL, &error));
    INVALID("unknown field `Text`", orchestra_error_log_append(store, JSON({"Text":"x"}), NULL, &error));
    INVALID("EntityType", orchestra_error_log_list(store, JSON({"EntityId":"t1"}), NONE, 1, &out, &error));
    MISSING("'none'", orchestra_error_log_get(store, TEXT("none"), &out, &error));
    INVALID("to_unix_ms", orchestra_error_log_counts_by_code(store, 0, INT64_MAX, 1, &out, &error));
}

static void orchestration(void) {
    char id[129];
    OK(orchestra_orchestration_log_append(store, JSON({"EventType":"Started","Message":"up","Level":"Warning",
        "AdditionalData":[1]}), &out, &error));
    take(&out, "Id", id, sizeof id);
    OK(orchestra_orchestration_log_append(store, JSON({"EventType":"Stopped","Message":"down"}), NULL, &error));
    GIVES("\"AdditionalData\":[1]", orchestra_orchestration_log_get(store, TEXT(id), &out, &error));
    GIVES_NOT("\"Stopped\"", "\"EventType\":\"Started\"",
          orchestra_orchestration_log_list(store, JSON({"MinimumLevel":"Warning"}), NONE, 9, &out, &error));
    FAILS(ORCHESTRA_CONSTRAINT_VIOLATION, "TaskId", orchestra_orchestration_log_append(store,
        JSON({"EventType":"x","Message":"y","TaskId":"none"}), NULL, &error));
    INVALID("unknown field `Kind`",
          orchestra_orchestration_log_list(store, JSON({"Kind":"x"}), NONE, 1, &out, &error));
    INVALID("size", orchestra_orchestration_log_list(store, NONE, NONE, 0, &out, &error));
    MISSING("'none'", orchestra_orchestration_log_get(store, TEXT("none"), &out, &error));
    int64_t cleared = -1;
    MAKES(cleared == 2, orchestra_orchestration_log_clear(store, &cleared, &error));
    MAKES(cleared == 0, orchestra_orchestration_log_clear(store, &cleared, &error));
    OK(orchestra_orchestration_log_clear(store, NULL, &error));
}

static void audit(void) {
    GIVES("\"RiskLevel\":\"High\"",
          orchestra_audit_record(store, JSON({"Action":"Login","EntityType":"Users","EntityId":"u1","RiskLevel":"High",
        "Tags":["web"]}), &out, &error));
    OK(orchestra_audit_record(store, JSON({"Action":"Logout","EntityType":"Users"}), NULL, &error));
    GIVES_NOT("Logout", "\"Action\":\"Login\"",
          orchestra_audit_list(store, JSON({"EntityType":"Users","MinimumRisk":"High"}), NONE, 9, &out, &error));
    GIVES("\"Action\":\"Logout\"", orchestra_audit_list(store, NONE, NONE, 1, &out, &error));
    OK(orchestra_audit_written_after(store, NONE, 10000, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"Login\"") < strstr((const char *)out.ptr, "\"Logout\""));
    HOLDS(out, "\"Next\":null");
    INVALID("which the change of a row records itself",
          orchestra_audit_record(store, JSON({"Action":"Update","EntityType":"Users"}), NULL, &error));
    INVALID("unknown field `Risk`",
          orchestra_audit_list(store, JSON({"Risk":"High"}), NONE, 1, &out, &error));
    INVALID("cursor", orchestra_audit_written_after(store, TEXT("x"), 1, &out, &error));
    INVALID("size", orchestra_audit_written_after(store, NONE, 0, &out, &error));
}

static void history(void) {
    OK(orchestra_entity_insert(store, USERS, JSON({"Id":"u1","UserName":"ann"}), NULL, &error));
    OK(orchestra_entity_update(store, USERS, JSON({"Id":"u1","UserName":"bea"}), NULL, &error));
    GIVES("{\"Column\":\"UserName\",\"OldValue\":\"ann\",\"NewValue\":\"bea\"}",
          orchestra_audit_history(store, USERS, TEXT("u1"), &out, &error));
    GIVES("[]", orchestra_audit_history(store, USERS, TEXT("none"), &out, &error));
    GIVES("\"UserName\":\"bea\"",
          orchestra_audit_state_at(store, USERS, TEXT("u1"), 4102444800000, &out, &error));
    MAKES(out.ptr == NULL, orchestra_audit_state_at(store, USERS, TEXT("u1"), 0, &out, &error));
    INVALID("entity", orchestra_audit_history(store, 99, TEXT("u1"), &out, &error));
    INVALID("at_unix_ms", orchestra_audit_state_at(store, USERS, TEXT("u1"), INT64_MAX, &out, &error));
}

STEPS(errors, orchestration, audit, history)
