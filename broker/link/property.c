/* MQTT 5 properties, as the same bytes that are on the wire (MQTT 5, 2.2.2) without the length before them: agents pass
 * them on and need not understand them. */
#include "link.h"

#include <stdlib.h>
#include <string.h>

/* What a stored message or a will can have. A topic alias belongs to a connection, so it is not here. */
enum form { FORM_NONE, FORM_BYTE, FORM_INT32, FORM_VARINT, FORM_BINARY, FORM_STRING, FORM_PAIR };

static enum form form_of(int identifier) {
  switch (identifier) {
    case MQTT_PROP_PAYLOAD_FORMAT_INDICATOR: return FORM_BYTE;
    case MQTT_PROP_MESSAGE_EXPIRY_INTERVAL:
    case MQTT_PROP_WILL_DELAY_INTERVAL: return FORM_INT32;
    case MQTT_PROP_SUBSCRIPTION_IDENTIFIER: return FORM_VARINT;
    case MQTT_PROP_CORRELATION_DATA: return FORM_BINARY;
    case MQTT_PROP_CONTENT_TYPE:
    case MQTT_PROP_RESPONSE_TOPIC: return FORM_STRING;
    case MQTT_PROP_USER_PROPERTY: return FORM_PAIR;
    default: return FORM_NONE;
  }
}

static int append(struct link_buffer *out, const void *data, size_t length) {
  if (out->capacity - out->length < length) {
    size_t capacity = out->capacity ? out->capacity : 256;
    while (capacity - out->length < length) capacity *= 2;
    uint8_t *grown = realloc(out->data, capacity);
    if (!grown) return LINK_NO_MEMORY;
    out->data = grown;
    out->capacity = capacity;
  }
  if (length) memcpy(out->data + out->length, data, length);
  out->length += length;
  return LINK_OK;
}

static int append_number(struct link_buffer *out, uint32_t value, unsigned bytes) {
  uint8_t raw[4];
  for (unsigned i = 0; i < bytes; i++) raw[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
  return append(out, raw, bytes);
}

static int append_varint(struct link_buffer *out, uint32_t value) {
  int rc;
  do {
    uint8_t byte = value & 0x7F;
    value >>= 7;
    if (value) byte |= 0x80;
    if ((rc = append(out, &byte, 1))) return rc;
  } while (value);
  return LINK_OK;
}

static int append_block(struct link_buffer *out, const void *data, size_t length) {
  int rc = append_number(out, (uint32_t)length, 2);
  return rc ? rc : append(out, data, length);
}

static int encode_one(const mosquitto_property *property, int identifier, struct link_buffer *out) {
  uint8_t byte = 0;
  uint16_t length = 0;
  uint32_t number = 0;
  char *name = NULL, *text = NULL;
  void *binary = NULL;
  int rc = LINK_OK;
  enum form form = form_of(identifier);
  if (form == FORM_NONE) return LINK_OK;
  rc = append_varint(out, (uint32_t)identifier);
  if (rc) return rc;
  switch (form) {
    case FORM_BYTE:
      mosquitto_property_read_byte(property, identifier, &byte, false);
      return append(out, &byte, 1);
    case FORM_INT32:
      mosquitto_property_read_int32(property, identifier, &number, false);
      return append_number(out, number, 4);
    case FORM_VARINT:
      mosquitto_property_read_varint(property, identifier, &number, false);
      return append_varint(out, number);
    case FORM_BINARY:
      mosquitto_property_read_binary(property, identifier, &binary, &length, false);
      rc = append_block(out, binary, length);
      break;
    case FORM_STRING:
      mosquitto_property_read_string(property, identifier, &text, false);
      rc = append_block(out, text, text ? strlen(text) : 0);
      break;
    case FORM_PAIR:
      mosquitto_property_read_string_pair(property, identifier, &name, &text, false);
      rc = append_block(out, name, name ? strlen(name) : 0);
      if (!rc) rc = append_block(out, text, text ? strlen(text) : 0);
      break;
    case FORM_NONE: break;
  }
  mosquitto_free(binary);
  mosquitto_free(name);
  mosquitto_free(text);
  return rc;
}

int property_encode(const mosquitto_property *list, struct link_buffer *out) {
  out->length = 0;
  for (; list; list = mosquitto_property_next(list)) {
    int rc = encode_one(list, mosquitto_property_identifier(list), out);
    if (rc) return rc;
  }
  return LINK_OK;
}

struct reader {
  const uint8_t *at;
  size_t left;
};

static int read_number(struct reader *in, unsigned bytes, uint32_t *value) {
  if (in->left < bytes) return LINK_TOO_SHORT;
  *value = 0;
  for (unsigned i = 0; i < bytes; i++) *value = *value << 8 | in->at[i];
  in->at += bytes;
  in->left -= bytes;
  return LINK_OK;
}

static int read_varint(struct reader *in, uint32_t *value) {
  *value = 0;
  for (unsigned i = 0; i < 4; i++) {
    if (!in->left) return LINK_TOO_SHORT;
    uint8_t byte = *in->at++;
    in->left--;
    *value |= (uint32_t)(byte & 0x7F) << (7 * i);
    if (!(byte & 0x80)) return LINK_OK;
  }
  return LINK_TOO_SHORT;
}

static int read_block(struct reader *in, const uint8_t **data, uint32_t *length) {
  int rc = read_number(in, 2, length);
  if (rc) return rc;
  if (in->left < *length) return LINK_TOO_SHORT;
  *data = in->at;
  in->at += *length;
  in->left -= *length;
  return LINK_OK;
}

static int read_text(struct reader *in, char **text) {
  const uint8_t *data;
  uint32_t length;
  int rc = read_block(in, &data, &length);
  if (rc) return rc;
  if (length && memchr(data, 0, length)) return LINK_BAD_TEXT;
  *text = malloc((size_t)length + 1);
  if (!*text) return LINK_NO_MEMORY;
  memcpy(*text, data, length);
  (*text)[length] = '\0';
  return LINK_OK;
}

static int decode_one(struct reader *in, mosquitto_property **list) {
  uint32_t identifier, number;
  const uint8_t *data;
  char *name = NULL, *text = NULL;
  int rc = read_varint(in, &identifier);
  if (rc) return rc;
  int id = (int)identifier;
  switch (form_of(id)) {
    case FORM_BYTE:
      if ((rc = read_number(in, 1, &number))) return rc;
      return mosquitto_property_add_byte(list, id, (uint8_t)number) ? LINK_NO_MEMORY : LINK_OK;
    case FORM_INT32:
      if ((rc = read_number(in, 4, &number))) return rc;
      return mosquitto_property_add_int32(list, id, number) ? LINK_NO_MEMORY : LINK_OK;
    case FORM_VARINT:
      if ((rc = read_varint(in, &number))) return rc;
      return mosquitto_property_add_varint(list, id, number) ? LINK_NO_MEMORY : LINK_OK;
    case FORM_BINARY:
      if ((rc = read_block(in, &data, &number))) return rc;
      return mosquitto_property_add_binary(list, id, data, (uint16_t)number) ? LINK_NO_MEMORY : LINK_OK;
    case FORM_STRING:
      rc = read_text(in, &text);
      if (!rc && mosquitto_property_add_string(list, id, text)) rc = LINK_BAD_TEXT;
      free(text);
      return rc;
    case FORM_PAIR:
      rc = read_text(in, &name);
      if (!rc) rc = read_text(in, &text);
      if (!rc && mosquitto_property_add_string_pair(list, id, name, text)) rc = LINK_BAD_TEXT;
      free(name);
      free(text);
      return rc;
    case FORM_NONE: break;
  }
  return LINK_UNKNOWN;
}

int property_decode(struct link_slice bytes, mosquitto_property **list) {
  struct reader in = {bytes.data, bytes.data ? bytes.length : 0};
  *list = NULL;
  while (in.left) {
    int rc = decode_one(&in, list);
    if (rc) {
      mosquitto_property_free_all(list);
      return rc;
    }
  }
  return LINK_OK;
}
