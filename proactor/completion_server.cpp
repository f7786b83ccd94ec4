// The Proactor from scratch: the engine does the I/O, completions say what became of it. Written
// once for every engine; the linker chooses make_proactor().
#include <cerrno>
#include <iostream>
#include <memory>
#include <optional>

#include "proactor/completion_worker.hpp"
#include "shared/net/sockets.hpp"
#include "shared/server/sharded_server.hpp"

namespace iolab {
namespace {

/// POSA2's concrete completion handler. Made by CompletionWorker::serve(); from then on it owns
/// itself, until close() was called and what it lent to the engine has come back. At most one
/// receive and one send are in flight.
class CompletionConnection final : public Connection, public CompletionHandler {
 public:
  CompletionConnection(CompletionWorker& worker, UniqueHandle handle, Conversation conversation);
  ~CompletionConnection() override;

  void handle_event(AsyncOperation& operation) override;

  /// Starts what can be started now and waits for the rest.
  void advance();
  void drain() override;
  void close(CloseReason reason) override;

 private:
  void read();
  void write();
  void release();

  UniqueHandle handle_;
  CompletionWorker& worker_;
  ReadBuffers::Buffer read_buffer_;  // one each: lent before there is anything to read
  AsyncOperation receive_;
  AsyncOperation send_;
  std::optional<CloseReason> closing_;
};

CompletionConnection::CompletionConnection(CompletionWorker& worker, UniqueHandle handle,
                                           Conversation conversation)
    : Connection(std::move(conversation)),
      handle_(std::move(handle)),
      worker_(worker),
      read_buffer_(worker.read_buffers().take()),
      receive_(OperationKind::receive, handle_.get(), *this),
      send_(OperationKind::send, handle_.get(), *this) {
  worker_.proactor().associate(handle_.get());
  receive_.buffer = {read_buffer_.get(), worker.read_buffers().size()};
}

CompletionConnection::~CompletionConnection() {
  worker_.proactor().dissociate(handle_.get());
}

void CompletionConnection::handle_event(AsyncOperation& operation) {
  if (operation.kind == OperationKind::receive) {
    read();
  } else {
    write();
  }
}

void CompletionConnection::read() {
  const auto& [error, accepted, bytes] = receive_.result;
  if (closing_) return release();
  if (error != 0 && error != ECANCELED) return close(CloseReason::io_error);
  if (error == 0 && bytes == 0) conversation().received_end();
  if (bytes > 0 && conversation().received(receive_.buffer.first(bytes))) {
    worker_.connections().touched(*this);
  }
  advance();
}

void CompletionConnection::write() {
  conversation().sent(send_.result.bytes);
  if (closing_) return release();
  if (send_.result.error != 0) return close(CloseReason::io_error);
  worker_.connections().touched(*this);
  advance();
}

// Arranges what to do next.
void CompletionConnection::advance() {
  // While a receive is in flight, bytes may be on their way from the socket to read().
  if (worker_.connections().draining() && !receive_.in_flight && unread_bytes(handle_.get()) == 0) {
    conversation().drain();
  }
  if (conversation().wants_half_close()) {
    shutdown_send(handle_.get());
    conversation().half_closed();
  }
  if (conversation().finished()) return close(conversation().reason());
  if (conversation().wants_write() && !send_.in_flight) {
    send_.lend(conversation().pending_output());
    worker_.proactor().submit(send_);
  }
  if (conversation().wants_read() && !receive_.in_flight) worker_.proactor().submit(receive_);
}

// Calls the receive back, to know what has arrived.
void CompletionConnection::drain() {
  worker_.proactor().cancel(receive_);
  advance();
}

void CompletionConnection::close(CloseReason reason) {
  if (closing_) return;
  closing_ = reason;
  worker_.proactor().cancel(receive_);
  worker_.proactor().cancel(send_);
  release();
}

// Closing a descriptor would neither end its operations nor free their buffers: wait for both.
void CompletionConnection::release() {
  if (receive_.in_flight || send_.in_flight) return;
  worker_.connections().closed(*this, *closing_);
  delete this;
}

}  // namespace

void CompletionWorker::serve(UniqueHandle handle) {
  std::unique_ptr<CompletionConnection> connection;
  try {
    connection = std::make_unique<CompletionConnection>(*this, std::move(handle),
                                                        connections_.make_conversation());
  } catch (const std::exception& error) {
    // No memory, or the engine cannot take it: at worst this connection.
    if (!has_complained_) std::cerr << server_traits.name << ": " << error.what() << std::endl;
    has_complained_ = true;
    return connections_.shed();
  }
  connections_.opened(*connection);
  connection.release()->advance();
}

namespace {

std::unique_ptr<Worker> make_completion_worker(Service& service, UniqueHandle listener) {
  return std::make_unique<CompletionWorker>(service, std::move(listener));
}

}  // namespace

const ServerTraits server_traits{
    .name = IOLAB_SERVER_NAME, .pattern = IOLAB_SERVER_PATTERN, .own_options = proactor_options};

std::unique_ptr<Server> make_server(const ServerOptions& options) {
  return std::make_unique<ShardedServer>(options, make_completion_worker);
}

}  // namespace iolab
