#pragma once

#include <memory>

#include "proactor/asio/asio_worker.hpp"
#include "shared/server/sharded_server.hpp"
#include "shared/server/shared_server.hpp"

namespace iolab::proactor::asio_engine {

/// Asio's errors of set-up as ours: an io_uring that the system refuses arrives as an exception
/// from the context's constructor.
template <class AnyWorker>
std::unique_ptr<ServerWorker> make_worker(Service& service, UniqueHandle listener, int threads) {
  try {
    return std::make_unique<AnyWorker>(service, std::move(listener), threads);
  } catch (const boost::system::system_error& error) {
    throw EngineUnavailable("the system refuses " + std::string(asio_backend) + ": " +
                            error.code().message() +
                            " (containers often forbid it; see also kernel.io_uring_disabled and "
                            "ulimit -l)");
  }
}

/// --dispatch: an engine per thread, or one for all with a strand for each connection.
template <template <class> class ConnectionType>
std::unique_ptr<Server> make_server(const ServerOptions& options) {
  if (options.dispatch == Dispatch::shared) {
    const int threads = static_cast<int>(options.threads);
    return std::make_unique<SharedServer>(
        options, [threads](Service& service, UniqueHandle listener) {
          return make_worker<Worker<ConnectionType, StrandExecutor>>(service, std::move(listener),
                                                                     threads);
        });
  }
  return std::make_unique<ShardedServer>(options, [](Service& service, UniqueHandle listener) {
    return make_worker<Worker<ConnectionType, PlainExecutor>>(service, std::move(listener), 1);
  });
}

}  // namespace iolab::proactor::asio_engine
