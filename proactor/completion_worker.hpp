#pragma once

#include <memory>

#include "proactor/proactor.hpp"
#include "proactor/read_buffers.hpp"
#include "shared/server/connection_manager.hpp"
#include "shared/server/server_worker.hpp"
#include "shared/server/ticker.hpp"

namespace iolab::proactor {

class Worker;

/// POSA2's Acceptor: accepts new connections and passes each to the worker.
class Acceptor final : public CompletionHandler {
 public:
  Acceptor(Worker& worker, UniqueHandle listener);
  ~Acceptor() { close(); }

  void handle_event(AsyncOperation& accept) override;
  void resume();
  void close();
  [[nodiscard]] bool is_closed() const { return !listener_; }

 private:
  Worker& worker_;
  UniqueHandle listener_;
  AsyncOperation accept_;
};

/// Receives the request to stop.
class StopHandler final : public CompletionHandler {
 public:
  explicit StopHandler(Worker& worker);
  ~StopHandler();

  void handle_event(AsyncOperation& receive) override;
  void resume();

 private:
  Worker& worker_;
  std::byte token_{};
  AsyncOperation receive_;
};

/// Accepts, ticks and stops: one thread's Proactor with its listener and connections.
class Worker final : public ServerWorker {
 public:
  Worker(Service& service, UniqueHandle listener);

  [[nodiscard]] static std::vector<std::string_view> own_options() { return proactor_options(); }
  [[nodiscard]] std::string_view engine() const override { return proactor_->engine(); }
  void run() override;

  [[nodiscard]] Proactor& proactor() { return *proactor_; }
  [[nodiscard]] ConnectionManager& connections() { return connections_; }
  [[nodiscard]] ReadBuffers& read_buffers() { return read_buffers_; }
  /// Conversation::make_room(), with the chunks that idle connections hold from read_buffers().
  [[nodiscard]] bool make_room(ChunkPtr& chunk, const Conversation& conversation) noexcept;
  /// Makes a connection of an accepted handle, if there is room.
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
};

}  // namespace iolab::proactor
