/* What the agent asks of a broker that serves. Done between two turns of the broker's loop. */
#include "link.h"

#include <string.h>
#include <time.h>

/* So that a flood of commands cannot starve the clients. */
#define PER_TURN 256

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void answer(struct link *link, uint64_t token, int rc) {
  channel_send(link, &(struct link_record){.type = LINK_RESULT, .number = link->number, .token = token, .reason = rc});
}

static int kick(const struct link_record *record) {
  /* Absent would mean everybody to Mosquitto. */
  char *clientid = text_of(record->clientid);
  if (!clientid) return MOSQ_ERR_INVAL;
  int rc = mosquitto_kick_client_by_clientid(clientid, record->with_will);
  mosquitto_free(clientid);
  return rc;
}

static int publish(struct link *link, const struct link_record *record) {
  char *clientid = text_of(record->clientid), *topic = text_of(record->topic);
  mosquitto_property *properties = NULL;
  int rc;
  if (property_decode(record->properties, &properties)) channel_die(link, "the agent sent properties that are none");
  if (!topic) {
    rc = MOSQ_ERR_INVAL;
  } else {
    const void *payload = record->payload.data ? record->payload.data : (const uint8_t *)"";
    int length = record->payload.data ? (int)record->payload.length : 0;
    rc = mosquitto_broker_publish_copy(clientid, topic, length, payload, record->qos, record->retain, properties);
  }
  if (rc) mosquitto_property_free_all(&properties);
  mosquitto_free(clientid);
  mosquitto_free(topic);
  /* The message waits in the broker's list until the next turn begins: nobody has seen a byte of it yet. */
  if (!rc) event_emit(link, &(struct link_record){.type = LINK_PUBLISHED, .token = record->token});
  return rc;
}

static int on_tick(int event, void *data, void *userdata) {
  (void)event;
  struct mosquitto_evt_tick *tick = data;
  struct link *link = userdata;
  struct link_record record;
  bool published = false;
  event_mark(link);
  if (!link->serving) {
    link->serving = true;
    channel_send(link, &(struct link_record){.type = LINK_SERVING, .number = link->number});
  }
  if (!atomic_exchange_explicit(&link->input_pending, false, memory_order_acquire)) return MOSQ_ERR_SUCCESS;
  for (int i = 0; channel_receive(link, &record, false); i++) {
    switch (record.type) {
      case LINK_PROBE:
        channel_send(link, &(struct link_record){
                               .type = LINK_TICK, .number = link->number, .token = record.token, .time_ms = now_ms()});
        break;
      case LINK_KICK: answer(link, record.token, kick(&record)); break;
      case LINK_PUBLISH: {
        int rc = publish(link, &record);
        published |= rc == MOSQ_ERR_SUCCESS;
        answer(link, record.token, rc);
        break;
      }
      default: channel_die(link, "the agent sent a frame that a serving broker does not take");
    }
    if (i == PER_TURN) {
      atomic_store_explicit(&link->input_pending, true, memory_order_release);
      tick->next_ms = 1;
      break;
    }
  }
  /* What the commands did. But PUBLISHED belongs together with what the message does, and the loop goes through its list
   * of messages before it comes here again: then all of it is marked. */
  if (!published) event_mark(link);
  return MOSQ_ERR_SUCCESS;
}

int command_register(struct link *link) {
  /* Commands in the buffer before the guard ran: looked for at the first turn. */
  atomic_store(&link->input_pending, true);
  return mosquitto_callback_register(link->id, MOSQ_EVT_TICK, on_tick, NULL, link);
}
