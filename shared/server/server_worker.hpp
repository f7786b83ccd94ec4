#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "shared/net/unique_handle.hpp"
#include "shared/net/wake_up.hpp"
#include "shared/server/service.hpp"

namespace iolab {

/// One thread's share of a server: an engine, a listener and the connections it accepted.
/// Made and run on the same thread.
class ServerWorker {
 public:
  ServerWorker() = default;
  ServerWorker(const ServerWorker&) = delete;
  ServerWorker& operator=(const ServerWorker&) = delete;
  virtual ~ServerWorker() = default;

  /// The options that this worker understands and other servers refuse; a worker that has some
  /// declares a function of its own.
  [[nodiscard]] static std::vector<std::string_view> own_options() { return {}; }

  [[nodiscard]] virtual std::string_view engine() const = 0;

  /// Serves until wake_up() is notified and all has drained. Throws if the engine fails.
  virtual void run() = 0;

  /// Its notification is the request to stop.
  [[nodiscard]] const WakeUp& wake_up() const noexcept { return *wake_up_; }

  /// For those that may still notify when the worker is gone.
  [[nodiscard]] std::shared_ptr<const WakeUp> share_wake_up() const noexcept { return wake_up_; }

 private:
  std::shared_ptr<const WakeUp> wake_up_ = std::make_shared<WakeUp>();
};

/// Makes a worker that serves `listener`. Both references outlive it.
using WorkerFactory = std::function<std::unique_ptr<ServerWorker>(Service&, UniqueHandle listener)>;

}  // namespace iolab
