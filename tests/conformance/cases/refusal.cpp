#include <cerrno>
#include <cstring>

#include "tests/conformance/fixture.hpp"
#include "tests/conformance/tracer.hpp"

// A system that refuses io_uring, as containers do.
namespace iolab::conformance {
namespace {

class Refusal : public Conformance {
 protected:
  void SetUp() override {
    if (const std::string reason = why_no_trace(); !reason.empty()) GTEST_SKIP() << reason;
  }

  /// Has io_uring_setup fail in this way.
  static ServerProcess start_refused(const std::string& error) {
    return start_traced({"-o", "/dev/null", "-e", "inject=io_uring_setup:error=" + error},
                        target().command());
  }
};

CASE(Refusal, ByAContainer, full,
     "it does not say in one line, with status 3, that the system forbids io_uring") {
  const std::string error = std::strerror(EPERM);
  expect_refusal(start_refused("EPERM"), 3, error + ".*(container|kernel.io_uring_disabled)");
}

CASE(Refusal, ByAKernelThatHasNone, full,
     "it does not say in one line, with status 3, that the system has no io_uring") {
  const std::string error = std::strerror(ENOSYS);
  expect_refusal(start_refused("ENOSYS"), 3, error + ".*container");
}

CASE(Refusal, ByTheLimitOfLockedMemory, full,
     "it does not say in one line, with status 3, that the limit of locked memory is too low") {
  const std::string error = std::strerror(ENOMEM);
  expect_refusal(start_refused("ENOMEM"), 3, error + ".*ulimit -l");
}

}  // namespace
}  // namespace iolab::conformance
