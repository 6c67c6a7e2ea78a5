/* Changes: subscriptions with callbacks, followers, the outbox: changes DIRECTORY */
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static orchestra_store *store;
static orchestra_error *error;

typedef struct listener {
    atomic_int events, missed, destroyed, misuses;
    orchestra_subscription *_Atomic to_free;
} listener;

static void add_user(const char *id) {
    char row[128];
    snprintf(row, sizeof row, "{\"Id\":\"%s\",\"UserName\":\"%s\"}", id, id);
    OK(orchestra_entity_insert(store, ORCHESTRA_ENTITY_USERS, TEXT(row), NULL, &error));
}

static void listen(void *context, const uint8_t *event, size_t event_len, int64_t first, int64_t last) {
    listener *self = context;
    CHECK(atomic_load(&self->destroyed) == 0 && first <= last);
    if (event == NULL) {
        CHECK(event_len == 0);
        atomic_fetch_add(&self->missed, 1);
        return;
    }
    CHECK(first == last && event_len > 0 && event[0] == '{');
    /* Back into the store: refused, whatever it is. */
    orchestra_error *mine;
    orchestra_buffer out;
    CHECK(orchestra_agent_list(store, &out, &mine) == ORCHESTRA_MISUSE);
    CHECK(strstr(orchestra_error_message(mine), "callback") != NULL);
    orchestra_error_free(mine);
    CHECK(orchestra_agent_heartbeat(store, TEXT("x"), &mine) == ORCHESTRA_MISUSE);
    orchestra_error_free(mine);
    CHECK(orchestra_store_close(store, NULL) == ORCHESTRA_MISUSE);
    atomic_fetch_add(&self->events, 1);
    orchestra_subscription *mine_too = atomic_exchange(&self->to_free, NULL);
    orchestra_subscription_free(mine_too);
}

static void destroy(void *context) {
    atomic_fetch_add(&((listener *)context)->destroyed, 1);
}

static void wait_for(atomic_int *count, int expected) {
    while (atomic_load(count) < expected) {
        sched_yield();
    }
}

static orchestra_subscription *subscribe(listener *self, const char *filter) {
    orchestra_subscription *subscription;
    OK(orchestra_change_subscribe(store, TEXT(filter), listen, self, destroy, &subscription, &error));
    return subscription;
}

static void only_what_the_filter_takes(void) {
    listener all = {0}, tables = {0}, row = {0};
    orchestra_subscription *subscriptions[3];
    subscriptions[0] = subscribe(&all, "{}");
    subscriptions[1] = subscribe(&tables, "{\"EntityTypes\":[\"Agents\"]}");
    subscriptions[2] = subscribe(&row, "{\"EntityTypes\":[\"Users\"],\"EntityId\":\"u2\"}");
    add_user("u1");
    add_user("u2");
    add_user("u3");
    wait_for(&all.events, 3);
    wait_for(&row.events, 1);
    for (int i = 0; i < 3; ++i) {
        orchestra_subscription_free(subscriptions[i]);
    }
    CHECK(all.events == 3 && tables.events == 0 && row.events == 1);
    CHECK(all.destroyed == 1 && tables.destroyed == 1 && row.destroyed == 1);
    add_user("u4");
    CHECK(all.events == 3);
}

static void what_is_refused_is_not_destroyed(void) {
    listener refused = {0};
    orchestra_subscription *subscription;
    INVALID("Nothing",
          orchestra_change_subscribe(store, TEXT("{\"EntityTypes\":[\"Nothing\"]}"), listen, &refused,
                                     destroy, &subscription, &error));
    CHECK(subscription == NULL);
    MISUSED("callback: NULL",
          orchestra_change_subscribe(store, NONE, NULL, &refused, destroy, &subscription, &error));
    MISUSED("subscription", orchestra_change_subscribe(store, NONE, listen, &refused, destroy, NULL, &error));
    CHECK(refused.destroyed == 0);
    orchestra_subscription_free(NULL);
}

static void freed_by_the_callback_itself(void) {
    for (int i = 0; i < 10; ++i) {
        char id[16];
        listener self = {0};
        orchestra_subscription *subscription = subscribe(&self, "{}");
        atomic_store(&self.to_free, subscription);
        snprintf(id, sizeof id, "self%d", i);
        add_user(id);
        wait_for(&self.destroyed, 1);
        CHECK(self.events == 1);
    }
}

static void *free_it(void *subscription) {
    orchestra_subscription_free(subscription);
    return NULL;
}

static void freed_by_another_thread_while_events_come(void) {
    for (int i = 0; i < 10; ++i) {
        listener self = {0};
        pthread_t thread;
        orchestra_subscription *subscription = subscribe(&self, "{}");
        CHECK(pthread_create(&thread, NULL, free_it, subscription) == 0);
        for (int j = 0; j < 3; ++j) {
            char id[24];
            snprintf(id, sizeof id, "other%d-%d", i, j);
            add_user(id);
        }
        CHECK(pthread_join(thread, NULL) == 0);
        CHECK(self.destroyed == 1);
    }
}

static void the_outbox(void) {
    orchestra_buffer page;
    orchestra_follower *follower;
    orchestra_transaction *transaction;
    orchestra_store *inside;
    int64_t newest, position;
    OK(orchestra_change_newest(store, &newest, &error));
    OK(orchestra_follower_open(store, newest, TEXT("{\"EntityTypes\":[\"Users\"]}"), &follower, &error));
    MAKES(page.ptr == NULL, orchestra_follower_next(follower, 0, &page, &error));
    OK(orchestra_transaction_begin(store, &transaction, &error));
    OK(orchestra_transaction_store(transaction, &inside, &error));
    OK(orchestra_entity_insert(inside, ORCHESTRA_ENTITY_USERS,
                               TEXT("{\"Id\":\"f1\",\"UserName\":\"f1\"}"), NULL, &error));
    MAKES(position == newest + 1, orchestra_change_newest(inside, &position, &error));
    MAKES(page.ptr == NULL, orchestra_follower_next(follower, 10, &page, &error));
    OK(orchestra_transaction_commit(transaction, &error));
    orchestra_store_free(inside);
    orchestra_transaction_free(transaction);
    OK(orchestra_follower_next(follower, 60000, &page, &error));
    HOLDS(page, "\"EntityId\":\"f1\"");
    MAKES(position == newest + 1, orchestra_follower_position(follower, &position, &error));
    OK(orchestra_change_since(store, newest, NONE, 10, &page, &error));
    HOLDS(page, "\"More\":false");
    INVALID("sequence", orchestra_change_since(store, newest + 100, NONE, 10, &page, &error));
    orchestra_follower_free(follower);
    INVALID("sequence", orchestra_follower_open(store, -1, NONE, &follower, &error));
    CHECK(follower == NULL);
}

static void a_follower_ends_with_what_cancels_it(void) {
    orchestra_cancel *cancel;
    orchestra_store *handle;
    orchestra_follower *follower;
    orchestra_buffer event;
    OK(orchestra_cancel_new(&cancel, &error));
    OK(orchestra_store_cancellable(store, cancel, &handle, &error));
    OK(orchestra_follower_open(handle, 0, NONE, &follower, &error));
    OK(orchestra_follower_next(follower, 0, &event, &error));
    HOLDS(event, "\"Sequence\":1");
    OK(orchestra_cancel_set(cancel, &error));
    orchestra_status status;
    do { /* What was read ahead comes first. */
        status = orchestra_follower_next(follower, 60000, &event, &error);
        orchestra_buffer_free(&event);
    } while (status == ORCHESTRA_OK);
    CHECK(status == ORCHESTRA_CANCELLED);
    orchestra_error_free(error);
    orchestra_follower_free(follower);
    orchestra_follower_free(NULL);
    orchestra_cancel_free(cancel);
    orchestra_store_free(handle);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    orchestra_store_options options = {0};
    options.struct_size = sizeof options;
    options.durability = ORCHESTRA_DURABILITY_NORMAL;
    OK(orchestra_store_open(TEXT(path_in(argv[1], "orchestra.db")), &options, &store, &error));
    only_what_the_filter_takes();
    what_is_refused_is_not_destroyed();
    freed_by_the_callback_itself();
    freed_by_another_thread_while_events_come();
    the_outbox();
    a_follower_ends_with_what_cancels_it();
    /* A subscription keeps the store alive. */
    listener last = {0};
    orchestra_store *other;
    orchestra_subscription *subscription = subscribe(&last, "{}");
    OK(orchestra_store_context(store, TEXT("{}"), &other, &error));
    orchestra_store_free(other);
    add_user("last");
    wait_for(&last.events, 1);
    orchestra_store_free(store);
    orchestra_subscription_free(subscription);
    CHECK(last.destroyed == 1);

    options.no_change_events = 1;
    OK(orchestra_store_open(TEXT(path_in(argv[1], "silent.db")), &options, &store, &error));
    MISUSED("change_events",
          orchestra_change_subscribe(store, NONE, listen, &last, destroy, &subscription, &error));
    orchestra_store_free(store);
    return 0;
}
