// A fixed number of threads that each accept a connection, serve it to its end with blocking
// calls, and accept the next. A connection more than there are threads is completed by the system
// but waits, unanswered, in the listen queue until somebody else hangs up: what bounds the threads
// bounds the connections, and one idle peer occupies a thread.
#include <thread>
#include <vector>

#include "experiments/baselines/blocking_server.hpp"
#include "shared/program/this_program.hpp"

namespace iolab::blocking {
namespace {

class ThreadPoolServer final : public BlockingServer {
 public:
  explicit ThreadPoolServer(const ServerOptions& options)
      : BlockingServer(options), workers_(options.threads) {}

 private:
  void start_threads() override {
    for (std::thread& worker : workers_) worker = std::thread([this] { accept(); });
  }

  void join_threads() noexcept override {
    for (std::thread& worker : workers_) {
      if (worker.joinable()) worker.join();  // not all were started if the system had no more
    }
  }

  void dispatch(UniqueHandle handle) override { serve(std::move(handle)); }

  std::vector<std::thread> workers_;
};

std::unique_ptr<Server> make_server(const ServerOptions& options) {
  return std::make_unique<ThreadPoolServer>(options);
}

}  // namespace
}  // namespace iolab::blocking

const iolab::ServerProgram iolab::server_program = this_program(blocking::make_server);
