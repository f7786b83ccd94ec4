// The program: libevent's loop, with the server that --io chooses in it.
#include <event2/event.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>

#include "libevent_server.hpp"
#include "program.hpp"

namespace {

using namespace lab;

struct EventDeleter {
  void operator()(event_base* base) const { event_base_free(base); }
  void operator()(event* event) const { event_free(event); }
};

struct Loop {
  std::unique_ptr<event_base, EventDeleter> base{event_base_new()};
  std::unique_ptr<Server> server;
  bool draining = false;
};

// Ten times a second: tells the server the time, and that it was asked to stop.
void on_tick(evutil_socket_t, short, void* argument) {
  Loop& loop = *static_cast<Loop*>(argument);
  if (asked_to_stop() && !loop.draining) {
    loop.draining = true;
    loop.server->drain(now());
  }
  loop.server->tick(now());
  // After this turn: a bufferevent closes its descriptor later than it is freed.
  if (loop.draining && loop.server->drained()) event_base_loopexit(loop.base.get(), nullptr);
}

void run(const Program& program) {
  Loop loop;
  if (!loop.base) throw std::bad_alloc();
  const auto make = program.io == "raw" ? make_raw_server : make_buffer_server;
  loop.server = make(loop.base.get(), program.listener, program.options);
  const std::unique_ptr<event, EventDeleter> tick(
      event_new(loop.base.get(), -1, EV_PERSIST, on_tick, &loop));
  const timeval period{.tv_sec = 0, .tv_usec = 100'000};
  if (!tick || event_add(tick.get(), &period) != 0) throw std::bad_alloc();
  announce(program);
  event_base_dispatch(loop.base.get());
}

}  // namespace

int main(int argc, char** argv) {
  const Program program = set_up_program(argc, argv, {"raw", "bufferevent"});
  on_stop_request([](void*) {}, nullptr);  // the next tick sees it
  try {
    run(program);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
