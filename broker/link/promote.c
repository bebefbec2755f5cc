/* The wait of a standby: the broker's start stops here until the agent says that it leads. */
#define _GNU_SOURCE
#include "link.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void say_hello(struct link *link) {
  char version[32];
  /* The interface that it was built for (2.1.2's headers say 2.1.0); it is not stable, so it must be the broker's. */
  snprintf(version, sizeof(version), "%d.%d", LIBMOSQUITTO_MAJOR, LIBMOSQUITTO_MINOR);
  channel_send(link, &(struct link_record){
                         .type = LINK_HELLO,
                         .magic = LINK_MAGIC,
                         .major = LINK_MAJOR,
                         .minor = LINK_MINOR,
                         .pid = (uint32_t)getpid(),
                         .features = link->features,
                         .broker_version = slice_of(version),
                         .node = slice_of(link->node),
                     });
}

int promote_wait(struct link *link) {
  struct link_record record;
  /* A standby has no client: SIGTERM may end it at once, though the broker's own handler would wait for its loop. */
  struct sigaction plain = {.sa_handler = SIG_DFL}, term, interrupt;
  sigemptyset(&plain.sa_mask);
  sigaction(SIGTERM, &plain, &term);
  sigaction(SIGINT, &plain, &interrupt);

  say_hello(link);
  channel_receive(link, &record, true);
  if (record.type != LINK_WELCOME || record.magic != LINK_MAGIC) {
    channel_die(link, "what listens on plugin_opt_socket is no agent of this protocol");
  }
  if (record.major != LINK_MAJOR) {
    channel_send(link, &(struct link_record){.type = LINK_FATAL, .message = slice_of("this plugin speaks version 1 only")});
    channel_die(link, "the agent speaks another version of the protocol: use plugin and agent of one release");
  }
  mosquitto_log_printf(MOSQ_LOG_NOTICE, "link: standing by; the broker starts when the agent promotes it");
  for (;;) {
    channel_receive(link, &record, true);
    if (record.type == LINK_PROMOTE) break;
    if (record.type != LINK_PROBE) channel_die(link, "the agent sent state before it promoted the broker");
    channel_send(link, &(struct link_record){.type = LINK_TICK, .token = record.token});
  }
  if (record.number == 0 || record.node_id > 1023) channel_die(link, "the agent promoted with a number or node id out of range");
  link->number = record.number - 1;
  shared_publish(link, link->number);
  mosquitto_broker_node_id_set(record.node_id);
  mosquitto_log_printf(MOSQ_LOG_NOTICE, "link: promoted in epoch %llu; the first event will be %llu",
                       (unsigned long long)record.epoch, (unsigned long long)record.number);

  sigaction(SIGTERM, &term, NULL);
  sigaction(SIGINT, &interrupt, NULL);
  return MOSQ_ERR_SUCCESS;
}
