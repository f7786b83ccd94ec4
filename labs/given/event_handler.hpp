#pragma once

#include <cstdint>

namespace lab {

/// What a handle (a file descriptor) can be ready for, as a set.
enum class Events : std::uint8_t { none = 0, read = 1, write = 2, read_write = 3 };

[[nodiscard]] constexpr Events operator|(Events a, Events b) noexcept {
  return static_cast<Events>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
[[nodiscard]] constexpr Events operator&(Events a, Events b) noexcept {
  return static_cast<Events>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
[[nodiscard]] constexpr bool has(Events all, Events some) noexcept {
  return (all & some) != Events::none;
}

/// The application's side of a Reactor: it owns a handle and is told when that is ready. The
/// Reactor never owns it.
class EventHandler {
 public:
  /// The same open descriptor from register_handler() until remove_handler().
  [[nodiscard]] virtual int handle() const = 0;

  /// The handle is ready for `ready`, which is never empty and never more than the handler is
  /// interested in. "Ready" promises only that the next call on the handle will not block: it may
  /// bring data, the end or an error. The handler may change, remove and destroy any handler here,
  /// itself too.
  virtual void handle_event(Events ready) = 0;

 protected:
  EventHandler() = default;
  EventHandler(const EventHandler&) = delete;
  EventHandler& operator=(const EventHandler&) = delete;
  ~EventHandler() = default;
};

}  // namespace lab
