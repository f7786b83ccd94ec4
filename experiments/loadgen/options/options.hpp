#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/loadgen/options/arrival_process.hpp"
#include "experiments/loadgen/options/objective.hpp"
#include "experiments/loadgen/options/protocol.hpp"
#include "experiments/loadgen/options/target.hpp"
#include "shared/measure/clock.hpp"

namespace iolab::loadgen {

/// What a run is to do. The defaults are those of the command line.
struct RunOptions {
  std::vector<Target> targets;
  Protocol protocol = Protocol::echo;
  unsigned connections = 100;  // to each target
  std::size_t size = 68;       // of a message on the wire
  unsigned depth = 1;          // messages in flight per connection
  unsigned threads = 1;
  bool verify = true;

  Nanoseconds slice_ns = 100'000'000;
  unsigned rounds = 25;
  Nanoseconds warmup_ns = 50'000'000;  // per target
  Nanoseconds timeout_ns = 5'000'000'000;
  std::uint64_t seed = 1;

  std::optional<double> rate_per_s;  // to each target; empty: a closed loop
  ArrivalProcess arrivals = ArrivalProcess::poisson;
  Nanoseconds late_ns = 1'000'000;
  Nanoseconds spin_ns = 100'000;
  Nanoseconds lead_in_ns = 0;  // of an open loop's slices: not in the histograms

  std::vector<unsigned> watched_cpus;  // of the servers, for stalls
  Nanoseconds watch_period_ns = 1'000'000;

  double connect_rate_per_s = 0;  // over all targets; 0: as fast as they accept
  unsigned idle = 0;              // more connections to each target, without traffic
  std::uint32_t churn = 0;        // messages after which a connection is replaced; 0: never
  std::vector<boost::asio::ip::address> local_addresses;

  Nanoseconds interval_ns = 0;  // 0: no time series
  std::string hgrm_folder;      // empty: none, as below
  std::string log_file;
};

/// Find the highest rate at which each target keeps the objective.
struct SearchOptions {
  RunOptions run;
  Objective objective;
  unsigned trials = 60;
  /// Between which rates per second; both 0: whatever a closed loop on each target suggests.
  double lowest_per_s = 0;
  double highest_per_s = 0;
};

/// Find out what the generator can do on this machine.
struct SelftestOptions {
  RunOptions run;         // without targets: against an echo server of its own
  std::string yardstick;  // program to compare the cost with; empty: none
  bool json = false;
};

}  // namespace iolab::loadgen
