#pragma once

#include <memory>
#include <string_view>

#include "shared/server/server.hpp"
#include "shared/server/server_worker.hpp"

namespace iolab {

/// One worker that N threads run together. The worker must allow run() in several threads at once.
class SharedServer final : public Server {
 public:
  /// Binds and listens. Throws what making the worker throws.
  SharedServer(const ServerOptions& options, const WorkerFactory& make_worker);

  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] std::string_view engine() const override { return worker_->engine(); }
  [[nodiscard]] const Statistics& statistics() const override { return service_.statistics; }
  void run() override;
  void stop() override { worker_->wake_up().notify(); }

 private:
  Service service_;
  std::uint16_t port_ = 0;
  std::unique_ptr<ServerWorker> worker_;
};

}  // namespace iolab
