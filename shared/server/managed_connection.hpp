#pragma once

#include "shared/protocol/conversation.hpp"
#include "shared/server/idle_list.hpp"

namespace iolab {

/// What every server keeps of a connection, besides its handle.
class ManagedConnection : public IdleList::Entry {
 public:
  explicit ManagedConnection(Conversation conversation) noexcept
      : conversation_(std::move(conversation)) {}
  virtual ~ManagedConnection() = default;

  /// The server stops: answer what has arrived, then end.
  virtual void drain() = 0;

  /// Ends at once, whatever is pending. May destroy the connection.
  virtual void close(CloseReason reason) = 0;

  /// Nothing was said for a while: gives back the memory that a large flow needs. A connection that
  /// holds a buffer while it waits must exchange it; here it holds none.
  virtual void went_quiet() { conversation_.went_quiet(); }

  [[nodiscard]] Conversation& conversation() noexcept { return conversation_; }

 private:
  Conversation conversation_;
};

}  // namespace iolab
