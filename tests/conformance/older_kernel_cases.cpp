#include <signal.h>

#include "tests/conformance/fixture.hpp"
#include "tests/conformance/tracer.hpp"

// An older kernel: it calls invalid what it does not know.
namespace iolab::conformance {
namespace {

class OlderKernel : public Conformance {
 protected:
  void SetUp() override {
    if (const std::string reason = why_no_trace(); !reason.empty()) GTEST_SKIP() << reason;
  }

  /// `which` calls of `call` are invalid: "1" the first, "1..2" the first two, "1+" all.
  static ServerProcess start_on(const std::string& call, const std::string& which,
                                const Words& options = {}) {
    const std::string inject = "inject=" + call + ":error=EINVAL:when=" + which;
    return start_traced({"-o", "/dev/null", "-e", inject}, target().command(options));
  }

  /// Expects that it serves, with this engine, and stops in order.
  static void expect_serves(ServerProcess process, const std::string& engine) {
    process.wait_until_listening();
    EXPECT_EQ(process.banner()["engine"], engine);
    {
      Client client(process.port());
      EXPECT_TRUE(echoes(client, message()));
    }
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), 0);
    EXPECT_EQ(process.standard_error(), "");
  }
};

TEST_F(OlderKernel, GetsTheNextOlderSetup) {
  expect_serves(start_on("io_uring_setup", "1"), "io_uring (coop)");
}

TEST_F(OlderKernel, GetsTheOldestSetup) {
  expect_serves(start_on("io_uring_setup", "1..2"), "io_uring (none)");
}

TEST_F(OlderKernel, KnowsNoSetup) {
  expect_refusal(start_on("io_uring_setup", "1+"), 3, "too old");
}

// Named, a set-up is used or refused: else a measurement would run with another than it says.
TEST_F(OlderKernel, DoesNotReplaceASetupAskedFor) {
  for (const char* const setup : {"defer", "coop", "none"}) {
    SCOPED_TRACE(setup);
    expect_refusal(start_on("io_uring_setup", "1", {"--uring-setup", setup}), 3, "too old");
  }
}

// The ring's descriptor may be registered or not; a ring of buffers must be.
TEST_F(OlderKernel, RegistersNothing) {
  if (offers("--provided-buffers")) {
    expect_refusal(start_on("io_uring_register", "1+"), 3, "buffers.*needs Linux 5.19");
  } else {
    expect_serves(start_on("io_uring_register", "1+"), "io_uring");
  }
}

}  // namespace
}  // namespace iolab::conformance
