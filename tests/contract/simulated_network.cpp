#include "tests/contract/simulated_kernel.hpp"
#include "tests/contract/test_network.hpp"

namespace iolab {
namespace {

constexpr std::uint64_t seed = 1;

class SimulatedNetwork final : public TestNetwork {
 public:
  SocketPair connection() override {
    SocketPair pair{UniqueHandle(kernel_.open()), UniqueHandle(kernel_.open())};
    kernel_.connect(pair.ours.get(), pair.peer.get());
    return pair;
  }

  UniqueHandle connect_to(Handle listener) override {
    return UniqueHandle(kernel_.connect_to(listener, 65536));
  }

  void reset(UniqueHandle peer) override { kernel_.reset(kernel_.socket(peer.get()).peer); }

 private:
  SimulatedKernel kernel_{seed, {.most_delay = std::chrono::microseconds(100)}};
};

}  // namespace

std::unique_ptr<TestNetwork> make_test_network() {
  return std::make_unique<SimulatedNetwork>();
}

}  // namespace iolab
