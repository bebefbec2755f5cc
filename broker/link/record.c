#include "record.h"

#include <stdlib.h>
#include <string.h>

#define FIELD(kind, member) \
  { #member, kind, offsetof(struct link_record, member) }
#define U8(member) FIELD(LINK_U8, member)
#define U16(member) FIELD(LINK_U16, member)
#define U32(member) FIELD(LINK_U32, member)
#define I32(member) FIELD(LINK_I32, member)
#define U64(member) FIELD(LINK_U64, member)
#define I64(member) FIELD(LINK_I64, member)
#define TEXT(member) FIELD(LINK_TEXT, member)
#define BYTES(member) FIELD(LINK_BYTES, member)

/* Bodies that an event and a restore frame have in common. */
#define BASE_MSG                                                                                              \
  U64(store_id), I64(expiry_time), TEXT(topic), BYTES(payload), TEXT(source_id), TEXT(source_username),       \
      U16(source_mid), U16(source_port), U8(qos), U8(retain), BYTES(properties)
#define RETAIN TEXT(topic), U64(store_id)
#define CLIENT                                                                                                \
  TEXT(clientid), TEXT(username), TEXT(auth_method), I64(will_delay_time), I64(session_expiry_time),          \
      U32(will_delay_interval), U32(session_expiry_interval), U32(max_packet_size), U16(listener_port),       \
      U8(max_qos), U8(retain_available)
#define SUBSCRIPTION TEXT(clientid), TEXT(topic), U32(identifier), U8(options)
#define CLIENT_MSG                                                                                            \
  TEXT(clientid), U64(cmsg_id), U64(store_id), U32(identifier), U16(mid), U8(qos), U8(retain), U8(dup),       \
      U8(direction), U8(state)
#define WILL TEXT(clientid), TEXT(topic), BYTES(payload), U8(qos), U8(retain), BYTES(properties)

#define SHAPE(type, ...)                                             \
  static const struct link_field type##_fields[] = {__VA_ARGS__};
#define NUMBER U64(number)

SHAPE(HELLO, NUMBER, U32(magic), U16(major), U16(minor), U32(pid), U64(features), TEXT(broker_version), TEXT(node))
SHAPE(RESTORED, NUMBER, U32(base_msgs), U32(retained), U32(clients), U32(subscriptions), U32(client_msgs), U32(wills),
      U32(failed))
SHAPE(SERVING, NUMBER)
SHAPE(TICK, NUMBER, U64(token), I64(time_ms))
SHAPE(RESULT, NUMBER, U64(token), I32(reason))
SHAPE(FATAL, NUMBER, TEXT(message))
SHAPE(BASE_MSG_ADD, NUMBER, BASE_MSG)
SHAPE(BASE_MSG_DELETE, NUMBER, U64(store_id))
SHAPE(RETAIN_SET, NUMBER, RETAIN)
SHAPE(RETAIN_DELETE, NUMBER, TEXT(topic))
SHAPE(CLIENT_ADD, NUMBER, CLIENT)
SHAPE(CLIENT_UPDATE, NUMBER, CLIENT)
SHAPE(CLIENT_DELETE, NUMBER, TEXT(clientid))
SHAPE(SUBSCRIPTION_ADD, NUMBER, SUBSCRIPTION)
SHAPE(SUBSCRIPTION_DELETE, NUMBER, TEXT(clientid), TEXT(topic))
SHAPE(CLIENT_MSG_ADD, NUMBER, CLIENT_MSG)
SHAPE(CLIENT_MSG_UPDATE, NUMBER, CLIENT_MSG)
SHAPE(CLIENT_MSG_DELETE, NUMBER, CLIENT_MSG)
SHAPE(WILL_ADD, NUMBER, WILL)
SHAPE(WILL_DELETE, NUMBER, TEXT(clientid))
SHAPE(CONNECT, NUMBER, TEXT(clientid), TEXT(username), TEXT(address), U16(listener_port), U16(keepalive),
      U8(protocol_version), U8(transport), U8(clean_start))
SHAPE(DISCONNECT, NUMBER, TEXT(clientid), I32(reason))
SHAPE(OFFLINE, NUMBER, TEXT(clientid), I32(reason))
SHAPE(SUBSCRIBE, NUMBER, SUBSCRIPTION)
SHAPE(UNSUBSCRIBE, NUMBER, TEXT(clientid), TEXT(topic))
SHAPE(MARK, NUMBER)
SHAPE(CONTROL, NUMBER, TEXT(clientid), TEXT(topic))
SHAPE(PUBLISHED, NUMBER, U64(token))
SHAPE(WELCOME, U32(magic), U16(major), U16(minor), U32(frame_max))
SHAPE(PROMOTE, U64(epoch), U64(number), U16(node_id))
SHAPE(RESTORE_END, U64(token))
SHAPE(PROBE, U64(token))
SHAPE(KICK, U64(token), TEXT(clientid), U8(with_will))
SHAPE(PUBLISH, U64(token), TEXT(clientid), TEXT(topic), BYTES(payload), U8(qos), U8(retain), BYTES(properties))
SHAPE(RESTORE_BASE_MSG, BASE_MSG)
SHAPE(RESTORE_RETAIN, RETAIN)
SHAPE(RESTORE_CLIENT, CLIENT)
SHAPE(RESTORE_SUBSCRIPTION, SUBSCRIPTION)
SHAPE(RESTORE_CLIENT_MSG, CLIENT_MSG)
SHAPE(RESTORE_WILL, WILL)

#define ROW(name) \
  { LINK_##name, #name, name##_fields, sizeof(name##_fields) / sizeof(name##_fields[0]) }

static const struct link_shape shapes[] = {
    ROW(HELLO),          ROW(RESTORED),       ROW(SERVING),           ROW(TICK),
    ROW(RESULT),         ROW(FATAL),          ROW(BASE_MSG_ADD),      ROW(BASE_MSG_DELETE),
    ROW(RETAIN_SET),     ROW(RETAIN_DELETE),  ROW(CLIENT_ADD),        ROW(CLIENT_UPDATE),
    ROW(CLIENT_DELETE),  ROW(SUBSCRIPTION_ADD), ROW(SUBSCRIPTION_DELETE), ROW(CLIENT_MSG_ADD),
    ROW(CLIENT_MSG_UPDATE), ROW(CLIENT_MSG_DELETE), ROW(WILL_ADD),    ROW(WILL_DELETE),
    ROW(CONNECT),        ROW(DISCONNECT),     ROW(OFFLINE),           ROW(SUBSCRIBE),
    ROW(UNSUBSCRIBE),    ROW(MARK),           ROW(CONTROL),           ROW(PUBLISHED),
    ROW(WELCOME),        ROW(PROMOTE),        ROW(RESTORE_END),
    ROW(PROBE),          ROW(KICK),           ROW(PUBLISH),           ROW(RESTORE_BASE_MSG),
    ROW(RESTORE_RETAIN), ROW(RESTORE_CLIENT), ROW(RESTORE_SUBSCRIPTION), ROW(RESTORE_CLIENT_MSG),
    ROW(RESTORE_WILL),
};

const struct link_shape *link_shape_of(uint8_t type) {
  for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
    if (shapes[i].type == type) return &shapes[i];
  }
  return NULL;
}

const struct link_shape *link_shape_named(const char *name) {
  for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
    if (strcmp(shapes[i].name, name) == 0) return &shapes[i];
  }
  return NULL;
}

const char *link_error_text(int error) {
  switch (error) {
    case LINK_OK: return "no error";
    case LINK_TOO_SHORT: return "the frame ends inside a field";
    case LINK_UNKNOWN: return "the frame has a type that this version does not know";
    case LINK_BAD_TEXT: return "a text holds a zero byte";
    case LINK_TOO_LONG: return "the frame is longer than the protocol allows";
    case LINK_NO_MEMORY: return "there is no memory for the frame";
    default: return "unknown error";
  }
}

static size_t size_of(const struct link_field *field, const void *at) {
  switch (field->kind) {
    case LINK_U8: return 1;
    case LINK_U16: return 2;
    case LINK_U32:
    case LINK_I32: return 4;
    case LINK_U64:
    case LINK_I64: return 8;
    case LINK_TEXT:
    case LINK_BYTES: break;
  }
  const struct link_slice *slice = at;
  return 4 + (slice->data ? (size_t)slice->length : 0);
}

static uint8_t *put(uint8_t *to, uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
  return to + bytes;
}

static uint64_t get(const uint8_t *from, unsigned bytes) {
  uint64_t value = 0;
  for (unsigned i = 0; i < bytes; i++) value = value << 8 | from[i];
  return value;
}

static int reserve(struct link_buffer *buffer, size_t more) {
  if (buffer->capacity - buffer->length >= more) return LINK_OK;
  size_t capacity = buffer->capacity ? buffer->capacity : 4096;
  while (capacity - buffer->length < more) capacity *= 2;
  uint8_t *data = realloc(buffer->data, capacity);
  if (!data) return LINK_NO_MEMORY;
  buffer->data = data;
  buffer->capacity = capacity;
  return LINK_OK;
}

int link_encode(struct link_buffer *out, const struct link_record *record) {
  const struct link_shape *shape = link_shape_of(record->type);
  if (!shape) return LINK_UNKNOWN;
  const uint8_t *base = (const uint8_t *)record;
  size_t length = 1;
  for (size_t i = 0; i < shape->count; i++) {
    length += size_of(&shape->fields[i], base + shape->fields[i].offset);
    if (length > LINK_FRAME_MAX) return LINK_TOO_LONG;
  }
  int rc = reserve(out, 4 + length);
  if (rc) return rc;
  uint8_t *to = out->data + out->length;
  to = put(to, length, 4);
  to = put(to, record->type, 1);
  for (size_t i = 0; i < shape->count; i++) {
    const void *at = base + shape->fields[i].offset;
    switch (shape->fields[i].kind) {
      case LINK_U8: to = put(to, *(const uint8_t *)at, 1); break;
      case LINK_U16: to = put(to, *(const uint16_t *)at, 2); break;
      case LINK_U32: to = put(to, *(const uint32_t *)at, 4); break;
      case LINK_I32: to = put(to, (uint32_t) * (const int32_t *)at, 4); break;
      case LINK_U64: to = put(to, *(const uint64_t *)at, 8); break;
      case LINK_I64: to = put(to, (uint64_t) * (const int64_t *)at, 8); break;
      case LINK_TEXT:
      case LINK_BYTES: {
        const struct link_slice *slice = at;
        to = put(to, slice->data ? slice->length : LINK_ABSENT, 4);
        if (slice->data && slice->length) {
          memcpy(to, slice->data, slice->length);
          to += slice->length;
        }
        break;
      }
    }
  }
  out->length += 4 + length;
  return LINK_OK;
}

int link_decode(struct link_record *record, const uint8_t *content, size_t length) {
  memset(record, 0, sizeof(*record));
  if (length > LINK_FRAME_MAX) return LINK_TOO_LONG;
  if (length < 1) return LINK_TOO_SHORT;
  const struct link_shape *shape = link_shape_of(content[0]);
  if (!shape) return LINK_UNKNOWN;
  record->type = content[0];
  uint8_t *base = (uint8_t *)record;
  const uint8_t *from = content + 1;
  size_t left = length - 1;
  for (size_t i = 0; i < shape->count; i++) {
    void *at = base + shape->fields[i].offset;
    enum link_kind kind = shape->fields[i].kind;
    size_t need = kind == LINK_TEXT || kind == LINK_BYTES ? 4 : size_of(&shape->fields[i], at);
    if (left < need) return LINK_TOO_SHORT;
    uint64_t value = get(from, (unsigned)need);
    from += need;
    left -= need;
    switch (kind) {
      case LINK_U8: *(uint8_t *)at = (uint8_t)value; break;
      case LINK_U16: *(uint16_t *)at = (uint16_t)value; break;
      case LINK_U32: *(uint32_t *)at = (uint32_t)value; break;
      case LINK_I32: *(int32_t *)at = (int32_t)(uint32_t)value; break;
      case LINK_U64: *(uint64_t *)at = value; break;
      case LINK_I64: *(int64_t *)at = (int64_t)value; break;
      case LINK_TEXT:
      case LINK_BYTES: {
        struct link_slice *slice = at;
        if (value == LINK_ABSENT) break;
        if (left < value) return LINK_TOO_SHORT;
        if (kind == LINK_TEXT && value && memchr(from, 0, (size_t)value)) return LINK_BAD_TEXT;
        slice->data = from;
        slice->length = (uint32_t)value;
        from += value;
        left -= (size_t)value;
        break;
      }
    }
  }
  return LINK_OK;
}

void link_buffer_free(struct link_buffer *buffer) {
  free(buffer->data);
  *buffer = (struct link_buffer){0};
}
