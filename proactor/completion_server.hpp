#pragma once

#include <optional>

#include "proactor/completion_worker.hpp"
#include "shared/server/managed_connection.hpp"

namespace iolab::proactor {

/// POSA2's concrete completion handler, written once for every engine: the linker chooses
/// make_proactor(). Made by Worker::serve(); from then on it owns itself, until close() was called
/// and what it lent to the engine has come back. At most one receive and one send are in flight.
class Connection final : public ManagedConnection, public CompletionHandler {
 public:
  Connection(Worker& worker, UniqueHandle handle, Conversation conversation);
  ~Connection() override;

  void handle_event(AsyncOperation& operation) override;

  /// Starts what can be started now and waits for the rest.
  void advance();
  void drain() override;
  void close(CloseReason reason) override;
  void went_quiet() override;

 private:
  void read();
  void write();
  void submit_receive();
  void release();

  UniqueHandle handle_;
  Worker& worker_;
  // One each: it is lent before there is anything to read.
  ChunkPtr read_chunk_ = worker_.read_buffers().take();
  AsyncOperation receive_{OperationKind::receive, handle_.get(), *this};
  AsyncOperation send_{OperationKind::send, handle_.get(), *this};
  std::optional<CloseReason> closing_;
};

}  // namespace iolab::proactor
