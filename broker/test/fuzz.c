/* Mutated frames for the parser, the same ones for the same seed. What it accepts must be written back and read the same.
 * With clang, -DLINK_LIBFUZZER -fsanitize=fuzzer makes it a libFuzzer target instead. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

static unsigned long accepted, with_properties;

static void one(const uint8_t *data, size_t size) {
  struct link_record record, again;
  /* An exact copy, so that the sanitizer sees a read beyond the end. */
  uint8_t *copy = malloc(size ? size : 1);
  if (size) memcpy(copy, data, size);
  if (link_decode(&record, copy, size) == LINK_OK) {
    struct link_buffer out = {0}, twice = {0};
    mosquitto_property *properties = NULL;
    accepted++;
    if (record.properties.data && property_decode(record.properties, &properties) == LINK_OK) with_properties++;
    if (link_encode(&out, &record) != LINK_OK || link_decode(&again, out.data + 4, out.length - 4) != LINK_OK ||
        link_encode(&twice, &again) != LINK_OK || twice.length != out.length ||
        memcmp(twice.data, out.data, out.length) != 0) {
      fprintf(stderr, "a frame changes when it is written and read again\n");
      abort();
    }
    link_buffer_free(&out);
    link_buffer_free(&twice);
  }
  free(copy);
}

#ifdef LINK_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  one(data, size);
  return 0;
}
#else
#define SEEDS 256
#define ROOM 4096

static uint64_t state;

static uint32_t next_random(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 32) % below;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: fuzz VECTORS RUNS SEED\n");
    return 2;
  }
  static uint8_t seeds[SEEDS][ROOM];
  static size_t lengths[SEEDS];
  size_t count = 0;
  DIR *folder = opendir(argv[1]);
  for (struct dirent *entry; folder && (entry = readdir(folder)) && count < SEEDS;) {
    if (!strstr(entry->d_name, ".hex")) continue;
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
    FILE *file = fopen(path, "rb");
    unsigned byte;
    size_t length = 0;
    while (file && length < ROOM / 2 && fscanf(file, "%2x", &byte) == 1) seeds[count][length++] = (uint8_t)byte;
    if (file) fclose(file);
    lengths[count++] = length;
  }
  if (folder) closedir(folder);
  if (!count) {
    fprintf(stderr, "there are no vectors in %s\n", argv[1]);
    return 2;
  }
  unsigned long runs = strtoul(argv[2], NULL, 10);
  state = strtoull(argv[3], NULL, 10) * 0x9E3779B97F4A7C15ull + 1;
  static const uint8_t telling[] = {0x00, 0x01, 0x7F, 0x80, 0xFF, 0x20, 0x2D, 0xA0, 0xAC};
  uint8_t data[ROOM];
  for (unsigned long run = 0; run < runs; run++) {
    uint32_t seed = next_random((uint32_t)count);
    size_t size = lengths[seed] > 4 ? lengths[seed] - 4 : 0;
    memcpy(data, seeds[seed] + 4, size);
    for (uint32_t edits = next_random(6); edits; edits--) {
      uint32_t at = size ? next_random((uint32_t)size) : 0;
      switch (next_random(5)) {
        case 0: data[at] = (uint8_t)next_random(256); break;
        case 1: data[at] = telling[next_random(sizeof(telling))]; break;
        case 2: size = at; break;
        case 3:
          if (size < ROOM / 2) {
            memmove(data + at + 1, data + at, size - at);
            data[at] = (uint8_t)next_random(256);
            size++;
          }
          break;
        default: data[at] ^= (uint8_t)(1u << next_random(8)); break;
      }
    }
    one(data, size);
  }
  printf("fuzz: %lu frames from %zu vectors, %lu accepted, %lu of them with properties, no fault\n", runs, count,
         accepted, with_properties);
  return accepted == 0 || with_properties == 0;
}
#endif
