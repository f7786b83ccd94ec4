// Reactor, server, and the loop around them: ./server --port 7000 --protocol framed
#include <algorithm>
#include <cstdio>
#include <exception>

#include "demultiplexer.hpp"
#include "program.hpp"
#include "reactor.hpp"
#include "reactor_server.hpp"

namespace {

using namespace std::chrono_literals;
constexpr auto tick_period = 100ms;

/// So long may the Reactor wait: rounded up, or it would wake up just before the tick is due.
std::chrono::milliseconds time_until(lab::TimePoint due) {
  return std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(due - lab::now()));
}

void serve(const lab::Program& program) {
  // Lives until the process ends: a late signal may still name it.
  static const auto reactor = lab::make_reactor(lab::make_epoll_demultiplexer());
  const auto server = lab::make_reactor_server(*reactor, program.listener, program.options);
  lab::wake_up_on_stop_request(*reactor);
  lab::announce(program);
  bool draining = false;
  for (auto due = lab::now(); !server->drained();) {
    reactor->handle_events(time_until(due));
    if (lab::asked_to_stop() && !draining) {
      server->drain(lab::now());
      draining = true;
    }
    if (lab::now() >= due) {
      server->tick(lab::now());
      due = lab::now() + tick_period;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const lab::Program program = lab::set_up_program(argc, argv);
  try {
    serve(program);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "server: %s\n", error.what());
    return 1;
  }
}
