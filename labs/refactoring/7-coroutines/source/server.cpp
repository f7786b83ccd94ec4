// One engine for all connections, run by several threads; each conversation is a coroutine.
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "answers.hpp"
#include "coroutine_server.hpp"

namespace lab {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

/// co_await gives an error as a value, before the result.
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// Whether accepting failed for lack of descriptors or memory: it will go on to, for a while.
bool out_of_resources(error_code error) {
  return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
         error == asio::error::no_memory ||
         error == boost::system::errc::too_many_files_open_in_system;
}

/// One client. Its two coroutines keep it alive. close() ends both, and may be called twice.
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
    progress();
    //@ solution
    const auto executor = socket_.get_executor();
    asio::co_spawn(
        executor, [self = shared_from_this()] { return self->converse(); }, asio::detached);
    asio::co_spawn(
        executor, [self = shared_from_this()] { return self->watch(); }, asio::detached);
    //@ wrong nobody-holds-it
    //| asio::co_spawn(socket_.get_executor(), converse(), asio::detached);
    //| asio::co_spawn(socket_.get_executor(), watch(), asio::detached);
    //@ wrong watch-is-awaited-first
    //| asio::co_spawn(
    //|     socket_.get_executor(),
    //|     [self = shared_from_this()]() -> asio::awaitable<void> {
    //|       co_await self->watch();
    //|       co_await self->converse();
    //|     },
    //|     asio::detached);
    //@ end
  }

  /// Answers what has arrived, ends the stream and waits for the client to go, for so long as the
  /// options allow. From any thread.
  void drain() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->begin_to_drain(); });
  }

 private:
  asio::awaitable<void> converse() {
    //@ solution
    while (const std::size_t size = co_await receive()) {
      if (!co_await send_all(answers_.to(std::span(input_).first(size)))) break;
    }
    close();
    //@ wrong exception-skips-the-end
    //| for (;;) {
    //|   error_code ignored;
    //|   if (draining_ && socket_.available(ignored) == 0) answers_.end();
    //|   if (answers_.ended()) socket_.shutdown(tcp::socket::shutdown_send, ignored);
    //|   const std::size_t size =
    //|       co_await socket_.async_read_some(asio::buffer(input_), asio::use_awaitable);
    //|   if (!co_await send_all(answers_.to(std::span(input_).first(size)))) break;
    //| }
    //| close();
    //@ end
  }

  /// Waits for bytes and returns how many came; 0 if the client has finished or is gone.
  asio::awaitable<std::size_t> receive() {
    for (;;) {
      error_code ignored;
      if (draining_ && socket_.available(ignored) == 0) answers_.end();
      if (answers_.ended()) socket_.shutdown(tcp::socket::shutdown_send, ignored);
      reading_ = true;
      const auto [error, size] = co_await socket_.async_read_some(asio::buffer(input_), as_values);
      reading_ = false;
      // It was cancelled to look again at what has arrived.
      if (error == asio::error::operation_aborted && socket_.is_open()) continue;
      co_return error ? 0 : size;
    }
  }

  /// False if the client is gone. Sees each part that has gone, which async_write() would keep to
  /// itself.
  asio::awaitable<bool> send_all(std::span<const std::byte> answer) {
    if (!answer.empty()) progress();
    while (!answer.empty()) {
      const auto [error, size] =
          co_await socket_.async_write_some(asio::buffer(answer.data(), answer.size()), as_values);
      if (error) co_return false;
      answer = answer.subspan(size);
      progress();
    }
    co_return true;
  }

  void begin_to_drain() {
    draining_ = true;
    deadline_ = SteadyClock::now() + options_.drain_timeout;
    timer_.cancel();                 // and watch() sets it again
    if (reading_) socket_.cancel();  // never a write: the answer would be cut off
  }

  /// The client has sent a whole message, or taken output: it is not idle.
  void progress() {
    if (draining_) return;
    const auto timeout = options_.idle_timeout;
    deadline_ = timeout > 0ms ? SteadyClock::now() + timeout : SteadyClock::time_point::max();
  }

  /// Setting the timer again with each message would cost more than to look once too early.
  asio::awaitable<void> watch() {
    while (socket_.is_open()) {
      timer_.expires_at(deadline_);
      co_await timer_.async_wait(as_values);
      // A process that was stopped for a while finds its timers late, but not its clients idle.
      if (SteadyClock::now() - timer_.expiry() > 250ms) progress();
      if (SteadyClock::now() >= deadline_) close();
    }
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
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

/// Begins the conversation with a client, unless there are enough already.
void serve(tcp::socket socket, const ServerOptions& options,
           std::vector<std::weak_ptr<Connection>>& connections) {
  std::erase_if(connections, [](const auto& one) { return one.expired(); });
  const std::size_t most = options.max_connections;
  if (most > 0 && connections.size() >= most) return;  // and `socket` closes itself
  const auto connection = std::make_shared<Connection>(std::move(socket), options);
  connections.push_back(connection);
  connection->start();
}

}  // namespace

asio::awaitable<void> accept_all(asio::any_io_executor engine, tcp::acceptor& acceptor,
                                 const ServerOptions& options) {
  std::vector<std::weak_ptr<Connection>> connections;  // to drain them; they live without it
  asio::steady_timer rest(acceptor.get_executor());
  while (acceptor.is_open()) {
    // A strand of its own, on the engine: on the acceptor's it would wait for all the others.
    //@ solution
    auto [error, socket] = co_await acceptor.async_accept(asio::make_strand(engine), as_values);
    //@ wrong strand-of-a-strand
    //| const auto strand = asio::make_strand(acceptor.get_executor());
    //| auto [error, socket] = co_await acceptor.async_accept(strand, as_values);
    //@ end
    if (out_of_resources(error)) {
      rest.expires_after(100ms);
      co_await rest.async_wait(as_values);
    } else if (!error) {
      serve(std::move(socket), options, connections);
    }
  }
  for (const auto& one : connections) {
    if (const auto connection = one.lock()) connection->drain();
  }
}

}  // namespace lab
