#pragma once

#include <boost/intrusive/list.hpp>
#include <optional>

#include "experiments/baselines/request_queue.hpp"
#include "reactor/event_handler.hpp"
#include "shared/net/unique_handle.hpp"
#include "shared/server/managed_connection.hpp"

namespace iolab::half_sync_half_async {

using reactor::EventHandler;
using reactor::Events;

class Front;

/// Made by Front::serve(); from then on it owns itself, until close(). All of it belongs
/// to the front's thread, except the conversation while a worker processes a request: one at a
/// time, which is what keeps the replies in order.
class Connection final : public ManagedConnection,
                         public EventHandler,
                         public boost::intrusive::list_base_hook<
                             boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Connection(Front& front, UniqueHandle handle, Conversation conversation);
  ~Connection() override;

  [[nodiscard]] Handle get_handle() const override { return handle_.get(); }
  void handle_event(Events ready) override;

  /// A worker is done with the request.
  void processed(const Request& request);

  /// Does what can be done now and waits for the rest.
  void advance();
  void drain() override { advance(); }
  void close(CloseReason reason) override;
  void went_quiet() override;

 private:
  void read();
  bool write();

  Front& front_;
  UniqueHandle handle_;
  bool processing_ = false;  // a worker has the conversation
  std::optional<CloseReason> close_when_processed_;
};

}  // namespace iolab::half_sync_half_async
