// Exact reads: a header, then the payload whose length it tells.
#include <array>
#include <cstddef>
#include <cstdint>
//@ solution
//@ starter
//@ wrong host-order
//| #include <cstring>
//@ end
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "frame_decoder.hpp"
#include "framed_server.hpp"

namespace lab::exact {

//@ solution
using Header = std::array<std::byte, frame_header_size>;

std::uint32_t length_in(const Header& header) {
  std::uint32_t length = 0;
  for (const std::byte byte : header) length = length << 8 | std::to_integer<std::uint32_t>(byte);
  return length;
}

//@ starter
//@ wrong host-order
//| using Header = std::array<std::byte, frame_header_size>;
//|
//| std::uint32_t length_in(const Header& header) {
//|   std::uint32_t length = 0;
//|   std::memcpy(&length, header.data(), sizeof length);
//|   return length;
//| }
//|
//@ end
/// One client. The operation under way keeps it alive; without one it goes, and its socket closes.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const ServerOptions& options)
      //@ solution
      : socket_(std::move(socket)), max_frame_(options.max_frame) {}
  //@ starter
  //|     : socket_(std::move(socket)), bytes_(options.read_size) {}
  //@ end

  //@ solution
  void start() { read_header(); }
  //@ starter
  //| void start() { read(); }
  //@ end

 private:
  //@ solution
  void read_header() {
    asio::async_read(socket_, asio::buffer(header_),
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (!error) self->read_payload(length_in(self->header_));
                     });
  }
  //@ starter
  //| // TODO: read exactly one header, then exactly one payload. Reply with both.
  //| void read() {
  //|   socket_.async_read_some(asio::buffer(bytes_),
  //|                           [self = shared_from_this()](error_code error, std::size_t size) {
  //|                             if (!error) self->write(size);
  //|                           });
  //| }
  //@ wrong short-header
  //| void read_header() {
  //|   socket_.async_read_some(asio::buffer(header_),
  //|                           [self = shared_from_this()](error_code error, std::size_t) {
  //|                             if (!error) self->read_payload(length_in(self->header_));
  //|                           });
  //| }
  //@ wrong header-on-the-stack
  //| void read_header() {
  //|   Header header{};
  //|   asio::async_read(socket_, asio::buffer(header),
  //|                    [self = shared_from_this(), &header](error_code error, std::size_t) {
  //|                      if (error) return;
  //|                      self->header_ = header;
  //|                      self->read_payload(length_in(header));
  //|                    });
  //| }
  //@ wrong only-this
  //| void read_header() {
  //|   asio::async_read(socket_, asio::buffer(header_), [this](error_code error, std::size_t) {
  //|     if (!error) read_payload(length_in(header_));
  //|   });
  //| }
  //@ wrong errors-unread
  //| void read_header() {
  //|   asio::async_read(socket_, asio::buffer(header_),
  //|                    [self = shared_from_this()](error_code, std::size_t) {
  //|                      self->read_payload(length_in(self->header_));
  //|                    });
  //| }
  //@ end

  //@ solution
  void read_payload(std::uint32_t length) {
    if (length > max_frame_) return end();
    payload_.resize(length);
    asio::async_read(socket_, asio::buffer(payload_),
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (!error) self->reply();
                     });
  }

  //@ starter
  //@ wrong fills-the-buffer
  //| void read_payload(std::uint32_t length) {
  //|   if (length > max_frame_) return end();
  //|   payload_.resize(max_frame_);
  //|   asio::async_read(socket_, asio::buffer(payload_),
  //|                    [self = shared_from_this(), length](error_code error, std::size_t) {
  //|                      if (error) return;
  //|                      self->payload_.resize(length);
  //|                      self->reply();
  //|                    });
  //| }
  //|
  //@ wrong only-reserved
  //| void read_payload(std::uint32_t length) {
  //|   if (length > max_frame_) return end();
  //|   payload_.reserve(length);
  //|   asio::async_read(socket_, asio::buffer(payload_),
  //|                    [self = shared_from_this()](error_code error, std::size_t) {
  //|                      if (!error) self->reply();
  //|                    });
  //| }
  //|
  //@ wrong believes-the-length
  //| void read_payload(std::uint32_t length) {
  //|   payload_.resize(length);
  //|   asio::async_read(socket_, asio::buffer(payload_),
  //|                    [self = shared_from_this()](error_code error, std::size_t) {
  //|                      if (!error) self->reply();
  //|                    });
  //| }
  //|
  //@ wrong just-closes
  //| void read_payload(std::uint32_t length) {
  //|   if (length > max_frame_) return;
  //|   payload_.resize(length);
  //|   asio::async_read(socket_, asio::buffer(payload_),
  //|                    [self = shared_from_this()](error_code error, std::size_t) {
  //|                      if (!error) self->reply();
  //|                    });
  //| }
  //|
  //@ end
  //@ solution
  // One write for both: two at the same time could mix their bytes.
  void reply() {
    const std::array frame{asio::buffer(header_), asio::buffer(payload_)};
    asio::async_write(socket_, frame, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->read_header();
    });
  }
  //@ starter
  //| void write(std::size_t size) {
  //|   asio::async_write(socket_, asio::buffer(bytes_, size),
  //|                     [self = shared_from_this()](error_code error, std::size_t) {
  //|                       if (!error) self->read();
  //|                     });
  //| }
  //@ wrong two-writes
  //| void reply() {
  //|   asio::async_write(socket_, asio::buffer(header_),
  //|                     [self = shared_from_this()](error_code, std::size_t) {});
  //|   asio::async_write(socket_, asio::buffer(payload_),
  //|                     [self = shared_from_this()](error_code error, std::size_t) {
  //|                       if (!error) self->read_header();
  //|                     });
  //| }
  //@ wrong one-by-one
  //| void reply() {
  //|   asio::async_write(socket_, asio::buffer(header_),
  //|                     [self = shared_from_this()](error_code error, std::size_t) {
  //|                       if (!error) self->reply_payload();
  //|                     });
  //| }
  //|
  //| void reply_payload() {
  //|   asio::async_write(socket_, asio::buffer(payload_),
  //|                     [self = shared_from_this()](error_code error, std::size_t) {
  //|                       if (!error) self->read_header();
  //|                     });
  //| }
  //@ end

  //@ solution
  // Closing now would reset the connection, since bytes are unread, and lose replies on their way.
  void end() {
    error_code lost;  // if it is, discard() ends at once
    socket_.shutdown(tcp::socket::shutdown_send, lost);
    payload_.resize(discarded_at_once);
    discard();
  }

  //@ starter
  //@ end
  //@ solution
  void discard() {
    socket_.async_read_some(asio::buffer(payload_),
                            [self = shared_from_this()](error_code error, std::size_t) {
                              if (!error) self->discard();
                            });
  }

  //@ starter
  //@ wrong throws-away-once
  //| void discard() {
  //|   socket_.async_read_some(asio::buffer(payload_),
  //|                           [self = shared_from_this()](error_code, std::size_t) {});
  //| }
  //|
  //@ end
  //@ solution
  static constexpr std::size_t discarded_at_once = 4096;

  //@ starter
  //@ end
  tcp::socket socket_;
  //@ solution
  const std::uint32_t max_frame_;
  Header header_{};
  std::vector<std::byte> payload_;
  //@ starter
  //| std::vector<std::byte> bytes_;
  //@ end
};

}  // namespace lab::exact

void lab::serve_exact(tcp::acceptor& acceptor, const ServerOptions& options) {
  accept_clients(acceptor, [&options](tcp::socket socket) {
    std::make_shared<exact::Connection>(std::move(socket), options)->start();
  });
}
