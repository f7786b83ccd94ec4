#pragma once

#include <exception>
#include <memory>
#include <thread>
#include <vector>

#include "shared/server/server.hpp"
#include "shared/server/server_worker.hpp"

namespace iolab {

/// N workers, one per thread, each with a listener of its own on the same port. Connections never
/// change thread, so workers need no locks. The first worker runs on the caller's thread: with one
/// thread the process has one, as system calls are cheaper then.
class ShardedServer final : public Server {
 public:
  /// Binds, starts the threads and waits until every worker is made. Throws what making one throws.
  ShardedServer(const ServerOptions& options, const WorkerFactory& make_worker);
  ~ShardedServer() override;

  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] std::string_view engine() const override { return workers_.front()->engine(); }
  [[nodiscard]] const Statistics& statistics() const override { return service_.statistics; }
  void run() override;
  void stop() override;

 private:
  void start_thread(std::size_t index, UniqueHandle listener, const WorkerFactory& make_worker);
  void make(std::size_t index, UniqueHandle listener, const WorkerFactory& make_worker);
  void run_worker(std::size_t index) noexcept;
  void join();

  Service service_;
  std::vector<std::unique_ptr<ServerWorker>> workers_;
  std::vector<std::shared_ptr<const WakeUp>> wake_ups_;  // of each worker, and outlive it
  std::vector<std::exception_ptr> failures_;             // of each worker
  std::vector<std::thread> threads_;                     // of all workers but the first
  std::uint16_t port_ = 0;
};

}  // namespace iolab
