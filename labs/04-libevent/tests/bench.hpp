#pragma once

#include <event2/event.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libevent_server.hpp"
#include "machine/kernel/kernel.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"

namespace lab {

/// One of the student's servers in libevent's loop, in a program like given/main.cpp. libevent is
/// linked statically, so that the simulated kernel is beneath it, too.
class Bench {
 public:
  using Factory = std::unique_ptr<Server> (*)(event_base*, int listener, const ServerOptions&);

  Bench(Factory factory, Protocol protocol);
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench();

  Kernel kernel;
  ServerOptions options;

  /// Makes the server and runs the loop until it has drained, or all clients are done. Ticks come
  /// for `patience`: a server that does nothing ends soon.
  void run(std::chrono::milliseconds patience = std::chrono::seconds(1));

  /// drain() is called at the next tick.
  void ask_to_drain() { asked_to_drain_ = true; }

  /// Destroys the server and the base, which must leave neither descriptors nor memory of libevent.
  void end();

  /// Descriptors of the loop and the listener.
  static constexpr std::size_t own_descriptors = 2;

 private:
  static void on_tick(evutil_socket_t, short, void* self) { static_cast<Bench*>(self)->tick(); }
  void tick();
  void destroy();

  const Factory factory_;
  const std::size_t blocks_before_;
  event_base* base_;
  event* tick_;
  std::unique_ptr<Server> server_;
  std::chrono::nanoseconds last_tick_{0};
  bool asked_to_drain_ = false;
  bool draining_ = false;
};

}  // namespace lab
