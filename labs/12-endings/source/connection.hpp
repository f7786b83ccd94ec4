#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "draining_server.hpp"

namespace lab {

/// One client of the echo server: a read, a write and a timer, all at the same time. Its handlers
/// hold references to it: it lives until it was closed and the last of them was called.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Pointer = std::shared_ptr<Connection>;
  //@ solution
  /// Called once, when the connection was closed.
  using OnClosed = std::function<void(const Pointer&, Reason)>;
  //@ starter
  //| /// Called when the connection was closed.
  //| using OnClosed = std::function<void(const Pointer&, Reason)>;
  //@ end

  Connection(tcp::socket socket, const ServerOptions& options, OnClosed on_closed);

  void start();

  //@ solution
  /// Answers what has arrived, sends the end (FIN), and closes once the client has finished, too.
  void drain();

  /// Closes now, whatever is in flight. Does nothing if it is closed already.
  void close(Reason reason);
  //@ starter
  //| /// Answers what has arrived, sends the end (FIN), and closes once the client has finished, too.
  //| void drain();
  //|
  //| /// Closes now, whatever is in flight.
  //| void close(Reason reason);
  //@ end

 private:
  using Clock = std::chrono::steady_clock;

  void read();
  void write();
  void watch();
  //@ solution
  void read_done(error_code error, std::size_t size);
  void write_done(error_code error);
  void advance();

  [[nodiscard]] bool is_closed() const { return !socket_.is_open(); }
  //@ starter
  //@ end
  [[nodiscard]] std::size_t pending() const { return output_.size() + sending_.size(); }
  void note_progress() { last_progress_ = Clock::now(); }

  tcp::socket socket_;
  asio::steady_timer timer_;
  const ServerOptions& options_;
  const OnClosed on_closed_;
  std::vector<char> bytes_;  // lent to the read
  std::string sending_;      // lent to the write
  std::string output_;       // to be sent after that
  Clock::time_point last_progress_ = Clock::now();
  //@ solution
  asio::cancellation_signal read_cancellation_;
  bool reading_ = false;
  bool writing_ = false;
  bool draining_ = false;
  bool answered_ = false;  // while draining: all that had arrived; what comes is thrown away
  bool fin_sent_ = false;
  bool client_finished_ = false;
  //@ starter
  //| bool writing_ = false;
  //@ wrong drops-what-was-read
  //| asio::cancellation_signal read_cancellation_;
  //| bool reading_ = false;
  //| bool cancelled_ = false;
  //| bool writing_ = false;
  //| bool draining_ = false;
  //| bool answered_ = false;
  //| bool fin_sent_ = false;
  //| bool client_finished_ = false;
  //@ end
};

}  // namespace lab
