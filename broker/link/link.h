/* The plugin's one context, and what its rooms offer each other. */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include <mosquitto.h>
#include <mosquitto/broker.h>
#include <mosquitto/broker_plugin.h>

#include "record.h"

#define LINK_VERSION "0.1.0"
/* The broker's exit status when it ends because the agent went away or broke the protocol. */
#define LINK_EXIT_AGENT_GONE 70

/* What a patched broker can do that 2.1.2 cannot (HELLO.features). */
#define LINK_FEATURE_RECONNECT 1u    /* events and will of a client that comes back to its session */
#define LINK_FEATURE_WILL_DELETE 2u  /* a will that is gone is told for every session */
#define LINK_FEATURE_MESSAGE_STATE 4u /* restore honours state and dup of a client message */
#define LINK_FEATURE_WILL_ACCESS 8u   /* a will that its client may not publish is not told */

/* One cache line for who we are, one for the number, so that the reader's polling disturbs nobody, and one for what the
 * agent writes. */
struct link_shared {
  uint64_t magic;
  uint32_t version;
  uint32_t pid;
  uint64_t unused[6];
  _Atomic uint64_t emitted;
  uint64_t reserved[7];
  _Atomic uint32_t flags; /* the agent's to write */
};
#define LINK_SHARED_MAGIC 0x4D484C4B53484D31ull /* "MHLKSHM1" */
_Static_assert(offsetof(struct link_shared, emitted) == 64, "PROTOCOL.md puts the number at byte 64");
_Static_assert(offsetof(struct link_shared, flags) == 128, "PROTOCOL.md puts the flags at byte 128");

#define LINK_FLAG_REFUSE 1u /* take no message that would be kept */

struct link {
  mosquitto_plugin_id_t *id;
  char *node;
  int fd;
  struct link_shared *shared;
  uint64_t number;            /* of the last numbered event that was handed over */
  struct link_buffer out;     /* frame being written */
  struct link_buffer in;      /* bytes read and not yet used begin at in_at */
  size_t in_at;
  uint32_t features;
  bool serving;
  bool unmarked;              /* events were handed over since the last MARK */
  bool refusing;              /* LINK_FLAG_REFUSE as it was last seen */
  timer_t wake;               /* ends the broker's sleep when they must be marked */
  pthread_t guard;
  pthread_t broker;           /* the broker's only thread, to be woken when a command is there */
  _Atomic bool input_pending;
};

/* channel.c */
int channel_connect(struct link *link, const char *path);
void channel_send(struct link *link, struct link_record *record);
/* True when a frame is there. wait: block until one is. Never returns when the agent is gone. */
bool channel_receive(struct link *link, struct link_record *record, bool wait);
int channel_guard(struct link *link);
void channel_unguard(struct link *link);
/* Ends the broker's sleep soon, if it is about to sleep. */
void channel_wake_later(struct link *link);
_Noreturn void channel_die(struct link *link, const char *why);

/* shared.c */
int shared_open(struct link *link, const char *path);
void shared_publish(struct link *link, uint64_t number);
uint32_t shared_flags(const struct link *link);

/* property.c */
int property_encode(const mosquitto_property *list, struct link_buffer *out);
int property_decode(struct link_slice bytes, mosquitto_property **list);

/* event.c, client.c, control.c, quota.c: register their callbacks */
int event_register(struct link *link);
int client_register(struct link *link);
int control_register(struct link *link);
int quota_register(struct link *link);
/* Numbers the record and hands it over. */
void event_emit(struct link *link, struct link_record *record);
/* Says that the events until here belong together. */
void event_mark(struct link *link);
struct link_slice slice_of(const char *text);
char *text_of(struct link_slice slice);

/* promote.c */
int promote_wait(struct link *link);

/* restore.c */
int restore_register(struct link *link);

/* command.c */
int command_register(struct link *link);

#endif
