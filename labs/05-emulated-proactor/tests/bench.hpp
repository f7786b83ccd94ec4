#pragma once

#include <memory>

#include "machine/proactor/scenes.hpp"
#include "machine/reactor/simulated_reactor.hpp"

namespace lab {

/// The student's Proactor on a Reactor that the test has in hand.
class Bench final : public ProactorBench {
 public:
  Bench() {
    auto reactor = std::make_unique<SimulatedReactor>(kernel);
    reactor_ = reactor.get();
    use(make_proactor(std::move(reactor)));
  }

  [[nodiscard]] SimulatedReactor& reactor() { return *reactor_; }

 private:
  SimulatedReactor* reactor_ = nullptr;  // the Proactor's
};

}  // namespace lab
