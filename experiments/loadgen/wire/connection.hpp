#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/loadgen/wire/request_stream.hpp"

namespace iolab::loadgen {

/// The executor's concrete type spares a type-erased copy per operation.
using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using Endpoint = boost::asio::ip::tcp::endpoint;

class Connection;

/// Takes the replies. Called from inside io_context::run(), as are the ConnectionEvents.
class ReplyHandler {
 public:
  /// `count` replies are complete and right; take() each. `now_ns` was read after they arrived.
  virtual void replied(Connection& connection, unsigned count, Nanoseconds now_ns) = 0;

 protected:
  ~ReplyHandler() = default;
};

/// What else a connection has to tell.
class ConnectionEvents {
 public:
  virtual void connected(Connection& connection, Nanoseconds took_ns, Nanoseconds now_ns) = 0;
  /// It could not connect, the peer has closed, or sent a wrong byte. Nothing more will come.
  virtual void broken(Connection& connection, const std::string& why) = 0;

 protected:
  ~ConnectionEvents() = default;
};

/// A RequestStream over a socket. Reads all the time, so that a server that dies is noticed also
/// while it is not being measured. Belongs to one thread; has a fixed address, because the
/// operations under way refer to it. Destroy it only when io_context::run() runs no more.
class alignas(64) Connection {
 public:
  struct Settings {
    Endpoint server;
    std::optional<Endpoint> local;  // where it comes from; the system chooses if empty
    std::size_t target = 0;         // index of the target
    std::size_t number = 0;         // counted from 0 in each target, over all threads
    std::size_t index = 0;          // counted from 0 in each target and thread
    bool idle = false;              // held open but not used
    unsigned depth = 1;
    std::uint32_t messages = 0;  // after this many it is replaced by a fresh one; 0: never
    bool verify = true;
    std::size_t pattern_start = 0;
  };

  /// `events`, `pattern` and `reply_handler` must outlive this.
  Connection(boost::asio::io_context& io, ConnectionEvents& events, ReplyHandler& reply_handler,
             const WirePattern& pattern, const Settings& settings);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// From now on the replies go to `reply_handler`, which must outlive this or the next call.
  void set_reply_handler(ReplyHandler& reply_handler) noexcept { reply_handler_ = &reply_handler; }

  /// Reports connected() or broken() later.
  void connect();

  /// Closes and connects again, as connect(). Nothing may be in flight.
  void replace();
  /// Leaves nothing to be sent later on a connection that now rests.
  void rest();

  /// Asks `count` messages at once and writes what the socket takes; the rest follows by itself.
  /// `count` must not exceed room().
  void ask(const Request& request, unsigned count = 1);

  /// How many messages may be asked now: none while it is being replaced or is about to be.
  [[nodiscard]] unsigned room() const noexcept;

  /// All that may be asked has been asked: once nothing is in flight, replace() it.
  [[nodiscard]] bool used_up() const noexcept {
    return messages_ != 0 && stream_.asked() >= messages_;
  }

  [[nodiscard]] Request take() { return stream_.take(); }
  [[nodiscard]] unsigned in_flight() const noexcept { return stream_.in_flight(); }
  [[nodiscard]] const RequestStream& stream() const noexcept { return stream_; }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

 private:
  void open();
  void handle_connect(const boost::system::error_code& error);
  void start_read();
  void handle_read(const boost::system::error_code& error, std::size_t size);
  void write();

  /// In the order of use: with thousands of connections each cache line counts.
  RequestStream stream_;
  Socket socket_;
  ReplyHandler* reply_handler_;
  std::vector<std::byte> buffer_;
  std::uint32_t messages_;
  bool up_ = false;
  bool waits_to_write_ = false;

  ConnectionEvents& events_;
  Settings settings_;
  Nanoseconds connect_began_ns_ = 0;
};

/// One thread's connections to one target.
using Connections = std::vector<std::unique_ptr<Connection>>;

}  // namespace iolab::loadgen
