#pragma once

#include <atomic>
#include <memory>

#include "experiments/baselines/interrupt.hpp"
#include "experiments/baselines/synchronised_connections.hpp"

namespace iolab::blocking {

/// A connection that has a thread to itself until it ends: the one that makes it. Where the
/// conversation stands is where that thread stands in serve(). The handle must be a blocking one.
class Connection final : public ManagedConnection {
 public:
  Connection(SynchronisedConnections& connections, UniqueHandle handle, Conversation conversation);

  /// Talks until the connection has ended, and says why it did.
  [[nodiscard]] CloseReason serve();

  // These three are called by other threads.
  void drain() override { serving_thread_.raise(); }
  void close(CloseReason reason) override;
  /// Does nothing: a smaller chunk would be no gain, since the larger one would stay in the pool of
  /// a thread that serves nobody else. And the conversation is the serving thread's.
  void went_quiet() override {}

 private:
  bool read();
  bool write();
  CloseReason talk();

  SynchronisedConnections& connections_;
  UniqueHandle handle_;
  Interrupt serving_thread_;
  ChunkPtr chunk_;  // one each: a thread that waits in read holds it
  std::atomic<bool> closed_{false};
  CloseReason close_reason_{};  // written before closed_
};

}  // namespace iolab::blocking
