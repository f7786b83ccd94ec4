#pragma once

#include "reactor/reactor_worker.hpp"
#include "shared/server/managed_connection.hpp"

namespace iolab::reactor {

/// POSA2's concrete event handler. Made by Worker::serve(); from then on it owns itself,
/// until close().
class Connection final : public ManagedConnection, public EventHandler {
 public:
  Connection(Worker& worker, UniqueHandle handle, Conversation conversation);
  ~Connection() override;

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
  Worker& worker_;
};

}  // namespace iolab::reactor
