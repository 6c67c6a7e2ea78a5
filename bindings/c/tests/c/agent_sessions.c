/* Sessions of agents: from open to closed, what they used, steps that aren't allowed:
   agent_sessions DIRECTORY */
#include "store.h"

static void from_open_to_closed(void) {
    GIVES("\"Status\":\"Active\"",
          orchestra_agent_session_open(store, JSON({"AgentId":"a1","SessionId":"s1","WorkingDirectory":"/srv/x",
        "ProcessId":7}), &out, &error));
    GIVES("\"Status\":\"Paused\"", orchestra_agent_session_pause(store, TEXT("s1"), &out, &error));
    GIVES("\"Status\":\"Active\"", orchestra_agent_session_resume(store, TEXT("s1"), &out, &error));
    GIVES("\"Status\":\"Error\"", orchestra_agent_session_mark_error(store, TEXT("s1"), &out, &error));
    OK(orchestra_agent_session_open(store, JSON({"AgentId":"a1","SessionId":"s1","WorkingDirectory":"/srv/y"}),
                                    NULL, &error));
    GIVES("\"TotalCostUsd\":0.5",
          orchestra_agent_session_add_usage(store, TEXT("s1"), JSON({"CostUsd":0.5,"DurationMs":20,"Messages":2}),
                                         &out, &error));
    GIVES_BOTH("\"ProcessId\":null", "\"TotalDurationMs\":25",
               orchestra_agent_session_report(store, TEXT("s1"),
                   JSON({"Status":"Paused","ProcessId":null,"Usage":{"DurationMs":5}}), &out, &error));
    OK(orchestra_agent_session_report(store, TEXT("s1"), JSON({"Status":"Active"}), NULL, &error));
    GIVES("\"Status\":\"Closed\"", orchestra_agent_session_close(store, TEXT("s1"), &out, &error));
    GIVES("\"WorkingDirectory\":\"/srv/y\"", orchestra_agent_session_get(store, TEXT("s1"), &out, &error));
}

static void listing(void) {
    OK(orchestra_agent_session_open(store, JSON({"AgentId":"a1","SessionId":"s2","WorkingDirectory":"/srv/x"}),
                                    NULL, &error));
    GIVES_BOTH("\"s1\"", "\"SessionId\":\"s2\"", orchestra_agent_session_list(store, NONE, 10, &out, &error));
    GIVES_NOT("\"s2\"", "\"SessionId\":\"s1\"",
          orchestra_agent_session_list(store, JSON({"AgentId":"a1","Status":"Closed"}), 10, &out, &error));
}

static void bad_input(void) {
    const orchestra_status step = ORCHESTRA_INVALID_TRANSITION;
    MISSING("'nobody'",
          orchestra_agent_session_open(store,
        JSON({"AgentId":"nobody","SessionId":"s3","WorkingDirectory":"/"}), NULL, &error));
    FAILS(ORCHESTRA_ALREADY_EXISTS, "must be opened by its agent", orchestra_agent_session_open(store,
        JSON({"AgentId":"a2","SessionId":"s2","WorkingDirectory":"/"}), NULL, &error));
    INVALID("unknown field `Pid`",
          orchestra_agent_session_open(store,
        JSON({"AgentId":"a1","SessionId":"s3","WorkingDirectory":"/","Pid":1}), NULL, &error));
    FAILS(step, "Closed",
          orchestra_agent_session_report(store, TEXT("s1"), JSON({"Status":"Active"}), NULL, &error));
    FAILS(step, "Closed", orchestra_agent_session_open(store,
        JSON({"AgentId":"a1","SessionId":"s1","WorkingDirectory":"/"}), NULL, &error));
    FAILS(step, "Closed", orchestra_agent_session_pause(store, TEXT("s1"), NULL, &error));
    FAILS(step, "Active", orchestra_agent_session_resume(store, TEXT("s2"), NULL, &error));
    FAILS(step, "Closed", orchestra_agent_session_mark_error(store, TEXT("s1"), NULL, &error));
    FAILS(step, "Closed", orchestra_agent_session_close(store, TEXT("s1"), NULL, &error));
    MISSING("'none'", orchestra_agent_session_get(store, TEXT("none"), &out, &error));
    INVALID("CostUsd",
          orchestra_agent_session_add_usage(store, TEXT("s2"), JSON({"CostUsd":-1}), NULL, &error));
    INVALID("limit", orchestra_agent_session_list(store, NONE, 0, &out, &error));
    INVALID("unknown field `Agent`",
          orchestra_agent_session_list(store, JSON({"Agent":"a1"}), 1, &out, &error));
}

static void prepare(void) {
    OK(orchestra_agent_register(store, JSON({"Id":"a1","Name":"A","Type":"t","RepositoryPath":"*"}), NULL, &error));
    OK(orchestra_agent_register(store, JSON({"Id":"a2","Name":"B","Type":"t","RepositoryPath":"*"}), NULL, &error));
}

STEPS(prepare, from_open_to_closed, listing, bad_input)
