#include "connection.hpp"

#include <algorithm>
#include <utility>

namespace lab {
namespace {

using namespace std::chrono_literals;

// Whose timer fires so much too late was stopped, or had no CPU: that is not the client's fault.
constexpr auto late = 200ms;

}  // namespace

Connection::Connection(tcp::socket socket, const ServerOptions& options, OnClosed on_closed)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      options_(options),
      on_closed_(std::move(on_closed)),
      bytes_(options.read_size) {}

void Connection::start() {
  if (options_.idle_timeout > 0ms) watch();
  read();
}

//@ solution
void Connection::drain() {
  draining_ = true;
  // Not the socket's cancel(), which would end the write, too. Whatever the read's handler says
  // then, no read is in flight, so that what is unread is all that has arrived.
  read_cancellation_.emit(asio::cancellation_type::terminal);
  advance();
}
//@ starter
//| void Connection::drain() {
//|   // TODO: answer what has arrived. Then say FIN, and wait until the client has finished, too.
//|   close(Reason::drained);
//| }
//@ wrong closes-at-once
//| void Connection::drain() {
//|   close(Reason::drained);
//| }
//@ wrong fin-before-the-replies
//| void Connection::drain() {
//|   draining_ = true;
//|   error_code ignored;
//|   socket_.shutdown(tcp::socket::shutdown_send, ignored);
//|   fin_sent_ = true;
//|   read_cancellation_.emit(asio::cancellation_type::terminal);
//|   advance();
//| }
//@ wrong cancels-the-write-too
//| void Connection::drain() {
//|   draining_ = true;
//|   error_code ignored;
//|   socket_.cancel(ignored);
//|   advance();
//| }
//@ wrong drops-what-was-read
//| void Connection::drain() {
//|   draining_ = true;
//|   cancelled_ = reading_;
//|   read_cancellation_.emit(asio::cancellation_type::terminal);
//|   advance();
//| }
//@ wrong does-not-wait-for-the-read
//| void Connection::drain() {
//|   draining_ = true;
//|   answered_ = true;
//|   advance();
//| }
//@ end

//@ solution
void Connection::close(Reason reason) {
  if (is_closed()) return;
  error_code ignored;  // the descriptor is gone whatever close() says
  socket_.close(ignored);
  timer_.cancel();
  on_closed_(shared_from_this(), reason);
}
//@ starter
//| void Connection::close(Reason reason) {
//|   // TODO: a read, a write and a timer may be in flight. Each of their handlers will be called.
//|   error_code ignored;  // the descriptor is gone whatever close() says
//|   socket_.close(ignored);
//|   on_closed_(shared_from_this(), reason);
//| }
//@ wrong each-handler-counts
//| void Connection::close(Reason reason) {
//|   error_code ignored;
//|   socket_.close(ignored);
//|   timer_.cancel();
//|   on_closed_(shared_from_this(), reason);
//| }
//@ wrong timer-goes-on
//| void Connection::close(Reason reason) {
//|   if (is_closed()) return;
//|   error_code ignored;
//|   socket_.close(ignored);
//|   on_closed_(shared_from_this(), reason);
//| }
//@ end

//@ solution
void Connection::read() {
  if (reading_ || client_finished_) return;
  const std::size_t room = options_.output_limit - std::min(pending(), options_.output_limit);
  const std::size_t size = answered_ ? bytes_.size() : std::min(bytes_.size(), room);
  if (size == 0) return;  // a read of nothing would complete at once, and bring nothing
  reading_ = true;
  socket_.async_read_some(
      asio::buffer(bytes_, size),
      asio::bind_cancellation_slot(read_cancellation_.slot(),
                                   [self = shared_from_this()](error_code error, std::size_t n) {
                                     self->read_done(error, n);
                                   }));
}

void Connection::read_done(error_code error, std::size_t size) {
  reading_ = false;
  if (is_closed()) return;
  client_finished_ = error == asio::error::eof;
  const bool was_cancelled = error == asio::error::operation_aborted;
  if (error && !client_finished_ && !was_cancelled) return close(Reason::lost);
  if (!answered_ && size > 0) {
    note_progress();
    output_.append(bytes_.data(), size);
  }
  advance();
}
//@ starter
//| void Connection::read() {
//|   // No more than the output has room for.
//|   const std::size_t room = options_.output_limit - std::min(pending(), options_.output_limit);
//|   const std::size_t size = std::min(bytes_.size(), room);
//|   // TODO: what if there is no room?
//|   socket_.async_read_some(asio::buffer(bytes_, size),
//|                           [self = shared_from_this()](error_code error, std::size_t n) {
//|                             // TODO: not every error is the same end.
//|                             if (error) return self->close(Reason::lost);
//|                             self->note_progress();
//|                             self->output_.append(self->bytes_.data(), n);
//|                             self->write();
//|                             self->read();
//|                           });
//| }
//@ wrong zero-bytes-are-the-end
//| void Connection::read() {
//|   if (reading_ || client_finished_) return;
//|   const std::size_t room = options_.output_limit - std::min(pending(), options_.output_limit);
//|   const std::size_t size = answered_ ? bytes_.size() : std::min(bytes_.size(), room);
//|   reading_ = true;
//|   socket_.async_read_some(
//|       asio::buffer(bytes_, size),
//|       asio::bind_cancellation_slot(read_cancellation_.slot(),
//|                                    [self = shared_from_this()](error_code error, std::size_t n) {
//|                                      self->read_done(error, n);
//|                                    }));
//| }
//|
//| void Connection::read_done(error_code error, std::size_t size) {
//|   reading_ = false;
//|   if (is_closed()) return;
//|   const bool was_cancelled = error == asio::error::operation_aborted;
//|   client_finished_ = size == 0 && !was_cancelled;
//|   if (error && !client_finished_ && !was_cancelled) return close(Reason::lost);
//|   if (!answered_ && size > 0) {
//|     note_progress();
//|     output_.append(bytes_.data(), size);
//|   }
//|   advance();
//| }
//@ wrong reads-nothing-for-ever
//| void Connection::read() {
//|   if (reading_ || client_finished_) return;
//|   const std::size_t room = options_.output_limit - std::min(pending(), options_.output_limit);
//|   const std::size_t size = answered_ ? bytes_.size() : std::min(bytes_.size(), room);
//|   reading_ = true;
//|   socket_.async_read_some(
//|       asio::buffer(bytes_, size),
//|       asio::bind_cancellation_slot(read_cancellation_.slot(),
//|                                    [self = shared_from_this()](error_code error, std::size_t n) {
//|                                      self->read_done(error, n);
//|                                    }));
//| }
//|
//| void Connection::read_done(error_code error, std::size_t size) {
//|   reading_ = false;
//|   if (is_closed()) return;
//|   client_finished_ = error == asio::error::eof;
//|   const bool was_cancelled = error == asio::error::operation_aborted;
//|   if (error && !client_finished_ && !was_cancelled) return close(Reason::lost);
//|   if (!answered_ && size > 0) {
//|     note_progress();
//|     output_.append(bytes_.data(), size);
//|   }
//|   advance();
//| }
//@ wrong closes-at-the-end
//| void Connection::read() {
//|   if (reading_ || client_finished_) return;
//|   const std::size_t room = options_.output_limit - std::min(pending(), options_.output_limit);
//|   const std::size_t size = answered_ ? bytes_.size() : std::min(bytes_.size(), room);
//|   if (size == 0) return;
//|   reading_ = true;
//|   socket_.async_read_some(
//|       asio::buffer(bytes_, size),
//|       asio::bind_cancellation_slot(read_cancellation_.slot(),
//|                                    [self = shared_from_this()](error_code error, std::size_t n) {
//|                                      self->read_done(error, n);
//|                                    }));
//| }
//|
//| void Connection::read_done(error_code error, std::size_t size) {
//|   reading_ = false;
//|   if (is_closed()) return;
//|   if (error == asio::error::eof) return close(draining_ ? Reason::drained : Reason::finished);
//|   const bool was_cancelled = error == asio::error::operation_aborted;
//|   if (error && !was_cancelled) return close(Reason::lost);
//|   if (!answered_ && size > 0) {
//|     note_progress();
//|     output_.append(bytes_.data(), size);
//|   }
//|   advance();
//| }
//@ wrong cancelled-is-lost
//| void Connection::read() {
//|   if (reading_ || client_finished_) return;
//|   const std::size_t room = options_.output_limit - std::min(pending(), options_.output_limit);
//|   const std::size_t size = answered_ ? bytes_.size() : std::min(bytes_.size(), room);
//|   if (size == 0) return;
//|   reading_ = true;
//|   socket_.async_read_some(
//|       asio::buffer(bytes_, size),
//|       asio::bind_cancellation_slot(read_cancellation_.slot(),
//|                                    [self = shared_from_this()](error_code error, std::size_t n) {
//|                                      self->read_done(error, n);
//|                                    }));
//| }
//|
//| void Connection::read_done(error_code error, std::size_t size) {
//|   reading_ = false;
//|   if (is_closed()) return;
//|   client_finished_ = error == asio::error::eof;
//|   if (error && !client_finished_) return close(Reason::lost);
//|   if (!answered_ && size > 0) {
//|     note_progress();
//|     output_.append(bytes_.data(), size);
//|   }
//|   advance();
//| }
//@ wrong each-handler-counts
//| void Connection::read() {
//|   if (reading_ || client_finished_) return;
//|   const std::size_t room = options_.output_limit - std::min(pending(), options_.output_limit);
//|   const std::size_t size = answered_ ? bytes_.size() : std::min(bytes_.size(), room);
//|   if (size == 0) return;
//|   reading_ = true;
//|   socket_.async_read_some(
//|       asio::buffer(bytes_, size),
//|       asio::bind_cancellation_slot(read_cancellation_.slot(),
//|                                    [self = shared_from_this()](error_code error, std::size_t n) {
//|                                      self->read_done(error, n);
//|                                    }));
//| }
//|
//| void Connection::read_done(error_code error, std::size_t size) {
//|   reading_ = false;
//|   client_finished_ = error == asio::error::eof;
//|   if (error && !client_finished_) return close(Reason::lost);
//|   if (!answered_ && size > 0) {
//|     note_progress();
//|     output_.append(bytes_.data(), size);
//|   }
//|   advance();
//| }
//@ wrong drops-what-was-read
//| void Connection::read() {
//|   if (reading_ || client_finished_) return;
//|   const std::size_t room = options_.output_limit - std::min(pending(), options_.output_limit);
//|   const std::size_t size = answered_ ? bytes_.size() : std::min(bytes_.size(), room);
//|   if (size == 0) return;
//|   reading_ = true;
//|   cancelled_ = false;
//|   socket_.async_read_some(
//|       asio::buffer(bytes_, size),
//|       asio::bind_cancellation_slot(read_cancellation_.slot(),
//|                                    [self = shared_from_this()](error_code error, std::size_t n) {
//|                                      self->read_done(error, n);
//|                                    }));
//| }
//|
//| void Connection::read_done(error_code error, std::size_t size) {
//|   reading_ = false;
//|   if (is_closed()) return;
//|   client_finished_ = error == asio::error::eof;
//|   const bool was_cancelled = cancelled_ || error == asio::error::operation_aborted;
//|   if (error && !client_finished_ && !was_cancelled) return close(Reason::lost);
//|   if (!answered_ && size > 0 && !was_cancelled) {
//|     note_progress();
//|     output_.append(bytes_.data(), size);
//|   }
//|   advance();
//| }
//@ wrong discard-is-progress
//| void Connection::read() {
//|   if (reading_ || client_finished_) return;
//|   const std::size_t room = options_.output_limit - std::min(pending(), options_.output_limit);
//|   const std::size_t size = answered_ ? bytes_.size() : std::min(bytes_.size(), room);
//|   if (size == 0) return;  // a read of nothing would complete at once, and bring nothing
//|   reading_ = true;
//|   socket_.async_read_some(
//|       asio::buffer(bytes_, size),
//|       asio::bind_cancellation_slot(read_cancellation_.slot(),
//|                                    [self = shared_from_this()](error_code error, std::size_t n) {
//|                                      self->read_done(error, n);
//|                                    }));
//| }
//|
//| void Connection::read_done(error_code error, std::size_t size) {
//|   reading_ = false;
//|   if (is_closed()) return;
//|   client_finished_ = error == asio::error::eof;
//|   const bool was_cancelled = error == asio::error::operation_aborted;
//|   if (error && !client_finished_ && !was_cancelled) return close(Reason::lost);
//|   if (size > 0) note_progress();
//|   if (!answered_) output_.append(bytes_.data(), size);
//|   advance();
//| }
//@ wrong destroyed-by-close
//| void Connection::read() {
//|   if (reading_ || client_finished_) return;
//|   const std::size_t room = options_.output_limit - std::min(pending(), options_.output_limit);
//|   const std::size_t size = answered_ ? bytes_.size() : std::min(bytes_.size(), room);
//|   if (size == 0) return;
//|   reading_ = true;
//|   socket_.async_read_some(
//|       asio::buffer(bytes_, size),
//|       asio::bind_cancellation_slot(
//|           read_cancellation_.slot(),
//|           [this](error_code error, std::size_t n) { read_done(error, n); }));
//| }
//|
//| void Connection::read_done(error_code error, std::size_t size) {
//|   reading_ = false;
//|   if (is_closed()) return;
//|   client_finished_ = error == asio::error::eof;
//|   const bool was_cancelled = error == asio::error::operation_aborted;
//|   if (error && !client_finished_ && !was_cancelled) return close(Reason::lost);
//|   if (!answered_ && size > 0) {
//|     note_progress();
//|     output_.append(bytes_.data(), size);
//|   }
//|   advance();
//| }
//@ end

//@ solution
void Connection::write() {
  if (writing_ || output_.empty()) return;
  writing_ = true;
  sending_.swap(output_);
  // Asked before each send, so it learns that the one before has taken something.
  const auto until_all_is_sent = [this](error_code error, std::size_t sent) {
    note_progress();
    return asio::transfer_all()(error, sent);
  };
  asio::async_write(
      socket_, asio::buffer(sending_), until_all_is_sent,
      [self = shared_from_this()](error_code error, std::size_t) { self->write_done(error); });
}

void Connection::write_done(error_code error) {
  writing_ = false;
  if (is_closed()) return;
  if (error) return close(Reason::lost);
  sending_.clear();
  advance();
}
//@ starter
//| void Connection::write() {
//|   if (writing_ || output_.empty()) return;
//|   writing_ = true;
//|   sending_.swap(output_);
//|   // Asked before each send, so it learns that the one before has taken something.
//|   const auto until_all_is_sent = [this](error_code error, std::size_t sent) {
//|     note_progress();
//|     return asio::transfer_all()(error, sent);
//|   };
//|   asio::async_write(socket_, asio::buffer(sending_), until_all_is_sent,
//|                     [self = shared_from_this()](error_code error, std::size_t) {
//|                       self->writing_ = false;
//|                       if (error) return self->close(Reason::lost);
//|                       self->sending_.clear();
//|                       self->write();
//|                     });
//| }
//@ wrong each-handler-counts
//| void Connection::write() {
//|   if (writing_ || output_.empty()) return;
//|   writing_ = true;
//|   sending_.swap(output_);
//|   const auto until_all_is_sent = [this](error_code error, std::size_t sent) {
//|     note_progress();
//|     return asio::transfer_all()(error, sent);
//|   };
//|   asio::async_write(socket_, asio::buffer(sending_), until_all_is_sent,
//|                     [self = shared_from_this()](error_code error, std::size_t) {
//|                       self->write_done(error);
//|                     });
//| }
//|
//| void Connection::write_done(error_code error) {
//|   writing_ = false;
//|   if (error) return close(Reason::lost);
//|   sending_.clear();
//|   advance();
//| }
//@ end

//@ solution
/// What comes next, after each change. All ends but the sudden ones begin here.
void Connection::advance() {
  error_code ignored;  // what is wrong with the socket is said by the next operation
  if (draining_ && !reading_ && socket_.available(ignored) == 0) answered_ = true;
  write();
  if (!writing_) {
    if (answered_ && !std::exchange(fin_sent_, true)) {
      socket_.shutdown(tcp::socket::shutdown_send, ignored);
    }
    if (client_finished_) return close(draining_ ? Reason::drained : Reason::finished);
  }
  read();
}
//@ starter
//@ wrong closes-instead-of-fin
//| void Connection::advance() {
//|   error_code ignored;
//|   if (draining_ && !reading_ && socket_.available(ignored) == 0) answered_ = true;
//|   write();
//|   if (!writing_) {
//|     if (answered_ || client_finished_) return close(draining_ ? Reason::drained : Reason::finished);
//|   }
//|   read();
//| }
//@ wrong deaf-after-the-fin
//| void Connection::advance() {
//|   error_code ignored;
//|   if (draining_ && !reading_ && socket_.available(ignored) == 0) answered_ = true;
//|   write();
//|   if (!writing_) {
//|     if (answered_ && !std::exchange(fin_sent_, true)) {
//|       socket_.shutdown(tcp::socket::shutdown_send, ignored);
//|     }
//|     if (client_finished_) return close(draining_ ? Reason::drained : Reason::finished);
//|   }
//|   if (!fin_sent_) read();
//| }
//@ end

//@ solution
void Connection::watch() {
  timer_.expires_at(last_progress_ + options_.idle_timeout);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (error || self->is_closed()) return;  // closed while this handler was queued
    if (Clock::now() >= self->timer_.expiry() + late) self->note_progress();
    if (Clock::now() < self->last_progress_ + self->options_.idle_timeout) return self->watch();
    self->close(Reason::idle);
  });
}
//@ starter
//| void Connection::watch() {
//|   timer_.expires_at(last_progress_ + options_.idle_timeout);
//|   timer_.async_wait([self = shared_from_this()](error_code error) {
//|     if (error) return;
//|     if (Clock::now() >= self->timer_.expiry() + late) self->note_progress();
//|     if (Clock::now() < self->last_progress_ + self->options_.idle_timeout) return self->watch();
//|     self->close(Reason::idle);
//|   });
//| }
//@ wrong timer-rearms
//| void Connection::watch() {
//|   timer_.expires_at(last_progress_ + options_.idle_timeout);
//|   timer_.async_wait([self = shared_from_this()](error_code error) {
//|     if (error) return;
//|     if (Clock::now() >= self->timer_.expiry() + late) self->note_progress();
//|     if (Clock::now() < self->last_progress_ + self->options_.idle_timeout) return self->watch();
//|     self->close(Reason::idle);
//|   });
//| }
//@ end

}  // namespace lab
