#include <cstdio>
#include <exception>

#include "experiments/loadgen/conductor.hpp"
#include "experiments/loadgen/interrupt.hpp"
#include "experiments/loadgen/options.hpp"
#include "experiments/loadgen/system.hpp"

namespace {

// Standard streams, event loops and their timers; threads need a few each.
constexpr std::size_t spare_descriptors = 64;

int run(int argc, char** argv) {
  const iolab::RunOptions options = iolab::parse_options(argc, argv);
  const std::size_t connections = options.connections * options.targets.size();
  const std::string refusal = iolab::allow_descriptors(connections + 4 * options.threads + spare_descriptors);
  if (!refusal.empty()) throw iolab::UsageError(refusal);
  iolab::catch_interrupts();
  return iolab::Conductor(options, stdout).run();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const iolab::HelpShown&) {
    return 0;
  } catch (const iolab::UsageError& error) {
    std::fprintf(stderr, "loadgen: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "loadgen: %s\n", error.what());
    return 1;
  }
}
