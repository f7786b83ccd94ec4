#include "shared/server/shared_server.hpp"

#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "shared/net/sockets.hpp"

namespace iolab {

SharedServer::SharedServer(const ServerOptions& options, const WorkerFactory& make_worker)
    : service_(options) {
  UniqueHandle listener = listen_on(options.bind, options.port, false);
  port_ = local_port(listener.get());
  worker_ = make_worker(service_, std::move(listener));
}

void SharedServer::run() {
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run_worker = [&] {
    try {
      worker_->run();
    } catch (...) {
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
      stop();
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < service_.options.threads; ++i) threads.emplace_back(run_worker);
  run_worker();
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace iolab
