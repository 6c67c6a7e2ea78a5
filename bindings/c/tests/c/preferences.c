/* Preferences: setting, which one holds, values as what they are, documents: preferences DIRECTORY */
#include "check.h"

static orchestra_error *error;
static orchestra_store *store;

static void setting(void) {
    orchestra_buffer out;
    int32_t removed = -1;
    char id[129];
    GIVES("\"UserId\":\"default\"",
          orchestra_preference_set(store, JSON({"Key":"retries","Value":"3","Scope":{"IsDefault":true}}), &out, &error));
    OK(orchestra_preference_set(store, JSON({"Key":"retries","Value":"5","Scope":{"AgentId":"a1"},
        "Type":"Behavior","Category":"queue","Description":"how often"}), NULL, &error));
    GIVES("\"Value\":\"5\"",
          orchestra_preference_get(store, TEXT("retries"), JSON({"AgentId":"a1"}), &out, &error));
    MAKES(out.ptr == NULL, orchestra_preference_get(store, TEXT("retries"), NONE, &out, &error));
    OK(orchestra_preference_get(store, TEXT("retries"), JSON({"IsDefault":true}), &out, &error));
    take(&out, "Id", id, sizeof id);
    GIVES("\"Value\":\"3\"", orchestra_preference_open(store, TEXT(id), &out, &error));

    OK(orchestra_preference_set(store, JSON({"Key":"gone","Value":"x"}), NULL, &error));
    MAKES(removed == 1, orchestra_preference_remove(store, TEXT("gone"), NONE, &removed, &error));
    MAKES(removed == 0, orchestra_preference_remove(store, TEXT("gone"), NONE, &removed, &error));
    OK(orchestra_preference_remove(store, TEXT("gone"), NONE, NULL, &error));
}

static void holding(void) {
    orchestra_buffer out;
    GIVES("\"Value\":\"5\"",
          orchestra_preference_resolve(store, TEXT("retries"), NONE, TEXT("a1"), &out, &error));
    GIVES("\"Value\":\"3\"", orchestra_preference_resolve(store, TEXT("retries"), NONE, NONE, &out, &error));
    MAKES(out.ptr == NULL, orchestra_preference_resolve(store, TEXT("none"), NONE, NONE, &out, &error));
    GIVES_NOT("\"Value\":\"3\"", "\"Value\":\"5\"",
          orchestra_preference_list_effective(store, NONE, TEXT("a1"), &out, &error));
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
    INVALID("'rate'",
          orchestra_preference_resolve_bool(store, TEXT("rate"), NONE, NONE, &flag, NULL, &error));
    INVALID("'rate'",
          orchestra_preference_resolve_i64(store, TEXT("rate"), NONE, NONE, &whole, NULL, &error));
    INVALID("'flag'", orchestra_preference_resolve_f64(store, TEXT("flag"), NONE, NONE, &real, NULL, &error));
}

static void documents(void) {
    orchestra_buffer out;
    MAKES(contains(&out, "\"LeftOut\":0"), orchestra_preference_export(store, 0, 0, &out, &error));
    CHECK(!contains(&out, "\"Value\":\"3\""));
    HOLDS(out, "\"Document\":{\"Version\":1,\"Preferences\":[");
    GIVES("\"Value\":\"3\"", orchestra_preference_export(store, 1, 1, &out, &error));
    GIVES("{\"Imported\":1,\"Unchanged\":1,\"Refused\":[]}",
          orchestra_preference_import(store, JSON({"Version":1,"Preferences":[{"Key":"new","Value":"1"},
        {"Key":"flag","Value":"True"}]}), &out, &error));
    GIVES("{\"Imported\":0,\"Unchanged\":0,\"Refused\":[{\"Index\":1,",
          orchestra_preference_import(store, JSON({"Version":1,"Preferences":[{"Key":"newer","Value":"1"},
        {"Key":"","Value":"1"}]}), &out, &error));
    MAKES(out.ptr == NULL, orchestra_preference_get(store, TEXT("newer"), NONE, &out, &error));
}

/* The key of an id is this often the first character of it. */
static int32_t key(void *context, const uint8_t *key_id, size_t key_id_len, uint8_t *bytes) {
    (void)context;
    CHECK(key_id_len > 0);
    memset(bytes, key_id[0], ORCHESTRA_KEY_LENGTH);
    return 1;
}

static size_t current_key(void *context, uint8_t *key_id) {
    size_t length = strlen(context);
    memcpy(key_id, context, length);
    return length;
}

static void sealed_values(const char *path) {
    orchestra_buffer out;
    orchestra_store *sealing;
    char current[] = "old";
    int64_t resealed = -1, unopened = -1, remaining = -1;
    OK(orchestra_store_open_with_keys(TEXT(path), NULL, key, current_key, current, NULL, &sealing, &error));
    GIVES_NOT("s3cret", "\"EncryptionKeyId\":\"old\"",
          orchestra_preference_set(sealing, JSON({"Key":"token","Value":"s3cret","IsEncrypted":true}), &out, &error));
    GIVES_BOTH("\"IsEncrypted\":true", "\"Value\":\"s3cret\"",
          orchestra_preference_get(sealing, TEXT("token"), NONE, &out, &error));
    GIVES("s3cret",
          orchestra_preference_resolve_text(sealing, TEXT("token"), NONE, NONE, &out, NULL, &error));
    GIVES_NOT("s3cret", "\"token\"", orchestra_preference_list_effective(sealing, NONE, NONE, &out, &error));
    GIVES("\"LeftOut\":1", orchestra_preference_export(sealing, 0, 0, &out, &error));
    GIVES_NOT("s3cret", "\"EncryptionKeyId\":\"old\"",
          orchestra_preference_export(sealing, 0, 1, &out, &error));

    memcpy(current, "new", 3);
    OK(orchestra_preference_rekey(sealing, 10, &resealed, &unopened, &remaining, &error));
    CHECK(resealed == 1 && unopened == 0 && remaining == 0);
    MAKES(resealed == 0, orchestra_preference_rekey(sealing, 10, &resealed, NULL, NULL, &error));
    GIVES_BOTH("\"EncryptionKeyId\":\"new\"", "\"Value\":\"s3cret\"",
          orchestra_preference_get(sealing, TEXT("token"), NONE, &out, &error));
    orchestra_store_free(sealing);
}

static void bad_input(void) {
    orchestra_buffer out;
    int64_t unopened = -1;
    OK(orchestra_preference_set(store, JSON({"Key":"fixed","Value":"1","IsReadOnly":true}), NULL, &error));
    FAILS(ORCHESTRA_READ_ONLY, "'fixed'",
          orchestra_preference_set(store, JSON({"Key":"fixed","Value":"2"}), NULL, &error));
    FAILS(ORCHESTRA_READ_ONLY, "'fixed'", orchestra_preference_remove(store, TEXT("fixed"), NONE, NULL, &error));
    FAILS(ORCHESTRA_ENCRYPTION_FAILED, "key",
          orchestra_preference_set(store, JSON({"Key":"secret","Value":"1","IsEncrypted":true}), NULL, &error));
    FAILS(ORCHESTRA_ENCRYPTION_FAILED, "keys", orchestra_preference_rekey(store, 1, NULL, &unopened, NULL, &error));
    CHECK(unopened == 0);
    FAILS(ORCHESTRA_CONSTRAINT_VIOLATION, "must be the id of one of", orchestra_preference_set(store,
        JSON({"Key":"k","Value":"1","Scope":{"RepositoryId":"none"}}), NULL, &error));
    INVALID("limit", orchestra_preference_rekey(store, 0, NULL, NULL, NULL, &error));
    INVALID("unknown field `Agent`",
          orchestra_preference_set(store, JSON({"Key":"k","Value":"1","Scope":{"Agent":"a1"}}), NULL, &error));
    INVALID("unknown field `User`",
          orchestra_preference_get(store, TEXT("k"), JSON({"User":"x"}), &out, &error));
    INVALID("Version",
          orchestra_preference_import(store, JSON({"Version":2,"Preferences":[]}), &out, &error));
    MISSING("'none'", orchestra_preference_open(store, TEXT("none"), &out, &error));
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
    sealed_values(path_in(argv[1], "sealed.db"));
    orchestra_store_free(store);
    return 0;
}
