// The Proactor without its one-shot interface: one submission keeps accepting, one keeps receiving,
// and the kernel chooses the buffer when there is something to put into it.
#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <iostream>
#include <memory>
#include <optional>

#include "proactor/uring_multishot_worker.hpp"
#include "shared/net/sockets.hpp"
#include "shared/server/sharded_server.hpp"

namespace iolab {
namespace {

bool was_reset(Handle handle) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(handle, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

/// POSA2's concrete completion handler. Made by MultishotWorker::serve(); from then on it owns
/// itself, until close() was called and all its operations have come back. In flight are at most
/// one multishot receive and one send of all that is pending in one piece.
class alignas(kind_bits + 1) MultishotConnection final : public Connection {
 public:
  MultishotConnection(MultishotWorker& worker, UniqueHandle handle, Conversation conversation);

  void read(const io_uring_cqe& receive);
  void write(const io_uring_cqe& send);
  void called_back(const io_uring_cqe& cancel);

  /// Starts what can be started now and waits for the rest.
  void advance();
  void drain() override { advance(); }
  void close(CloseReason reason) override;

 private:
  [[nodiscard]] bool may_hide_reset(const io_uring_cqe& receive);
  void look_for_more();
  void receive_on();
  void call_back();
  void send();
  void release();

  UniqueHandle handle_;
  MultishotWorker& worker_;
  // What is in flight.
  bool receiving_ = false;
  bool calling_back_ = false;  // the receive is to end
  bool cancelling_ = false;    // the cancel that says so
  bool sending_ = false;
  bool drained_ = false;  // nothing had arrived that is not answered
  std::optional<CloseReason> closing_;
};

MultishotConnection::MultishotConnection(MultishotWorker& worker, UniqueHandle handle,
                                         Conversation conversation)
    : Connection(std::move(conversation)), handle_(std::move(handle)), worker_(worker) {}

void MultishotConnection::read(const io_uring_cqe& receive) {
  if (is_last(receive)) receiving_ = calling_back_ = false;
  const std::span<const std::byte> bytes = worker_.buffers().bytes(receive);
  if (!closing_ && !bytes.empty() && conversation().received(bytes)) {
    worker_.connections().touched(*this);
  }
  worker_.buffers().give_back(receive);
  if (closing_) return release();
  if (receive.res == 0) conversation().received_end();
  if (may_hide_reset(receive) && was_reset(handle_.get())) return close(CloseReason::io_error);
  // Without a buffer left, or called back, the receive has ended but not the connection.
  if (receive.res < 0 && receive.res != -ENOBUFS && receive.res != -ECANCELED) {
    return close(CloseReason::io_error);
  }
  advance();
}

// When bytes come with a reset behind them, the kernel (seen with 6.18) finds the socket empty and
// goes on to wait, though nothing more will happen. A reply would hear of it; where there is none,
// ask.
bool MultishotConnection::may_hide_reset(const io_uring_cqe& receive) {
  return !is_last(receive) && (receive.flags & IORING_CQE_F_SOCK_NONEMPTY) == 0 &&
         !conversation().wants_write();
}

void MultishotConnection::write(const io_uring_cqe& send) {
  sending_ = false;
  conversation().sent(send.res > 0 ? static_cast<std::size_t>(send.res) : 0);
  if (closing_) return release();
  if (send.res < 0) return close(CloseReason::io_error);
  worker_.connections().touched(*this);
  advance();
}

// A cancel that finds the receive about to run misses it, and it goes on: then ask again. One that
// did not miss has nothing more to say, as the receive will report its own end.
void MultishotConnection::called_back(const io_uring_cqe& cancel) {
  cancelling_ = false;
  if (receiving_ && cancel.res < 0) {
    calling_back_ = false;
    call_back();
  }
  if (closing_) release();
}

// Arranges what to do next.
void MultishotConnection::advance() {
  if (worker_.connections().draining() && !drained_) look_for_more();
  if (conversation().wants_half_close()) {
    shutdown_send(handle_.get());
    conversation().half_closed();
  }
  if (conversation().finished()) return close(conversation().reason());
  if (conversation().wants_write() && !sending_) send();
  if (conversation().wants_read()) {
    receive_on();
  } else {
    call_back();
  }
}

// While a receive is in flight, bytes may be on their way from the socket to read().
void MultishotConnection::look_for_more() {
  if (receiving_) return call_back();
  if (unread_bytes(handle_.get()) > 0) return;
  drained_ = true;
  conversation().drain();
}

void MultishotConnection::receive_on() {
  if (receiving_) return;
  io_uring_sqe& entry = worker_.submission();
  io_uring_prep_recv_multishot(&entry, handle_.get(), nullptr, 0, 0);
  entry.flags |= IOSQE_BUFFER_SELECT;
  entry.buf_group = UringBuffers::group;
  // First wait, then take a buffer: else it would want one even when there is nothing to read.
  entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
  entry.user_data = tag(this, Kind::receive);
  receiving_ = true;
}

void MultishotConnection::call_back() {
  if (!receiving_ || calling_back_) return;
  worker_.cancel(tag(this, Kind::receive), tag(this, Kind::cancel));
  calling_back_ = cancelling_ = true;
}

void MultishotConnection::send() {
  const std::span<const std::byte> bytes = conversation().pending_output();
  io_uring_sqe& entry = worker_.submission();
  io_uring_prep_send(&entry, handle_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  entry.user_data = tag(this, Kind::send);
  sending_ = true;
}

void MultishotConnection::close(CloseReason reason) {
  if (closing_) return;
  closing_ = reason;
  call_back();
  if (sending_) worker_.cancel(tag(this, Kind::send));
  release();
}

// Closing a descriptor would not end its operations: wait for all of them.
void MultishotConnection::release() {
  if (receiving_ || cancelling_ || sending_) return;
  worker_.connections().closed(*this, *closing_);
  delete this;
}

}  // namespace

void MultishotWorker::handle_completions() {
  ring_.reap([this](const io_uring_cqe& completion) {
    void* const owner = reinterpret_cast<void*>(completion.user_data & ~kind_bits);
    switch (static_cast<Kind>(completion.user_data & kind_bits)) {
      case Kind::none:
        break;
      case Kind::accept:
        acceptor_.handle_event(completion);
        break;
      case Kind::stop:
        stop();
        break;
      case Kind::receive:
        static_cast<MultishotConnection*>(owner)->read(completion);
        break;
      case Kind::send:
        static_cast<MultishotConnection*>(owner)->write(completion);
        break;
      case Kind::cancel:
        static_cast<MultishotConnection*>(owner)->called_back(completion);
        break;
    }
  });
}

void MultishotWorker::serve(UniqueHandle handle) {
  std::unique_ptr<MultishotConnection> connection;
  try {
    connection = std::make_unique<MultishotConnection>(*this, std::move(handle),
                                                       connections_.make_conversation());
  } catch (const std::exception& error) {
    // No memory: at worst this connection.
    if (!has_complained_) std::cerr << server_traits.name << ": " << error.what() << std::endl;
    has_complained_ = true;
    return connections_.shed();
  }
  connections_.opened(*connection);
  connection.release()->advance();
}

namespace {

std::unique_ptr<Worker> make_multishot_worker(Service& service, UniqueHandle listener) {
  return std::make_unique<MultishotWorker>(service, std::move(listener));
}

constexpr std::string_view own_options[] = {"uring-setup", "uring-entries", "provided-buffers"};

}  // namespace

const ServerTraits server_traits{
    .name = IOLAB_SERVER_NAME, .pattern = IOLAB_SERVER_PATTERN, .own_options = own_options};

std::unique_ptr<Server> make_server(const ServerOptions& options) {
  if (!std::has_single_bit(options.provided_buffers)) {
    throw UsageError("--provided-buffers must be a power of two");
  }
  return std::make_unique<ShardedServer>(options, make_multishot_worker);
}

}  // namespace iolab
