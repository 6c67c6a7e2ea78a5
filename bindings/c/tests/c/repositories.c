/* Repositories: known by path, with rules and figures: repositories DIRECTORY */
#include "store.h"

static char id[129];

static void knowing(void) {
    OK(orchestra_repository_register(store, TEXT("/srv/x/"), &out, &error));
    take(&out, "Id", id, sizeof id);
    OK(orchestra_repository_register(store, TEXT("/srv/x"), NULL, &error));
    GIVES("\"Path\":\"/srv/x\"", orchestra_repository_get(store, TEXT(id), &out, &error));
    GIVES(id, orchestra_repository_get_by_path(store, TEXT("/srv/x/"), &out, &error));
    MAKES(out.ptr == NULL, orchestra_repository_get_by_path(store, TEXT("/srv/other"), &out, &error));
    OK(orchestra_repository_note_access(store, TEXT(id), &error));
    GIVES_BOTH("\"LastAccessedAt\":\"2", "\"Name\":\"x\"", orchestra_repository_list(store, &out, &error));
    GIVES(id, orchestra_repository_list_most_used(store, 5, &out, &error));
    GIVES("\"IsActive\":false", orchestra_repository_deactivate(store, TEXT(id), &out, &error));
    GIVES("\"IsActive\":true", orchestra_repository_register(store, TEXT("/srv/x"), &out, &error));
}

static void rules(void) {
    int32_t allowed = -1;
    GIVES("\"SettingsJson\":[1,{\"k\":true}]",
          orchestra_repository_set_settings(store, TEXT(id), JSON([1,{"k":true}]), &out, &error));
    GIVES("\"SettingsJson\":null", orchestra_repository_set_settings(store, TEXT(id), NONE, &out, &error));
    GIVES("\"AccessLevel\":\"Team\"",
          orchestra_repository_set_access_level(store, TEXT(id), ORCHESTRA_ACCESS_TEAM, &out, &error));
    MAKES(allowed == 1, orchestra_repository_is_allowed(store, TEXT(id), TEXT("push"), &allowed, &error));
    GIVES("\"AllowedOperations\":[\"read\"]",
          orchestra_repository_set_allowed_operations(store, TEXT(id), JSON(["read"]), &out, &error));
    MAKES(allowed == 0, orchestra_repository_is_allowed(store, TEXT(id), TEXT("push"), &allowed, &error));
    GIVES("\"AllowedOperations\":null",
          orchestra_repository_set_allowed_operations(store, TEXT(id), NONE, &out, &error));
}

static void figures(void) {
    int64_t changed = -1;
    OK(orchestra_task_enqueue(store, JSON({"Id":"t1","Command":"ls","RepositoryPath":"/srv/x"}), NULL, &error));
    OK(orchestra_task_start(store, TEXT("t1"), NONE, NULL, &error));
    OK(orchestra_task_complete(store, TEXT("t1"), NONE, NONE, NULL, &error));
    GIVES_BOTH("\"Total\":1", "\"Path\":\"/srv/x\"",
          orchestra_repository_statistics(store, TEXT(id), 0, &out, &error));
    MAKES(changed == 1, orchestra_repository_update_ratings(store, 0, &changed, &error));
    OK(orchestra_repository_update_ratings(store, 60000, NULL, &error));
    GIVES("\"Differences\":[]", orchestra_repository_recount(store, TEXT(id), &out, &error));
    char wrong[256];
    snprintf(wrong, sizeof wrong, "{\"Id\":\"%s\",\"TotalTasks\":9}", id);
    INVALID("TotalTasks",
            orchestra_entity_update(store, ORCHESTRA_ENTITY_REPOSITORIES, TEXT(wrong), NULL, &error));
    OK(orchestra_repository_recount(store, TEXT(id), NULL, &error));
}

static void bad_input(void) {
    int32_t allowed;
    INVALID("Path", orchestra_repository_register(store, NONE, NULL, &error));
    INVALID("settings", orchestra_repository_set_settings(store, TEXT(id), TEXT("{"), NULL, &error));
    INVALID("level", orchestra_repository_set_access_level(store, TEXT(id), 3, NULL, &error));
    INVALID("got 'a' twice",
          orchestra_repository_set_allowed_operations(store, TEXT(id), JSON(["a","a"]), NULL, &error));
    INVALID("limit", orchestra_repository_list_most_used(store, 0, &out, &error));
    INVALID("period", orchestra_repository_statistics(store, TEXT(id), -1, &out, &error));
    INVALID("period", orchestra_repository_update_ratings(store, -1, NULL, &error));
    MISSING("'none'", orchestra_repository_get(store, TEXT("none"), &out, &error));
    MISSING("'none'", orchestra_repository_deactivate(store, TEXT("none"), NULL, &error));
    MISSING("'none'", orchestra_repository_note_access(store, TEXT("none"), &error));
    MISSING("'none'", orchestra_repository_is_allowed(store, TEXT("none"), TEXT("x"), &allowed, &error));
    MISSING("'none'", orchestra_repository_recount(store, TEXT("none"), NULL, &error));
}

STEPS(knowing, rules, figures, bad_input)
