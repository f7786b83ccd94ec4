#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "machine/threads/racing_bench.hpp"
#include "threaded_server.hpp"

namespace lab {

/// A racing bench with the server of the student.
class Bench {
  std::unique_ptr<ThreadedServer>
      server_;  // outlives the handlers, which the racing bench destroys

 public:
  RacingBench racing;
  Kernel& kernel = racing.kernel;
  ServerOptions& options = racing.options;
  Work work = [](std::span<std::byte>) {};

  void run() {
    racing.run([this](tcp::acceptor& acceptor) { server_ = make_server(acceptor, options, work); });
  }
  void end() { racing.end(); }

  [[nodiscard]] Totals totals() const { return server_->totals(); }

  /// Clients "client 1" and so on.
  std::vector<Client*> clients(int number) {
    std::vector<Client*> made;
    for (int i = 1; i <= number; ++i) {
      made.push_back(&kernel.client("client " + std::to_string(i)));
    }
    return made;
  }
};

}  // namespace lab
