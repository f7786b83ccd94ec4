#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "experiments/loadgen/options/options.hpp"

namespace iolab::loadgen {

/// What is kept as text or in another form until the whole command line has been read.
struct RawOptions {
  std::vector<std::string> targets;
  std::vector<std::string> local_addresses;
  Nanoseconds duration_ns = 0;
};

/// These declare the options of `app`, in the order of the help. Parsing writes to the references,
/// which must outlive `app`.

/// To whom, how many connections, and what the messages look like.
void add_traffic(CLI::App& app, RunOptions& run, RawOptions& raw);
/// How long a slice lasts, and when a request is late or lost.
void add_timing(CLI::App& app, RunOptions& run);
/// How connections are opened, and those that are idle or replaced.
void add_connecting(CLI::App& app, RunOptions& run, RawOptions& raw);
/// The rate of an open loop; `preset` and `help` are for the help.
void add_rate(CLI::App& app, RunOptions& run, const std::string& preset, const std::string& help);
/// What only a plain run has: its length, its rate and its files.
void add_run(CLI::App& app, RunOptions& run, RawOptions& raw);

}  // namespace iolab::loadgen
