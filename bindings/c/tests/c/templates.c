/* Templates and their categories: versions, tasks made of one, the tree, bad input. */
#include "check.h"

static orchestra_store *store;
static orchestra_error *error;
static orchestra_buffer out;

static char root[64], inner[64], first[64], second[64];

static void categories(void) {
    char document[256];
    OK(orchestra_category_create(store, JSON({"Name":"Development", "SortOrder":1}), &out, &error));
    take(&out, "Id", root, sizeof root);
    snprintf(document, sizeof document, "{\"Name\":\"Tests\",\"ParentCategoryId\":\"%s\"}", root);
    OK(orchestra_category_create(store, TEXT(document), &out, &error));
    take(&out, "Id", inner, sizeof inner);
    FAILS(ORCHESTRA_ALREADY_EXISTS, "UNIQUE", orchestra_category_create(store, TEXT(document), NULL, &error));
    OK(orchestra_category_get(store, TEXT(inner), &out, &error));
    HOLDS(out, "\"Name\":\"Tests\"");
    OK(orchestra_category_tree(store, NONE, &out, &error));
    HOLDS(out, "{\"Depth\":1,");
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "or in it",
          orchestra_category_move(store, TEXT(root), TEXT(inner), NULL, &error));
    OK(orchestra_category_move(store, TEXT(inner), NONE, &out, &error));
    HOLDS(out, "\"ParentCategoryId\":null");
    OK(orchestra_category_move(store, TEXT(inner), TEXT(root), NULL, &error));
    OK(orchestra_category_tree(store, TEXT(inner), &out, &error));
    CHECK(strstr((const char *)out.ptr, "Development") == NULL);
    HOLDS(out, "{\"Depth\":0,");
}

static void versions(void) {
    char document[512];
    snprintf(document, sizeof document,
             "{\"Name\":\"Check\",\"CategoryId\":\"%s\",\"Definition\":{"
             "\"steps\":[{\"command\":\"git switch {{branch}}\"},{\"command\":\"make test\"}],"
             "\"parameters\":{\"branch\":{\"type\":\"string\",\"required\":true}}}}",
             inner);
    OK(orchestra_template_publish(store, TEXT(document), &out, &error));
    take(&out, "Id", first, sizeof first);
    OK(orchestra_template_publish(
        store, JSON({"Name":"Check", "Definition":{"steps":[{"command":"make"}]}}), &out, &error));
    take(&out, "Id", second, sizeof second);
    OK(orchestra_template_get_active(store, TEXT("Check"), &out, &error));
    HOLDS(out, second);
    FAILS(ORCHESTRA_CONFLICT, "not the active one",
          orchestra_template_instantiate(store, TEXT(first), NONE, NULL, &error));
    OK(orchestra_template_activate(store, TEXT(first), &out, &error));
    HOLDS(out, "\"IsActive\":true");
    OK(orchestra_template_get(store, TEXT(second), &out, &error));
    HOLDS(out, "\"IsActive\":false");
    OK(orchestra_template_list(store, NONE, &out, &error));
    HOLDS(out, first);
    OK(orchestra_template_list(store, TEXT(root), &out, &error));
    HOLDS(out, first);
}

static void tasks_of_a_template(void) {
    OK(orchestra_template_instantiate(
        store, TEXT(first),
        JSON({"Parameters":{"branch":"main"}, "RepositoryPath":"/srv/x", "OnFailure":"Cancel"}), &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"Command\":\"git switch main\"") != NULL);
    HOLDS(out, "\"UnmetDependencies\":1");
    OK(orchestra_template_instantiate(store, TEXT(first),
                                      JSON({"Parameters":{"branch":"x"}, "RepositoryPath":"/srv/y"}), NULL,
                                      &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "Parameters.branch",
          orchestra_template_instantiate(store, TEXT(first), JSON({"RepositoryPath":"/srv/x"}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "Parameters.brnch",
          orchestra_template_instantiate(store, TEXT(first),
                                         JSON({"Parameters":{"branch":"a", "brnch":"b"}}), NULL, &error));
}

static void bad_input(void) {
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "unknown field `Steps`",
          orchestra_template_publish(store, JSON({"Name":"x", "Steps":[]}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "Definition.steps[0].command",
          orchestra_template_publish(
              store, JSON({"Name":"x", "Definition":{"steps":[{"command":"{{nothing}}"}]}}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "unknown field `params`",
          orchestra_template_instantiate(store, TEXT(first), JSON({"params":{}}), NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "unknown field `Parent`",
          orchestra_category_create(store, JSON({"Name":"x", "Parent":"y"}), NULL, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_template_get(store, TEXT("no"), &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_template_get_active(store, TEXT("no"), &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_template_activate(store, TEXT("no"), NULL, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_template_list(store, TEXT("no"), &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_category_get(store, TEXT("no"), &out, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_category_move(store, TEXT(root), TEXT("no"), NULL, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'no'", orchestra_category_tree(store, TEXT("no"), &out, &error));
    FAILS(ORCHESTRA_MISUSE, "templates: the output is NULL",
          orchestra_template_list(store, NONE, NULL, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    categories();
    versions();
    tasks_of_a_template();
    bad_input();
    orchestra_store_free(store);
    return 0;
}
