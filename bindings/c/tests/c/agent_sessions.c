/* Sessions of agents: from open to closed, what they used, steps that aren't allowed:
   agent_sessions DIRECTORY */
#include "check.h"

static orchestra_error *error;
static orchestra_store *store;

static void from_open_to_closed(void) {
    orchestra_buffer out;
    OK(orchestra_agent_session_open(store, JSON({"AgentId":"a1","SessionId":"s1","WorkingDirectory":"/srv/x",
        "ProcessId":7}), &out, &error));
    HOLDS(out, "\"Status\":\"Active\"");
    OK(orchestra_agent_session_pause(store, TEXT("s1"), &out, &error));
    HOLDS(out, "\"Status\":\"Paused\"");
    OK(orchestra_agent_session_resume(store, TEXT("s1"), &out, &error));
    HOLDS(out, "\"Status\":\"Active\"");
    OK(orchestra_agent_session_mark_error(store, TEXT("s1"), &out, &error));
    HOLDS(out, "\"Status\":\"Error\"");
    OK(orchestra_agent_session_open(store, JSON({"AgentId":"a1","SessionId":"s1","WorkingDirectory":"/srv/y"}),
                                    NULL, &error));
    OK(orchestra_agent_session_add_usage(store, TEXT("s1"), JSON({"CostUsd":0.5,"DurationMs":20,"Messages":2}),
                                         &out, &error));
    HOLDS(out, "\"TotalCostUsd\":0.5");
    OK(orchestra_agent_session_close(store, TEXT("s1"), &out, &error));
    HOLDS(out, "\"Status\":\"Closed\"");
    OK(orchestra_agent_session_get(store, TEXT("s1"), &out, &error));
    HOLDS(out, "\"WorkingDirectory\":\"/srv/y\"");
}

static void listing(void) {
    orchestra_buffer out;
    OK(orchestra_agent_session_open(store, JSON({"AgentId":"a1","SessionId":"s2","WorkingDirectory":"/srv/x"}),
                                    NULL, &error));
    OK(orchestra_agent_session_list(store, NONE, 10, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"s1\"") != NULL);
    HOLDS(out, "\"SessionId\":\"s2\"");
    OK(orchestra_agent_session_list(store, JSON({"AgentId":"a1","Status":"Closed"}), 10, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"s2\"") == NULL);
    HOLDS(out, "\"SessionId\":\"s1\"");
}

static void bad_input(void) {
    orchestra_buffer out;
    const orchestra_status invalid = ORCHESTRA_INVALID_ARGUMENT, step = ORCHESTRA_INVALID_TRANSITION;
    FAILS(ORCHESTRA_NOT_FOUND, "'nobody'", orchestra_agent_session_open(store,
        JSON({"AgentId":"nobody","SessionId":"s3","WorkingDirectory":"/"}), NULL, &error));
    FAILS(ORCHESTRA_ALREADY_EXISTS, "must be opened by its agent", orchestra_agent_session_open(store,
        JSON({"AgentId":"a2","SessionId":"s2","WorkingDirectory":"/"}), NULL, &error));
    FAILS(invalid, "unknown field `Pid`", orchestra_agent_session_open(store,
        JSON({"AgentId":"a1","SessionId":"s3","WorkingDirectory":"/","Pid":1}), NULL, &error));
    FAILS(step, "Closed", orchestra_agent_session_open(store,
        JSON({"AgentId":"a1","SessionId":"s1","WorkingDirectory":"/"}), NULL, &error));
    FAILS(step, "Closed", orchestra_agent_session_pause(store, TEXT("s1"), NULL, &error));
    FAILS(step, "Active", orchestra_agent_session_resume(store, TEXT("s2"), NULL, &error));
    FAILS(step, "Closed", orchestra_agent_session_mark_error(store, TEXT("s1"), NULL, &error));
    FAILS(step, "Closed", orchestra_agent_session_close(store, TEXT("s1"), NULL, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'none'", orchestra_agent_session_get(store, TEXT("none"), &out, &error));
    FAILS(invalid, "CostUsd", orchestra_agent_session_add_usage(store, TEXT("s2"), JSON({"CostUsd":-1}), NULL, &error));
    FAILS(invalid, "limit", orchestra_agent_session_list(store, NONE, 0, &out, &error));
    FAILS(invalid, "unknown field `Agent`",
          orchestra_agent_session_list(store, JSON({"Agent":"a1"}), 1, &out, &error));
}

static void no_store(void) {
    orchestra_buffer out;
    NEEDS_STORE(orchestra_agent_session_open(NULL,
        JSON({"AgentId":"a1","SessionId":"s3","WorkingDirectory":"/"}), NULL, &error));
    NEEDS_STORE(orchestra_agent_session_get(NULL, TEXT("s1"), &out, &error));
    NEEDS_STORE(orchestra_agent_session_list(NULL, NONE, 1, &out, &error));
    NEEDS_STORE(orchestra_agent_session_add_usage(NULL, TEXT("s1"), JSON({}), NULL, &error));
    NEEDS_STORE(orchestra_agent_session_pause(NULL, TEXT("s1"), NULL, &error));
    NEEDS_STORE(orchestra_agent_session_resume(NULL, TEXT("s1"), NULL, &error));
    NEEDS_STORE(orchestra_agent_session_mark_error(NULL, TEXT("s1"), NULL, &error));
    NEEDS_STORE(orchestra_agent_session_close(NULL, TEXT("s1"), NULL, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    OK(orchestra_agent_register(store, JSON({"Id":"a1","Name":"A","Type":"t","RepositoryPath":"*"}), NULL, &error));
    OK(orchestra_agent_register(store, JSON({"Id":"a2","Name":"B","Type":"t","RepositoryPath":"*"}), NULL, &error));
    from_open_to_closed();
    listing();
    bad_input();
    no_store();
    orchestra_store_free(store);
    return 0;
}
