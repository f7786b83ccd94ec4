#include "experiments/loadgen/wire/connection.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cassert>

#include "experiments/loadgen/system/system.hpp"

namespace iolab::loadgen {

namespace asio = boost::asio;
using boost::system::error_code;

Connection::Connection(asio::io_context& io, ConnectionEvents& events, ReplyHandler& reply_handler,
                       const WirePattern& pattern, const Settings& settings)
    : stream_(pattern, settings.pattern_start, settings.depth, settings.verify),
      socket_(io),
      reply_handler_(&reply_handler),
      buffer_(std::min(pattern.longest_run(), settings.depth * pattern.message_size())),
      messages_(settings.messages),
      events_(events),
      settings_(settings) {}

void Connection::connect() {
  connect_began_ns_ = now_ns();
  try {
    open();
  } catch (const boost::system::system_error& error) {
    return events_.broken(*this, "cannot connect: " + error.code().message());
  }
  socket_.async_connect(settings_.server,
                        [this](const error_code& error) { handle_connect(error); });
}

void Connection::open() {
  socket_.open(settings_.server.protocol());
  socket_.set_option(asio::ip::tcp::no_delay(true));
  if (!settings_.local) return;
  choose_port_late(socket_.native_handle());
  socket_.bind(*settings_.local);
}

void Connection::handle_connect(const error_code& error) {
  if (error == asio::error::address_in_use || error.value() == port_exhausted_error) {
    return events_.broken(*this, "cannot connect: no free port; give more addresses with --local");
  }
  if (error) return events_.broken(*this, "cannot connect: " + error.message());
  socket_.non_blocking(true);
  up_ = true;
  start_read();
  const Nanoseconds now = now_ns();
  events_.connected(*this, now - connect_began_ns_, now);
}

void Connection::replace() {
  assert(in_flight() == 0);
  up_ = false;
  error_code ignored;  // the peer may have reset it; it is given up anyhow
  socket_.close(ignored);
  stream_.restart();
  connect();
}

void Connection::rest() {
  if (up_) acknowledge_now(socket_.native_handle());
}

void Connection::ask(const Request& request, unsigned count) {
  for (unsigned i = 0; i < count; ++i) stream_.ask(request);
  if (!waits_to_write_) write();
}

unsigned Connection::room() const noexcept {
  if (!up_) return 0;
  const unsigned free = settings_.depth - in_flight();
  if (messages_ == 0) return free;
  return std::min<unsigned>(free, messages_ - stream_.asked());
}

// Tries at once and waits only if the socket is full: a write that completes needs no handler.
void Connection::write() {
  for (auto bytes = stream_.unsent(); !bytes.empty(); bytes = stream_.unsent()) {
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
    stream_.sent(size);
  }
}

void Connection::start_read() {
  socket_.async_read_some(asio::buffer(buffer_), [this](const error_code& error, std::size_t size) {
    handle_read(error, size);
  });
}

void Connection::handle_read(const error_code& error, std::size_t size) {
  if (error == asio::error::operation_aborted) return;  // replaced
  if (error) {
    const bool ended = error == asio::error::eof;
    return events_.broken(*this, ended ? "closed by the server" : error.message());
  }
  const Nanoseconds now = now_ns();
  const auto complete = stream_.received({buffer_.data(), size});
  if (!complete) return events_.broken(*this, stream_.complaint());
  if (*complete > 0) reply_handler_->replied(*this, *complete, now);
  if (up_) start_read();
}

}  // namespace iolab::loadgen
