// The Proactor as users of Asio write it: an operation is begun with a buffer, and a handler is
// called when it is complete. Compiled once for io_uring (or IOCP), where the system performs the
// operation, and once for epoll (or kqueue), where Asio performs it when the socket is ready.
#include <boost/asio/read.hpp>
#include <memory>
#include <optional>

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
      : ManagedConnection(std::move(conversation)),
        worker_(worker),
        socket_(std::move(socket)),
        buffer_size_(worker.options().read_size),
        buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_size_)) {
    if (worker.options().read == "exact") exact_reader_.emplace();
    if (worker.options().timer == "per-operation") timer_ = std::make_unique<Timer>(executor());
  }

  [[nodiscard]] Executor executor() { return socket_.get_executor(); }
  void start() { advance(); }

  // These two are called from another strand.
  void drain() override {
    asio::post(executor(), [self = this->shared_from_this()] { self->interrupt(); });
  }
  void close(CloseReason reason) override {
    asio::post(executor(), [self = this->shared_from_this(), reason] { self->finish(reason); });
  }

 private:
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void read() {
    if (reading_ || !conversation().wants_read()) return;
    reading_ = true;
    arm_timer();
    auto handler = [self = this->shared_from_this()](error_code error, std::size_t n) {
      self->read_done(error, n);
    };
    if (exact_reader_) {
      const std::size_t n = std::min(exact_reader_->wanted(), buffer_size_);
      asio::async_read(socket_, asio::buffer(buffer_.get(), n), std::move(handler));
    } else {
      socket_.async_read_some(asio::buffer(buffer_.get(), buffer_size_), std::move(handler));
    }
  }

  void read_done(error_code error, std::size_t n) {
    reading_ = false;
    if (closed_) return;
    if (error == asio::error::eof) {
      conversation().received_end();
    } else if (error && error != asio::error::operation_aborted) {
      return finish(CloseReason::io_error);
    }
    const std::span<const std::byte> bytes(buffer_.get(), n);
    if (exact_reader_) exact_reader_->received(bytes);
    if (!bytes.empty() && conversation().received(bytes)) worker_.touched(*this);
    advance();
  }

  void write() {
    if (writing_ || !conversation().wants_write()) return;
    writing_ = true;
    arm_timer();
    const auto bytes = conversation().pending_output();
    socket_.async_write_some(asio::buffer(bytes.data(), bytes.size()),
                             [self = this->shared_from_this()](error_code error, std::size_t n) {
                               self->write_done(error, n);
                             });
  }

  void write_done(error_code error, std::size_t n) {
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
  std::size_t buffer_size_;
  std::unique_ptr<std::byte[]> buffer_;
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
