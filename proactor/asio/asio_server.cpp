// The Proactor as users of Asio write it: an operation is begun with a buffer, and a handler is
// called when it is complete. Compiled once for io_uring (or IOCP), where the system performs the
// operation, and once for epoll (or kqueue), where Asio performs it when the socket is ready.
#include <boost/asio/read.hpp>
#include <memory>
#include <optional>

#include "proactor/asio/asio_buffers.hpp"
#include "proactor/asio/asio_dispatch.hpp"
#include "proactor/asio/asio_worker.hpp"
#include "proactor/asio/exact_reader.hpp"
#include "shared/program/this_program.hpp"

namespace iolab::proactor::asio_callbacks {
namespace {

namespace asio = boost::asio;
using asio_engine::error_code;
using asio_engine::Socket;

/// At most one read and one write are in flight. Each holds a shared_ptr to the connection, which
/// therefore lives until close() was called and the last of them has completed.
template <class Executor>
class Connection final : public ManagedConnection,
                         public std::enable_shared_from_this<Connection<Executor>> {
 public:
  using AcceptingWorker = asio_engine::Worker<Connection, Executor>;

  Connection(AcceptingWorker& worker, Socket<Executor> socket, Conversation conversation)
      : ManagedConnection(std::move(conversation)), worker_(worker), socket_(std::move(socket)) {
    if (worker.options().read == "exact") exact_reader_.emplace();
    if (worker.options().timer == "per-operation") timer_ = std::make_unique<Timer>(executor());
  }

  [[nodiscard]] Executor executor() { return socket_.get_executor(); }
  void start() { advance(); }

  // These three are called from another strand.
  void drain() override {
    asio::post(executor(), [self = this->shared_from_this()] { self->interrupt(); });
  }
  void close(CloseReason reason) override {
    asio::post(executor(), [self = this->shared_from_this(), reason] { self->finish(reason); });
  }
  void went_quiet() override {
    asio::post(executor(), [self = this->shared_from_this()] { self->shrink(); });
  }

 private:
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void read() {
    if (reading_ || !conversation().wants_read()) return;
    // The last read's chunk may be on its way back to the peer by now.
    if (!conversation().make_room(chunk_)) return finish(CloseReason::io_error);
    reading_ = true;
    arm_timer();
    auto handler = [self = this->shared_from_this()](error_code error, std::size_t n) {
      self->read_done(error, n);
    };
    if (exact_reader_) {
      const std::size_t n = std::min<std::size_t>(exact_reader_->wanted(), chunk_->capacity);
      asio::async_read(socket_, asio::buffer(chunk_->bytes(), n), std::move(handler));
    } else {
      const auto room = asio::buffer(chunk_->bytes(), chunk_->capacity);
      socket_.async_read_some(room, std::move(handler));
    }
  }

  // Both handlers stay functions of their own, so that a trace sees when they are called.
  [[gnu::noinline]] void read_done(error_code error, std::size_t n) {
    reading_ = false;
    if (closed_) return;
    if (error == asio::error::eof) {
      conversation().received_end();
    } else if (error && error != asio::error::operation_aborted) {
      return finish(CloseReason::io_error);
    }
    if (exact_reader_) exact_reader_->received(chunk_->room().first(n));
    if (n > 0 && conversation().received(chunk_, n)) worker_.touched(*this);
    advance();
  }

  void write() {
    if (writing_ || !conversation().wants_write()) return;
    writing_ = true;
    arm_timer();
    auto handler = [self = this->shared_from_this()](error_code error, std::size_t n) {
      self->write_done(error, n);
    };
    // One piece is the usual case, and Asio's operation for many is a large object.
    const BufferSequence output = conversation().pending_output();
    if (output.is_single()) {
      const auto piece = asio_engine::to_buffer(output.front());
      socket_.async_write_some(piece, std::move(handler));
    } else {
      socket_.async_write_some(asio_engine::ConstBuffers(output), std::move(handler));
    }
  }

  [[gnu::noinline]] void write_done(error_code error, std::size_t n) {
    writing_ = false;
    if (closed_) return;
    if (error && error != asio::error::operation_aborted) return finish(CloseReason::io_error);
    conversation().sent(n);
    if (n > 0) worker_.touched(*this);
    advance();
    // Not all could be sent: the peer is slow, so go on reading meanwhile, up to the output limit.
    if (writing_) read();
  }

  // Begins what comes next: first the write of the reply, and the read only when that is done. If
  // the read were begun first, this would happen: it finds nothing, because the peer waits for the
  // reply; it is parked; the reply goes out; the next message wakes it. On io_uring that parking
  // and waking costs a third more.
  void advance() {
    if (closed_) return;
    // While a read is in flight, bytes may be on their way from the socket to read_done().
    if (worker_.draining() && !reading_ && unread_bytes(socket_.native_handle()) == 0) {
      conversation().drain();
    }
    if (conversation().wants_half_close()) {
      shutdown_send(socket_.native_handle());
      conversation().half_closed();
    }
    if (conversation().finished()) return finish(conversation().reason());
    write();
    if (!writing_) read();
  }

  // Cancels the read, to know what has arrived. A write is cancelled with it and begun again.
  void interrupt() {
    if (closed_) return;
    error_code ignored;  // already over: its handler is on its way
    socket_.cancel(ignored);
    advance();
  }

  // Cancels a read that holds a large chunk: it is begun again with a small one.
  void shrink() {
    conversation().went_quiet();
    if (chunk_ && chunk_->capacity > conversation().read_size()) interrupt();
  }

  void finish(CloseReason reason) {
    if (closed_) return;
    closed_ = true;
    worker_.closed(*this, reason);
    error_code ignored;  // the handle is gone whatever close() says
    socket_.close(ignored);
    timer_.reset();
  }

  // The textbook's way: a timer for each operation, cancelled and set again by the next.
  void arm_timer() {
    if (!timer_ || worker_.options().idle_timeout.count() == 0) return;
    timer_->expires_after(worker_.options().idle_timeout);
    timer_->async_wait([self = this->shared_from_this()](error_code error) {
      if (!error) self->finish(CloseReason::idle_timeout);
    });
  }

  AcceptingWorker& worker_;
  Socket<Executor> socket_;
  ChunkPtr chunk_;  // for the read
  std::optional<ExactReader> exact_reader_;
  std::unique_ptr<Timer> timer_;
  bool reading_ = false;
  bool writing_ = false;
  bool closed_ = false;
};

std::unique_ptr<Server> make_server(const ServerOptions& options) {
  if (options.read == "exact" && options.protocol.protocol != Protocol::framed) {
    throw UsageError("--read exact needs a length to read: use it with --protocol framed");
  }
  return asio_engine::make_server<Connection>(options);
}

}  // namespace
}  // namespace iolab::proactor::asio_callbacks

const iolab::ServerProgram iolab::server_program =
    this_program(proactor::asio_callbacks::make_server, {"dispatch", "read", "timer"});
