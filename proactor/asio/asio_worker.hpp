#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <memory>
#include <mutex>
#include <system_error>

#include "proactor/asio/asio_backend.hpp"
#include "shared/net/accept.hpp"
#include "shared/net/sockets.hpp"
#include "shared/server/admission.hpp"
#include "shared/server/server_worker.hpp"

namespace iolab::proactor::asio_engine {

namespace asio = boost::asio;
using boost::system::error_code;

/// What a connection's handlers run on: the context itself when one thread runs it, …
using PlainExecutor = asio::io_context::executor_type;
/// … and a strand when several do, so that a connection's handlers never overlap.
using StrandExecutor = asio::strand<PlainExecutor>;

template <class Executor>
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

/// Accepts connections, ticks and stops, for both Asio servers. One thread runs it (PlainExecutor)
/// or several do (StrandExecutor). `Connection<Executor>` is made with (worker, socket,
/// conversation), then start() is called; it reports its end with closed().
template <template <class> class ConnectionType, class Executor>
class Worker final : public ServerWorker {
 public:
  Worker(Service& service, UniqueHandle listener, int threads)
      : service_(service),
        context_(threads),
        executor_(make_executor()),
        acceptor_(executor_),
        tick_timer_(executor_),
        wake_up_socket_(executor_),
        connections_(service) {
    const bool v6 = is_ipv6(listener.get());
    acceptor_.assign(v6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), listener.release());
    // The socket must not close what WakeUp owns, hence release() in the destructor.
    wake_up_socket_.assign(asio::generic::stream_protocol(AF_UNIX, 0), wake_up().handle());
    accept();
    wait_for_tick();
    wait_for_stop();
  }

  ~Worker() override {
    error_code ignored;  // at worst a descriptor is closed twice at the very end
    wake_up_socket_.release(ignored);
  }

  [[nodiscard]] std::string_view engine() const override { return asio_backend; }

  /// May run in several threads at once if it was made for them. Ends when no handler is left.
  void run() override { context_.run(); }

  [[nodiscard]] const ServerOptions& options() const noexcept { return service_.options; }
  [[nodiscard]] bool draining() const noexcept { return connections_.draining(); }

  void touched(ManagedConnection& connection) {
    if (connections_.is_current(connection)) return;
    const std::lock_guard lock(mutex_);
    connections_.touched(connection);
  }

  void closed(ManagedConnection& connection, CloseReason reason) {
    const std::lock_guard lock(mutex_);
    connections_.closed(connection, reason);
    if (connections_.drained()) asio::post(executor_, [this] { tick_timer_.cancel(); });
  }

 private:
  Executor make_executor() {
    if constexpr (std::is_same_v<Executor, StrandExecutor>) {
      return asio::make_strand(context_);
    } else {
      return context_.get_executor();
    }
  }

  void accept() {
    acceptor_.async_accept(make_executor(), [this](error_code error, Socket<Executor> socket) {
      if (error == asio::error::operation_aborted || draining()) return;
      const AcceptStatus status = accept_status(error.value());
      if (status == AcceptStatus::accepted) serve(std::move(socket));
      if (status == AcceptStatus::no_resources) return pause_accepting();
      accept();
    });
  }

  // The next accept would fail for the same reason: wait for the next tick.
  void pause_accepting() {
    service_.statistics.accept_paused();
    accept_paused_ = true;
  }

  void serve(Socket<Executor> socket) {
    configure_connection(socket.native_handle());
    std::shared_ptr<ConnectionType<Executor>> connection;
    {
      const std::lock_guard lock(mutex_);
      connection = admit_connection(connections_, [&](Conversation conversation) {
        return std::make_shared<ConnectionType<Executor>>(*this, std::move(socket),
                                                          std::move(conversation));
      });
    }
    if (!connection) return;
    asio::dispatch(connection->executor(), [connection] { connection->start(); });
  }

  void wait_for_tick() {
    tick_timer_.expires_after(connections_.tick_period());
    tick_timer_.async_wait([this](error_code error) {
      if (!error) tick();
    });
  }

  void tick() {
    const std::lock_guard lock(mutex_);
    connections_.tick();
    if (connections_.drained()) return;
    if (accept_paused_ && !draining()) {
      accept_paused_ = false;
      accept();
    }
    wait_for_tick();
  }

  void wait_for_stop() {
    wake_up_socket_.async_read_some(asio::buffer(&token_, 1), [this](error_code, std::size_t) {
      error_code ignored;  // closing an acceptor cannot fail in a way that matters now
      acceptor_.close(ignored);
      const std::lock_guard lock(mutex_);
      connections_.drain();
      if (connections_.drained()) tick_timer_.cancel();
    });
  }

  Service& service_;
  asio::io_context context_;
  Executor executor_;  // of everything here that is not a connection's
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor_;
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>, Executor>
      tick_timer_;
  asio::basic_stream_socket<asio::generic::stream_protocol, Executor> wake_up_socket_;
  std::byte token_{};
  bool accept_paused_ = false;
  std::mutex mutex_;  // guards connections_; free of contention when one thread runs
  ConnectionManager connections_;
};

}  // namespace iolab::proactor::asio_engine
