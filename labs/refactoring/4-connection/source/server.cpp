// One engine for all connections.
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "answers.hpp"
#include "asio_server.hpp"

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
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const ServerOptions& options)
      : socket_(std::move(socket)), answers_(options), input_(options.read_size) {}

  /// Begins the conversation, or the next turn of it.
  void read() {
    //@ solution
    socket_.async_read_some(asio::buffer(input_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              if (!error)
                                self->write(self->answers_.to(std::span(self->input_).first(size)));
                            });
    //@ wrong nobody-holds-it
    //| socket_.async_read_some(asio::buffer(input_), [this](error_code error, std::size_t size) {
    //|   if (!error) write(answers_.to(std::span(input_).first(size)));
    //| });
    //@ end
  }

  /// The operation under way completes with operation_aborted.
  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void write(std::span<const std::byte> answer) {
    //@ solution
    asio::async_write(socket_, asio::buffer(answer.data(), answer.size()),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (error) return;
                        if (self->answers_.ended()) self->end_stream();
                        self->read();
                      });
    //@ wrong still-waits-for-room
    //| error_code error;
    //| asio::write(socket_, asio::buffer(answer.data(), answer.size()), error);
    //| if (error) return;
    //| if (answers_.ended()) end_stream();
    //| read();
    //@ wrong one-send
    //| socket_.async_write_some(asio::buffer(answer.data(), answer.size()),
    //|                          [self = shared_from_this()](error_code error, std::size_t) {
    //|                            if (error) return;
    //|                            if (self->answers_.ended()) self->end_stream();
    //|                            self->read();
    //|                          });
    //@ end
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
/// way, an accept or a rest, keeps it alive.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(tcp::acceptor& acceptor, const ServerOptions& options)
      : acceptor_(acceptor), options_(options), rest_(acceptor.get_executor()) {}

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
      self->accepted(error, std::move(socket));
    });
  }

 private:
  void accepted(error_code error, tcp::socket socket) {
    if (!acceptor_.is_open()) return close_connections();
    if (out_of_resources(error)) return rest();
    if (!error) serve(std::move(socket));
    accept();
  }

  void serve(tcp::socket socket) {
    //@ solution
    std::erase_if(connections_, [](const auto& one) { return one.expired(); });
    //@ wrong keeps-them-all
    //@ end
    const std::size_t most = options_.max_connections;
    if (most > 0 && connections_.size() >= most) return;  // and `socket` closes itself
    const auto connection = std::make_shared<Connection>(std::move(socket), options_);
    //@ solution
    connections_.push_back(connection);
    //@ wrong cannot-be-stopped
    //@ end
    connection->read();
  }

  void close_connections() {
    for (const auto& one : connections_) {
      //@ solution
      if (const auto connection = one.lock()) connection->close();
      //@ wrong keeps-them-all
      //| one->close();
      //@ end
    }
  }

  void rest() {
    rest_.expires_after(100ms);
    rest_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->accept();
    });
  }

  tcp::acceptor& acceptor_;
  const ServerOptions& options_;
  asio::steady_timer rest_;
  //@ solution
  std::vector<std::weak_ptr<Connection>> connections_;  // to end them; they live without it
  //@ wrong keeps-them-all
  //| std::vector<std::shared_ptr<Connection>> connections_;
  //@ end
};

}  // namespace

void serve(tcp::acceptor& acceptor, const ServerOptions& options) {
  std::make_shared<Acceptor>(acceptor, options)->accept();
}

}  // namespace lab
