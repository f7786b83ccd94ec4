// Half-Sync/Half-Async: an asynchronous front performs all I/O on a Reactor and never blocks;
// synchronous workers process what it has read and may block as they like; between them is a queue.
#include <memory>
#include <thread>
#include <vector>

#include "experiments/baselines/half_async_front.hpp"
#include "experiments/baselines/request_queue.hpp"
#include "shared/net/sockets.hpp"
#include "shared/program/this_program.hpp"

namespace iolab::half_sync_half_async {
namespace {

/// The synchronous layer, and the three layers put together.
class HalfSyncHalfAsyncServer final : public Server {
 public:
  HalfSyncHalfAsyncServer(const ServerOptions& options, UniqueHandle listener)
      : service_(options),
        port_(local_port(listener.get())),
        front_(service_, std::move(listener), requests_) {
    try {
      for (std::size_t i = 0; i < options.threads; ++i) {
        workers_.emplace_back([this] { process_requests(); });
      }
    } catch (...) {
      join_workers();
      throw;
    }
  }
  ~HalfSyncHalfAsyncServer() override { join_workers(); }

  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] std::string_view engine() const override { return front_.engine(); }
  [[nodiscard]] const Statistics& statistics() const override { return service_.statistics; }
  void run() override { front_.run(); }
  void stop() override { front_.wake_up().notify(); }

 private:
  void process_requests() {
    while (Request* const request = requests_.get()) {
      Conversation& conversation = request->connection->conversation();
      request->completed_message = conversation.received(request->input, request->size);
      requests_.done(*request);
    }
  }

  void join_workers() {
    requests_.close();
    for (std::thread& worker : workers_) worker.join();
  }

  Service service_;
  std::uint16_t port_;
  RequestQueue requests_;
  Front front_;
  std::vector<std::thread> workers_;
};

std::unique_ptr<Server> make_server(const ServerOptions& options) {
  return std::make_unique<HalfSyncHalfAsyncServer>(options,
                                                   listen_on(options.bind, options.port, false));
}

}  // namespace
}  // namespace iolab::half_sync_half_async

const iolab::ServerProgram iolab::server_program =
    this_program(half_sync_half_async::make_server, {"demultiplexer"});
