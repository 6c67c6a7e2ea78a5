/* Templates and their categories: versions, tasks made of one, the tree, bad input. */
#include "store.h"

static char root[64], inner[64], first[64], second[64];

static void categories(void) {
    char document[256];
    OK(orchestra_category_create(store, JSON({"Name":"Development", "SortOrder":1}), &out, &error));
    take(&out, "Id", root, sizeof root);
    snprintf(document, sizeof document, "{\"Name\":\"Tests\",\"ParentCategoryId\":\"%s\"}", root);
    OK(orchestra_category_create(store, TEXT(document), &out, &error));
    take(&out, "Id", inner, sizeof inner);
    FAILS(ORCHESTRA_ALREADY_EXISTS, "UNIQUE", orchestra_category_create(store, TEXT(document), NULL, &error));
    GIVES("\"Name\":\"Tests\"", orchestra_category_get(store, TEXT(inner), &out, &error));
    GIVES("{\"Depth\":1,", orchestra_category_tree(store, NONE, &out, &error));
    INVALID("or in it", orchestra_category_move(store, TEXT(root), TEXT(inner), NULL, &error));
    GIVES("\"ParentCategoryId\":null", orchestra_category_move(store, TEXT(inner), NONE, &out, &error));
    OK(orchestra_category_move(store, TEXT(inner), TEXT(root), NULL, &error));
    GIVES_NOT("Development", "{\"Depth\":0,", orchestra_category_tree(store, TEXT(inner), &out, &error));
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
    GIVES(second, orchestra_template_get_active(store, TEXT("Check"), &out, &error));
    FAILS(ORCHESTRA_CONFLICT, "not the active one",
          orchestra_template_instantiate(store, TEXT(first), NONE, NULL, &error));
    GIVES("\"IsActive\":true", orchestra_template_activate(store, TEXT(first), &out, &error));
    GIVES("\"IsActive\":false", orchestra_template_get(store, TEXT(second), &out, &error));
    GIVES(first, orchestra_template_list(store, NONE, &out, &error));
    GIVES(first, orchestra_template_list(store, TEXT(root), &out, &error));
}

static void tasks_of_a_template(void) {
    GIVES_BOTH("\"Command\":\"git switch main\"", "\"UnmetDependencies\":1",
          orchestra_template_instantiate(
        store, TEXT(first),
        JSON({"Parameters":{"branch":"main"}, "RepositoryPath":"/srv/x", "OnFailure":"Cancel"}), &out, &error));
    OK(orchestra_template_instantiate(store, TEXT(first),
                                      JSON({"Parameters":{"branch":"x"}, "RepositoryPath":"/srv/y"}), NULL,
                                      &error));
    INVALID("Parameters.branch",
          orchestra_template_instantiate(store, TEXT(first), JSON({"RepositoryPath":"/srv/x"}), NULL, &error));
    INVALID("Parameters.brnch",
          orchestra_template_instantiate(store, TEXT(first),
                                         JSON({"Parameters":{"branch":"a", "brnch":"b"}}), NULL, &error));
}

static void bad_input(void) {
    INVALID("unknown field `Steps`",
          orchestra_template_publish(store, JSON({"Name":"x", "Steps":[]}), NULL, &error));
    INVALID("Definition.steps[0].command",
          orchestra_template_publish(
              store, JSON({"Name":"x", "Definition":{"steps":[{"command":"{{nothing}}"}]}}), NULL, &error));
    INVALID("unknown field `params`",
          orchestra_template_instantiate(store, TEXT(first), JSON({"params":{}}), NULL, &error));
    INVALID("unknown field `Parent`",
          orchestra_category_create(store, JSON({"Name":"x", "Parent":"y"}), NULL, &error));
    MISSING("'no'", orchestra_template_get(store, TEXT("no"), &out, &error));
    MISSING("'no'", orchestra_template_get_active(store, TEXT("no"), &out, &error));
    MISSING("'no'", orchestra_template_activate(store, TEXT("no"), NULL, &error));
    MISSING("'no'", orchestra_template_list(store, TEXT("no"), &out, &error));
    MISSING("'no'", orchestra_category_get(store, TEXT("no"), &out, &error));
    MISSING("'no'", orchestra_category_move(store, TEXT(root), TEXT("no"), NULL, &error));
    MISSING("'no'", orchestra_category_tree(store, TEXT("no"), &out, &error));
}

STEPS(categories, versions, tasks_of_a_template, bad_input)
