/* The state of the leader before, given to this broker before any client can reach it. */
#include "link.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Sessions wait here until all are known: Mosquitto keeps its list of expiries sorted by walking it from the front, so
 * adding them in descending order takes time in proportion to their number, in any other order up to its square. */
struct sessions {
  struct mosquitto_client *all;
  size_t count, capacity;
};

struct restore {
  struct link *link;
  struct link_record done;
  struct sessions sessions;
  uint8_t phase;
};

static void count(struct restore *restore, uint32_t *what, bool good, const char *kind, int rc) {
  if (good) {
    (*what)++;
    return;
  }
  if (restore->done.failed++ < 10) {
    mosquitto_log_printf(MOSQ_LOG_WARNING, "link: the broker did not take a %s that was to be restored (error %d)", kind, rc);
  }
}

static void *payload_of(struct link_slice slice) {
  if (!slice.data || !slice.length) return NULL;
  uint8_t *copy = mosquitto_malloc((size_t)slice.length + 1);
  if (!copy) return NULL;
  memcpy(copy, slice.data, slice.length);
  copy[slice.length] = 0;
  return copy;
}

static void restore_base_msg(struct restore *restore, const struct link_record *record) {
  struct mosquitto_base_msg msg = {
      .store_id = record->store_id,
      .expiry_time = record->expiry_time,
      .topic = text_of(record->topic),
      .payload = payload_of(record->payload),
      .source_id = text_of(record->source_id),
      .source_username = text_of(record->source_username),
      .payloadlen = record->payload.data ? record->payload.length : 0,
      .source_mid = record->source_mid,
      .source_port = record->source_port,
      .qos = record->qos,
      .retain = record->retain,
  };
  char *source_id = msg.source_id, *source_username = msg.source_username;
  int rc = property_decode(record->properties, &msg.properties);
  if (rc) channel_die(restore->link, "the agent sent properties that are none");
  if (msg.payloadlen && !msg.payload) channel_die(restore->link, "there is no memory for a message");
  rc = mosquitto_persist_base_msg_add(&msg); /* takes topic, payload, properties; copies the source */
  mosquitto_free(source_id);
  mosquitto_free(source_username);
  count(restore, &restore->done.base_msgs, rc == MOSQ_ERR_SUCCESS, "message", rc);
}

static void restore_retain(struct restore *restore, const struct link_record *record) {
  char *topic = text_of(record->topic);
  int rc = topic ? mosquitto_persist_retain_msg_set(topic, record->store_id) : MOSQ_ERR_INVAL;
  mosquitto_free(topic);
  count(restore, &restore->done.retained, rc == MOSQ_ERR_SUCCESS, "retained message", rc);
}

static void keep_client(struct restore *restore, const struct link_record *record) {
  struct sessions *sessions = &restore->sessions;
  if (sessions->count == sessions->capacity) {
    size_t capacity = sessions->capacity ? sessions->capacity * 2 : 1024;
    struct mosquitto_client *all = realloc(sessions->all, capacity * sizeof(*all));
    if (!all) channel_die(restore->link, "there is no memory for the sessions");
    sessions->all = all;
    sessions->capacity = capacity;
  }
  time_t expiry = (time_t)record->session_expiry_time;
  /* 0: the client was connected when its leader ended, so its time begins now. The broker's own clock stands still
   * until its loop runs, so the real one is asked. */
  if (expiry == 0 && record->session_expiry_interval != UINT32_MAX) {
    expiry = time(NULL) + (time_t)record->session_expiry_interval;
  }
  sessions->all[sessions->count++] = (struct mosquitto_client){
      .clientid = text_of(record->clientid),
      .username = text_of(record->username),
      .auth_method = text_of(record->auth_method),
      .will_delay_time = (time_t)record->will_delay_time,
      .session_expiry_time = expiry,
      .will_delay_interval = record->will_delay_interval,
      .session_expiry_interval = record->session_expiry_interval,
      .max_packet_size = record->max_packet_size,
      .listener_port = record->listener_port,
      .max_qos = record->max_qos,
      .retain_available = record->retain_available,
  };
}

static int by_expiry_descending(const void *a, const void *b) {
  time_t left = ((const struct mosquitto_client *)a)->session_expiry_time;
  time_t right = ((const struct mosquitto_client *)b)->session_expiry_time;
  return (left < right) - (left > right);
}

static void restore_clients(struct restore *restore) {
  struct sessions *sessions = &restore->sessions;
  if (!sessions->count) return;
  qsort(sessions->all, sessions->count, sizeof(*sessions->all), by_expiry_descending);
  for (size_t i = 0; i < sessions->count; i++) {
    int rc = mosquitto_persist_client_add(&sessions->all[i]); /* takes its texts, whether it succeeds or not */
    count(restore, &restore->done.clients, rc == MOSQ_ERR_SUCCESS, "session", rc);
  }
  free(sessions->all);
  *sessions = (struct sessions){0};
}

static void restore_subscription(struct restore *restore, const struct link_record *record) {
  struct mosquitto_subscription sub = {
      .clientid = text_of(record->clientid),
      .topic_filter = text_of(record->topic),
      .identifier = record->identifier,
      .options = record->options,
  };
  int rc = mosquitto_subscription_add(&sub);
  mosquitto_free(sub.clientid);
  mosquitto_free(sub.topic_filter);
  count(restore, &restore->done.subscriptions, rc == MOSQ_ERR_SUCCESS, "subscription", rc);
}

static void restore_client_msg(struct restore *restore, const struct link_record *record) {
  char *clientid = text_of(record->clientid);
  struct mosquitto_client_msg msg = {
      .clientid = clientid,
      .cmsg_id = record->cmsg_id,
      .store_id = record->store_id,
      .subscription_identifier = record->identifier,
      .mid = record->mid,
      .qos = record->qos,
      .retain = record->retain,
      .dup = record->dup,
      .direction = record->direction,
      .state = record->state,
  };
  int rc = mosquitto_persist_client_msg_add(&msg);
  mosquitto_free(clientid);
  /* 2: an incoming message was queued, or an outgoing one dropped because the queue is full. */
  bool good = rc == MOSQ_ERR_SUCCESS || (rc == 2 && record->direction == mosq_bmd_in);
  count(restore, &restore->done.client_msgs, good, "queued message", rc);
}

static void restore_will(struct restore *restore, const struct link_record *record) {
  char *clientid = text_of(record->clientid), *topic = text_of(record->topic);
  mosquitto_property *properties = NULL;
  if (property_decode(record->properties, &properties)) channel_die(restore->link, "the agent sent properties that are none");
  int rc = mosquitto_client_will_set(clientid, topic, (int)(record->payload.data ? record->payload.length : 0),
                                     record->payload.data, record->qos, record->retain, properties);
  if (rc) mosquitto_property_free_all(&properties);
  mosquitto_free(clientid);
  mosquitto_free(topic);
  count(restore, &restore->done.wills, rc == MOSQ_ERR_SUCCESS, "will", rc);
}

static int on_restore(int event, void *data, void *userdata) {
  (void)event;
  (void)data;
  struct link *link = userdata;
  struct restore restore = {.link = link};
  struct link_record record;
  for (;;) {
    channel_receive(link, &record, true);
    if (record.type == LINK_PROBE) {
      channel_send(link, &(struct link_record){
                             .type = LINK_TICK, .number = link->number, .token = record.token, .time_ms = (int64_t)time(NULL) * 1000});
      continue;
    }
    /* The types' order is the order in which Mosquitto can take them. */
    if (record.type != LINK_RESTORE_END) {
      if (record.type < LINK_RESTORE_BASE_MSG || record.type < restore.phase) {
        channel_die(link, "the agent sent the state to restore out of order: messages, retained, sessions, subscriptions, queues, wills");
      }
      restore.phase = record.type;
    }
    if (record.type != LINK_RESTORE_CLIENT) restore_clients(&restore);
    if (record.type == LINK_RESTORE_END) break;
    switch (record.type) {
      case LINK_RESTORE_BASE_MSG: restore_base_msg(&restore, &record); break;
      case LINK_RESTORE_RETAIN: restore_retain(&restore, &record); break;
      case LINK_RESTORE_CLIENT: keep_client(&restore, &record); break;
      case LINK_RESTORE_SUBSCRIPTION: restore_subscription(&restore, &record); break;
      case LINK_RESTORE_CLIENT_MSG: restore_client_msg(&restore, &record); break;
      case LINK_RESTORE_WILL: restore_will(&restore, &record); break;
      default: channel_die(link, "the agent sent a frame that is no state");
    }
  }
  restore.done.type = LINK_RESTORED;
  restore.done.number = link->number;
  channel_send(link, &restore.done);
  mosquitto_log_printf(MOSQ_LOG_NOTICE, "link: restored %u messages, %u retained, %u sessions, %u subscriptions, %u queued, %u wills; %u failed",
                       restore.done.base_msgs, restore.done.retained, restore.done.clients, restore.done.subscriptions,
                       restore.done.client_msgs, restore.done.wills, restore.done.failed);
  if (channel_guard(link)) channel_die(link, "the guard's thread cannot be started");
  return MOSQ_ERR_SUCCESS;
}

int restore_register(struct link *link) {
  return mosquitto_callback_register(link->id, MOSQ_EVT_PERSIST_RESTORE, on_restore, NULL, link);
}
