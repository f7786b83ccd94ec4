#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <stdexcept>

#include "shared/net/unique_handle.hpp"
#include "tests/conformance/patience.hpp"
#include "tests/conformance/wire.hpp"

namespace iolab::conformance {

/// The server did not do what a client could rely on; the test that did not expect it fails.
struct ClientError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class End : std::uint8_t {
  open,      ///< nothing said so far
  finished,  ///< FIN: everything sent before it was received
  reset,     ///< RST: what was on its way may be lost
};

/// Everything that came up to the end of a stream.
struct Rest {
  Bytes bytes;
  End end;
};

/// A peer of the server on a raw socket, who can behave as well or as badly as a test wants.
/// Every wait ends with a ClientError when nothing has happened for `patience`.
class Client {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    int send_buffer = 0;     ///< SO_SNDBUF; 0: the system's choice
    int receive_buffer = 0;  ///< SO_RCVBUF
  };

  explicit Client(std::uint16_t port) : Client(port, Options{}) {}
  Client(std::uint16_t port, const Options& options);

  /// Sends all. Do not use with more than the server is ready to hold: see exchange().
  void send(ByteView bytes);

  /// Sends what fits without waiting and returns how much that was; 0 also when reset.
  std::size_t send_some(ByteView bytes);

  /// Sends until nothing has moved for `pause`, and returns how much was taken.
  std::size_t send_until_stuck(ByteView bytes, std::chrono::nanoseconds pause = 300ms);

  /// Exactly `size` bytes.
  [[nodiscard]] Bytes receive(std::size_t size);

  /// Whatever comes until the server ends the stream.
  [[nodiscard]] Rest receive_rest();

  /// Receives at most one buffer without waiting; what comes is added to `bytes`.
  End receive_some(Bytes& bytes, std::size_t most = 65536);

  /// Whether the stream has ended by now; what comes before the end is an error.
  [[nodiscard]] End ended();

  /// Whether the server gave the connection up: bytes sent to it now cannot arrive.
  [[nodiscard]] bool is_cut_off() const;

  /// Sends and receives at the same time, the sent bytes being expected back. `chunk` says how
  /// many to send at once. Returns what came.
  [[nodiscard]] Bytes exchange(ByteView bytes, const std::function<std::size_t()>& chunk);

  /// The same, of bytes of which so many were sent before.
  [[nodiscard]] Bytes exchange(ByteView bytes, std::size_t already_sent = 0);

  /// Bytes sent that the server's system has not acknowledged yet.
  [[nodiscard]] std::size_t unacknowledged() const;

  /// Returns once everything sent lies in the server's socket, whether it was read or not.
  void wait_until_arrived() const;

  /// FIN; receiving goes on.
  void finish_sending();

  /// The bytes, at most one segment, and FIN in the same segment: the server hears of both at once.
  void send_and_finish(ByteView bytes);

  /// RST.
  void reset();

  void close() { socket_.reset(); }

 private:
  void connect(const sockaddr_storage& address, socklen_t size);
  Bytes exchange(ByteView bytes, std::size_t sent, const std::function<std::size_t()>& chunk);

  /// Waits for one of the events. Throws `seen`, said to have lasted, if none comes in time.
  void wait_for(short events, const std::string& seen) const;

  UniqueHandle socket_;
};

/// For messages of Google Test.
void PrintTo(End end, std::ostream* out);  // NOLINT(readability-identifier-naming): its name for it

/// Sends `bytes` and expects them back.
[[nodiscard]] testing::AssertionResult echoes(Client& client, ByteView bytes);

}  // namespace iolab::conformance
