#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>

#include <chrono>
#include <memory>
#include <new>

#include "shared/net/handle.hpp"
#include "shared/server/server.hpp"

/// libevent's base and event as owners of what they hold.
namespace iolab::reactor::libevent {

struct EventBaseDeleter {
  void operator()(event_base* base) const { event_base_free(base); }
};
using EventBase = std::unique_ptr<event_base, EventBaseDeleter>;

inline timeval to_timeval(std::chrono::nanoseconds duration) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return {.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
}

/// An event inside its owner that calls one of the owner's member functions, or out_of_memory()
/// when that throws std::bad_alloc. Gone with its owner, which must die before the base.
template <class Owner, void (Owner::*handler)()>
class Event {
 public:
  Event(event_base* base, Handle handle, short what, Owner* owner) {
    event_assign(&event_, base, handle, what, call, owner);
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { event_del(&event_); }

  /// Starts or stops waiting. Costs nothing when that changes nothing.
  void enable(bool wanted, const timeval* period = nullptr) {
    if (wanted == enabled_) return;
    if ((wanted ? event_add(&event_, period) : event_del(&event_)) != 0) throw std::bad_alloc();
    enabled_ = wanted;
  }

 private:
  // No exception may pass through libevent's own frames.
  static void call(evutil_socket_t, short, void* self) noexcept {
    auto* const owner = static_cast<Owner*>(self);
    try {
      (owner->*handler)();
    } catch (const std::bad_alloc&) {
      owner->out_of_memory();
    }
  }

  event event_;
  bool enabled_ = false;
};

/// A base for one thread. Throws EngineUnavailable.
inline EventBase make_event_base() {
  event_config* const config = event_config_new();
  // One thread per base, so libevent's locks would guard nothing.
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  EventBase base(event_base_new_with_config(config));
  event_config_free(config);
  if (!base) throw EngineUnavailable("libevent found no way to wait for events on this system");
  return base;
}

}  // namespace iolab::reactor::libevent
