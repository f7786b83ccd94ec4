#include "tests/conformance/tracer.hpp"

namespace iolab::conformance {

std::string why_no_trace() {
  ServerProcess attempt({"strace", "-f", "-o", "/dev/null", "true"});
  const ExitStatus status = attempt.wait();
  if (status == 127) return "strace is not installed";
  return status == 0 ? "" : "strace may not trace here: " + attempt.standard_error();
}

ServerProcess start_traced(const Words& strace_options, const Words& command) {
  Words words{"strace", "-f", "-qq", "-e", "signal=none"};
  words.insert(words.end(), strace_options.begin(), strace_options.end());
  words.insert(words.end(), command.begin(), command.end());
  // The leak checker uses ptrace itself.
  return ServerProcess(words, {"ASAN_OPTIONS=detect_leaks=0"});
}

}  // namespace iolab::conformance
