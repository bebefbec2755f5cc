/* When the agent has no room for more state it says so in the shared file; then messages that would be kept are refused. */
#include "link.h"

static bool keeps(const struct mosquitto_evt_message *message) {
  /* An empty retained message makes room. */
  if (message->retain) return message->payloadlen > 0;
  return message->qos > 0;
}

static int on_message_in(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_evt_message *message = data;
  struct link *link = userdata;
  bool refuse = shared_flags(link) & LINK_FLAG_REFUSE;
  if (refuse != link->refusing) {
    link->refusing = refuse;
    mosquitto_log_printf(MOSQ_LOG_WARNING, refuse ? "link: the agent has no room for more state: messages with QoS 1 or 2, and retained ones, are refused"
                                                  : "link: the agent has room again: messages are taken");
  }
  if (!refuse || !keeps(message)) return MOSQ_ERR_SUCCESS;
  /* Before MQTT 5 an acknowledgement cannot say no, and Mosquitto would send one: the connection is closed instead, which
   * those versions allow. At QoS 0 nothing is acknowledged, and the message is just dropped. */
  if (message->qos > 0 && mosquitto_client_protocol_version(message->client) < 5) return MOSQ_ERR_IMPLEMENTATION_SPECIFIC;
  return MOSQ_ERR_QUOTA_EXCEEDED;
}

int quota_register(struct link *link) {
  return mosquitto_callback_register(link->id, MOSQ_EVT_MESSAGE_IN, on_message_in, NULL, link);
}
