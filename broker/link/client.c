/* Who comes, goes and asks for what: also of clients without a session, for the management center and the mesh. */
#include "link.h"

static int on_connect(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto *client = ((struct mosquitto_evt_connect *)data)->client;
  event_emit(userdata, &(struct link_record){
                           .type = LINK_CONNECT,
                           .clientid = slice_of(mosquitto_client_id(client)),
                           .username = slice_of(mosquitto_client_username(client)),
                           .address = slice_of(mosquitto_client_address(client)),
                           .listener_port = (uint16_t)mosquitto_client_port(client),
                           .keepalive = (uint16_t)mosquitto_client_keepalive(client),
                           .protocol_version = (uint8_t)mosquitto_client_protocol_version(client),
                           .transport = (uint8_t)mosquitto_client_protocol(client),
                           .clean_start = mosquitto_client_clean_session(client),
                       });
  return MOSQ_ERR_SUCCESS;
}

static int on_disconnect(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_evt_disconnect *gone = data;
  const char *id = mosquitto_client_id(gone->client);
  /* A connection that never got as far as a client id is nobody's business. */
  if (!id) return MOSQ_ERR_SUCCESS;
  event_emit(userdata,
             &(struct link_record){.type = LINK_DISCONNECT, .clientid = slice_of(id), .reason = gone->reason});
  return MOSQ_ERR_SUCCESS;
}

static int on_offline(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_evt_client_offline *gone = data;
  const char *id = mosquitto_client_id(gone->client);
  if (!id) return MOSQ_ERR_SUCCESS;
  event_emit(userdata,
             &(struct link_record){.type = LINK_OFFLINE, .clientid = slice_of(id), .reason = gone->reason});
  return MOSQ_ERR_SUCCESS;
}

static int on_subscribe(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_evt_subscribe *sub = data;
  event_emit(userdata, &(struct link_record){
                           .type = LINK_SUBSCRIBE,
                           .clientid = slice_of(mosquitto_client_id(sub->client)),
                           .topic = slice_of(sub->data.topic_filter),
                           .identifier = sub->data.identifier,
                           .options = sub->data.options,
                       });
  return MOSQ_ERR_SUCCESS;
}

static int on_unsubscribe(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_evt_unsubscribe *sub = data;
  event_emit(userdata, &(struct link_record){.type = LINK_UNSUBSCRIBE,
                                             .clientid = slice_of(mosquitto_client_id(sub->client)),
                                             .topic = slice_of(sub->data.topic_filter)});
  return MOSQ_ERR_SUCCESS;
}

int client_register(struct link *link) {
  static const struct {
    int event;
    MOSQ_FUNC_generic_callback callback;
  } rows[] = {
      {MOSQ_EVT_CONNECT, on_connect},         {MOSQ_EVT_DISCONNECT, on_disconnect},
      {MOSQ_EVT_CLIENT_OFFLINE, on_offline},  {MOSQ_EVT_SUBSCRIBE, on_subscribe},
      {MOSQ_EVT_UNSUBSCRIBE, on_unsubscribe},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    int rc = mosquitto_callback_register(link->id, rows[i].event, rows[i].callback, NULL, link);
    if (rc) return rc;
  }
  return MOSQ_ERR_SUCCESS;
}
