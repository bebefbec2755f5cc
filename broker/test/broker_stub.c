/* Just enough of the broker for property.c to be fuzzed without one: takes properties and checks that they are readable. */
#include <stdlib.h>
#include <string.h>

#include "link.h"

static unsigned long taken;

static int touch(const void *data, size_t length) {
  unsigned char *copy = malloc(length + 1);
  if (!copy) return MOSQ_ERR_NOMEM;
  if (length) memcpy(copy, data, length);
  free(copy);
  taken++;
  return MOSQ_ERR_SUCCESS;
}

int mosquitto_property_add_byte(mosquitto_property **list, int id, uint8_t value) {
  (void)list, (void)id;
  return touch(&value, sizeof(value));
}
int mosquitto_property_add_int32(mosquitto_property **list, int id, uint32_t value) {
  (void)list, (void)id;
  return touch(&value, sizeof(value));
}
int mosquitto_property_add_varint(mosquitto_property **list, int id, uint32_t value) {
  (void)list, (void)id;
  return touch(&value, sizeof(value));
}
int mosquitto_property_add_binary(mosquitto_property **list, int id, const void *value, uint16_t length) {
  (void)list, (void)id;
  return touch(value, length);
}
int mosquitto_property_add_string(mosquitto_property **list, int id, const char *value) {
  (void)list, (void)id;
  return touch(value, strlen(value));
}
int mosquitto_property_add_string_pair(mosquitto_property **list, int id, const char *name, const char *value) {
  (void)list, (void)id;
  return touch(name, strlen(name)) || touch(value, strlen(value));
}
void mosquitto_property_free_all(mosquitto_property **list) { *list = NULL; }
void mosquitto_free(void *memory) { free(memory); }
int mosquitto_property_identifier(const mosquitto_property *property) { (void)property; return 0; }
mosquitto_property *mosquitto_property_next(const mosquitto_property *property) { (void)property; return NULL; }
#define READER(name, ...) const mosquitto_property *name(const mosquitto_property *list, int id, __VA_ARGS__)
READER(mosquitto_property_read_byte, uint8_t *value, bool skip) { (void)id, (void)value, (void)skip; return list; }
READER(mosquitto_property_read_int32, uint32_t *value, bool skip) { (void)id, (void)value, (void)skip; return list; }
READER(mosquitto_property_read_varint, uint32_t *value, bool skip) { (void)id, (void)value, (void)skip; return list; }
READER(mosquitto_property_read_binary, void **value, uint16_t *length, bool skip) { (void)id, (void)value, (void)length, (void)skip; return list; }
READER(mosquitto_property_read_string, char **value, bool skip) { (void)id, (void)value, (void)skip; return list; }
READER(mosquitto_property_read_string_pair, char **name, char **value, bool skip) { (void)id, (void)name, (void)value, (void)skip; return list; }
