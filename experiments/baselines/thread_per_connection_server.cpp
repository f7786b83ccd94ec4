// A thread for each connection, as the first servers were written and as a beginner writes one:
// blocking calls, the simplest code, and a stack for every connection.
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "experiments/baselines/blocking_server.hpp"
#include "shared/program/this_program.hpp"

namespace iolab::blocking {
namespace {

/// Threads that come and go. Each, as it ends, joins the one that ended before it, so that at most
/// one ended thread still has its stack.
class ConnectionThreads {
 public:
  /// Runs `serve` on a new thread. Throws std::system_error when the system has no more.
  template <class Serve>
  void start(Serve serve) {
    const std::lock_guard lock(mutex_);
    const auto self = threads_.emplace(threads_.end());
    try {
      *self = std::thread([this, self, serve = std::move(serve)]() mutable {
        serve();
        end(self);
      });
    } catch (...) {
      threads_.erase(self);
      throw;
    }
  }

  /// Waits for all. No other thread may start one meanwhile.
  void join() {
    std::unique_lock lock(mutex_);
    all_ended_.wait(lock, [this] { return threads_.empty(); });
    if (last_ended_.joinable()) last_ended_.join();
  }

 private:
  void end(std::list<std::thread>::iterator self) {
    std::unique_lock lock(mutex_);
    std::thread previous = std::exchange(last_ended_, std::move(*self));
    threads_.erase(self);
    if (threads_.empty()) all_ended_.notify_one();
    lock.unlock();
    if (previous.joinable()) previous.join();
  }

  std::mutex mutex_;
  std::condition_variable all_ended_;
  std::list<std::thread> threads_;
  std::thread last_ended_;
};

class ThreadPerConnectionServer final : public BlockingServer {
 public:
  using BlockingServer::BlockingServer;

 private:
  void start_threads() override {
    acceptor_ = std::thread([this] { accept(); });
  }

  void join_threads() noexcept override {
    acceptor_.join();
    serving_.join();
  }

  void dispatch(UniqueHandle handle) override {
    serving_.start([this, handle = std::move(handle)]() mutable { serve(std::move(handle)); });
  }

  std::thread acceptor_;
  ConnectionThreads serving_;
};

std::unique_ptr<Server> make_server(const ServerOptions& options) {
  if (options.threads != 1) {
    throw UsageError(
        "this server has as many threads as connections: "
        "--threads is not possible");
  }
  return std::make_unique<ThreadPerConnectionServer>(options);
}

}  // namespace
}  // namespace iolab::blocking

const iolab::ServerProgram iolab::server_program = this_program(blocking::make_server);
