#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server.hpp"

/// What a server program needs beside its server: command line, listener, banner, signals.
namespace lab {

struct Program {
  ServerOptions options;
  int listener = -1;     ///< listens on 127.0.0.1, non-blocking; belongs to whoever takes it
  std::string io;        ///< --io NAME
  unsigned threads = 1;  ///< --threads N
};

enum class Threads : std::uint8_t { one, several };

/// Reads the command line and listens. `io_names`: what --io may be, the first unless it is given;
/// without names there is no --io. `threads`: with several there is --threads, at first as many as
/// the machine has processors. Raises the limit of descriptors as far as the system allows.
///
/// It ends the program itself: after --help with status 0; after one line that says what is wrong
/// with status 2 (an option) or 1 (the system, such as a port in use).
[[nodiscard]] Program set_up_program(int argc, char** argv,
                                     const std::vector<std::string>& io_names = {},
                                     Threads threads = Threads::one);

/// Prints the line of JSON by which a program that started this one learns the port.
void announce(const Program& program);

/// From here on SIGTERM and SIGINT ask the program to stop: asked_to_stop() is true and
/// `notify(argument)` was called, in the signal handler, so it may only do what is
/// async-signal-safe. A second signal ends the program at once. SIGPIPE is left as it is.
void on_stop_request(void (*notify)(void* argument), void* argument);

/// The same for a loop with a wake_up() that a signal handler may call: a Reactor, a Proactor.
template <typename Loop>
void wake_up_on_stop_request(Loop& loop) {
  on_stop_request([](void* argument) { static_cast<Loop*>(argument)->wake_up(); }, &loop);
}

[[nodiscard]] bool asked_to_stop() noexcept;

/// The clock that Server::tick() and Server::drain() are given.
[[nodiscard]] inline TimePoint now() {
  return std::chrono::steady_clock::now();
}

}  // namespace lab
