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

TEST_F(Refusal, ByAContainer) {
  const std::string error = std::strerror(EPERM);
  expect_refusal(start_refused("EPERM"), 3, error + ".*(container|kernel.io_uring_disabled)");
}

TEST_F(Refusal, ByAKernelThatHasNone) {
  const std::string error = std::strerror(ENOSYS);
  expect_refusal(start_refused("ENOSYS"), 3, error + ".*container");
}

TEST_F(Refusal, ByTheLimitOfLockedMemory) {
  const std::string error = std::strerror(ENOMEM);
  expect_refusal(start_refused("ENOMEM"), 3, error + ".*ulimit -l");
}

}  // namespace
}  // namespace iolab::conformance
