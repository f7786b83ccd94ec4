#pragma once

#include <memory>
#include <vector>

#include "reactor/reactor.hpp"
#include "shared/server/connection_manager.hpp"
#include "shared/server/server_worker.hpp"
#include "shared/server/ticker.hpp"

namespace iolab::reactor {

class Worker;

/// POSA2's Acceptor: accepts new connections and passes each to the worker.
class Acceptor final : public EventHandler {
 public:
  Acceptor(Worker& worker, UniqueHandle listener);
  ~Acceptor() { close(); }

  [[nodiscard]] Handle get_handle() const override { return listener_.get(); }
  void handle_event(Events ready) override;
  void pause();
  void resume();
  void close();

 private:
  Worker& worker_;
  UniqueHandle listener_;
};

/// Receives the request to stop.
class StopHandler final : public EventHandler {
 public:
  explicit StopHandler(Worker& worker);
  ~StopHandler();

  [[nodiscard]] Handle get_handle() const override;
  void handle_event(Events ready) override;

 private:
  Worker& worker_;
};

/// Accepts, ticks and stops: one thread's Reactor with its listener and connections.
class Worker final : public ServerWorker {
 public:
  Worker(Service& service, UniqueHandle listener);

  [[nodiscard]] static std::vector<std::string_view> own_options() { return {"demultiplexer"}; }
  [[nodiscard]] std::string_view engine() const override { return reactor_.engine(); }
  void run() override;

  [[nodiscard]] Reactor& reactor() { return reactor_; }
  [[nodiscard]] ConnectionManager& connections() { return connections_; }
  /// Makes a connection of an accepted handle, if there is room.
  void serve(UniqueHandle handle);
  void pause_accepting();
  void stop();

 private:
  void tick();

  Service& service_;
  Reactor reactor_;
  ConnectionManager connections_;
  Acceptor acceptor_;
  StopHandler stop_handler_;
  Ticker ticker_;
};

}  // namespace iolab::reactor
