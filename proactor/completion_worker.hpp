#pragma once

#include <memory>

#include "proactor/proactor.hpp"
#include "proactor/read_buffers.hpp"
#include "shared/server/ticker.hpp"
#include "shared/server/worker.hpp"

namespace iolab {

class CompletionWorker;

/// POSA2's Acceptor: makes a connection of every peer that knocks.
class Acceptor final : public CompletionHandler {
 public:
  Acceptor(CompletionWorker& worker, UniqueHandle listener);
  ~Acceptor() { close(); }

  void handle_event(AsyncOperation& accept) override;
  void resume();
  void close();
  [[nodiscard]] bool is_closed() const { return !listener_; }

 private:
  CompletionWorker& worker_;
  UniqueHandle listener_;
  AsyncOperation accept_;
};

/// Hears the request to stop.
class StopHandler final : public CompletionHandler {
 public:
  explicit StopHandler(CompletionWorker& worker);
  ~StopHandler();

  void handle_event(AsyncOperation& receive) override;
  void resume();

 private:
  CompletionWorker& worker_;
  std::byte token_{};
  AsyncOperation receive_;
};

/// Accepts, ticks and stops: one thread's Proactor with its listener and connections.
class CompletionWorker final : public Worker {
 public:
  CompletionWorker(Service& service, UniqueHandle listener);

  [[nodiscard]] std::string_view engine() const override { return proactor_->engine(); }
  void run() override;

  [[nodiscard]] Proactor& proactor() { return *proactor_; }
  [[nodiscard]] ConnectionManager& connections() { return connections_; }
  [[nodiscard]] ReadBuffers& read_buffers() { return read_buffers_; }
  /// Makes a connection of it; defined beside the connection.
  void serve(UniqueHandle handle);
  void pause_accepting();
  void stop();

 private:
  void tick();

  Service& service_;
  std::unique_ptr<Proactor> proactor_;
  ReadBuffers read_buffers_;
  ConnectionManager connections_;
  Acceptor acceptor_;
  StopHandler stop_handler_;
  Ticker ticker_;
  bool has_complained_ = false;
};

}  // namespace iolab
