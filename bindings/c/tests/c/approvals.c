/* Approvals: asking, deciding once, withdrawing, expiring: approvals DIRECTORY */
#include "store.h"

static void deciding(void) {
    GIVES("\"RequestDetails\":{\"rm\":\"-rf\"}",
          orchestra_approval_request(store, JSON({"Id":"r1","AgentId":"a1","SessionId":"s","RequestDetails":{"rm":"-rf"}}),
                                  &out, &error));
    OK(orchestra_approval_request(store, JSON({"Id":"r2","AgentId":"a1"}), NULL, &error));
    GIVES_BOTH("\"r2\"", "\"Id\":\"r1\"", orchestra_approval_list_waiting(store, NONE, 10, &out, &error));
    GIVES("[]", orchestra_approval_list_waiting(store, TEXT("a2"), 10, &out, &error));

    GIVES("\"DecidedBy\":\"ann\"",
          orchestra_approval_approve(store, TEXT("r1"), JSON({"DecidedBy":"ann","Reason":"fine"}), &out, &error));
    GIVES("\"Status\":\"Rejected\"", orchestra_approval_reject(store, TEXT("r2"), NONE, &out, &error));
    GIVES("\"DecisionReason\":\"fine\"", orchestra_approval_get(store, TEXT("r1"), &out, &error));
}

static void ending_otherwise(void) {
    OK(orchestra_approval_request(store, JSON({"Id":"r3","AgentId":"a1"}), NULL, &error));
    GIVES("\"CancellationReason\":\"not needed\"",
          orchestra_approval_cancel(store, TEXT("r3"), TEXT("not needed"), &out, &error));
    OK(orchestra_entity_insert(store, ORCHESTRA_ENTITY_APPROVAL_REQUESTS, JSON({"Id":"old","AgentId":"a1",
        "ExpiresAt":"2026-01-01T00:00:00Z"}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_TRANSITION, "Expired", orchestra_approval_approve(store, TEXT("old"), NONE, NULL, &error));
    GIVES("[\"old\"]", orchestra_approval_expire(store, 10, &out, &error));
    OK(orchestra_approval_expire(store, 10, NULL, &error));
}

static void bad_input(void) {
    const orchestra_status step = ORCHESTRA_INVALID_TRANSITION;
    MISSING("'nobody'", orchestra_approval_request(store, JSON({"AgentId":"nobody"}), NULL, &error));
    FAILS(ORCHESTRA_ALREADY_EXISTS, "ApprovalRequests.Id",
          orchestra_approval_request(store, JSON({"Id":"r1","AgentId":"a1"}), NULL, &error));
    INVALID("ExpiresAt",
          orchestra_approval_request(store,
        JSON({"AgentId":"a1","ExpiresAt":"2026-01-01T00:00:00Z"}), NULL, &error));
    INVALID("unknown field `Agent`", orchestra_approval_request(store, JSON({"Agent":"a1"}), NULL, &error));
    FAILS(step, "Approved", orchestra_approval_approve(store, TEXT("r1"), NONE, NULL, &error));
    FAILS(step, "Approved", orchestra_approval_reject(store, TEXT("r1"), NONE, NULL, &error));
    FAILS(step, "Approved", orchestra_approval_cancel(store, TEXT("r1"), NONE, NULL, &error));
    INVALID("unknown field `By`",
          orchestra_approval_approve(store, TEXT("r1"), JSON({"By":"x"}), NULL, &error));
    MISSING("'none'", orchestra_approval_get(store, TEXT("none"), &out, &error));
    INVALID("limit", orchestra_approval_expire(store, 0, NULL, &error));
    INVALID("limit", orchestra_approval_list_waiting(store, NONE, 1001, &out, &error));
}

static void prepare(void) {
    OK(orchestra_agent_register(store, JSON({"Id":"a1","Name":"A","Type":"t","RepositoryPath":"*"}), NULL, &error));
}

STEPS(prepare, deciding, ending_otherwise, bad_input)
