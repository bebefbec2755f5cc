/* Registers the rooms of the plugin with the broker, and nothing else. */
#include "link.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Only a broker with our patches has it: it says which of them. */
extern uint32_t mosquitto_persist_features(void) __attribute__((weak));

MOSQUITTO_PLUGIN_DECLARE_VERSION(5);

static void log_limits(uint32_t features) {
  if (!(features & LINK_FEATURE_RECONNECT)) {
    mosquitto_log_printf(MOSQ_LOG_WARNING, "link: this broker is not patched: a new will, and a new expiry, of a client that comes back to its session are lost in a failover");
  }
  if (!(features & LINK_FEATURE_WILL_DELETE)) {
    mosquitto_log_printf(MOSQ_LOG_WARNING, "link: this broker is not patched: it does not say that the will of an MQTT 3 session is gone; agents clear it when the client goes");
  }
  if (!(features & LINK_FEATURE_MESSAGE_STATE)) {
    mosquitto_log_printf(MOSQ_LOG_WARNING, "link: this broker is not patched: a QoS 2 message that awaits PUBCOMP is delivered again after a failover, and repeats are not marked");
  }
  if (!(features & LINK_FEATURE_WILL_ACCESS)) {
    mosquitto_log_printf(MOSQ_LOG_WARNING, "link: this broker is not patched: a will that its client may not publish is published in a failover");
  }
}

static const char *option_of(const struct mosquitto_opt *options, int count, const char *name) {
  for (int i = 0; i < count; i++) {
    if (strcmp(options[i].key, name) == 0) return options[i].value;
  }
  return NULL;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **userdata, struct mosquitto_opt *options, int option_count) {
  const char *socket_path = option_of(options, option_count, "socket");
  const char *shared_path = option_of(options, option_count, "shared");
  const char *node = option_of(options, option_count, "node");
  if (!socket_path || !shared_path) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "link: set plugin_opt_socket to the agent's socket and plugin_opt_shared to the file both map");
    return MOSQ_ERR_INVAL;
  }
  struct link *link = calloc(1, sizeof(*link));
  if (!link) return MOSQ_ERR_NOMEM;
  link->id = identifier;
  link->fd = -1;
  link->node = strdup(node ? node : "");
  link->features = mosquitto_persist_features ? mosquitto_persist_features() : 0;
  *userdata = link;
  mosquitto_plugin_set_info(identifier, "link", LINK_VERSION);

  int rc = link->node ? shared_open(link, shared_path) : MOSQ_ERR_NOMEM;
  if (!rc) rc = channel_connect(link, socket_path);
  if (!rc) rc = event_register(link);
  if (!rc) rc = client_register(link);
  if (!rc) rc = control_register(link);
  if (!rc) rc = quota_register(link);
  if (!rc) rc = restore_register(link);
  if (!rc) rc = command_register(link);
  if (rc) return rc;
  log_limits(link->features);
  return promote_wait(link);
}

int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options, int option_count) {
  (void)options;
  (void)option_count;
  struct link *link = userdata;
  if (!link) return MOSQ_ERR_SUCCESS;
  channel_unguard(link);
  if (link->fd >= 0) close(link->fd);
  link_buffer_free(&link->in);
  link_buffer_free(&link->out);
  free(link->node);
  free(link);
  return MOSQ_ERR_SUCCESS;
}
