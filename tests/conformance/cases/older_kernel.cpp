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

CASE(OlderKernel, GetsTheNextOlderSetup, full,
     "it does not serve where io_uring lacks the newest set-up") {
  expect_serves(start_on("io_uring_setup", "1"), "io_uring (coop)");
}

CASE(OlderKernel, GetsTheOldestSetup, full,
     "it does not serve where io_uring has only the oldest set-up") {
  expect_serves(start_on("io_uring_setup", "1..2"), "io_uring (none)");
}

CASE(OlderKernel, KnowsNoSetup, full,
     "it does not say in one line, with status 3, that the system's io_uring is too old") {
  expect_refusal(start_on("io_uring_setup", "1+"), 3, "too old");
}

// Named, a set-up is used or refused: else a measurement would run with another than it says.
CASE(OlderKernel, DoesNotReplaceASetupAskedFor, full,
     "it replaces a set-up that was asked for by another") {
  for (const char* const setup : {"defer", "coop", "none"}) {
    SCOPED_TRACE(setup);
    expect_refusal(start_on("io_uring_setup", "1", {"--uring-setup", setup}), 3, "too old");
  }
}

// The ring's descriptor may be registered or not; a ring of buffers must be.
CASE(OlderKernel, RegistersNothing, full,
     "it does not serve, or say why not, where io_uring can register nothing") {
  if (target().offers("--provided-buffers")) {
    expect_refusal(start_on("io_uring_register", "1+"), 3, "buffers.*needs Linux 5.19");
  } else {
    expect_serves(start_on("io_uring_register", "1+"), "io_uring");
  }
}

// What the kernel writes back of io_uring_setup(), up to and with its features: it has none.
constexpr const char* no_features = "@arg2=001000000020000000300000000000000000000000000000";

CASE(OlderKernel, LacksBundles, full,
     "it does not say in one line, with status 3, that the kernel has no bundled receive") {
  if (!target().offers("--uring-receive")) return;
  const std::string inject = std::string("inject=io_uring_setup:poke_exit=") + no_features;
  expect_refusal(start_traced({"-o", "/dev/null", "-e", inject},
                              target().command({"--uring-receive", "bundle"})),
                 3, "bundle needs Linux 6.10");
}

CASE(OlderKernel, LacksZeroCopy, full,
     "it does not say in one line, with status 3, that the kernel has no zero-copy send") {
  if (!target().offers("--zero-copy-from")) return;
  expect_refusal(start_on("io_uring_register", "1+", {"--zero-copy-from", "16KiB"}), 3,
                 "zero-copy-from needs Linux 6.0");
}

}  // namespace
}  // namespace iolab::conformance
