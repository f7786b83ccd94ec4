#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "shared/buffers/buffer_sequence.hpp"
#include "shared/net/unique_handle.hpp"

namespace iolab {

/// Ends the process: something was done that a real kernel would punish at some later time, if at
/// all.
[[noreturn]] void misuse(const char* what) noexcept;

/// How unkind a simulated kernel is. All of it is drawn from the seed.
struct SimulatedFaults {
  unsigned short_percent = 0;              ///< of receives and sends move less than they could
  unsigned error_percent = 0;              ///< of receives and sends find the connection reset
  unsigned accept_error_percent = 0;       ///< of accepts fail
  std::chrono::nanoseconds most_delay{0};  ///< between the steps of an operation
};

/// How often a Proactor met what seldom happens: whoever draws seeds sees that they reach it.
struct SimulatedEvents {
  std::uint64_t sends_of_pieces = 0;   ///< of more than one
  std::uint64_t sends_cut_inside = 0;  ///< ended inside a piece that was not the first
  std::uint64_t sends_from_input = 0;  ///< of bytes that lay where they were received to
  std::uint64_t cancelled_receives = 0;

  void operator+=(const SimulatedEvents& others) {
    sends_of_pieces += others.sends_of_pieces;
    sends_cut_inside += others.sends_cut_inside;
    sends_from_input += others.sends_from_input;
    cancelled_receives += others.cancelled_receives;
  }
};

/// Sockets, a clock and chance, without a system. One per thread at a time: the functions of
/// shared/net/sockets.hpp, linked from simulated_sockets.cpp, work on it. Whatever happens follows
/// from the seed.
class SimulatedKernel {
 public:
  using Time = std::chrono::nanoseconds;

  explicit SimulatedKernel(std::uint64_t seed, SimulatedFaults faults = {});
  SimulatedKernel(const SimulatedKernel&) = delete;
  SimulatedKernel& operator=(const SimulatedKernel&) = delete;
  ~SimulatedKernel();

  static SimulatedKernel& current();

  // The clock.

  [[nodiscard]] Time now() const { return now_; }
  void after(Time delay, std::function<void()> event);

  /// Time goes on to the next event, which happens, or to `limit`. False if nothing happened.
  bool step(Time limit);

  // Chance.

  /// At least 0, less than `end`.
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool chance(unsigned percent) { return below(100) < percent; }
  Time delay() { return Time(below(static_cast<std::uint64_t>(faults.most_delay.count()) + 1)); }

  // Sockets.

  struct Socket {
    std::string inbox;             ///< arrived, not received yet
    std::size_t capacity = 65536;  ///< of the inbox
    std::deque<Handle> waiting;    ///< on a listener: connections to be accepted
    Handle peer = invalid_handle;  ///< until one of the two is closed
    bool end_arrived = false;      ///< the peer sends no more
    bool reset = false;            ///< the connection is lost
    bool finished = false;         ///< sends no more itself
    bool nonblocking = false;
    bool lossy = false;             ///< a connection over the network: faults may strike it
    bool associated = false;        ///< with a Proactor
    unsigned in_flight = 0;         ///< operations of the Proactor
    std::function<void()> changed;  ///< called when bytes, room, an end or a peer arrived
    Time last_arrival{0};           ///< of bytes
    Time end_arrival{0};            ///< of the peer's end
  };

  /// The handle must be open.
  Socket& socket(Handle handle);
  /// The lowest free number, as the system does it.
  Handle open();
  void connect(Handle one, Handle other);
  /// The peer's end of a new connection, which waits to be accepted. Both can hold `capacity`
  /// bytes that were not received yet.
  Handle connect_to(Handle listener, std::size_t capacity);
  void close(Handle handle);
  [[nodiscard]] std::size_t open_handles() const { return sockets_.size(); }

  /// What a receive or send could move now.
  [[nodiscard]] std::size_t receivable(Handle handle) { return socket(handle).inbox.size(); }
  [[nodiscard]] std::size_t sendable(Handle handle);

  /// Moves what fits, and of all pieces at most `most` bytes. Sending to a peer that is gone resets
  /// the connection, as TCP does.
  std::size_t take(Handle handle, std::span<std::byte> buffer);
  std::size_t put(Handle handle, const BufferSequence& bytes, std::size_t most = ~std::size_t{0});
  void finish(Handle handle);
  void reset(Handle handle);

  SimulatedFaults faults;
  SimulatedEvents events;

 private:
  struct Event {
    Time when;
    std::uint64_t order;  // of events at the same time
    std::function<void()> happen;
    bool operator>(const Event& other) const {
      return when != other.when ? when > other.when : order > other.order;
    }
  };

  void changed(Handle handle);

  Time now_{0};
  std::uint64_t planned_ = 0;  // events so far
  std::priority_queue<Event, std::vector<Event>, std::greater<>> queue_;
  std::mt19937_64 random_;
  std::map<Handle, Socket> sockets_;
};

}  // namespace iolab
