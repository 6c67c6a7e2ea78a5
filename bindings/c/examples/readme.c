#include "orchestra_store.h"

#include <stdio.h>
#include <string.h>

#define TEXT(text) (const uint8_t *)(text), strlen(text)

/* Copies the text of a field out of JSON that the library wrote. */
static void field(const orchestra_buffer *json, const char *name, char *text, size_t size) {
    const char *begin = json->ptr ? strstr((const char *)json->ptr, name) : NULL;
    begin = begin ? begin + strlen(name) : "";
    snprintf(text, size, "%.*s", (int)strcspn(begin, "\""), begin);
}

static orchestra_status work(const orchestra_store *store, orchestra_error **error) {
    static const char agent[] = "{\"Id\":\"ada\",\"Name\":\"Ada\",\"Type\":\"claude-code\","
                                "\"RepositoryPath\":\"/src/app\"}";
    static const char task[] = "{\"Command\":\"Fix the build\",\"RepositoryPath\":\"/src/app\"}";
    static const char claim[] = "{\"AgentId\":\"ada\"}";
    orchestra_buffer claimed = {NULL, 0};
    char id[129], token[129];
    orchestra_status status;

    if ((status = orchestra_agent_register(store, TEXT(agent), NULL, error)) ||
        (status = orchestra_task_enqueue(store, TEXT(task), NULL, error)) ||
        (status = orchestra_task_claim_and_start(store, TEXT(claim), &claimed, error)))
        return status;
    field(&claimed, "\"Id\":\"", id, sizeof id);
    field(&claimed, "\"LeaseToken\":\"", token, sizeof token);
    orchestra_buffer_free(&claimed);

    return orchestra_task_complete(store, TEXT(id), TEXT(token), TEXT("It builds."), NULL, error);
}

int main(int argc, char **argv) {
    orchestra_store *store = NULL;
    orchestra_error *error = NULL;
    const char *path = argc > 1 ? argv[1] : "orchestra.db";
    orchestra_status status = orchestra_store_open(TEXT(path), NULL, &store, &error);

    if (status == ORCHESTRA_OK)
        status = work(store, &error);
    if (status != ORCHESTRA_OK)
        fprintf(stderr, "%d: %s\n", (int)status, orchestra_error_message(error));
    orchestra_error_free(error);
    orchestra_store_free(store);
    return status != ORCHESTRA_OK;
}
