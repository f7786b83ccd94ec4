// One engine for all connections, run by several threads.
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "answers.hpp"
#include "pool_server.hpp"

namespace lab {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

/// Whether accepting failed for lack of descriptors or memory: it will go on to, for a while.
bool out_of_resources(error_code error) {
  return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
         error == asio::error::no_memory ||
         error == boost::system::errc::too_many_files_open_in_system;
}

/// One client. Handlers keep it alive: that of the operation under way, a read or a write, and that
/// of the timer. close() ends both, and may be called twice.
///
/// Everything private happens on the strand that is the socket's executor.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const ServerOptions& options)
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        options_(options),
        answers_(options),
        input_(options.read_size) {}

  /// Begins the conversation. From any thread.
  void start() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->progress();
      self->watch();
      self->read();
    });
  }

  /// Answers what has arrived, ends the stream and waits for the client to go, for so long as the
  /// options allow. From any thread.
  void drain() {
    //@ solution
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->begin_to_drain(); });
    //@ wrong drained-by-another-thread
    //| begin_to_drain();
    //@ end
  }

 private:
  void read() {
    error_code ignored;
    if (draining_ && socket_.available(ignored) == 0) answers_.end();
    if (answers_.ended()) socket_.shutdown(tcp::socket::shutdown_send, ignored);
    reading_ = true;
    socket_.async_read_some(asio::buffer(input_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              self->received(error, size);
                            });
  }

  void received(error_code error, std::size_t size) {
    reading_ = false;
    // It was cancelled to look again at what has arrived; or nothing can be read any more.
    if (error == asio::error::operation_aborted && socket_.is_open()) return read();
    if (error) return close();
    const auto answer = answers_.to(std::span(input_).first(size));
    //@ solution
    if (!answer.empty()) progress();
    //@ wrong idle-since-the-beginning
    //@ wrong any-byte-is-progress
    //| progress();
    //@ end
    write(answer);
  }

  /// Sees each part that has gone, which async_write() would keep to itself.
  void write(std::span<const std::byte> answer) {
    if (answer.empty()) return read();
    socket_.async_write_some(
        asio::buffer(answer.data(), answer.size()),
        [self = shared_from_this(), answer](error_code error, std::size_t size) {
          if (error) return self->close();
          //@ solution
          self->progress();
          //@ wrong idle-since-the-beginning
          //@ end
          self->write(answer.subspan(size));
        });
  }

  void begin_to_drain() {
    draining_ = true;
    //@ solution
    deadline_ = SteadyClock::now() + options_.drain_timeout;
    //@ wrong waits-for-ever
    //| deadline_ = SteadyClock::time_point::max();
    //@ end
    timer_.cancel();  // and watch() sets it again
    //@ solution
    if (reading_) socket_.cancel();  // never a write: the answer would be cut off
    //@ wrong cancels-the-answer
    //| socket_.cancel();
    //@ end
  }

  /// The client has sent a whole message, or taken output: it is not idle.
  void progress() {
    //@ solution
    if (draining_) return;
    //@ wrong progress-while-draining
    //@ end
    const auto timeout = options_.idle_timeout;
    deadline_ = timeout > 0ms ? SteadyClock::now() + timeout : SteadyClock::time_point::max();
  }

  /// Setting the timer again with each message would cost more than to look once too early.
  void watch() {
    timer_.expires_at(deadline_);
    //@ solution
    timer_.async_wait([self = shared_from_this()](error_code) { self->time_is_up(); });
    //@ wrong aborted-is-expired
    //| timer_.async_wait([self = shared_from_this()](error_code error) {
    //|   if (error) return self->close();
    //|   self->time_is_up();
    //| });
    //@ end
  }

  /// Or it is not: the deadline may have moved meanwhile, or the timer was cancelled.
  void time_is_up() {
    if (!socket_.is_open()) return;
    // A process that was stopped for a while finds its timers late, but not its clients idle.
    if (SteadyClock::now() - timer_.expiry() > 250ms) progress();
    if (SteadyClock::now() >= deadline_) return close();
    watch();
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
    //@ solution
    timer_.cancel();
    //@ wrong timer-outlives-the-client
    //@ end
  }

  tcp::socket socket_;
  asio::steady_timer timer_;  // expires at the deadline as it was when the timer was set
  SteadyClock::time_point deadline_;
  const ServerOptions& options_;
  Answers answers_;
  std::vector<std::byte> input_;  // lent to the read; an answer may lie in it, lent to the write
  bool reading_ = false;
  bool draining_ = false;
};

/// Accepts, until the acceptor is closed; then drains all connections. The handler of what is under
/// way, an accept or a rest, keeps it alive. All of it happens on the acceptor's executor.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(const asio::any_io_executor& engine, tcp::acceptor& acceptor,
           const ServerOptions& options)
      : engine_(engine), acceptor_(acceptor), options_(options), rest_(acceptor.get_executor()) {}

  /// Each socket gets a strand of its own, on the engine: on the acceptor's strand it would wait
  /// for all the others.
  void accept() {
    acceptor_.async_accept(asio::make_strand(engine_),
                           [self = shared_from_this()](error_code error, tcp::socket socket) {
                             self->accepted(error, std::move(socket));
                           });
  }

 private:
  void accepted(error_code error, tcp::socket socket) {
    if (!acceptor_.is_open()) return drain_connections();
    if (out_of_resources(error)) return rest();
    if (!error) serve(std::move(socket));
    accept();
  }

  void serve(tcp::socket socket) {
    std::erase_if(connections_, [](const auto& one) { return one.expired(); });
    const std::size_t most = options_.max_connections;
    if (most > 0 && connections_.size() >= most) return;  // and `socket` closes itself
    const auto connection = std::make_shared<Connection>(std::move(socket), options_);
    connections_.push_back(connection);
    connection->start();
  }

  void drain_connections() {
    for (const auto& one : connections_) {
      if (const auto connection = one.lock()) connection->drain();
    }
  }

  void rest() {
    rest_.expires_after(100ms);
    rest_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->accept();
    });
  }

  const asio::any_io_executor engine_;
  tcp::acceptor& acceptor_;
  const ServerOptions& options_;
  asio::steady_timer rest_;
  std::vector<std::weak_ptr<Connection>> connections_;  // to drain them; they live without it
};

}  // namespace

void serve(const asio::any_io_executor& engine, tcp::acceptor& acceptor,
           const ServerOptions& options) {
  std::make_shared<Acceptor>(engine, acceptor, options)->accept();
}

}  // namespace lab
