#include "experiments/loadgen/commands/selftest_server.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <memory>

#include "experiments/loadgen/system/system.hpp"

namespace iolab::loadgen {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Lives as long as an operation is under way: each handler holds it. The first error ends it.
class Peer : public std::enable_shared_from_this<Peer> {
 public:
  explicit Peer(tcp::socket socket) : socket_(std::move(socket)) {}

  void read() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](const error_code& error, std::size_t size) {
                              if (!error) self->write(size);
                            });
  }

 private:
  // Nearly always the socket takes all at once; then no handler is needed.
  void write(std::size_t size) {
    error_code error;
    const std::size_t sent = socket_.send(asio::buffer(buffer_.data(), size), 0, error);
    if (error && error != asio::error::would_block) return;
    if (!error && sent == size) return read();
    const std::size_t begin = error ? 0 : sent;
    asio::async_write(socket_, asio::buffer(buffer_.data() + begin, size - begin),
                      [self = shared_from_this()](const error_code& failed, std::size_t) {
                        if (!failed) self->read();
                      });
  }

  tcp::socket socket_;
  std::array<std::byte, 64 * 1024> buffer_;
};

}  // namespace

SelftestServer::SelftestServer(int cpu)
    : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()) {
  accept_next();
  thread_ = std::jthread([this, cpu] {
    // Without a CPU of its own it still works, only with more noise.
    if (cpu >= 0) static_cast<void>(pin_thread(static_cast<unsigned>(cpu)));
    io_.run();
  });
}

SelftestServer::~SelftestServer() {
  io_.stop();
}

void SelftestServer::accept_next() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    error_code ignored;  // a peer that is gone already shows at the first read
    if (!error) {
      socket.set_option(tcp::no_delay(true), ignored);
      socket.non_blocking(true, ignored);
      std::make_shared<Peer>(std::move(socket))->read();
    }
    accept_next();
  });
}

}  // namespace iolab::loadgen
