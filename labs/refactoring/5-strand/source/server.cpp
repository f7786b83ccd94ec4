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

/// Whether accepting failed for lack of descriptors or memory: it will go on to, for a while.
bool out_of_resources(error_code error) {
  return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
         error == asio::error::no_memory ||
         error == boost::system::errc::too_many_files_open_in_system;
}

/// One client. At any time one operation is under way, a read or a write, and its handler keeps
/// the connection alive; when no other one is begun, it is gone, and its descriptor is closed.
///
/// Everything private happens on the strand that is the socket's executor.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const ServerOptions& options)
      : socket_(std::move(socket)), answers_(options), input_(options.read_size) {}

  /// Begins the conversation. From any thread.
  void start() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->read(); });
  }

  /// Ends it: what is under way completes with operation_aborted. From any thread.
  void stop() {
    //@ solution
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->close(); });
    //@ wrong closed-by-another-thread
    //| close();
    //@ end
  }

 private:
  void read() {
    socket_.async_read_some(asio::buffer(input_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              if (!error)
                                self->write(self->answers_.to(std::span(self->input_).first(size)));
                            });
  }

  void write(std::span<const std::byte> answer) {
    asio::async_write(socket_, asio::buffer(answer.data(), answer.size()),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (error) return;
                        if (self->answers_.ended()) self->end_stream();
                        self->read();
                      });
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

  void end_stream() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  tcp::socket socket_;
  Answers answers_;
  std::vector<std::byte> input_;  // lent to the read; an answer may lie in it, lent to the write
};

/// Accepts, until the acceptor is closed; then ends all connections. The handler of what is under
/// way, an accept or a rest, keeps it alive. All of it happens on the acceptor's executor.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(const asio::any_io_executor& engine, tcp::acceptor& acceptor,
           const ServerOptions& options)
      : engine_(engine), acceptor_(acceptor), options_(options), rest_(acceptor.get_executor()) {}

  /// Each socket gets a strand of its own, on the engine: on the acceptor's strand it would wait
  /// for all the others.
  void accept() {
    //@ solution
    acceptor_.async_accept(asio::make_strand(engine_),
                           [self = shared_from_this()](error_code error, tcp::socket socket) {
                             self->accepted(error, std::move(socket));
                           });
    //@ wrong without-a-strand
    //| acceptor_.async_accept(
    //|     engine_, [self = shared_from_this()](error_code error, tcp::socket socket) {
    //|       self->accepted(error, std::move(socket));
    //|     });
    //@ wrong all-on-one-strand
    //| acceptor_.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
    //|   self->accepted(error, std::move(socket));
    //| });
    //@ end
  }

 private:
  void accepted(error_code error, tcp::socket socket) {
    if (!acceptor_.is_open()) return close_connections();
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

  void close_connections() {
    for (const auto& one : connections_) {
      if (const auto connection = one.lock()) connection->stop();
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
  std::vector<std::weak_ptr<Connection>> connections_;  // to end them; they live without it
};

}  // namespace

void serve(const asio::any_io_executor& engine, tcp::acceptor& acceptor,
           const ServerOptions& options) {
  std::make_shared<Acceptor>(engine, acceptor, options)->accept();
}

}  // namespace lab
