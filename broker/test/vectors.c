/* Reads every vector: its bytes must mean what its JSON says and be written again as they were; the refused are refused. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

static char *read_text(const char *folder, const char *name, const char *suffix) {
  char path[1024];
  snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
  FILE *file = fopen(path, "rb");
  if (!file) {
    fprintf(stderr, "%s is missing\n", path);
    exit(1);
  }
  char *text = calloc(1, 1 << 20);
  size_t length = fread(text, 1, (1 << 20) - 1, file);
  fclose(file);
  while (length && (text[length - 1] == '\n' || text[length - 1] == ' ')) text[--length] = 0;
  return text;
}

static size_t from_hex(const char *hex, uint8_t *out) {
  size_t length = strlen(hex) / 2;
  for (size_t i = 0; i < length; i++) {
    unsigned byte = 0;
    sscanf(hex + 2 * i, "%2x", &byte);
    out[i] = (uint8_t)byte;
  }
  return length;
}

static void put_text(FILE *out, const struct link_slice *slice) {
  fputc('"', out);
  for (uint32_t i = 0; i < slice->length; i++) {
    uint8_t c = slice->data[i];
    if (c == '"' || c == '\\') fputc('\\', out);
    fputc(c, out);
  }
  fputc('"', out);
}

static char *meaning(const struct link_record *record) {
  const struct link_shape *shape = link_shape_of(record->type);
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  fprintf(out, "{\"type\":\"%s\"", shape->name);
  for (size_t i = 0; i < shape->count; i++) {
    const void *at = (const uint8_t *)record + shape->fields[i].offset;
    const struct link_slice *slice = at;
    fprintf(out, ",\"%s\":", shape->fields[i].name);
    switch (shape->fields[i].kind) {
      case LINK_U8: fprintf(out, "%u", *(const uint8_t *)at); break;
      case LINK_U16: fprintf(out, "%u", *(const uint16_t *)at); break;
      case LINK_U32: fprintf(out, "%" PRIu32, *(const uint32_t *)at); break;
      case LINK_I32: fprintf(out, "%" PRId32, *(const int32_t *)at); break;
      case LINK_U64: fprintf(out, "%" PRIu64, *(const uint64_t *)at); break;
      case LINK_I64: fprintf(out, "%" PRId64, *(const int64_t *)at); break;
      case LINK_TEXT:
        if (slice->data) put_text(out, slice);
        else fputs("null", out);
        break;
      case LINK_BYTES:
        if (slice->data) {
          fputc('"', out);
          for (uint32_t b = 0; b < slice->length; b++) fprintf(out, "%02x", slice->data[b]);
          fputc('"', out);
        } else {
          fputs("null", out);
        }
        break;
    }
  }
  fputc('}', out);
  fclose(out);
  return text;
}

static const char *refusal(int rc) {
  switch (rc) {
    case LINK_TOO_SHORT: return "{\"refused\":\"too short\"}";
    case LINK_BAD_TEXT: return "{\"refused\":\"bad text\"}";
    case LINK_UNKNOWN: return "{\"refused\":\"unknown\"}";
    default: return "{\"refused\":\"?\"}";
  }
}

static int check(const char *folder, const char *name) {
  char *hex = read_text(folder, name, ".hex"), *json = read_text(folder, name, ".json");
  uint8_t *bytes = malloc(strlen(hex) / 2 + 1);
  size_t length = from_hex(hex, bytes);
  struct link_record record;
  int wrong = 0;
  int rc = link_decode(&record, bytes + 4, length - 4);
  if (rc) {
    wrong = strcmp(json, refusal(rc)) != 0;
  } else {
    char *text = meaning(&record);
    wrong = strcmp(text, json) != 0;
    if (wrong) fprintf(stderr, "%s: means %s\n", name, text);
    free(text);
    if (strncmp(name, "decode-only", 11) != 0) {
      struct link_buffer again = {0};
      wrong |= link_encode(&again, &record) != LINK_OK || again.length != length || memcmp(again.data, bytes, length) != 0;
      link_buffer_free(&again);
    }
  }
  if (wrong) fprintf(stderr, "%s: bytes and meaning differ\n", name);
  free(bytes);
  free(hex);
  free(json);
  return wrong;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: vectors FOLDER\n");
    return 2;
  }
  DIR *folder = opendir(argv[1]);
  int count = 0, wrong = 0;
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    char *dot = strrchr(entry->d_name, '.');
    if (!dot || strcmp(dot, ".hex") != 0) continue;
    char name[256];
    snprintf(name, sizeof(name), "%.*s", (int)(dot - entry->d_name), entry->d_name);
    wrong += check(argv[1], name);
    count++;
  }
  if (folder) closedir(folder);
  printf("vectors (C): %d read, %d wrong\n", count, wrong);
  return wrong || count < 40;
}
