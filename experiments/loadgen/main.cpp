#include <cstdio>
#include <exception>

#include "experiments/loadgen/cli/command_line.hpp"
#include "experiments/loadgen/commands/round_runner.hpp"
#include "experiments/loadgen/commands/search.hpp"
#include "experiments/loadgen/commands/selftest.hpp"
#include "experiments/loadgen/system/interrupt.hpp"
#include "experiments/loadgen/system/system.hpp"

namespace iolab::loadgen {
namespace {

// Standard streams and files; each thread's event loop needs a few more.
constexpr std::size_t spare_descriptors = 32;
constexpr std::size_t descriptors_per_thread = 4;

void prepare_process(const RunOptions& options) {
  const std::size_t per_target = std::size_t{options.connections} + options.idle;
  const std::string refusal =
      allow_descriptors(per_target * options.targets.size() +
                        descriptors_per_thread * options.threads + spare_descriptors);
  if (!refusal.empty()) throw UsageError(refusal);
  catch_interrupts();
}

int execute(const Help& help) {
  std::fputs(help.text.c_str(), stdout);
  return 0;
}

int execute(const RunOptions& options) {
  prepare_process(options);
  return RoundRunner(options, stdout).run();
}

int execute(const SearchOptions& options) {
  prepare_process(options.run);
  return Search(options, stdout).run();
}

int execute(const SelftestOptions& options) {
  prepare_process(options.run);
  return selftest(options, stdout);
}

}  // namespace
}  // namespace iolab::loadgen

int main(int argc, char** argv) {
  using namespace iolab::loadgen;
  try {
    return std::visit([](const auto& command) { return execute(command); },
                      parse_command_line(argc, argv));
  } catch (const UsageError& error) {
    std::fprintf(stderr, "loadgen: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "loadgen: %s\n", error.what());
    return 1;
  }
}
