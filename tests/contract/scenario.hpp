#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/server/server.hpp"
#include "tests/contract/simulated_client.hpp"

namespace iolab {

/// One life of a server, from listening to the last connection's end, drawn from a seed: options,
/// kernel, clients, and the time of the stop.
class Scenario {
 public:
  explicit Scenario(std::uint64_t seed);

  /// Throws std::logic_error that says what went wrong.
  void run();

  /// What happened.
  [[nodiscard]] const SimulatedEvents& events() const { return kernel_.events; }

  /// One line for people: what was drawn.
  [[nodiscard]] std::string description() const;

 private:
  [[nodiscard]] static SimulatedFaults draw_faults(std::uint64_t seed);
  void draw_options();
  void draw_client();
  void append_lie(ClientPlan& plan);
  void stop_when_all_have_ended();
  void stop();
  void check_client(const SimulatedClient& client, std::size_t sent_before_stop) const;
  void check_idle(const SimulatedClient& client) const;
  void check_statistics() const;
  [[nodiscard]] std::size_t reply_size(const SimulatedClient& client, std::size_t sent) const;
  [[nodiscard]] bool is_kind() const;

  SimulatedKernel kernel_;
  ServerOptions options_;
  std::vector<std::unique_ptr<SimulatedClient>> clients_;
  std::vector<std::size_t> sent_before_stop_;  // and accepted; of each client
  std::unique_ptr<Server> server_;
  bool stops_early_;
  std::optional<SimulatedKernel::Time> stopped_at_;
};

}  // namespace iolab
