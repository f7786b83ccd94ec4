// The echo server that one writes first with Boost.Asio, and how it gets rid of silent clients.
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "asio_server.hpp"

namespace lab {
namespace {

//@ solution
using Clock = std::chrono::steady_clock;

/// Each operation on the socket holds a reference to the connection, which lives as long as one is
/// in flight. The timer holds none: it watches, and keeps nobody alive.
//@ starter
//@ end
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const ServerOptions& options)
      //@ solution
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        idle_timeout_(options.idle_timeout),
        bytes_(options.read_size) {}
  //@ starter
  //|     : socket_(std::move(socket)), bytes_(options.read_size) {}
  //@ end

  //@ solution
  void start() {
    if (idle_timeout_ > Clock::duration::zero()) watch();
    read();
  }
  //@ starter
  //| // TODO: from here on a steady_timer watches this connection.
  //| void start() { read(); }
  //@ wrong zero-is-now
  //| void start() {
  //|   watch();
  //|   read();
  //| }
  //@ wrong silent-from-the-start
  //| void start() { read(); }
  //@ wrong only-while-reading
  //| void start() { read(); }
  //@ end

 private:
  void read() {
    //@ solution
    //@ starter
    //| // TODO: bytes that come are progress.
    //@ wrong only-while-reading
    //| last_progress_ = Clock::now();
    //| if (idle_timeout_ > Clock::duration::zero()) watch();
    //@ end
    socket_.async_read_some(asio::buffer(bytes_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              //@ solution
                              if (error) return;
                              self->note_progress();
                              self->write(size);
                              //@ starter
                              //| if (!error) self->write(size);
                              //@ wrong silent-from-the-start
                              //| if (error) return;
                              //| const bool is_first = self->timer_.expiry() == Clock::time_point();
                              //| self->note_progress();
                              //| if (is_first && self->idle_timeout_.count() > 0) self->watch();
                              //| self->write(size);
                              //@ wrong closed-but-kept
                              //| if (error) {
                              //|   error_code ignored;
                              //|   self->socket_.close(ignored);
                              //|   return;
                              //| }
                              //| self->note_progress();
                              //| self->write(size);
                              //@ wrong only-while-reading
                              //| self->timer_.cancel();
                              //| if (!error) self->write(size);
                              //@ end
                            });
  }

  void write(std::size_t size) {
    //@ solution
    // Asked before each send how much it may take, so it learns what the one before has taken.
    const auto until_all_is_sent = [this](error_code error, std::size_t sent) {
      note_progress();
      return asio::transfer_all()(error, sent);
    };
    asio::async_write(socket_, asio::buffer(bytes_, size), until_all_is_sent,
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (!error) self->read();
                      });
    //@ starter
    //| // TODO: output that the socket takes is progress, too; not only when it has taken all.
    //| asio::async_write(socket_, asio::buffer(bytes_, size),
    //|                   [self = shared_from_this()](error_code error, std::size_t) {
    //|                     if (!error) self->read();
    //|                   });
    //@ wrong output-is-no-progress
    //| asio::async_write(socket_, asio::buffer(bytes_, size),
    //|                   [self = shared_from_this()](error_code error, std::size_t) {
    //|                     if (error) return;
    //|                     self->note_progress();
    //|                     self->read();
    //|                   });
    //@ end
  }

  //@ solution
  void note_progress() { last_progress_ = Clock::now(); }
  //@ starter
  //@ wrong never-moved
  //| void note_progress() {}
  //@ wrong error-code-only
  //| void note_progress() {
  //|   last_progress_ = Clock::now();
  //|   if (idle_timeout_ > Clock::duration::zero()) watch();
  //| }
  //@ wrong aborted-is-over
  //| void note_progress() {
  //|   last_progress_ = Clock::now();
  //|   if (idle_timeout_ > Clock::duration::zero()) watch();
  //| }
  //@ wrong rearms-each-message
  //| void note_progress() {
  //|   last_progress_ = Clock::now();
  //|   if (idle_timeout_ > Clock::duration::zero()) watch();
  //| }
  //@ end

  //@ solution
  [[nodiscard]] Clock::time_point deadline() const { return last_progress_ + idle_timeout_; }

  /// The deadline may move while the timer waits, at no cost: whether it is over is looked up when
  /// the timer fires. That also settles the race with a progress that came at the last moment.
  void watch() {
    timer_.expires_at(deadline());
    timer_.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      if (Clock::now() < self->deadline()) return self->watch();
      error_code ignored;  // the descriptor is gone whatever close() says
      self->socket_.close(ignored);
    });
  }

  //@ starter
  //@ wrong error-code-only
  //| [[nodiscard]] Clock::time_point deadline() const { return last_progress_ + idle_timeout_; }
  //|
  //| void watch() {
  //|   timer_.expires_at(deadline());
  //|   timer_.async_wait([weak = weak_from_this()](error_code error) {
  //|     const auto self = weak.lock();
  //|     if (error || !self) return;
  //|     error_code ignored;
  //|     self->socket_.close(ignored);
  //|   });
  //| }
  //|
  //@ wrong aborted-is-over
  //| [[nodiscard]] Clock::time_point deadline() const { return last_progress_ + idle_timeout_; }
  //|
  //| void watch() {
  //|   timer_.expires_at(deadline());
  //|   timer_.async_wait([weak = weak_from_this()](error_code) {
  //|     const auto self = weak.lock();
  //|     if (!self) return;
  //|     error_code ignored;
  //|     self->socket_.close(ignored);
  //|   });
  //| }
  //|
  //@ wrong timer-keeps-alive
  //| [[nodiscard]] Clock::time_point deadline() const { return last_progress_ + idle_timeout_; }
  //|
  //| void watch() {
  //|   timer_.expires_at(deadline());
  //|   timer_.async_wait([self = shared_from_this()](error_code error) {
  //|     if (error) return;
  //|     if (Clock::now() < self->deadline()) return self->watch();
  //|     error_code ignored;
  //|     self->socket_.close(ignored);
  //|   });
  //| }
  //|
  //@ wrong closed-but-kept
  //| [[nodiscard]] Clock::time_point deadline() const { return last_progress_ + idle_timeout_; }
  //|
  //| void watch() {
  //|   timer_.expires_at(deadline());
  //|   timer_.async_wait([self = shared_from_this()](error_code error) {
  //|     if (error) return;
  //|     if (Clock::now() < self->deadline()) return self->watch();
  //|     error_code ignored;
  //|     self->socket_.close(ignored);
  //|   });
  //| }
  //|
  //@ wrong raw-this
  //| [[nodiscard]] Clock::time_point deadline() const { return last_progress_ + idle_timeout_; }
  //|
  //| void watch() {
  //|   timer_.expires_at(deadline());
  //|   timer_.async_wait([this](error_code error) {
  //|     const bool is_over = Clock::now() >= deadline();
  //|     if (error) return;
  //|     if (!is_over) return watch();
  //|     error_code ignored;
  //|     socket_.close(ignored);
  //|   });
  //| }
  //|
  //@ wrong lets-go-only
  //| [[nodiscard]] Clock::time_point deadline() const { return last_progress_ + idle_timeout_; }
  //|
  //| void watch() {
  //|   timer_.expires_at(deadline());
  //|   timer_.async_wait([self = shared_from_this()](error_code error) {
  //|     if (error) return;
  //|     if (Clock::now() < self->deadline()) return self->watch();
  //|     // No more of it: with the last reference the connection goes.
  //|   });
  //| }
  //|
  //@ wrong looks-all-the-time
  //| [[nodiscard]] Clock::time_point deadline() const { return last_progress_ + idle_timeout_; }
  //|
  //| void watch() {
  //|   timer_.expires_after(std::chrono::milliseconds(100));
  //|   timer_.async_wait([weak = weak_from_this()](error_code error) {
  //|     const auto self = weak.lock();
  //|     if (error || !self) return;
  //|     if (Clock::now() < self->deadline()) return self->watch();
  //|     error_code ignored;
  //|     self->socket_.close(ignored);
  //|   });
  //| }
  //|
  //@ wrong rearms-each-message
  //| [[nodiscard]] Clock::time_point deadline() const { return last_progress_ + idle_timeout_; }
  //|
  //| void watch() {
  //|   timer_.expires_at(deadline());
  //|   timer_.async_wait([weak = weak_from_this()](error_code error) {
  //|     const auto self = weak.lock();
  //|     if (error || !self || Clock::now() < self->deadline()) return;
  //|     error_code ignored;
  //|     self->socket_.close(ignored);
  //|   });
  //| }
  //|
  //@ end
  tcp::socket socket_;
  //@ solution
  asio::steady_timer timer_;
  const Clock::duration idle_timeout_;
  Clock::time_point last_progress_ = Clock::now();
  //@ starter
  //@ end
  std::vector<std::byte> bytes_;
};

}  // namespace

void serve(tcp::acceptor& acceptor, const ServerOptions& options) {
  acceptor.async_accept([&](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) std::make_shared<Connection>(std::move(socket), options)->start();
    serve(acceptor, options);
  });
}

}  // namespace lab
