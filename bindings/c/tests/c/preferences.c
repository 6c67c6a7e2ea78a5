/* Preferences: setting, which one holds, values as what they are, documents: preferences DIRECTORY */
#include "check.h"

static orchestra_error *error;
static orchestra_store *store;

static void setting(void) {
    orchestra_buffer out;
    int32_t removed = -1;
    char id[129];
    OK(orchestra_preference_set(store, JSON({"Key":"retries","Value":"3","Scope":{"IsDefault":true}}), &out, &error));
    HOLDS(out, "\"UserId\":\"default\"");
    OK(orchestra_preference_set(store, JSON({"Key":"retries","Value":"5","Scope":{"AgentId":"a1"},
        "Type":"Behavior","Category":"queue","Description":"how often"}), NULL, &error));
    OK(orchestra_preference_get(store, TEXT("retries"), JSON({"AgentId":"a1"}), &out, &error));
    HOLDS(out, "\"Value\":\"5\"");
    OK(orchestra_preference_get(store, TEXT("retries"), NONE, &out, &error));
    CHECK(out.ptr == NULL);
    OK(orchestra_preference_get(store, TEXT("retries"), JSON({"IsDefault":true}), &out, &error));
    take(&out, "Id", id, sizeof id);
    OK(orchestra_preference_open(store, TEXT(id), &out, &error));
    HOLDS(out, "\"Value\":\"3\"");

    OK(orchestra_preference_set(store, JSON({"Key":"gone","Value":"x"}), NULL, &error));
    OK(orchestra_preference_remove(store, TEXT("gone"), NONE, &removed, &error));
    CHECK(removed == 1);
    OK(orchestra_preference_remove(store, TEXT("gone"), NONE, &removed, &error));
    CHECK(removed == 0);
    OK(orchestra_preference_remove(store, TEXT("gone"), NONE, NULL, &error));
}

static void holding(void) {
    orchestra_buffer out;
    OK(orchestra_preference_resolve(store, TEXT("retries"), NONE, TEXT("a1"), &out, &error));
    HOLDS(out, "\"Value\":\"5\"");
    OK(orchestra_preference_resolve(store, TEXT("retries"), NONE, NONE, &out, &error));
    HOLDS(out, "\"Value\":\"3\"");
    OK(orchestra_preference_resolve(store, TEXT("none"), NONE, NONE, &out, &error));
    CHECK(out.ptr == NULL);
    OK(orchestra_preference_list_effective(store, NONE, TEXT("a1"), &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"Value\":\"3\"") == NULL);
    HOLDS(out, "\"Value\":\"5\"");
}

static void values(void) {
    orchestra_buffer out;
    int32_t flag = -1, found = -1;
    int64_t whole = -1;
    double real = -1;
    OK(orchestra_preference_set(store, JSON({"Key":"flag","Value":"True"}), NULL, &error));
    OK(orchestra_preference_set(store, JSON({"Key":"rate","Value":"0.5"}), NULL, &error));
    OK(orchestra_preference_resolve_bool(store, TEXT("flag"), NONE, NONE, &flag, &found, &error));
    CHECK(flag == 1 && found == 1);
    OK(orchestra_preference_resolve_i64(store, TEXT("retries"), NONE, TEXT("a1"), &whole, &found, &error));
    CHECK(whole == 5 && found == 1);
    OK(orchestra_preference_resolve_f64(store, TEXT("rate"), NONE, NONE, &real, NULL, &error));
    CHECK(real == 0.5);
    OK(orchestra_preference_resolve_text(store, TEXT("flag"), NONE, NONE, &out, &found, &error));
    CHECK(out.len == 4 && found == 1);
    HOLDS(out, "True");
    OK(orchestra_preference_resolve_text(store, TEXT("none"), NONE, NONE, &out, &found, &error));
    CHECK(out.ptr == NULL && found == 0);
    OK(orchestra_preference_resolve_i64(store, TEXT("none"), NONE, NONE, &whole, &found, &error));
    CHECK(whole == 0 && found == 0);
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "'rate'",
          orchestra_preference_resolve_bool(store, TEXT("rate"), NONE, NONE, &flag, NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "'rate'",
          orchestra_preference_resolve_i64(store, TEXT("rate"), NONE, NONE, &whole, NULL, &error));
    FAILS(ORCHESTRA_INVALID_ARGUMENT, "'flag'",
          orchestra_preference_resolve_f64(store, TEXT("flag"), NONE, NONE, &real, NULL, &error));
}

static void documents(void) {
    orchestra_buffer out;
    OK(orchestra_preference_export(store, 0, 0, &out, &error));
    CHECK(strstr((const char *)out.ptr, "\"LeftOut\":0") != NULL);
    CHECK(strstr((const char *)out.ptr, "\"Value\":\"3\"") == NULL);
    HOLDS(out, "\"Document\":{\"Version\":1,\"Preferences\":[");
    OK(orchestra_preference_export(store, 1, 1, &out, &error));
    HOLDS(out, "\"Value\":\"3\"");
    OK(orchestra_preference_import(store, JSON({"Version":1,"Preferences":[{"Key":"new","Value":"1"},
        {"Key":"flag","Value":"True"}]}), &out, &error));
    HOLDS(out, "{\"Imported\":1,\"Unchanged\":1,\"Refused\":[]}");
    OK(orchestra_preference_import(store, JSON({"Version":1,"Preferences":[{"Key":"newer","Value":"1"},
        {"Key":"","Value":"1"}]}), &out, &error));
    HOLDS(out, "{\"Imported\":0,\"Unchanged\":0,\"Refused\":[{\"Index\":1,");
    OK(orchestra_preference_get(store, TEXT("newer"), NONE, &out, &error));
    CHECK(out.ptr == NULL);
}

static void bad_input(void) {
    orchestra_buffer out;
    int64_t unopened = -1;
    const orchestra_status invalid = ORCHESTRA_INVALID_ARGUMENT;
    OK(orchestra_preference_set(store, JSON({"Key":"fixed","Value":"1","IsReadOnly":true}), NULL, &error));
    FAILS(ORCHESTRA_READ_ONLY, "'fixed'",
          orchestra_preference_set(store, JSON({"Key":"fixed","Value":"2"}), NULL, &error));
    FAILS(ORCHESTRA_READ_ONLY, "'fixed'", orchestra_preference_remove(store, TEXT("fixed"), NONE, NULL, &error));
    FAILS(ORCHESTRA_ENCRYPTION_FAILED, "key",
          orchestra_preference_set(store, JSON({"Key":"secret","Value":"1","IsEncrypted":true}), NULL, &error));
    FAILS(ORCHESTRA_ENCRYPTION_FAILED, "keys", orchestra_preference_rekey(store, 1, NULL, &unopened, NULL, &error));
    CHECK(unopened == 0);
    FAILS(ORCHESTRA_CONSTRAINT_VIOLATION, "FOREIGN KEY", orchestra_preference_set(store,
        JSON({"Key":"k","Value":"1","Scope":{"RepositoryId":"none"}}), NULL, &error));
    FAILS(invalid, "limit", orchestra_preference_rekey(store, 0, NULL, NULL, NULL, &error));
    FAILS(invalid, "unknown field `Agent`",
          orchestra_preference_set(store, JSON({"Key":"k","Value":"1","Scope":{"Agent":"a1"}}), NULL, &error));
    FAILS(invalid, "unknown field `User`",
          orchestra_preference_get(store, TEXT("k"), JSON({"User":"x"}), &out, &error));
    FAILS(invalid, "Version", orchestra_preference_import(store, JSON({"Version":2,"Preferences":[]}), &out, &error));
    FAILS(ORCHESTRA_MISUSE, "outcome",
          orchestra_preference_import(store, JSON({"Version":1,"Preferences":[]}), NULL, &error));
    FAILS(ORCHESTRA_NOT_FOUND, "'none'", orchestra_preference_open(store, TEXT("none"), &out, &error));
}

static void no_store(void) {
    orchestra_buffer out;
    int32_t flag;
    int64_t whole;
    double real;
    NEEDS_STORE(orchestra_preference_set(NULL, JSON({"Key":"k","Value":"1"}), NULL, &error));
    NEEDS_STORE(orchestra_preference_remove(NULL, TEXT("k"), NONE, NULL, &error));
    NEEDS_STORE(orchestra_preference_get(NULL, TEXT("k"), NONE, &out, &error));
    NEEDS_STORE(orchestra_preference_open(NULL, TEXT("k"), &out, &error));
    NEEDS_STORE(orchestra_preference_list_effective(NULL, NONE, NONE, &out, &error));
    NEEDS_STORE(orchestra_preference_resolve(NULL, TEXT("k"), NONE, NONE, &out, &error));
    NEEDS_STORE(orchestra_preference_resolve_text(NULL, TEXT("k"), NONE, NONE, &out, NULL, &error));
    NEEDS_STORE(orchestra_preference_resolve_bool(NULL, TEXT("k"), NONE, NONE, &flag, NULL, &error));
    NEEDS_STORE(orchestra_preference_resolve_i64(NULL, TEXT("k"), NONE, NONE, &whole, NULL, &error));
    NEEDS_STORE(orchestra_preference_resolve_f64(NULL, TEXT("k"), NONE, NONE, &real, NULL, &error));
    NEEDS_STORE(orchestra_preference_export(NULL, 0, 0, &out, &error));
    NEEDS_STORE(orchestra_preference_import(NULL, JSON({"Version":1,"Preferences":[]}), &out, &error));
    NEEDS_STORE(orchestra_preference_rekey(NULL, 1, NULL, NULL, NULL, &error));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), NULL, &store, &error));
    OK(orchestra_agent_register(store, JSON({"Id":"a1","Name":"A","Type":"t","RepositoryPath":"*"}), NULL, &error));
    setting();
    holding();
    values();
    documents();
    bad_input();
    no_store();
    orchestra_store_free(store);
    return 0;
}
