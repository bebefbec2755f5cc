/* The number of the last event that was handed over, where the agent can read it without a system call. */
#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int shared_open(struct link *link, const char *path) {
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0 || ftruncate(fd, 4096) != 0) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "link: cannot open %s: %s. Set plugin_opt_shared to a file in a folder that the broker may write.",
                         path, strerror(errno));
    if (fd >= 0) close(fd);
    return MOSQ_ERR_ERRNO;
  }
  void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (at == MAP_FAILED) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "link: cannot map %s: %s", path, strerror(errno));
    return MOSQ_ERR_ERRNO;
  }
  link->shared = at;
  atomic_store_explicit(&link->shared->emitted, 0, memory_order_relaxed);
  link->shared->version = LINK_MAJOR;
  link->shared->pid = (uint32_t)getpid();
  /* The magic last: who sees it sees the rest. */
  atomic_thread_fence(memory_order_release);
  link->shared->magic = LINK_SHARED_MAGIC;
  return MOSQ_ERR_SUCCESS;
}

void shared_publish(struct link *link, uint64_t number) {
  /* After the frame, before the broker can write to a client: both happen on this thread, the frame in channel_send
   * before this call, the client's bytes in a later system call. Release makes the frame's hand-over visible first. */
  atomic_store_explicit(&link->shared->emitted, number, memory_order_release);
}

uint32_t shared_flags(const struct link *link) {
  /* Orders nothing: the agent sets them when it likes, and means what comes soon after. */
  return atomic_load_explicit(&link->shared->flags, memory_order_relaxed);
}
