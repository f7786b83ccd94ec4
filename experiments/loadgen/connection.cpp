#include "experiments/loadgen/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

namespace iolab {

namespace asio = boost::asio;
using boost::system::error_code;

Connection::Connection(asio::io_context& io, ConnectionEvents& events, const WirePattern& pattern,
                       Identity identity, std::size_t pattern_start, unsigned depth)
    : socket_(io),
      events_(events),
      identity_(identity),
      conversation_(pattern, pattern_start, depth),
      buffer_(pattern.longest_run()) {}

void Connection::connect(const Endpoint& server) {
  socket_.async_connect(server, [this](const error_code& error) {
    if (error) return events_.broken(*this, "cannot connect: " + error.message());
    socket_.set_option(asio::ip::tcp::no_delay(true));
    socket_.non_blocking(true);
    start_read();
    events_.connected(*this);
  });
}

void Connection::ask(const Request& request, unsigned count) {
  for (unsigned i = 0; i < count; ++i) conversation_.ask(request);
  if (!waits_to_write_) write();
}

// Tries at once and waits only if the socket is full: a write that completes needs no handler.
void Connection::write() {
  for (auto bytes = conversation_.unsent(); !bytes.empty(); bytes = conversation_.unsent()) {
    error_code error;
    const std::size_t size = socket_.send(asio::buffer(bytes.data(), bytes.size()), 0, error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      waits_to_write_ = true;
      socket_.async_wait(Socket::wait_write, [this](const error_code& failed) {
        waits_to_write_ = false;
        if (!failed) write();  // what failed is seen by the read that is always under way
      });
      return;
    }
    if (error) return;  // as above: the read reports it, with the peer's last bytes before it
    conversation_.sent(size);
  }
}

void Connection::start_read() {
  socket_.async_read_some(
      asio::buffer(buffer_),
      [this](const error_code& error, std::size_t size) { handle_read(error, size); });
}

void Connection::handle_read(const error_code& error, std::size_t size) {
  if (error) {
    const bool ended = error == asio::error::eof;
    return events_.broken(*this, ended ? "closed by the server" : error.message());
  }
  const Nanoseconds now = now_ns();
  const auto complete = conversation_.received({buffer_.data(), size});
  if (!complete) return events_.broken(*this, conversation_.complaint());
  if (*complete > 0) events_.replied(*this, *complete, now);
  start_read();
}

}  // namespace iolab
