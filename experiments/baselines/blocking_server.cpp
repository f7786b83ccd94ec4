#include "experiments/baselines/blocking_server.hpp"

#include <exception>
#include <new>
#include <system_error>
#include <thread>

#include "experiments/baselines/blocking_connection.hpp"
#include "shared/net/accept.hpp"
#include "shared/server/ticker.hpp"

namespace iolab::blocking {
namespace {

const ServerOptions& checked(const ServerOptions& options) {
  if (options.output_limit == 0) {
    throw UsageError(
        "this server never reads while output is pending: --output-limit 0 is not possible");
  }
  return options;
}

}  // namespace

BlockingServer::BlockingServer(const ServerOptions& options)
    : service_(checked(options)),
      listener_(listen_on(options.bind, options.port, false)),
      port_(local_port(listener_.get())),
      connections_(service_, wake_up_) {
  set_nonblocking(listener_.get(), false);
}

void BlockingServer::run() {
  std::exception_ptr failure;
  try {
    start_threads();
  } catch (const std::system_error&) {
    failure = std::current_exception();
    drain();
  }
  Ticker ticker(connections_.tick_period());
  while (!connections_.drained()) {
    if (wake_up_.wait(ticker.time_left())) drain();
    if (!ticker.due()) continue;
    connections_.tick();
    // A thread that was about to receive has missed the interrupt: the signal came first, then the
    // call began, and now it waits. So interrupt again.
    if (connections_.draining()) connections_.drain();
  }
  join_threads();
  if (failure) std::rethrow_exception(failure);
}

void BlockingServer::drain() {
  connections_.drain();
  shutdown_both(listener_.get());
}

void BlockingServer::accept() {
  while (!connections_.draining()) {
    AcceptResult result = accept_connection(listener_.get());
    switch (result.status) {
      case AcceptStatus::accepted:
        admit(std::move(result.handle));
        break;
      case AcceptStatus::peer_gone:
      case AcceptStatus::would_block:
        break;
      case AcceptStatus::no_resources:
        pause_accepting();
        break;
    }
  }
}

void BlockingServer::admit(UniqueHandle handle) noexcept {
  if (!connections_.admit()) return;
  try {
    set_nonblocking(handle.get(), false);
    dispatch(std::move(handle));
  } catch (const std::exception&) {  // no thread or no memory for it
    connections_.shed();
    pause_accepting();
  }
}

// The next accept would fail for the same reason: wait for the next tick.
void BlockingServer::pause_accepting() noexcept {
  service_.statistics.accept_paused();
  std::this_thread::sleep_for(connections_.tick_period());
}

void BlockingServer::serve(UniqueHandle handle) noexcept {
  try {
    Connection connection(connections_, std::move(handle), connections_.make_conversation());
    connections_.opened(connection);
    const CloseReason reason = connection.serve();
    connections_.closed(connection, reason);
  } catch (const std::bad_alloc&) {
    connections_.shed();
  }
}

}  // namespace iolab::blocking
