// The Reactor hidden in a library: libevent's bufferevents read and write, the application is told
// that it has been done. What looks like a Proactor is readiness and a copy.
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include <memory>

#include "reactor/libevent_event.hpp"
#include "shared/net/accept.hpp"
#include "shared/net/sockets.hpp"
#include "shared/program/process.hpp"
#include "shared/program/this_program.hpp"
#include "shared/server/admission.hpp"

namespace iolab::reactor::bufferevent {
namespace {

using libevent::Event;
using libevent::EventBase;
using libevent::make_event_base;
using libevent::to_timeval;

struct ListenerDeleter {
  void operator()(evconnlistener* listener) const { evconnlistener_free(listener); }
};
using Listener = std::unique_ptr<evconnlistener, ListenerDeleter>;

struct BuffereventDeleter {
  // Disable first. A bufferevent that is freed within its own callback is freed only when that
  // returns. Until then it would go on watching the handle, which is closed by then, and another
  // thread may have opened a connection with the same number.
  void operator()(::bufferevent* stream) const {
    bufferevent_disable(stream, EV_READ | EV_WRITE);
    bufferevent_free(stream);
  }
};
using Bufferevent = std::unique_ptr<::bufferevent, BuffereventDeleter>;

class Worker;

/// Made by Worker::serve(); from then on it owns itself, until close().
class Connection final : public ManagedConnection {
 public:
  Connection(Worker& worker, UniqueHandle handle, Conversation conversation);

  /// Does what can be done now and waits for the rest.
  void advance();
  void drain() override { advance(); }
  void close(CloseReason reason) override;

  /// Calls a member function; when memory runs out, this connection is over and only this one.
  template <void (Connection::*handler)()>
  static void call(::bufferevent*, void* self) noexcept;

 private:
  static void on_event(::bufferevent*, short what, void* self) noexcept;
  static void on_output_change(evbuffer*, const evbuffer_cb_info* change, void* self) noexcept;

  void read();
  void write();
  void sent(std::size_t n);

  UniqueHandle handle_;
  Worker& worker_;
  Bufferevent stream_;
  std::size_t lent_ = 0;  // bytes of the conversation that the output buffer points to
};

class Worker final : public ServerWorker {
 public:
  Worker(Service& service, UniqueHandle listener);

  [[nodiscard]] std::string_view engine() const override {
    return event_base_get_method(base_.get());
  }
  void run() override;
  void out_of_memory() { pause_accepting(); }

  [[nodiscard]] event_base* base() { return base_.get(); }
  [[nodiscard]] ConnectionManager& connections() { return connections_; }
  void stop_if_drained();

 private:
  static void on_accept(evconnlistener*, evutil_socket_t handle, sockaddr*, int,
                        void* self) noexcept;
  static void on_accept_error(evconnlistener*, void* self) noexcept;
  void pause_accepting();
  void serve(UniqueHandle handle);
  void tick();
  void stop();

  Service& service_;
  EventBase base_;
  UniqueHandle listener_handle_;
  Listener listener_;
  ConnectionManager connections_;
  Event<Worker, &Worker::tick> tick_;
  Event<Worker, &Worker::stop> stop_;
};

Worker::Worker(Service& service, UniqueHandle listener)
    : service_(service),
      base_(make_event_base()),
      listener_handle_(std::move(listener)),
      listener_(evconnlistener_new(base(), on_accept, this, LEV_OPT_CLOSE_ON_EXEC, 0,
                                   listener_handle_.get())),
      connections_(service),
      tick_(base(), -1, EV_PERSIST, this),
      stop_(base(), wake_up().handle(), EV_READ, this) {
  // libevent writes with writev, which has no MSG_NOSIGNAL: a closed peer would end the process.
  ignore_broken_pipes();
  if (!listener_) throw std::bad_alloc();
  evconnlistener_set_error_cb(listener_.get(), on_accept_error);
}

void Worker::run() {
  const timeval period = to_timeval(connections_.tick_period());
  tick_.enable(true, &period);
  stop_.enable(true);
  if (event_base_dispatch(base()) < 0) throw std::runtime_error("libevent's loop failed");
}

void Worker::on_accept(evconnlistener*, evutil_socket_t handle, sockaddr*, int,
                       void* self) noexcept {
  auto& worker = *static_cast<Worker*>(self);
  UniqueHandle accepted(handle);
  configure_connection(accepted.get());
  worker.serve(std::move(accepted));
}

// A connection that cannot be accepted keeps the listener readable, so libevent would call this
// again at once, and again: the listener is disabled until the next tick.
void Worker::on_accept_error(evconnlistener*, void* self) noexcept {
  if (accept_status(last_socket_error()) != AcceptStatus::no_resources) return;
  static_cast<Worker*>(self)->pause_accepting();
}

void Worker::pause_accepting() {
  service_.statistics.accept_paused();
  if (listener_) evconnlistener_disable(listener_.get());
}

void Worker::serve(UniqueHandle handle) {
  auto connection = admit_connection(connections_, [&](Conversation conversation) {
    return std::make_unique<Connection>(*this, std::move(handle), std::move(conversation));
  });
  if (connection) Connection::call<&Connection::advance>(nullptr, connection.release());
}

void Worker::tick() {
  connections_.tick();
  if (connections_.draining()) return stop_if_drained();
  evconnlistener_enable(listener_.get());
}

void Worker::stop() {
  listener_.reset();
  listener_handle_.reset();
  connections_.drain();
  stop_if_drained();
}

void Worker::stop_if_drained() {
  if (connections_.drained()) event_base_loopbreak(base());
}

Connection::Connection(Worker& worker, UniqueHandle handle, Conversation conversation)
    : ManagedConnection(std::move(conversation)),
      handle_(std::move(handle)),
      worker_(worker),
      stream_(bufferevent_socket_new(worker.base(), handle_.get(), 0)) {
  if (!stream_) throw std::bad_alloc();
  bufferevent_setcb(stream_.get(), call<&Connection::read>, call<&Connection::advance>, on_event,
                    this);
  bufferevent_set_max_single_read(stream_.get(), this->conversation().read_size());
  evbuffer* const output = bufferevent_get_output(stream_.get());
  if (!evbuffer_add_cb(output, on_output_change, this)) throw std::bad_alloc();
}

// No exception may pass through libevent's own frames.
template <void (Connection::*handler)()>
void Connection::call(::bufferevent*, void* self) noexcept {
  auto* const connection = static_cast<Connection*>(self);
  try {
    (connection->*handler)();
  } catch (const std::bad_alloc&) {
    connection->close(CloseReason::io_error);
  }
}

void Connection::on_event(::bufferevent* stream, short what, void* self) noexcept {
  auto* const connection = static_cast<Connection*>(self);
  if ((what & BEV_EVENT_ERROR) != 0) return connection->close(CloseReason::io_error);
  if ((what & BEV_EVENT_EOF) == 0) return;
  connection->conversation().received_end();
  call<&Connection::advance>(stream, self);
}

void Connection::on_output_change(evbuffer*, const evbuffer_cb_info* change, void* self) noexcept {
  if (change->n_deleted > 0) static_cast<Connection*>(self)->sent(change->n_deleted);
}

void Connection::read() {
  ChunkPtr chunk;  // what the bufferevent has read is copied to here
  for (;;) {
    if (!conversation().make_room(chunk)) return close(CloseReason::io_error);
    const std::size_t n = bufferevent_read(stream_.get(), chunk->bytes(), chunk->capacity);
    if (n == 0) break;
    if (conversation().received(chunk, n)) worker_.connections().touched(*this);
  }
  bufferevent_set_max_single_read(stream_.get(), conversation().read_size());
  advance();
}

// Lends what is pending instead of handing it over: it stays in the conversation, where the output
// limit sees it. A bufferevent has no such limit of its own.
void Connection::write() {
  if (lent_ > 0) return;
  evbuffer* const output = bufferevent_get_output(stream_.get());
  for (const std::span<const std::byte> piece : conversation().pending_output()) {
    if (evbuffer_add_reference(output, piece.data(), piece.size(), nullptr, nullptr) != 0) {
      throw std::bad_alloc();
    }
    lent_ += piece.size();
  }
}

void Connection::sent(std::size_t n) {
  lent_ -= n;
  conversation().sent(n);
  worker_.connections().touched(*this);
}

// Does what can be done now and arranges what to wait for next.
void Connection::advance() {
  write();
  if (worker_.connections().draining() && unread_bytes(handle_.get()) == 0) conversation().drain();
  if (conversation().wants_half_close()) {
    shutdown_send(handle_.get());
    conversation().half_closed();
  }
  if (conversation().finished()) return close(conversation().reason());
  const bool wants_read = conversation().wants_read();
  const bool reads = (bufferevent_get_enabled(stream_.get()) & EV_READ) != 0;
  if (reads == wants_read) return;
  const auto change = wants_read ? bufferevent_enable : bufferevent_disable;
  if (change(stream_.get(), EV_READ) != 0) throw std::bad_alloc();
}

void Connection::close(CloseReason reason) {
  Worker& worker = worker_;
  worker.connections().closed(*this, reason);
  delete this;
  worker.stop_if_drained();
}

}  // namespace
}  // namespace iolab::reactor::bufferevent

const iolab::ServerProgram iolab::server_program = sharded<reactor::bufferevent::Worker>();
