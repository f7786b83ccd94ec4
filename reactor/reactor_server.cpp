// The Reactor from scratch: readiness events say when, the application does the I/O.
#include <iostream>
#include <memory>

#include "reactor/reactor_worker.hpp"
#include "shared/net/sockets.hpp"
#include "shared/server/sharded_server.hpp"

namespace iolab {
namespace {

/// POSA2's concrete event handler. Made by ReactorWorker::serve(); from then on it owns itself,
/// until close().
class ReactorConnection final : public Connection, public EventHandler {
 public:
  ReactorConnection(ReactorWorker& worker, UniqueHandle handle, Conversation conversation);
  ~ReactorConnection() override;

  [[nodiscard]] Handle get_handle() const override { return handle_.get(); }
  void handle_event(Events ready) override;

  /// Does what can be done now and waits for the rest.
  void advance();
  void drain() override { advance(); }
  void close(CloseReason reason) override;

 private:
  void read();
  bool write();

  UniqueHandle handle_;
  ReactorWorker& worker_;
};

ReactorConnection::ReactorConnection(ReactorWorker& worker, UniqueHandle handle,
                                     Conversation conversation)
    : Connection(std::move(conversation)), handle_(std::move(handle)), worker_(worker) {
  worker_.reactor().register_handler(*this, Events::read);
}

ReactorConnection::~ReactorConnection() {
  worker_.reactor().remove_handler(*this);
}

void ReactorConnection::handle_event(Events ready) {
  if (has(ready, Events::read)) {
    read();
  } else {
    advance();
  }
}

void ReactorConnection::read() {
  const std::span<std::byte> buffer = worker_.read_buffer();
  IoResult result;
  // A short read has emptied the socket: asking again would only hear "would block".
  do {
    result = receive(handle_.get(), buffer);
    if (result.status == IoStatus::failed) return close(CloseReason::io_error);
    if (result.status == IoStatus::end) conversation().received_end();
    if (result.status != IoStatus::done) break;
    if (conversation().received(buffer.first(result.bytes))) worker_.connections().touched(*this);
  } while (result.bytes == buffer.size() && conversation().wants_read());
  advance();
}

bool ReactorConnection::write() {
  while (conversation().wants_write()) {
    const IoResult result = send(handle_.get(), conversation().pending_output());
    if (result.status == IoStatus::would_block) break;
    if (result.status == IoStatus::failed) return false;
    conversation().sent(result.bytes);
    worker_.connections().touched(*this);
  }
  return true;
}

// Sends what is pending and arranges what to wait for next.
void ReactorConnection::advance() {
  if (!write()) return close(CloseReason::io_error);
  if (worker_.connections().draining() && unread_bytes(handle_.get()) == 0) conversation().drain();
  if (conversation().wants_half_close()) {
    shutdown_send(handle_.get());
    conversation().half_closed();
  }
  if (conversation().finished()) return close(conversation().reason());
  worker_.reactor().change_interest(
      *this, (conversation().wants_read() ? Events::read : Events::none) |
                 (conversation().wants_write() ? Events::write : Events::none));
}

void ReactorConnection::close(CloseReason reason) {
  worker_.connections().closed(*this, reason);
  delete this;
}

}  // namespace

void ReactorWorker::serve(UniqueHandle handle) {
  std::unique_ptr<ReactorConnection> connection;
  try {
    connection = std::make_unique<ReactorConnection>(*this, std::move(handle),
                                                     connections_.make_conversation());
  } catch (const std::exception& error) {
    // No memory, or the demultiplexer cannot watch it: at worst this connection.
    if (!has_complained_) std::cerr << server_traits.name << ": " << error.what() << std::endl;
    has_complained_ = true;
    return connections_.shed();
  }
  connections_.opened(*connection);
  connection.release()->advance();
}

namespace {

std::unique_ptr<Worker> make_reactor_worker(Service& service, UniqueHandle listener) {
  return std::make_unique<ReactorWorker>(service, std::move(listener));
}

constexpr std::string_view own_options[] = {"demultiplexer"};

}  // namespace

const ServerTraits server_traits{
    .name = IOLAB_SERVER_NAME, .pattern = IOLAB_SERVER_PATTERN, .own_options = own_options};

std::unique_ptr<Server> make_server(const ServerOptions& options) {
  return std::make_unique<ShardedServer>(options, make_reactor_worker);
}

}  // namespace iolab
