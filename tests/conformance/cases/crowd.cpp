#include <signal.h>
#include <sys/resource.h>

#include <algorithm>

#include "tests/conformance/fixture.hpp"

// More connections than any other case has.
namespace iolab::conformance {
namespace {

constexpr std::size_t most = 10'000;
constexpr std::size_t least = 2'000;

class Crowd : public Conformance {
 protected:
  /// The connections that the limit of descriptors allows, for us as for the server, which inherits
  /// it, and the target. Some descriptors are left for all else.
  static std::size_t possible_connections() {
    constexpr rlim_t all_else = 64;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t allowed = limit.rlim_cur > all_else ? limit.rlim_cur - all_else : 0;
    return std::min<rlim_t>({most, allowed, target().most_clients});
  }
};

CASE(Crowd, Drains, full, "it does not end thousands of connections in order") {
  const std::size_t count = possible_connections();
  if (count < least) {
    GTEST_SKIP() << "the limit of descriptors (ulimit -Hn) or --most-clients allows " << count
                 << " connections, fewer than " << least;
  }
  start_without_canary({"--drain-timeout", "60s", "--read-size", "1KiB"});
  auto clients = connect_many(count);
  ASSERT_EQ(clients.size(), count);
  for (auto& client : clients) ASSERT_TRUE(echoes(client, message()));
  server().signal(SIGTERM);
  for (auto& client : clients) {
    ASSERT_EQ(client.receive_rest().end, End::finished);
    client.close();
  }
  const Json statistics = wait_until_stopped();
  EXPECT_EQ(statistics["closed"]["drained"], count);
  EXPECT_EQ(statistics["accepted"], count + 1);  // and the one that start_without_canary() tried
}

}  // namespace
}  // namespace iolab::conformance
