// Bulk reads: whatever is there, and a reply to all frames that are whole by then.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "frame_decoder.hpp"
#include "framed_server.hpp"

namespace lab::bulk {

/// One client. The operation under way keeps it alive; without one it goes, and its socket closes.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const ServerOptions& options)
      //@ solution
      : socket_(std::move(socket)),
        input_(options.read_size),
        decoder_(make_frame_decoder(options.max_frame)) {}
  //@ starter
  //|     : socket_(std::move(socket)), bytes_(options.read_size) {}
  //@ wrong a-decoder-for-each-read
  //|     : socket_(std::move(socket)),
  //|       input_(options.read_size),
  //|       decoder_(make_frame_decoder(options.max_frame)),
  //|       max_frame_(options.max_frame) {}
  //@ end

  void start() { read(); }

 private:
  //@ solution
  void read() {
    socket_.async_read_some(asio::buffer(input_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              if (!error) self->answer(size);
                            });
  }

  //@ starter
  //| // TODO: cut what comes into frames. Reply to all whole ones with one write.
  //| void read() {
  //|   socket_.async_read_some(asio::buffer(bytes_),
  //|                           [self = shared_from_this()](error_code error, std::size_t size) {
  //|                             if (!error) self->write(size);
  //|                           });
  //| }
  //|
  //@ end
  //@ solution
  void answer(std::size_t size) {
    decoder_->feed(std::span(input_).first(size));
    FrameDecoder::Next next = decoder_->next();
    for (; next.status == FrameDecoder::Status::frame; next = decoder_->next()) {
      add_reply(next.payload);
    }
    too_long_ = next.status == FrameDecoder::Status::too_long;
    reply();
  }

  //@ starter
  //@ wrong one-frame-for-each-read
  //| void answer(std::size_t size) {
  //|   decoder_->feed(std::span(input_).first(size));
  //|   const FrameDecoder::Next next = decoder_->next();
  //|   if (next.status == FrameDecoder::Status::frame) add_reply(next.payload);
  //|   too_long_ = next.status == FrameDecoder::Status::too_long;
  //|   reply();
  //| }
  //|
  //@ wrong a-decoder-for-each-read
  //| void answer(std::size_t size) {
  //|   decoder_ = make_frame_decoder(max_frame_);
  //|   decoder_->feed(std::span(input_).first(size));
  //|   FrameDecoder::Next next = decoder_->next();
  //|   for (; next.status == FrameDecoder::Status::frame; next = decoder_->next()) {
  //|     add_reply(next.payload);
  //|   }
  //|   too_long_ = next.status == FrameDecoder::Status::too_long;
  //|   reply();
  //| }
  //|
  //@ wrong overlapping-writes
  //| void answer(std::size_t size) {
  //|   decoder_->feed(std::span(input_).first(size));
  //|   FrameDecoder::Next next = decoder_->next();
  //|   for (; next.status == FrameDecoder::Status::frame; next = decoder_->next()) {
  //|     add_reply(next.payload);
  //|     auto frame = std::make_shared<std::vector<std::byte>>(std::move(output_));
  //|     output_.clear();
  //|     asio::async_write(socket_, asio::buffer(*frame),
  //|                       [self = shared_from_this(), frame](error_code, std::size_t) {});
  //|   }
  //|   too_long_ = next.status == FrameDecoder::Status::too_long;
  //|   too_long_ ? end() : read();
  //| }
  //|
  //@ wrong a-write-for-each-frame
  //| void answer(std::size_t size) {
  //|   decoder_->feed(std::span(input_).first(size));
  //|   answer_one();
  //| }
  //|
  //| void answer_one() {
  //|   const FrameDecoder::Next next = decoder_->next();
  //|   too_long_ = next.status == FrameDecoder::Status::too_long;
  //|   if (next.status != FrameDecoder::Status::frame) return too_long_ ? end() : read();
  //|   add_reply(next.payload);
  //|   asio::async_write(socket_, asio::buffer(output_),
  //|                     [self = shared_from_this()](error_code error, std::size_t) {
  //|                       self->output_.clear();
  //|                       if (!error) self->answer_one();
  //|                     });
  //| }
  //|
  //@ end
  //@ solution
  void add_reply(std::span<const std::byte> payload) {
    const auto length = static_cast<std::uint32_t>(payload.size());
    for (const unsigned bits : {24U, 16U, 8U, 0U}) {
      output_.push_back(static_cast<std::byte>(length >> bits));
    }
    output_.insert(output_.end(), payload.begin(), payload.end());
  }

  //@ starter
  //@ end
  //@ solution
  // One write for all. If there is nothing to say it completes without a call to the system.
  void reply() {
    asio::async_write(socket_, asio::buffer(output_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (error) return;
                        self->output_.clear();
                        self->too_long_ ? self->end() : self->read();
                      });
  }
  //@ starter
  //| void write(std::size_t size) {
  //|   asio::async_write(socket_, asio::buffer(bytes_, size),
  //|                     [self = shared_from_this()](error_code error, std::size_t) {
  //|                       if (!error) self->read();
  //|                     });
  //| }
  //@ wrong reads-while-it-writes
  //| void reply() {
  //|   asio::async_write(socket_, asio::buffer(output_),
  //|                     [self = shared_from_this()](error_code error, std::size_t) {
  //|                       if (!error) self->output_.clear();
  //|                     });
  //|   too_long_ ? end() : read();
  //| }
  //@ wrong write-some
  //| void reply() {
  //|   socket_.async_write_some(asio::buffer(output_),
  //|                            [self = shared_from_this()](error_code error, std::size_t) {
  //|                              if (error) return;
  //|                              self->output_.clear();
  //|                              self->too_long_ ? self->end() : self->read();
  //|                            });
  //| }
  //@ end

  //@ solution
  // Closing now would reset the connection, since bytes are unread, and lose replies on their way.
  void end() {
    error_code lost;  // if it is, discard() ends at once
    socket_.shutdown(tcp::socket::shutdown_send, lost);
    discard();
  }

  //@ starter
  //@ wrong ends-both-directions
  //| void end() {
  //|   error_code lost;
  //|   socket_.shutdown(tcp::socket::shutdown_both, lost);
  //|   discard();
  //| }
  //|
  //@ end
  //@ solution
  void discard() {
    socket_.async_read_some(asio::buffer(input_),
                            [self = shared_from_this()](error_code error, std::size_t) {
                              if (!error) self->discard();
                            });
  }

  //@ starter
  //@ end
  tcp::socket socket_;
  //@ solution
  std::vector<std::byte> input_;
  std::unique_ptr<FrameDecoder> decoder_;
  std::vector<std::byte> output_;
  bool too_long_ = false;  // the next frame is: reply to those before it, then end
  //@ starter
  //| std::vector<std::byte> bytes_;
  //@ wrong a-decoder-for-each-read
  //| std::vector<std::byte> input_;
  //| std::unique_ptr<FrameDecoder> decoder_;
  //| std::uint32_t max_frame_;
  //| std::vector<std::byte> output_;
  //| bool too_long_ = false;
  //@ end
};

}  // namespace lab::bulk

void lab::serve_bulk(tcp::acceptor& acceptor, const ServerOptions& options) {
  accept_clients(acceptor, [&options](tcp::socket socket) {
    std::make_shared<bulk::Connection>(std::move(socket), options)->start();
  });
}
