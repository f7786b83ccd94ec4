#include "completion_program.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

#include "completion_server.hpp"
#include "program.hpp"

namespace lab {
namespace {

using namespace std::chrono_literals;

void run(Proactor& proactor, Server& server) {
  constexpr auto period = 100ms;
  TimePoint next_tick = now() + period;
  bool draining = false;
  while (!server.drained()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_tick - now());
    proactor.handle_events(std::max(left, 0ms));
    const TimePoint present = now();
    if (asked_to_stop() && !draining) {
      draining = true;
      server.drain(present);
    }
    if (present < next_tick) continue;
    server.tick(present);
    next_tick = present + period;
  }
}

}  // namespace

int run_completion_program(int argc, char** argv,
                           const std::function<std::unique_ptr<Proactor>()>& make) {
  const Program program = set_up_program(argc, argv);
  try {
    const auto proactor = make();
    const auto server = make_completion_server(*proactor, program.listener, program.options);
    wake_up_on_stop_request(*proactor);
    announce(program);
    run(*proactor, *server);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace lab
