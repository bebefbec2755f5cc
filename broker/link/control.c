/* Commands under $CONTROL/ change what is in no event (dynamic security's file): the agent is told that one comes, before it
 * is carried out, so that its answer waits until the agent has kept what it changed. */
#include "link.h"

#include <string.h>

#define CONTROL "$CONTROL/"
#define DYNAMIC_SECURITY "$CONTROL/dynamic-security/v1"

static int on_acl_check(int event, void *data, void *userdata) {
  (void)event;
  const struct mosquitto_evt_acl_check *check = data;
  if (check->access == MOSQ_ACL_WRITE && strncmp(check->topic, CONTROL, sizeof(CONTROL) - 1) == 0) {
    /* Whoever decides comes after us: a command that is then refused was told in vain, which does no harm. */
    event_emit(userdata, &(struct link_record){.type = LINK_CONTROL,
                                               .clientid = slice_of(mosquitto_client_id(check->client)),
                                               .topic = slice_of(check->topic)});
  }
  /* As if we were not there. DEFER would mean "denied" to a broker without access control. */
  return MOSQ_ERR_PLUGIN_IGNORE;
}

static int unused(int event, void *data, void *userdata) {
  (void)event;
  (void)data;
  (void)userdata;
  return MOSQ_ERR_SUCCESS;
}

/* Mosquitto takes the answer of the last plugin that has an opinion, and our "ignore" after another's "defer" would allow
 * what is to be denied. So we must come first; of the plugin that matters we can find out: a topic has one owner. */
static int come_first(struct link *link) {
  int rc = mosquitto_callback_register(link->id, MOSQ_EVT_CONTROL, unused, DYNAMIC_SECURITY, link);
  if (rc == MOSQ_ERR_ALREADY_EXISTS) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "link: list this plugin before all others: dynamic security was loaded before it");
    return MOSQ_ERR_INVAL;
  }
  return rc ? rc : mosquitto_callback_unregister(link->id, MOSQ_EVT_CONTROL, unused, DYNAMIC_SECURITY);
}

int control_register(struct link *link) {
  int rc = come_first(link);
  return rc ? rc : mosquitto_callback_register(link->id, MOSQ_EVT_ACL_CHECK, on_acl_check, NULL, link);
}
