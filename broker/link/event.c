/* What the broker would persist, told to the agent: messages, retained messages, sessions, subscriptions, queues, wills. */
#include "link.h"

#include <string.h>

struct link_slice slice_of(const char *text) {
  return (struct link_slice){(const uint8_t *)text, text ? (uint32_t)strlen(text) : 0};
}

char *text_of(struct link_slice slice) {
  return slice.data ? mosquitto_strndup((const char *)slice.data, slice.length) : NULL;
}

static struct link_slice bytes_of(const void *data, uint32_t length) {
  return (struct link_slice){length ? data : NULL, data ? length : 0};
}

static void hand_over(struct link *link, struct link_record *record) {
  record->number = ++link->number;
  channel_send(link, record);
  shared_publish(link, link->number);
}

void event_emit(struct link *link, struct link_record *record) {
  hand_over(link, record);
  if (!link->unmarked) {
    link->unmarked = true;
    /* Mostly the loop's next turn comes by itself. But what runs out (sessions, delayed wills) is looked for between
     * the tick and the sleep, and must not stay unmarked for as long as the broker has nothing else to do. */
    channel_wake_later(link);
  }
}

void event_mark(struct link *link) {
  if (!link->unmarked) return;
  link->unmarked = false;
  hand_over(link, &(struct link_record){.type = LINK_MARK});
}

/* The properties' bytes live until the record was sent. */
static void emit_with_properties(struct link *link, struct link_record *record, const mosquitto_property *properties) {
  struct link_buffer buffer = {0};
  if (properties) {
    int rc = property_encode(properties, &buffer);
    if (rc) channel_die(link, link_error_text(rc));
    record->properties = bytes_of(buffer.data, (uint32_t)buffer.length);
  }
  event_emit(link, record);
  link_buffer_free(&buffer);
}

static int on_base_msg_add(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_base_msg *msg = &((struct mosquitto_evt_persist_base_msg *)data)->data;
  struct link_record record = {
      .type = LINK_BASE_MSG_ADD,
      .store_id = msg->store_id,
      .expiry_time = msg->expiry_time,
      .topic = slice_of(msg->topic),
      .payload = bytes_of(msg->payload, msg->payloadlen),
      .source_id = slice_of(msg->source_id),
      .source_username = slice_of(msg->source_username),
      .source_mid = msg->source_mid,
      .source_port = msg->source_port,
      .qos = msg->qos,
      .retain = msg->retain,
  };
  emit_with_properties(userdata, &record, msg->properties);
  return MOSQ_ERR_SUCCESS;
}

static int on_base_msg_delete(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_base_msg *msg = &((struct mosquitto_evt_persist_base_msg *)data)->data;
  event_emit(userdata, &(struct link_record){.type = LINK_BASE_MSG_DELETE, .store_id = msg->store_id});
  return MOSQ_ERR_SUCCESS;
}

static int on_retain_set(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_evt_persist_retain_msg *msg = data;
  event_emit(userdata, &(struct link_record){
                           .type = LINK_RETAIN_SET, .topic = slice_of(msg->topic), .store_id = msg->store_id});
  return MOSQ_ERR_SUCCESS;
}

static int on_retain_delete(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_evt_persist_retain_msg *msg = data;
  event_emit(userdata, &(struct link_record){.type = LINK_RETAIN_DELETE, .topic = slice_of(msg->topic)});
  return MOSQ_ERR_SUCCESS;
}

static void emit_client(struct link *link, uint8_t type, const struct mosquitto_client *client) {
  event_emit(link, &(struct link_record){
                       .type = type,
                       .clientid = slice_of(client->clientid),
                       .username = slice_of(client->username),
                       .auth_method = slice_of(client->auth_method),
                       .will_delay_time = client->will_delay_time,
                       .session_expiry_time = client->session_expiry_time,
                       .will_delay_interval = client->will_delay_interval,
                       .session_expiry_interval = client->session_expiry_interval,
                       .max_packet_size = client->max_packet_size,
                       .listener_port = client->listener_port,
                       .max_qos = client->max_qos,
                       .retain_available = client->retain_available,
                   });
}

static int on_client_add(int event, void *data, void *userdata) {
  (void)event;
  emit_client(userdata, LINK_CLIENT_ADD, &((struct mosquitto_evt_persist_client *)data)->data);
  return MOSQ_ERR_SUCCESS;
}

static int on_client_update(int event, void *data, void *userdata) {
  (void)event;
  emit_client(userdata, LINK_CLIENT_UPDATE, &((struct mosquitto_evt_persist_client *)data)->data);
  return MOSQ_ERR_SUCCESS;
}

static int on_client_delete(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_client *client = &((struct mosquitto_evt_persist_client *)data)->data;
  event_emit(userdata, &(struct link_record){.type = LINK_CLIENT_DELETE, .clientid = slice_of(client->clientid)});
  return MOSQ_ERR_SUCCESS;
}

static int on_subscription_add(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_subscription *sub = &((struct mosquitto_evt_persist_subscription *)data)->data;
  event_emit(userdata, &(struct link_record){
                           .type = LINK_SUBSCRIPTION_ADD,
                           .clientid = slice_of(sub->clientid),
                           .topic = slice_of(sub->topic_filter),
                           .identifier = sub->identifier,
                           .options = sub->options,
                       });
  return MOSQ_ERR_SUCCESS;
}

static int on_subscription_delete(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_subscription *sub = &((struct mosquitto_evt_persist_subscription *)data)->data;
  event_emit(userdata, &(struct link_record){.type = LINK_SUBSCRIPTION_DELETE,
                                             .clientid = slice_of(sub->clientid),
                                             .topic = slice_of(sub->topic_filter)});
  return MOSQ_ERR_SUCCESS;
}

static void emit_client_msg(struct link *link, uint8_t type, const struct mosquitto_client_msg *msg) {
  event_emit(link, &(struct link_record){
                       .type = type,
                       .clientid = slice_of(msg->clientid),
                       .cmsg_id = msg->cmsg_id,
                       .store_id = msg->store_id,
                       .identifier = msg->subscription_identifier,
                       .mid = msg->mid,
                       .qos = msg->qos,
                       .retain = msg->retain,
                       .dup = msg->dup,
                       .direction = msg->direction,
                       .state = msg->state,
                   });
}

static int on_client_msg_add(int event, void *data, void *userdata) {
  (void)event;
  emit_client_msg(userdata, LINK_CLIENT_MSG_ADD, &((struct mosquitto_evt_persist_client_msg *)data)->data);
  return MOSQ_ERR_SUCCESS;
}

static int on_client_msg_update(int event, void *data, void *userdata) {
  (void)event;
  emit_client_msg(userdata, LINK_CLIENT_MSG_UPDATE, &((struct mosquitto_evt_persist_client_msg *)data)->data);
  return MOSQ_ERR_SUCCESS;
}

static int on_client_msg_delete(int event, void *data, void *userdata) {
  (void)event;
  emit_client_msg(userdata, LINK_CLIENT_MSG_DELETE, &((struct mosquitto_evt_persist_client_msg *)data)->data);
  return MOSQ_ERR_SUCCESS;
}

static int on_will_add(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_will_msg *will = &((struct mosquitto_evt_persist_will_msg *)data)->data;
  struct link_record record = {
      .type = LINK_WILL_ADD,
      .clientid = slice_of(will->clientid),
      .topic = slice_of(will->topic),
      .payload = bytes_of(will->payload, will->payloadlen),
      .qos = will->qos,
      .retain = will->retain,
  };
  emit_with_properties(userdata, &record, will->properties);
  return MOSQ_ERR_SUCCESS;
}

/* Its own function: Mosquitto 2.1.2 passes the number of WILL_ADD to it. */
static int on_will_delete(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_will_msg *will = &((struct mosquitto_evt_persist_will_msg *)data)->data;
  /* Also raised for a connection that never had a client id. */
  if (!will->clientid) return MOSQ_ERR_SUCCESS;
  event_emit(userdata, &(struct link_record){.type = LINK_WILL_DELETE, .clientid = slice_of(will->clientid)});
  return MOSQ_ERR_SUCCESS;
}

int event_register(struct link *link) {
  static const struct {
    int event;
    MOSQ_FUNC_generic_callback callback;
  } rows[] = {
      {MOSQ_EVT_PERSIST_BASE_MSG_ADD, on_base_msg_add},
      {MOSQ_EVT_PERSIST_BASE_MSG_DELETE, on_base_msg_delete},
      {MOSQ_EVT_PERSIST_RETAIN_MSG_SET, on_retain_set},
      {MOSQ_EVT_PERSIST_RETAIN_MSG_DELETE, on_retain_delete},
      {MOSQ_EVT_PERSIST_CLIENT_ADD, on_client_add},
      {MOSQ_EVT_PERSIST_CLIENT_UPDATE, on_client_update},
      {MOSQ_EVT_PERSIST_CLIENT_DELETE, on_client_delete},
      {MOSQ_EVT_PERSIST_SUBSCRIPTION_ADD, on_subscription_add},
      {MOSQ_EVT_PERSIST_SUBSCRIPTION_DELETE, on_subscription_delete},
      {MOSQ_EVT_PERSIST_CLIENT_MSG_ADD, on_client_msg_add},
      {MOSQ_EVT_PERSIST_CLIENT_MSG_UPDATE, on_client_msg_update},
      {MOSQ_EVT_PERSIST_CLIENT_MSG_DELETE, on_client_msg_delete},
      {MOSQ_EVT_PERSIST_WILL_ADD, on_will_add},
      {MOSQ_EVT_PERSIST_WILL_DELETE, on_will_delete},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    int rc = mosquitto_callback_register(link->id, rows[i].event, rows[i].callback, NULL, link);
    if (rc) return rc;
  }
  return MOSQ_ERR_SUCCESS;
}
