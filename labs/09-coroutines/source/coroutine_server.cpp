//@ solution
// A connection is a function that reads from top to bottom.
#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <tuple>
#include <utility>
#include <vector>
//@ starter
//| // The echo server that one writes first with Boost.Asio: a chain of handlers.
//| // TODO: one coroutine that accepts, one for each client. Frames instead of echo.
//| #include <chrono>
//| #include <cstddef>
//| #include <memory>
//| #include <utility>
//| #include <vector>
//@ wrong sleeps
//| #include <array>
//| #include <boost/asio/experimental/awaitable_operators.hpp>
//| #include <chrono>
//| #include <cstddef>
//| #include <cstdint>
//| #include <exception>
//| #include <thread>
//| #include <tuple>
//| #include <utility>
//| #include <vector>
//@ end

#include "asio_server.hpp"
//@ solution
#include "frame_decoder.hpp"
//@ starter
//@ end

namespace lab {
namespace {

//@ solution
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;

// An error comes as a value: that a client ends is no exception.
constexpr auto as_value = asio::as_tuple(asio::use_awaitable);

using Header = std::array<std::byte, frame_header_size>;

std::uint32_t length_in(const Header& header) {
  std::uint32_t length = 0;
  for (const std::byte byte : header) length = length << 8 | std::to_integer<std::uint32_t>(byte);
  return length;
}

/// The moment at which a client is idle, unless it makes progress before.
struct Deadline {
  std::chrono::milliseconds timeout;  // 0: never
  TimePoint at = TimePoint::max();

  void move() {
    if (timeout > 0ms) at = std::chrono::steady_clock::now() + timeout;
  }
};

/// Ends when the deadline is over.
asio::awaitable<void> watch(const Deadline& deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (deadline.at > std::chrono::steady_clock::now()) {
    timer.expires_at(deadline.at);
    co_await timer.async_wait(asio::use_awaitable);  // cancelled: throws, and this ends
  }
}

//@ starter
//@ end
//@ solution
/// Our FIN, then throwing away until the client has finished, too. Closing at once would reset the
/// connection, since bytes are unread, and lose replies on their way.
asio::awaitable<void> end(tcp::socket& socket) {
  error_code lost;  // if it is, the receive says so
  socket.shutdown(tcp::socket::shutdown_send, lost);
  std::array<std::byte, 4096> bytes;
  for (;;) {
    auto [error, n] = co_await socket.async_read_some(asio::buffer(bytes), as_value);
    if (error) co_return;
  }
}

//@ starter
//@ wrong throws-away-once
//| asio::awaitable<void> end(tcp::socket& socket) {
//|   error_code lost;
//|   socket.shutdown(tcp::socket::shutdown_send, lost);
//|   std::array<std::byte, 4096> bytes;
//|   co_await socket.async_read_some(asio::buffer(bytes), as_value);
//| }
//|
//@ end
//@ solution
//@ starter
//| class Connection : public std::enable_shared_from_this<Connection> {
//|  public:
//|   Connection(tcp::socket socket, const ServerOptions& options)
//|       : socket_(std::move(socket)), bytes_(options.read_size) {}
//|
//|   void start() { read(); }
//|
//|  private:
//|   void read() {
//|     socket_.async_read_some(asio::buffer(bytes_),
//|                             [self = shared_from_this()](error_code error, std::size_t size) {
//|                               if (!error) self->write(size);
//|                             });
//|   }
//|
//|   void write(std::size_t size) {
//|     asio::async_write(socket_, asio::buffer(bytes_, size),
//|                       [self = shared_from_this()](error_code error, std::size_t) {
//|                         if (!error) self->read();
//|                       });
//|   }
//|
//|   tcp::socket socket_;
//|   std::vector<std::byte> bytes_;
//| };
//|
//@ end
//@ solution
/// Ends when the client has finished or is lost.
asio::awaitable<void> converse(tcp::socket& socket, std::uint32_t max_frame, Deadline& deadline) {
  Header header{};
  std::vector<std::byte> payload;
  for (;;) {
    //@ starter
    //@ end
    //@ solution
    deadline.move();
    //@ starter
    //@ wrong for-the-whole-life only-frames-count
    //@ end
    //@ solution
    auto [error, n] = co_await asio::async_read(socket, asio::buffer(header), as_value);
    if (error) co_return;
    //@ starter
    //@ wrong throws-inside-or client-ends-all
    //| error_code error;
    //| std::size_t n = co_await asio::async_read(socket, asio::buffer(header), asio::use_awaitable);
    //@ wrong errors-unread
    //| auto [error, n] = co_await asio::async_read(socket, asio::buffer(header), as_value);
    //@ wrong a-timer-for-each-read
    //| auto [error, n] = co_await asio::async_read(socket, asio::buffer(header), as_value);
    //| if (error) co_return;
    //| deadline.move();
    //@ wrong short-header
    //| auto [error, n] = co_await socket.async_read_some(asio::buffer(header), as_value);
    //| if (error) co_return;
    //@ end
    //@ solution
    const std::uint32_t length = length_in(header);
    if (length > max_frame) co_return co_await end(socket);
    payload.resize(length);
    std::tie(error, n) = co_await asio::async_read(socket, asio::buffer(payload), as_value);
    if (error) co_return;
    //@ starter
    //@ wrong errors-unread
    //| const std::uint32_t length = length_in(header);
    //| if (length > max_frame) co_return co_await end(socket);
    //| payload.resize(length);
    //| std::tie(error, n) = co_await asio::async_read(socket, asio::buffer(payload), as_value);
    //@ wrong ends-without-a-deadline
    //| const std::uint32_t length = length_in(header);
    //| if (length > max_frame) {
    //|   deadline = Deadline{0ms};
    //|   co_return co_await end(socket);
    //| }
    //| payload.resize(length);
    //| std::tie(error, n) = co_await asio::async_read(socket, asio::buffer(payload), as_value);
    //| if (error) co_return;
    //@ wrong just-returns
    //| const std::uint32_t length = length_in(header);
    //| if (length > max_frame) co_return;
    //| payload.resize(length);
    //| std::tie(error, n) = co_await asio::async_read(socket, asio::buffer(payload), as_value);
    //| if (error) co_return;
    //@ end
    //@ solution
    deadline.move();
    //@ starter
    //@ wrong for-the-whole-life only-replies-count
    //@ end
    //@ solution
    const std::array frame{asio::buffer(header), asio::buffer(payload)};
    std::tie(error, n) = co_await asio::async_write(socket, frame, as_value);
    if (error) co_return;
    //@ starter
    //@ wrong forgets-co-await
    //| const std::array frame{asio::buffer(header), asio::buffer(payload)};
    //| asio::async_write(socket, frame, asio::use_awaitable);
    //@ wrong errors-unread
    //| const std::array frame{asio::buffer(header), asio::buffer(payload)};
    //| std::tie(error, n) = co_await asio::async_write(socket, frame, as_value);
    //@ wrong each-send-counts
    //| const auto progress = [&deadline](const error_code& failed, std::size_t sent) {
    //|   deadline.move();
    //|   return asio::transfer_all()(failed, sent);
    //| };
    //| const std::array frame{asio::buffer(header), asio::buffer(payload)};
    //| std::tie(error, n) = co_await asio::async_write(socket, frame, progress, as_value);
    //| if (error) co_return;
    //@ wrong writes-synchronously
    //| const std::array frame{asio::buffer(header), asio::buffer(payload)};
    //| asio::write(socket, frame, error);
    //| if (error) co_return;
    //@ end
    //@ solution
  }
}

//@ starter
//@ end
//@ solution
/// Owns the connection: both coroutines that have references to it end before this does.
asio::awaitable<void> serve_client(tcp::socket socket, const ServerOptions& options) {
  Deadline deadline{options.idle_timeout};
  deadline.move();
  co_await (converse(socket, options.max_frame, deadline) || watch(deadline));
}

//@ starter
//@ wrong socket-by-reference
//| asio::awaitable<void> serve_client(tcp::socket& socket, const ServerOptions& options) {
//|   Deadline deadline{options.idle_timeout};
//|   deadline.move();
//|   co_await (converse(socket, options.max_frame, deadline) || watch(deadline));
//| }
//|
//@ wrong timer-outlives
//| asio::awaitable<void> close_when_idle(tcp::socket& socket, const Deadline& deadline) {
//|   co_await watch(deadline);
//|   socket.cancel();
//| }
//|
//| asio::awaitable<void> serve_client(tcp::socket socket, const ServerOptions& options) {
//|   Deadline deadline{options.idle_timeout};
//|   deadline.move();
//|   asio::co_spawn(socket.get_executor(), close_when_idle(socket, deadline), asio::detached);
//|   co_await converse(socket, options.max_frame, deadline);
//| }
//|
//@ wrong client-ends-all
//| asio::awaitable<void> serve_client(tcp::socket socket, const ServerOptions& options) {
//|   Deadline deadline{options.idle_timeout};
//|   co_await converse(socket, options.max_frame, deadline);
//| }
//|
//@ end
//@ solution
asio::awaitable<void> accept_clients(tcp::acceptor& acceptor, const ServerOptions& options) {
  asio::steady_timer pause(acceptor.get_executor());
  for (;;) {
    //@ starter
    //@ end
    //@ solution
    auto [error, socket] = co_await acceptor.async_accept(as_value);
    if (!acceptor.is_open()) co_return;
    if (error) {
      pause.expires_after(100ms);  // a shortage; asking again at once would have the same answer
      co_await pause.async_wait(as_value);
      continue;
    }
    //@ starter
    //@ wrong ends-with-the-first-error
    //| tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    //@ wrong spins
    //| auto [error, socket] = co_await acceptor.async_accept(as_value);
    //| if (!acceptor.is_open()) co_return;
    //| if (error) continue;
    //@ wrong sleeps
    //| auto [error, socket] = co_await acceptor.async_accept(as_value);
    //| if (!acceptor.is_open()) co_return;
    //| if (error) {
    //|   std::this_thread::sleep_for(std::chrono::milliseconds(100));
    //|   continue;
    //| }
    //@ end
    //@ solution
    asio::co_spawn(acceptor.get_executor(), serve_client(std::move(socket), options),
                   asio::detached);
    //@ starter
    //@ wrong one-at-a-time
    //| co_await serve_client(std::move(socket), options);
    //@ wrong socket-by-reference
    //| asio::co_spawn(acceptor.get_executor(), serve_client(socket, options), asio::detached);
    //@ wrong lambda-is-gone
    //| auto session = [client = std::move(socket),
    //|                       &options]() mutable -> asio::awaitable<void> {
    //|   Deadline deadline{options.idle_timeout};
    //|   deadline.move();
    //|   co_await (converse(client, options.max_frame, deadline) || watch(deadline));
    //| };
    //| asio::co_spawn(acceptor.get_executor(), session(), asio::detached);
    //@ wrong client-ends-all
    //| asio::co_spawn(acceptor.get_executor(), serve_client(std::move(socket), options),
    //|                [](std::exception_ptr failure) {
    //|                  if (failure) std::rethrow_exception(failure);
    //|                });
    //@ end
    //@ solution
  }
}

//@ starter
//@ end
}  // namespace

void serve(tcp::acceptor& acceptor, const ServerOptions& options) {
  //@ solution
  // What this loop throws is the program's concern; what a client's coroutine throws ends only
  // that.
  asio::co_spawn(acceptor.get_executor(), accept_clients(acceptor, options),
                 [](std::exception_ptr error) {
                   if (error) std::rethrow_exception(error);
                 });
  //@ starter
  //| acceptor.async_accept([&](error_code error, tcp::socket socket) {
  //|   if (error == asio::error::operation_aborted) return;
  //|   if (!error) std::make_shared<Connection>(std::move(socket), options)->start();
  //|   serve(acceptor, options);
  //| });
  //@ wrong ends-with-the-first-error
  //| asio::co_spawn(acceptor.get_executor(), accept_clients(acceptor, options), asio::detached);
  //@ end
}

}  // namespace lab
