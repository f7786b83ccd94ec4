#pragma once

#include <string>

#include "tests/contract/simulated_kernel.hpp"

namespace iolab {

/// What a client of a simulation does, all drawn from the seed.
struct ClientPlan {
  enum class End {
    finish,   ///< half-closes when all is sent, and reads to the end
    linger,   ///< sends all and waits for the server to end
    abandon,  ///< closes in the middle, whatever is unread
  };

  std::string stream;    ///< what it sends
  std::string expected;  ///< what it may get back: this or the beginning of this
  bool lies = false;     ///< the stream ends with a frame that is too long
  End end = End::finish;
  bool reads = true;
  std::size_t capacity = 65536;            ///< of its and the server's receive buffer
  std::chrono::nanoseconds most_pause{1};  ///< between two of its actions, while it can act
  unsigned rests = 0;  ///< so many at most are so long that the connection goes quiet
  /// The server may have taken in so many bytes more than it has given back; see server_discards().
  std::size_t most_outstanding = ~std::size_t{0};
};

/// A peer that acts at random times and checks every byte. Throws std::logic_error on a wrong one.
class SimulatedClient {
 public:
  SimulatedClient(SimulatedKernel& kernel, ClientPlan plan)
      : kernel_(kernel), plan_(std::move(plan)) {}

  void connect(Handle listener);

  /// From now on the server may take bytes in and throw them away.
  void server_discards() { plan_.most_outstanding = ~std::size_t{0}; }

  /// Reads what is left, and closes.
  void end();

  [[nodiscard]] const ClientPlan& plan() const { return plan_; }
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] bool closed() const { return connected_ && !handle_; }
  [[nodiscard]] std::size_t sent() const { return sent_; }
  [[nodiscard]] std::size_t received() const { return received_; }
  [[nodiscard]] bool got_end() const { return got_end_; }
  [[nodiscard]] bool got_reset() const { return got_reset_; }
  /// Its end of the connection has been accepted.
  [[nodiscard]] bool accepted(Handle listener) const;
  /// When the connection began, and when the server ended it.
  [[nodiscard]] SimulatedKernel::Time began() const { return began_; }
  [[nodiscard]] SimulatedKernel::Time ended() const { return ended_; }
  /// When bytes from the server last arrived.
  [[nodiscard]] SimulatedKernel::Time last_arrival() const { return last_arrival_; }
  /// Has told the server that it will send no more.
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  void act();
  void send_some();
  void receive_some();
  void check_outstanding();
  void close();

  SimulatedKernel& kernel_;
  ClientPlan plan_;
  UniqueHandle handle_;
  bool connected_ = false;
  bool finished_ = false;
  bool got_end_ = false;
  bool got_reset_ = false;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  unsigned rests_ = 0;
  SimulatedKernel::Time pause_{0};
  SimulatedKernel::Time began_{0};
  SimulatedKernel::Time ended_{0};
  SimulatedKernel::Time last_arrival_{0};
};

}  // namespace iolab
