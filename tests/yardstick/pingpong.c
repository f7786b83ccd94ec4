/* The yardstick for the load generator's own cost: the least epoll client that plays ping-pong on
 * many connections. It neither verifies nor times a reply. Usage:
 *   pingpong PORT CONNECTIONS SIZE MILLISECONDS
 * connects to 127.0.0.1, keeps one message of SIZE bytes in flight per connection for that long
 * and prints {"messages":N,"cpu_ns":N,"duration_ns":N}. Connecting and a first message on each
 * connection are not counted. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most_events = 128, largest_message = 65536 };

static char request[largest_message], reply[largest_message];

static void give_up(const char* what) {
  perror(what);
  exit(1);
}

static long long read_clock(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int connect_to(int port) {
  const int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int handle = socket(AF_INET, SOCK_STREAM, 0);
  if (handle < 0) give_up("socket");
  if (connect(handle, (struct sockaddr*)&address, sizeof address) != 0) give_up("connect");
  setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return handle;
}

static void ask(int handle, size_t size) {
  if (send(handle, request, size, MSG_NOSIGNAL) != (ssize_t)size) give_up("send");
}

/* Waits for all that is missing of a reply; on loopback it is there at once. */
static void take_reply(int handle, size_t size) {
  for (size_t done = 0; done < size;) {
    const ssize_t n = recv(handle, reply, size - done, 0);
    if (n <= 0) give_up("recv");
    done += (size_t)n;
  }
}

static int open_connections(int* handles, int connections, int port, size_t size) {
  const int epoll = epoll_create1(0);
  if (epoll < 0) give_up("epoll_create1");
  for (int i = 0; i < connections; ++i) {
    handles[i] = connect_to(port);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = handles[i]};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, handles[i], &event) != 0) give_up("epoll_ctl");
    ask(handles[i], size);
    take_reply(handles[i], size);
  }
  return epoll;
}

/* Asks again after each reply until the deadline; ends when every connection has its last one. */
static long long play(int epoll, int in_flight, size_t size, long long deadline) {
  struct epoll_event events[most_events];
  long long messages = 0;
  int over = 0;
  while (in_flight > 0) {
    const int ready = epoll_wait(epoll, events, most_events, -1);
    over = over || read_clock(CLOCK_MONOTONIC) >= deadline;
    for (int i = 0; i < ready; ++i) {
      take_reply(events[i].data.fd, size);
      ++messages;
      if (over)
        --in_flight;
      else
        ask(events[i].data.fd, size);
    }
  }
  return messages;
}

int main(int argc, char** argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: pingpong PORT CONNECTIONS SIZE MILLISECONDS\n");
    return 2;
  }
  const int connections = atoi(argv[2]);
  const size_t size = (size_t)atol(argv[3]);
  int* handles = malloc(sizeof *handles * (size_t)connections);
  if (connections < 1 || size < 1 || size > largest_message || handles == NULL) return 2;

  const int epoll = open_connections(handles, connections, atoi(argv[1]), size);
  const long long begin = read_clock(CLOCK_MONOTONIC);
  const long long cpu_begin = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  for (int i = 0; i < connections; ++i) ask(handles[i], size);
  const long long messages = play(epoll, connections, size, begin + atoll(argv[4]) * 1000000);
  const long long cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin;
  printf("{\"messages\":%lld,\"cpu_ns\":%lld,\"duration_ns\":%lld}\n", messages, cpu,
         read_clock(CLOCK_MONOTONIC) - begin);
  return 0;
}
