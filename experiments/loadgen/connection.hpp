#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "experiments/loadgen/conversation.hpp"

namespace iolab {

// The executor's concrete type spares a type-erased copy per operation.
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using Endpoint = boost::asio::ip::tcp::endpoint;

class Connection;

// What a connection tells the one who uses it, from inside io_context::run().
class ConnectionEvents {
 public:
  virtual void connected(Connection& connection) = 0;
  // `count` replies are complete and right; take() each. `now_ns` was read after they arrived.
  virtual void replied(Connection& connection, unsigned count, Nanoseconds now_ns) = 0;
  // It could not connect, the peer has closed, or sent a wrong byte. Nothing more will come.
  virtual void broken(Connection& connection, const std::string& why) = 0;

 protected:
  ~ConnectionEvents() = default;
};

// A conversation over a socket. Reads all the time, so that a server that dies is noticed also
// while it is not being measured. Belongs to one thread; has a fixed address, because the
// operations under way refer to it. Destroy it only when io_context::run() runs no more.
class Connection {
 public:
  struct Identity {
    std::size_t target;  // index of the target
    std::size_t number;  // counted from 0 in each target
  };

  // `events` and `pattern` must outlive this. `pattern_start` chooses where in the pattern the
  // conversation begins.
  Connection(boost::asio::io_context& io, ConnectionEvents& events, const WirePattern& pattern,
             Identity identity, std::size_t pattern_start, unsigned depth);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Reports connected() or broken() later.
  void connect(const Endpoint& server);

  // Asks `count` messages at once and writes what the socket takes; the rest follows by itself.
  void ask(const Request& request, unsigned count = 1);

  [[nodiscard]] Request take() { return conversation_.take(); }
  [[nodiscard]] unsigned in_flight() const noexcept { return conversation_.in_flight(); }
  [[nodiscard]] const Conversation& conversation() const noexcept { return conversation_; }
  [[nodiscard]] const Identity& identity() const noexcept { return identity_; }
  void set_verification(bool on) noexcept { conversation_.set_verification(on); }

 private:
  void start_read();
  void handle_read(const boost::system::error_code& error, std::size_t size);
  void write();

  Socket socket_;
  ConnectionEvents& events_;
  Identity identity_;
  Conversation conversation_;
  std::vector<std::byte> buffer_;
  bool waits_to_write_ = false;
};

}  // namespace iolab
