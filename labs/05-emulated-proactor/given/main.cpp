#include <algorithm>
#include <cstdio>
#include <exception>

#include "completion_server.hpp"
#include "demultiplexer.hpp"
#include "proactor.hpp"
#include "program.hpp"
#include "reactor.hpp"

namespace {

using namespace std::chrono_literals;

void run(lab::Proactor& proactor, lab::Server& server) {
  constexpr auto period = 100ms;
  lab::TimePoint next_tick = lab::now() + period;
  bool draining = false;
  while (!server.drained()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_tick - lab::now());
    proactor.handle_events(std::max(left, 0ms));
    const lab::TimePoint now = lab::now();
    if (lab::asked_to_stop() && !draining) {
      draining = true;
      server.drain(now);
    }
    if (now < next_tick) continue;
    server.tick(now);
    next_tick = now + period;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const lab::Program program = lab::set_up_program(argc, argv);
  try {
    const auto proactor = lab::make_proactor(lab::make_reactor(lab::make_epoll_demultiplexer()));
    const auto server = lab::make_completion_server(*proactor, program.listener, program.options);
    lab::wake_up_on_stop_request(*proactor);
    lab::announce(program);
    run(*proactor, *server);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
