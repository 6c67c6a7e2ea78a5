/*
 * Several operations in one transaction: transaction DIRECTORY
 *
 * An agent and its first task come into DIRECTORY/orchestra.db together, or not at all: the first try fails
 * half-way and leaves nothing, the second is committed.
 */
#include "orchestra_store.h"

#include <stdio.h>
#include <string.h>

#define TEXT(text) (const uint8_t *)(text), strlen(text)

static const char agent[] = "{\"Id\":\"ada\",\"Name\":\"Ada\",\"Type\":\"claude-code\",\"RepositoryPath\":\"/srv\"}";

/* What is to be done as a whole. `inside` is the store, as the transaction sees it. */
static orchestra_status work(const orchestra_store *inside, const char *task, orchestra_error **error) {
    orchestra_status status = orchestra_agent_register(inside, TEXT(agent), NULL, error);
    if (status == ORCHESTRA_OK)
        status = orchestra_task_enqueue(inside, TEXT(task), NULL, error);
    return status;
}

static orchestra_status in_one_transaction(const orchestra_store *store, const char *task,
                                           orchestra_error **error) {
    orchestra_transaction *transaction;
    orchestra_store *inside = NULL;
    orchestra_status status = orchestra_transaction_begin(store, &transaction, error);
    if (status == ORCHESTRA_OK)
        status = orchestra_transaction_store(transaction, &inside, error);
    if (status == ORCHESTRA_OK)
        status = work(inside, task, error);
    if (status == ORCHESTRA_OK)
        status = orchestra_transaction_commit(transaction, error);
    orchestra_store_free(inside);
    /* What was not committed is rolled back. */
    orchestra_transaction_free(transaction);
    return status;
}

/* Whether the agent is there. */
static int is_there(const orchestra_store *store) {
    return orchestra_agent_heartbeat(store, TEXT("ada"), NULL) == ORCHESTRA_OK;
}

int main(int argc, char **argv) {
    char path[4096];
    orchestra_store *store;
    orchestra_error *error;
    orchestra_status status;
    if (argc != 2)
        return 2;
    snprintf(path, sizeof path, "%s/orchestra.db", argv[1]);
    status = orchestra_store_open(TEXT(path), NULL, &store, &error);
    if (status == ORCHESTRA_OK) {
        if (in_one_transaction(store, "{\"Command\":\"\"}", &error) == ORCHESTRA_OK || is_there(store))
            return 1;
        printf("rolled back: %s\n", orchestra_error_message(error));
        orchestra_error_free(error);
        status = in_one_transaction(store, "{\"Command\":\"make\",\"RepositoryPath\":\"/srv\"}", &error);
    }
    if (status != ORCHESTRA_OK)
        fprintf(stderr, "%d: %s\n", (int)status, orchestra_error_message(error));
    else
        printf("committed: the agent is %s\n", is_there(store) ? "there" : "missing");
    orchestra_error_free(error);
    orchestra_store_free(store);
    return status != ORCHESTRA_OK;
}
