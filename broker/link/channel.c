/* The socket to the agent. The broker must not outlive it: what it does unseen would not be replicated. */
#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CHUNK 65536u
#define SHORT_NS 100000L
#define LONG_NS 5000000L
#define WAKE_NS 1000000L
#define KEEP (1u << 20) /* a larger buffer is given back after use */

_Noreturn void channel_die(struct link *link, const char *why) {
  (void)link;
  /* Neither exit handlers nor the broker's shutdown may run: they would publish every client's will. Not the broker's
   * log either: the guard's thread comes here too. */
  dprintf(STDERR_FILENO, "link: %s: the broker ends at once, without wills\n", why);
  _exit(LINK_EXIT_AGENT_GONE);
}

int channel_connect(struct link *link, const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof(address.sun_path)) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "link: plugin_opt_socket %s is too long: at most %zu bytes", path,
                         sizeof(address.sun_path) - 1);
    return MOSQ_ERR_INVAL;
  }
  strcpy(address.sun_path, path);
  link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (link->fd < 0 || connect(link->fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "link: cannot connect to the agent at %s: %s. The agent starts first and listens there.",
                         path, strerror(errno));
    return MOSQ_ERR_ERRNO;
  }
  return MOSQ_ERR_SUCCESS;
}

void channel_send(struct link *link, struct link_record *record) {
  link->out.length = 0;
  int rc = link_encode(&link->out, record);
  if (rc) channel_die(link, link_error_text(rc));
  size_t at = 0;
  while (at < link->out.length) {
    ssize_t n = send(link->fd, link->out.data + at, link->out.length - at, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) channel_die(link, "the agent no longer reads");
    at += (size_t)n;
  }
  if (link->out.capacity > KEEP) link_buffer_free(&link->out);
}

static bool take_frame(struct link *link, struct link_record *record) {
  for (;;) {
    size_t have = link->in.length - link->in_at;
    if (have < 4) return false;
    const uint8_t *at = link->in.data + link->in_at;
    uint32_t length = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    if (length < 1 || length > LINK_FRAME_MAX) channel_die(link, "the agent sent a frame of an impossible length");
    if (have < 4 + (size_t)length) return false;
    link->in_at += 4 + (size_t)length;
    int rc = link_decode(record, at + 4, length);
    if (rc == LINK_OK) return true;
    /* A newer agent may send notes that this version needs not understand; state it must. */
    if (rc == LINK_UNKNOWN && at[4] >= 0xC0) continue;
    channel_die(link, link_error_text(rc));
  }
}

/* Makes room behind what was read. Frames that were handed out point into the buffer: only called when none is in use. */
static void make_room(struct link *link) {
  struct link_buffer *in = &link->in;
  if (link->in_at == in->length) {
    in->length = link->in_at = 0;
    if (in->capacity > KEEP) link_buffer_free(in);
  } else if (link->in_at > in->capacity / 2) {
    memmove(in->data, in->data + link->in_at, in->length - link->in_at);
    in->length -= link->in_at;
    link->in_at = 0;
  }
  if (in->capacity - in->length < CHUNK) {
    size_t capacity = in->capacity ? in->capacity * 2 : 4 * CHUNK;
    uint8_t *data = realloc(in->data, capacity);
    if (!data) channel_die(link, "there is no memory for what the agent sends");
    in->data = data;
    in->capacity = capacity;
  }
}

bool channel_receive(struct link *link, struct link_record *record, bool wait) {
  while (!take_frame(link, record)) {
    make_room(link);
    ssize_t n = recv(link->fd, link->in.data + link->in.length, link->in.capacity - link->in.length,
                     wait ? 0 : MSG_DONTWAIT);
    if (n > 0) {
      link->in.length += (size_t)n;
    } else if (n < 0 && errno == EINTR) {
      continue;
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return false;
    } else {
      channel_die(link, "the agent is gone");
    }
  }
  return true;
}

static void woken(int signal_number) { (void)signal_number; }

/* Sees at once that the agent is gone, even while the broker's thread is busy or asleep, and wakes the broker for
 * commands: its loop cannot wait for our socket. The signal only ends epoll_wait; SA_RESTART spares everything else. */
static void *guard_main(void *argument) {
  struct link *link = argument;
  long pause_ns = SHORT_NS;
  for (;;) {
    struct pollfd poll_fd = {.fd = link->fd, .events = POLLIN | POLLRDHUP};
    int n = poll(&poll_fd, 1, -1);
    if (n < 0 && errno != EINTR) channel_die(link, "poll failed");
    if (n <= 0) continue;
    if (poll_fd.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) channel_die(link, "the agent is gone");
    if (poll_fd.revents & POLLIN) {
      atomic_store_explicit(&link->input_pending, true, memory_order_release);
      pthread_kill(link->broker, SIGURG);
      /* Again soon if it was just about to sleep and missed it; less often if it is busy. */
      nanosleep(&(struct timespec){.tv_nsec = pause_ns}, NULL);
      bool taken = !atomic_load_explicit(&link->input_pending, memory_order_acquire);
      pause_ns = taken ? SHORT_NS : pause_ns < LONG_NS ? pause_ns * 2 : LONG_NS;
    }
  }
  return NULL;
}

void channel_wake_later(struct link *link) {
  if (!link->guard) return; /* still restoring: the first turn of the loop is not far */
  struct itimerspec soon = {.it_value = {.tv_nsec = WAKE_NS}};
  timer_settime(link->wake, 0, &soon, NULL);
}

int channel_guard(struct link *link) {
  struct sigaction action = {.sa_handler = woken, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGURG, &action, NULL);
  link->broker = pthread_self();
  struct sigevent wake = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGURG};
  if (timer_create(CLOCK_MONOTONIC, &wake, &link->wake)) return MOSQ_ERR_ERRNO;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* the broker's signals stay with the broker's thread */
  int rc = pthread_create(&link->guard, NULL, guard_main, link);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return rc ? MOSQ_ERR_ERRNO : MOSQ_ERR_SUCCESS;
}

void channel_unguard(struct link *link) {
  if (!link->guard) return;
  pthread_cancel(link->guard);
  pthread_join(link->guard, NULL);
  timer_delete(link->wake);
  /* The handler's code is unloaded with us. */
  signal(SIGURG, SIG_IGN);
}
