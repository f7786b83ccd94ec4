#pragma once

#include <span>
#include <vector>

#include "experiments/baselines/half_async_connection.hpp"
#include "experiments/baselines/request_queue.hpp"
#include "reactor/reactor.hpp"
#include "shared/server/connection_manager.hpp"
#include "shared/server/ticker.hpp"

namespace iolab::half_sync_half_async {

using reactor::EventHandler;
using reactor::Events;
using reactor::Reactor;

/// Calls a member function of its owner when a handle of the owner's is readable.
template <class Owner, void (Owner::*handler)()>
class Readable final : public EventHandler {
 public:
  Readable(Reactor& reactor, Handle handle, Owner& owner)
      : reactor_(reactor), handle_(handle), owner_(owner) {
    reactor_.register_handler(*this, Events::read);
  }
  ~Readable() { remove(); }

  [[nodiscard]] Handle get_handle() const override { return handle_; }
  void handle_event(Events) override { (owner_.*handler)(); }
  void enable(bool wanted) {
    reactor_.change_interest(*this, wanted ? Events::read : Events::none);
  }
  void remove() { reactor_.remove_handler(*this); }

 private:
  Reactor& reactor_;
  Handle handle_;
  Owner& owner_;
};

/// The asynchronous layer: accepts, reads, hands over, writes, closes; all on the thread that runs
/// it, which waits for events and for nothing else.
class Front {
 public:
  /// The references outlive it. Throws std::system_error.
  Front(Service& service, UniqueHandle listener, RequestQueue& requests);

  [[nodiscard]] std::string_view engine() const { return reactor_.engine(); }
  /// Its notification is the request to stop.
  [[nodiscard]] const WakeUp& wake_up() const { return wake_up_; }
  /// Serves until stopped and drained. Throws std::system_error if the Reactor fails.
  void run();

  [[nodiscard]] Reactor& reactor() { return reactor_; }
  [[nodiscard]] ConnectionManager& connections() { return connections_; }
  [[nodiscard]] RequestQueue& requests() { return requests_; }

  /// The connection has input but no request is available: advances it when one is.
  void park(Connection& connection) { parked_.push_back(connection); }

 private:
  using ParkedConnections =
      boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>>;

  void accept();
  void pause_accepting();
  void serve(UniqueHandle handle);
  void take_processed();
  void advance_parked();
  void tick();
  void stop();

  Service& service_;
  RequestQueue& requests_;
  WakeUp wake_up_;
  Reactor reactor_;
  UniqueHandle listener_;
  ConnectionManager connections_;
  ParkedConnections parked_;
  Readable<Front, &Front::accept> acceptable_;
  Readable<Front, &Front::take_processed> processed_;
  Readable<Front, &Front::stop> stop_;
  Ticker ticker_;
};

}  // namespace iolab::half_sync_half_async
