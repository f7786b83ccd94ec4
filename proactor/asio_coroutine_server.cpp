// The Proactor with coroutines: the same operations as asio_server.cpp, but a connection's life is
// one loop that reads from top to bottom. Each co_await begins an operation and gives the thread
// back until it is complete. It reads only when all has been written, so what is pending never
// exceeds the replies to one read, whatever --output-limit allows.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "proactor/asio_dispatch.hpp"
#include "proactor/asio_worker.hpp"

namespace iolab {
namespace {

/// The coroutine's frame holds a shared_ptr to the connection, which therefore lives until the
/// loop has ended.
template <class Executor>
class AsioCoroutineConnection final
    : public Connection,
      public std::enable_shared_from_this<AsioCoroutineConnection<Executor>> {
 public:
  using AcceptingWorker = AsioWorker<AsioCoroutineConnection, Executor>;

  AsioCoroutineConnection(AcceptingWorker& worker, AsioSocket<Executor> socket,
                          Conversation conversation)
      : Connection(std::move(conversation)),
        worker_(worker),
        socket_(std::move(socket)),
        buffer_size_(worker.options().read_size),
        buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_size_)) {}

  [[nodiscard]] Executor executor() { return socket_.get_executor(); }

  void start() {
    asio::co_spawn(
        executor(), [self = this->shared_from_this()] { return self->converse(); }, asio::detached);
  }

  // These two are called from another strand. The loop wakes from its operation and looks again.
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

 private:
  using Awaitable = asio::awaitable<void, Executor>;
  static constexpr auto await_tuple = asio::as_tuple(asio::use_awaitable_t<Executor>{});

  Awaitable converse() {
    try {
      while (!forced_ && !advance()) {
        if (conversation().wants_write()) {
          const auto [error, n] = co_await write();
          written(error, n);
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
    return socket_.async_read_some(asio::buffer(buffer_.get(), buffer_size_), await_tuple);
  }

  auto write() {
    const auto bytes = conversation().pending_output();
    return socket_.async_write_some(asio::buffer(bytes.data(), bytes.size()), await_tuple);
  }

  void received(error_code error, std::size_t n) {
    if (error == asio::error::operation_aborted) return;
    if (error == asio::error::eof) {
      conversation().received_end();
    } else if (error) {
      fail();
    } else if (conversation().received({buffer_.get(), n})) {
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

  void interrupt() {
    error_code ignored;  // already closed: nothing to interrupt
    socket_.cancel(ignored);
  }

  AcceptingWorker& worker_;
  AsioSocket<Executor> socket_;
  std::size_t buffer_size_;
  std::unique_ptr<std::byte[]> buffer_;
  CloseReason reason_ = CloseReason::by_peer;
  bool forced_ = false;  // end now, whatever is pending
};

constexpr std::string_view own_options[] = {"dispatch"};

}  // namespace

const ServerTraits server_traits{
    .name = IOLAB_SERVER_NAME, .pattern = IOLAB_SERVER_PATTERN, .own_options = own_options};

std::unique_ptr<Server> make_server(const ServerOptions& options) {
  return make_asio_server<AsioCoroutineConnection>(options);
}

}  // namespace iolab
