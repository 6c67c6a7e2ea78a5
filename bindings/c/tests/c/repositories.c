/* Repositories: known by path, with rules and figures: repositories DIRECTORY */
#include "check.h"

static orchestra_error *error;
static orchestra_store *store;
static char id[129];

static void knowing(void) {
    orchestra_buffer out;
    OK(orchestra_repository_register(store, TEXT("/srv/x/"), &out, &error));
    take(&out, "Id", id, sizeof id);
    OK(orchestra_repository_register(store, TEXT("/srv/x"), NULL, &error));
    OK(orchestra_repository_get(store, TEXT(id), &out, &error));
    HOLDS(out, "\"Path\":\"/srv/x\"");
    OK(orchestra_repository_get_by_path(store, TEXT("/srv/x/"), &out, &error));
    HOLDS(out, id);
    OK(orchestra_repository_get_by_path(store, TEXT("/srv/other"), &out, &error));
    CHECK(out.ptr == NULL);
    OK(orchestra_repository_note_access(store, TEXT(id), &error));
    OK(orchestra_repository_list(store, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"LastAccessedAt\":\"2") != NULL);
    HOLDS(out, "\"Name\":\"x\"");
    OK(orchestra_repository_list_most_used(store, 5, &out, &error));
    HOLDS(out, id);
    OK(orchestra_repository_deactivate(store, TEXT(id), &out, &error));
    HOLDS(out, "\"IsActive\":false");
    OK(orchestra_repository_register(store, TEXT("/srv/x"), &out, &error));
    HOLDS(out, "\"IsActive\":true");
}

static void rules(void) {
    orchestra_buffer out;
    int32_t allowed = -1;
    OK(orchestra_repository_set_settings(store, TEXT(id), JSON([1,{"k":true}]), &out, &error));
    HOLDS(out, "\"SettingsJson\":[1,{\"k\":true}]");
    OK(orchestra_repository_set_settings(store, TEXT(id), NONE, &out, &error));
    HOLDS(out, "\"SettingsJson\":null");
    OK(orchestra_repository_set_access_level(store, TEXT(id), ORCHESTRA_ACCESS_TEAM, &out, &error));
    HOLDS(out, "\"AccessLevel\":\"Team\"");
    OK(orchestra_repository_is_allowed(store, TEXT(id), TEXT("push"), &allowed, &error));
    CHECK(allowed == 1);
    OK(orchestra_repository_set_allowed_operations(store, TEXT(id), JSON(["read"]), &out, &error));
    HOLDS(out, "\"AllowedOperations\":[\"read\"]");
    OK(orchestra_repository_is_allowed(store, TEXT(id), TEXT("push"), &allowed, &error));
    CHECK(allowed == 0);
    OK(orchestra_repository_set_allowed_operations(store, TEXT(id), NONE, &out, &error));
    HOLDS(out, "\"AllowedOperations\":null");
}

static void figures(void) {
    orchestra_buffer out;
    int64_t changed = -1;
    OK(orchestra_task_enqueue(store, JSON({"Id":"t1","Command":"ls","RepositoryPath":"/srv/x"}), NULL, &error));
    OK(orchestra_task_start(store, TEXT("t1"), NONE, NULL, &error));
    OK(orchestra_task_complete(store, TEXT("t1"), NONE, NONE, NULL, &error));
    OK(orchestra_repository_statistics(store, TEXT(id), 0, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"Total\":1") != NULL);
    HOLDS(out, "\"Path\":\"/srv/x\"");
    OK(orchestra_repository_update_ratings(store, 0, &changed, &error));
    CHECK(changed == 1);
    OK(orchestra_repository_update_ratings(store, 60000, NULL, &error));
    OK(orchestra_repository_recount(store, TEXT(id), &out, &error));
    HOLDS(out, "\"Differences\":[]");
    char wrong[256];
    snprintf(wrong, sizeof wrong, "{\"Id\":\"%s\",\"TotalTasks\":9}", id);
    OK(orchestra_entity_update(store, ORCHESTRA_ENTITY_REPOSITORIES, TEXT(wrong), NULL, &error));
    OK(orchestra_repository_recount(store, TEXT(id), &out, &error));
    HOLDS(out, "[{\"Column\":\"TotalTasks\",\"Kept\":9,\"Counted\":1}]");
    OK(orchestra_repository_recount(store, TEXT(id), NULL, &error));
}

static void bad_input(void) {
    orchestra_buffer out;
    int32_t allowed;
    const orchestra_status invalid = ORCHESTRA_INVALID_ARGUMENT, missing = ORCHESTRA_NOT_FOUND;
    FAILS(invalid, "Path", orchestra_repository_register(store, NONE, NULL, &error));
    FAILS(invalid, "settings", orchestra_repository_set_settings(store, TEXT(id), TEXT("{"), NULL, &error));
    FAILS(invalid, "level", orchestra_repository_set_access_level(store, TEXT(id), 3, NULL, &error));
    FAILS(invalid, "got 'a' twice",
          orchestra_repository_set_allowed_operations(store, TEXT(id), JSON(["a","a"]), NULL, &error));
    FAILS(invalid, "limit", orchestra_repository_list_most_used(store, 0, &out, &error));
    FAILS(invalid, "period", orchestra_repository_statistics(store, TEXT(id), -1, &out, &error));
    FAILS(invalid, "period", orchestra_repository_update_ratings(store, -1, NULL, &error));
    FAILS(missing, "'none'", orchestra_repository_get(store, TEXT("none"), &out, &error));
    FAILS(missing, "'none'", orchestra_repository_deactivate(store, TEXT("none"), NULL, &error));
    FAILS(missing, "'none'", orchestra_repository_note_access(store, TEXT("none"), &error));
    FAILS(missing, "'none'", orchestra_repository_is_allowed(store, TEXT("none"), TEXT("x"), &allowed, &error));
    FAILS(missing, "'none'", orchestra_repository_recount(store, TEXT("none"), NULL, &error));
    FAILS(ORCHESTRA_MISUSE, "allowed", orchestra_repository_is_allowed(store, TEXT(id), TEXT("x"), NULL, &error));
}

static void no_store(void) {
    orchestra_buffer out;
    int32_t allowed;
    NEEDS_STORE(orchestra_repository_register(NULL, TEXT("/"), NULL, &error));
    NEEDS_STORE(orchestra_repository_get(NULL, TEXT("r"), &out, &error));
    NEEDS_STORE(orchestra_repository_get_by_path(NULL, TEXT("/"), &out, &error));
    NEEDS_STORE(orchestra_repository_list(NULL, &out, &error));
    NEEDS_STORE(orchestra_repository_list_most_used(NULL, 1, &out, &error));
    NEEDS_STORE(orchestra_repository_deactivate(NULL, TEXT("r"), NULL, &error));
    NEEDS_STORE(orchestra_repository_note_access(NULL, TEXT("r"), &error));
    NEEDS_STORE(orchestra_repository_set_settings(NULL, TEXT("r"), NONE, NULL, &error));
    NEEDS_STORE(orchestra_repository_set_access_level(NULL, TEXT("r"), ORCHESTRA_ACCESS_PUBLIC, NULL, &error));
    NEEDS_STORE(orchestra_repository_set_allowed_operations(NULL, TEXT("r"), NONE, NULL, &error));
    NEEDS_STORE(orchestra_repository_is_allowed(NULL, TEXT("r"), TEXT("x"), &allowed, &error));
    NEEDS_STORE(orchestra_repository_statistics(NULL, TEXT("r"), 0, &out, &error));
    NEEDS_STORE(orchestra_repository_update_ratings(NULL, 0, NULL, &error));
    NEEDS_STORE(orchestra_repository_recount(NULL, TEXT("r"), NULL, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    knowing();
    rules();
    figures();
    bad_input();
    no_store();
    orchestra_store_free(store);
    return 0;
}
