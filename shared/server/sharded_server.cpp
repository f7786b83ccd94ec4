#include "shared/server/sharded_server.hpp"

#include <algorithm>
#include <future>

#include "shared/net/sockets.hpp"

namespace iolab {

ShardedServer::ShardedServer(const ServerOptions& options, const WorkerFactory& make_worker)
    : service_(options),
      workers_(options.threads),
      wake_ups_(options.threads),
      failures_(options.threads) {  // NOLINT(bugprone-throw-keyword-missing): kept for later
  const bool share_port = options.threads > 1;
  // Listeners with SO_REUSEPORT would also share the port with another server's, unnoticed. So the
  // port is tried first by one without it, which fails if the port is taken.
  if (share_port && options.port != 0) (void)listen_on(options.bind, options.port, false);
  std::vector<UniqueHandle> listeners;
  for (std::size_t i = 0; i < options.threads; ++i) {
    const std::uint16_t port = i == 0 ? options.port : port_;
    listeners.push_back(listen_on(options.bind, port, share_port));
    port_ = local_port(listeners.front().get());
  }
  make(0, std::move(listeners.front()), make_worker);
  try {
    for (std::size_t i = 1; i < options.threads; ++i) {
      start_thread(i, std::move(listeners[i]), make_worker);
    }
  } catch (...) {
    join();
    throw;
  }
}

ShardedServer::~ShardedServer() {
  join();
}

// A worker is made on its thread, since some engines belong to the thread that made them.
void ShardedServer::start_thread(std::size_t index, UniqueHandle listener,
                                 const WorkerFactory& make_worker) {
  std::promise<void> made;
  std::future<void> is_made = made.get_future();
  threads_.emplace_back([this, index, &make_worker, made = std::move(made),
                         listener = std::move(listener)]() mutable {
    try {
      make(index, std::move(listener), make_worker);
    } catch (...) {
      made.set_exception(std::current_exception());
      return;
    }
    made.set_value();
    run_worker(index);
    workers_[index].reset();
  });
  is_made.get();
}

void ShardedServer::make(std::size_t index, UniqueHandle listener,
                         const WorkerFactory& make_worker) {
  workers_[index] = make_worker(service_, std::move(listener));
  wake_ups_[index] = workers_[index]->share_wake_up();
}

void ShardedServer::run_worker(std::size_t index) noexcept {
  try {
    workers_[index]->run();
  } catch (...) {
    // A server that lost a worker would go on with a part of its clients: stop as a whole.
    failures_[index] = std::current_exception();
    stop();
  }
}

void ShardedServer::run() {
  run_worker(0);
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  const auto failure = std::ranges::find_if(failures_, [](const auto& f) { return f != nullptr; });
  if (failure != failures_.end()) std::rethrow_exception(*failure);
}

// The first workers may have ended before the last one is notified, hence the shared ownership.
void ShardedServer::stop() {
  for (const auto& wake_up : wake_ups_) {
    if (wake_up) wake_up->notify();
  }
}

void ShardedServer::join() {
  if (threads_.empty()) return;
  stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace iolab
