// The Proactor with coroutines: the same operations as asio_server.cpp, but a connection's life is
// one loop that reads from top to bottom. Each co_await begins an operation and gives the thread
// back until it is complete. It reads only when all has been written, so what is pending never
// exceeds the replies to one read, whatever --output-limit allows.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "proactor/asio/asio_buffers.hpp"
#include "proactor/asio/asio_dispatch.hpp"
#include "proactor/asio/asio_worker.hpp"
#include "shared/program/this_program.hpp"

namespace iolab::proactor::asio_coroutines {
namespace {

namespace asio = boost::asio;
using asio_engine::error_code;
using asio_engine::Socket;

/// The coroutine's frame holds a shared_ptr to the connection, which therefore lives until the
/// loop has ended.
template <class Executor>
class Connection final : public ManagedConnection,
                         public std::enable_shared_from_this<Connection<Executor>> {
 public:
  using AcceptingWorker = asio_engine::Worker<Connection, Executor>;

  Connection(AcceptingWorker& worker, Socket<Executor> socket, Conversation conversation)
      : ManagedConnection(std::move(conversation)), worker_(worker), socket_(std::move(socket)) {}

  [[nodiscard]] Executor executor() { return socket_.get_executor(); }

  void start() {
    asio::co_spawn(
        executor(), [self = this->shared_from_this()] { return self->converse(); }, asio::detached);
  }

  // These three are called from another strand. The loop wakes from its operation and looks again.
  void drain() override {
    asio::post(executor(), [self = this->shared_from_this()] { self->interrupt(); });
  }
  void close(CloseReason reason) override {
    asio::post(executor(), [self = this->shared_from_this(), reason] {
      self->forced_ = true;
      self->reason_ = reason;
      self->interrupt();
    });
  }
  void went_quiet() override {
    asio::post(executor(), [self = this->shared_from_this()] { self->shrink(); });
  }

 private:
  using Awaitable = asio::awaitable<void, Executor>;
  static constexpr auto await_tuple = asio::as_tuple(asio::use_awaitable_t<Executor>{});

  Awaitable converse() {
    try {
      while (!forced_ && !advance()) {
        if (conversation().wants_write()) {
          // One piece is the usual case, and Asio's operation for many is a large object.
          const BufferSequence output = conversation().pending_output();
          const auto [error, n] = output.is_single()
                                      ? co_await write(asio_engine::to_buffer(output.front()))
                                      : co_await write(asio_engine::ConstBuffers(output));
          written(error, n);
        } else if (!conversation().make_room(chunk_)) {
          fail();
        } else {
          const auto [error, n] = co_await read();
          received(error, n);
        }
      }
    } catch (const std::bad_alloc&) {
      fail();  // of a coroutine's frame: this connection ends, the others go on
    }
    worker_.closed(*this, reason_);
    error_code ignored;  // the handle is gone whatever close() says
    socket_.close(ignored);
  }

  // Not coroutines themselves: each would have a frame of its own.
  auto read() {
    return socket_.async_read_some(asio::buffer(chunk_->bytes(), chunk_->capacity), await_tuple);
  }

  template <class Buffers>
  auto write(const Buffers& buffers) {
    return socket_.async_write_some(buffers, await_tuple);
  }

  void received(error_code error, std::size_t n) {
    if (error == asio::error::operation_aborted) return;
    if (error == asio::error::eof) {
      conversation().received_end();
    } else if (error) {
      fail();
    } else if (conversation().received(chunk_, n)) {
      worker_.touched(*this);
    }
  }

  void written(error_code error, std::size_t n) {
    if (error == asio::error::operation_aborted) return;
    if (error) return fail();
    conversation().sent(n);
    worker_.touched(*this);
  }

  // True if the conversation is finished.
  bool advance() {
    if (worker_.draining() && unread_bytes(socket_.native_handle()) == 0) conversation().drain();
    if (conversation().wants_half_close()) {
      shutdown_send(socket_.native_handle());
      conversation().half_closed();
    }
    if (conversation().finished()) reason_ = conversation().reason();
    return conversation().finished();
  }

  void fail() {
    forced_ = true;
    reason_ = CloseReason::io_error;
  }

  // Ends a read that holds a large chunk: it is begun again with a small one.
  void shrink() {
    conversation().went_quiet();
    if (chunk_ && chunk_->capacity > conversation().read_size()) interrupt();
  }

  void interrupt() {
    error_code ignored;  // already closed: nothing to interrupt
    socket_.cancel(ignored);
  }

  AcceptingWorker& worker_;
  Socket<Executor> socket_;
  ChunkPtr chunk_;  // for the read
  CloseReason reason_ = CloseReason::by_peer;
  bool forced_ = false;  // end now, whatever is pending
};

}  // namespace
}  // namespace iolab::proactor::asio_coroutines

const iolab::ServerProgram iolab::server_program = this_program(
    proactor::asio_engine::make_server<proactor::asio_coroutines::Connection>, {"dispatch"});
