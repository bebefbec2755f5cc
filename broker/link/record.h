/* The frames of the link protocol as values: what they hold, and how they become bytes and back.
 * Knows nothing of Mosquitto, sockets or memory that is not the caller's, so that it can be tested and fuzzed alone. */
#ifndef LINK_RECORD_H
#define LINK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_MAGIC 0x4D484C4Bu /* "MHLK" */
#define LINK_MAJOR 1
#define LINK_MINOR 0
/* An MQTT packet has at most 256 MiB; the rest is for its topic, names and properties. */
#define LINK_FRAME_MAX 0x10100000u
#define LINK_ABSENT 0xFFFFFFFFu

enum link_type {
  /* plugin -> agent, not state */
  LINK_HELLO = 0x01,
  LINK_RESTORED = 0x03,
  LINK_SERVING = 0x04,
  LINK_TICK = 0x05,
  LINK_RESULT = 0x06,
  LINK_FATAL = 0x07,
  /* plugin -> agent, numbered */
  LINK_BASE_MSG_ADD = 0x20,
  LINK_BASE_MSG_DELETE = 0x21,
  LINK_RETAIN_SET = 0x22,
  LINK_RETAIN_DELETE = 0x23,
  LINK_CLIENT_ADD = 0x24,
  LINK_CLIENT_UPDATE = 0x25,
  LINK_CLIENT_DELETE = 0x26,
  LINK_SUBSCRIPTION_ADD = 0x27,
  LINK_SUBSCRIPTION_DELETE = 0x28,
  LINK_CLIENT_MSG_ADD = 0x29,
  LINK_CLIENT_MSG_UPDATE = 0x2A,
  LINK_CLIENT_MSG_DELETE = 0x2B,
  LINK_WILL_ADD = 0x2C,
  LINK_WILL_DELETE = 0x2D,
  LINK_CONNECT = 0x30,
  LINK_DISCONNECT = 0x31,
  LINK_OFFLINE = 0x32,
  LINK_SUBSCRIBE = 0x33,
  LINK_UNSUBSCRIBE = 0x34,
  LINK_MARK = 0x35,
  LINK_CONTROL = 0x36,
  LINK_PUBLISHED = 0x37,
  /* agent -> plugin */
  LINK_WELCOME = 0x81,
  LINK_PROMOTE = 0x82,
  LINK_RESTORE_END = 0x8F,
  LINK_PROBE = 0x90,
  LINK_KICK = 0x91,
  LINK_PUBLISH = 0x92,
  LINK_RESTORE_BASE_MSG = 0xA0,
  LINK_RESTORE_RETAIN = 0xA2,
  LINK_RESTORE_CLIENT = 0xA4,
  LINK_RESTORE_SUBSCRIPTION = 0xA7,
  LINK_RESTORE_CLIENT_MSG = 0xA9,
  LINK_RESTORE_WILL = 0xAC,
};

/* Text or bytes that belong to somebody else. data == NULL: absent, which is not the same as empty. */
struct link_slice {
  const uint8_t *data;
  uint32_t length;
};

/* One frame. Which fields a type has is in the table of record.c; the others are not looked at. */
struct link_record {
  uint64_t number, store_id, cmsg_id, token, features, epoch;
  int64_t expiry_time, will_delay_time, session_expiry_time, time_ms;
  int32_t reason;
  uint32_t magic, pid, frame_max;
  uint32_t identifier, will_delay_interval, session_expiry_interval, max_packet_size;
  uint32_t base_msgs, retained, clients, subscriptions, client_msgs, wills, failed;
  uint16_t major, minor, node_id, mid, source_mid, source_port, listener_port, keepalive;
  uint8_t qos, retain, dup, direction, state, options, max_qos, retain_available;
  uint8_t protocol_version, transport, clean_start, with_will;
  struct link_slice clientid, username, auth_method, topic, payload, properties, source_id,
      source_username, address, broker_version, node, message;
  uint8_t type;
};

enum link_kind { LINK_U8, LINK_U16, LINK_U32, LINK_I32, LINK_U64, LINK_I64, LINK_TEXT, LINK_BYTES };

struct link_field {
  const char *name;
  enum link_kind kind;
  size_t offset;
};

struct link_shape {
  uint8_t type;
  const char *name;
  const struct link_field *fields;
  size_t count;
};

enum link_error {
  LINK_OK = 0,
  LINK_TOO_SHORT = -1,  /* the frame ends inside a field */
  LINK_UNKNOWN = -2,    /* no such type in this version */
  LINK_BAD_TEXT = -3,   /* a text holds a zero byte */
  LINK_TOO_LONG = -4,   /* longer than LINK_FRAME_MAX */
  LINK_NO_MEMORY = -5,
};

/* A buffer that grows and is used again. */
struct link_buffer {
  uint8_t *data;
  size_t length, capacity;
};

const struct link_shape *link_shape_of(uint8_t type);
const struct link_shape *link_shape_named(const char *name);
const char *link_error_text(int error);

/* Appends the whole frame, with its length. On an error the buffer is as it was. */
int link_encode(struct link_buffer *out, const struct link_record *record);

/* Reads a frame's content (what follows its length). Slices point into content. Bytes beyond the fields that are known
 * are skipped: a newer minor version may append fields. */
int link_decode(struct link_record *record, const uint8_t *content, size_t length);

void link_buffer_free(struct link_buffer *buffer);

#endif
