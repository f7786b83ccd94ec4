#include <algorithm>
#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "asio_server.hpp"

namespace lab {
namespace {

//@ solution
// More than Asio gives to one system call. Without an end the list itself would be long.
constexpr std::size_t most_gathered = 64;

/// The output of one connection: what has come and was not taken by the socket yet.
class OutputQueue {
 public:
  /// Copies: a piece needs as much memory as it has bytes, not as much as a receive had room for.
  void push(std::span<const std::byte> bytes) {
    pieces_.emplace_back(bytes.begin(), bytes.end());
    size_ += bytes.size();
  }

  //@ starter
  //@ end
  //@ solution
  //@ starter
  //@ wrong keeps-whole-receives
  //|   void push_whole(std::vector<std::byte> bytes) {
  //|     size_ += bytes.size();
  //|     pieces_.push_back(std::move(bytes));
  //|   }
  //|
  //@ end
  //@ solution
  /// Forgets the first `size` bytes, which were sent.
  void pop(std::size_t size) {
    size_ -= size;
    sent_ += size;
    while (!pieces_.empty() && sent_ >= pieces_.front().size()) {
      sent_ -= pieces_.front().size();
      pieces_.pop_front();
    }
  }

  /// The pieces at the front, which stay where they are until they are popped.
  [[nodiscard]] std::vector<asio::const_buffer> front() const {
    std::vector<asio::const_buffer> gathered;
    for (std::size_t i = 0; i < std::min(pieces_.size(), most_gathered); ++i) {
      gathered.push_back(asio::buffer(pieces_[i]));
    }
    if (!gathered.empty()) gathered.front() += sent_;
    return gathered;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::deque<std::vector<std::byte>> pieces_;
  std::size_t size_ = 0;
  std::size_t sent_ = 0;  // of the first piece
};

//@ starter
//@ end
/// Reads and writes at the same time. Whichever operation is in flight keeps it alive; the last one
/// to end closes it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const ServerOptions& options)
      : socket_(std::move(socket)), options_(options), bytes_(options.read_size) {}

  void start() { read(); }

 private:
  void read() {
    socket_.async_read_some(asio::buffer(bytes_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              //@ solution
                              if (!error) self->received(size);
                              //@ starter
                              //| if (!error) self->received(size);
                              //@ wrong closes-at-the-end
                              //| if (error) return self->socket_.close();
                              //| self->received(size);
                              //@ end
                            });
  }

  //@ solution
  void received(std::size_t size) {
    output_.push({bytes_.data(), size});
    if (!writing_) write();
    paused_ = output_.size() > options_.output_limit;
    if (!paused_) read();
  }
  //@ starter
  //| void received(std::size_t size) {
  //|   output_.emplace_back(bytes_.begin(), bytes_.begin() + static_cast<long>(size));
  //|   if (output_.size() == 1) write();
  //|   read();  // TODO: step 1. Always?
  //| }
  //@ wrong counts-messages
  //| void received(std::size_t size) {
  //|   output_.push({bytes_.data(), size});
  //|   if (!writing_) write();
  //|   paused_ = output_.front().size() >= 64;
  //|   if (!paused_) read();
  //| }
  //@ wrong checks-before-it-adds
  //| void received(std::size_t size) {
  //|   paused_ = output_.size() > options_.output_limit;
  //|   output_.push({bytes_.data(), size});
  //|   if (!writing_) write();
  //|   if (!paused_) read();
  //| }
  //@ wrong limit-for-all
  //| static inline std::size_t all_output = 0;
  //|
  //| void received(std::size_t size) {
  //|   all_output += size;
  //|   output_.push({bytes_.data(), size});
  //|   if (!writing_) write();
  //|   paused_ = all_output > options_.output_limit;
  //|   if (!paused_) read();
  //| }
  //@ wrong pauses-by-cancel
  //| void received(std::size_t size) {
  //|   output_.push({bytes_.data(), size});
  //|   if (!writing_) write();
  //|   read();
  //|   paused_ = output_.size() > options_.output_limit;
  //|   if (paused_) socket_.cancel();
  //| }
  //@ wrong keeps-whole-receives
  //| void received(std::size_t size) {
  //|   bytes_.resize(size);
  //|   output_.push_whole(std::exchange(bytes_, std::vector<std::byte>(options_.read_size)));
  //|   if (!writing_) write();
  //|   paused_ = output_.size() > options_.output_limit;
  //|   if (!paused_) read();
  //| }
  //@ end

  //@ solution
  // async_write() would say only at the end what was sent, and we would read again too late.
  void write() {
    writing_ = true;
    socket_.async_write_some(output_.front(),
                             [self = shared_from_this()](error_code error, std::size_t size) {
                               if (error) return self->socket_.close();
                               self->sent(size);
                             });
  }
  //@ starter
  //| void write() {
  //|   asio::async_write(socket_, asio::buffer(output_.front()),
  //|                     [self = shared_from_this()](error_code error, std::size_t) {
  //|                       if (error) return self->socket_.close();
  //|                       self->sent();
  //|                     });
  //| }
  //@ wrong two-writes-at-once
  //| void write() {
  //|   const auto pieces = std::make_shared<OutputQueue>(std::exchange(output_, {}));
  //|   asio::async_write(socket_, pieces->front(),
  //|                     [self = shared_from_this(), pieces](error_code error, std::size_t) {
  //|                       if (error) return self->socket_.close();
  //|                       self->sent(0);
  //|                     });
  //| }
  //@ wrong counts-only-what-waits-behind
  //| void write() {
  //|   writing_ = true;
  //|   const auto pieces = std::make_shared<OutputQueue>(std::exchange(output_, {}));
  //|   asio::async_write(socket_, pieces->front(),
  //|                     [self = shared_from_this(), pieces](error_code error, std::size_t) {
  //|                       if (error) return self->socket_.close();
  //|                       self->sent(0);
  //|                     });
  //| }
  //@ wrong one-piece-at-a-time
  //| void write() {
  //|   writing_ = true;
  //|   socket_.async_write_some(output_.front().front(),
  //|                            [self = shared_from_this()](error_code error, std::size_t size) {
  //|                              if (error) return self->socket_.close();
  //|                              self->sent(size);
  //|                            });
  //| }
  //@ end

  //@ solution
  void sent(std::size_t size) {
    output_.pop(size);
    writing_ = output_.size() > 0;
    if (writing_) write();
    if (paused_ && output_.size() <= options_.output_limit / 2) {
      paused_ = false;
      read();
    }
  }
  //@ starter
  //| // TODO: step 2. Read again, but when? Step 3. How many system calls does a long queue cost?
  //| void sent() {
  //|   output_.pop_front();
  //|   if (!output_.empty()) write();
  //| }
  //@ wrong reads-armed-twice
  //| void sent(std::size_t size) {
  //|   output_.pop(size);
  //|   writing_ = output_.size() > 0;
  //|   if (writing_) write();
  //|   if (output_.size() <= options_.output_limit / 2) read();
  //| }
  //@ wrong resumes-at-the-limit
  //| void sent(std::size_t size) {
  //|   output_.pop(size);
  //|   writing_ = output_.size() > 0;
  //|   if (writing_) write();
  //|   if (paused_ && output_.size() <= options_.output_limit) {
  //|     paused_ = false;
  //|     read();
  //|   }
  //| }
  //@ wrong resumes-when-empty
  //| void sent(std::size_t size) {
  //|   output_.pop(size);
  //|   writing_ = output_.size() > 0;
  //|   if (writing_) return write();
  //|   if (paused_) {
  //|     paused_ = false;
  //|     read();
  //|   }
  //| }
  //@ wrong resumes-only-below-the-low-mark
  //| void sent(std::size_t size) {
  //|   output_.pop(size);
  //|   writing_ = output_.size() > 0;
  //|   if (writing_) write();
  //|   if (paused_ && output_.size() < options_.output_limit / 2) {
  //|     paused_ = false;
  //|     read();
  //|   }
  //| }
  //@ wrong limit-for-all
  //| void sent(std::size_t size) {
  //|   all_output -= size;
  //|   output_.pop(size);
  //|   writing_ = output_.size() > 0;
  //|   if (writing_) write();
  //|   if (paused_ && all_output <= options_.output_limit / 2) {
  //|     paused_ = false;
  //|     read();
  //|   }
  //| }
  //@ end

  tcp::socket socket_;
  const ServerOptions& options_;
  std::vector<std::byte> bytes_;
  //@ solution
  OutputQueue output_;
  bool writing_ = false;
  bool paused_ = false;  // no read is in flight, since too much output waits
  //@ starter
  //| std::deque<std::vector<std::byte>> output_;  // the first is being written
  //@ end
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
