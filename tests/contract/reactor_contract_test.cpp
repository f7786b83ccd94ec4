// What the Reactor promises on top of a demultiplexer, mostly about handlers that come and go while
// a batch of events is being handled.
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "reactor/reactor.hpp"
#include "tests/contract/stream_pair.hpp"

namespace iolab::reactor::test {
namespace {

using namespace std::chrono_literals;

/// Does what the test says and remembers what it was called with.
class Probe final : public EventHandler {
 public:
  Probe(Reactor& reactor, Handle handle, Events interest) : handle_(handle), reactor_(reactor) {
    reactor_.register_handler(*this, interest);
  }
  ~Probe() { reactor_.remove_handler(*this); }

  [[nodiscard]] Handle get_handle() const override { return handle_; }
  void handle_event(Events ready) override {
    calls.push_back(ready);
    const auto copy = action;  // which outlives this object, should it be destroyed now
    if (copy) copy();
  }

  std::vector<Events> calls;
  std::function<void()> action;

 private:
  Handle handle_;
  Reactor& reactor_;
};

class ReactorContract : public testing::TestWithParam<std::string> {
 protected:
  Reactor reactor{make_demultiplexer(GetParam())};
  StreamPair a, b;
};

TEST_P(ReactorContract, CallsTheHandlerOfAReadyHandleAndNoOther) {
  Probe ready(reactor, a.near.get(), Events::read);
  Probe idle(reactor, b.near.get(), Events::read);
  write_text(a.far, "x");
  EXPECT_EQ(reactor.handle_events(0ns), 1U);
  EXPECT_EQ(ready.calls, std::vector{Events::read});
  EXPECT_TRUE(idle.calls.empty());
}

TEST_P(ReactorContract, ReturnsAfterTheTimeout) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(reactor.handle_events(20ms), 0U);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 19ms);
}

TEST_P(ReactorContract, NeverReportsMoreThanTheInterest) {
  Probe probe(reactor, a.near.get(), Events::read);
  a.far.reset();  // an error makes a handle ready for everything
  reactor.handle_events(0ns);
  EXPECT_EQ(probe.calls, std::vector{Events::read});
}

TEST_P(ReactorContract, WithoutInterestNobodyIsCalled) {
  Probe probe(reactor, a.near.get(), Events::none);
  a.far.reset();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reactor.handle_events(0ns), 0U);
  reactor.change_interest(probe, Events::read);
  EXPECT_EQ(reactor.handle_events(0ns), 1U);
}

TEST_P(ReactorContract, AHandlerRemovedDuringABatchIsNotCalledAfterwards) {
  Probe first(reactor, a.near.get(), Events::write);
  Probe second(reactor, b.near.get(), Events::write);
  first.action = [&] { reactor.remove_handler(second); };
  second.action = [&] { reactor.remove_handler(first); };
  EXPECT_EQ(reactor.handle_events(0ns), 1U) << "whichever came first removed the other";
  EXPECT_EQ(first.calls.size() + second.calls.size(), 1U);
}

TEST_P(ReactorContract, AHandlerMayDestroyItselfAndOthers) {
  auto first = std::make_unique<Probe>(reactor, a.near.get(), Events::write);
  auto second = std::make_unique<Probe>(reactor, b.near.get(), Events::write);
  first->action = second->action = [&] {
    first.reset();
    second.reset();
  };
  EXPECT_EQ(reactor.handle_events(0ns), 1U);
  EXPECT_EQ(reactor.handle_events(0ns), 0U);
}

TEST_P(ReactorContract, AReusedDescriptorDoesNotInheritAnEvent) {
  std::unique_ptr<Probe> old_probe, new_probe, other_old, other_new;
  // Each replaces the other's handle by a fresh one of the same number, with nothing to read.
  const auto replace = [&](StreamPair& pair, std::unique_ptr<Probe>& out,
                           std::unique_ptr<Probe>& in) {
    const Handle number = pair.near.get();
    out.reset();
    pair.near.reset();
    StreamPair fresh;
    pair.far = std::move(fresh.far);
    if (fresh.near.get() != number) {
      ASSERT_EQ(::dup2(fresh.near.get(), number), number);
      fresh.near.reset(number);
    }
    pair.near = std::move(fresh.near);
    in = std::make_unique<Probe>(reactor, number, Events::read);
  };
  old_probe = std::make_unique<Probe>(reactor, a.near.get(), Events::read);
  other_old = std::make_unique<Probe>(reactor, b.near.get(), Events::read);
  write_text(a.far, "x");
  write_text(b.far, "x");
  old_probe->action = [&] { replace(b, other_old, other_new); };
  other_old->action = [&] { replace(a, old_probe, new_probe); };
  EXPECT_EQ(reactor.handle_events(0ns), 1U);
  EXPECT_NE(new_probe == nullptr, other_new == nullptr);
  EXPECT_TRUE((new_probe ? new_probe : other_new)->calls.empty());
}

TEST_P(ReactorContract, InterestDroppedDuringABatchTakesEffectAtOnce) {
  Probe first(reactor, a.near.get(), Events::write);
  Probe second(reactor, b.near.get(), Events::write);
  first.action = [&] { reactor.change_interest(second, Events::none); };
  second.action = [&] { reactor.change_interest(first, Events::none); };
  EXPECT_EQ(reactor.handle_events(0ns), 1U);
}

TEST_P(ReactorContract, HandlersMayBeRegisteredDuringABatch) {
  std::vector<StreamPair> pairs(200);
  std::vector<std::unique_ptr<Probe>> late;
  Probe first(reactor, a.near.get(), Events::write);
  Probe second(reactor, b.near.get(), Events::write);
  first.action = second.action = [&] {
    if (!late.empty()) return;
    for (const StreamPair& pair : pairs) {
      late.push_back(std::make_unique<Probe>(reactor, pair.near.get(), Events::write));
    }
  };
  EXPECT_EQ(reactor.handle_events(0ns), 2U) << "this turn is for those found by it";
  reactor.remove_handler(first);
  reactor.remove_handler(second);
  EXPECT_EQ(reactor.handle_events(0ns), pairs.size());
}

TEST_P(ReactorContract, WhatAnExceptionLeftBehindIsFoundAgain) {
  Probe first(reactor, a.near.get(), Events::write);
  Probe second(reactor, b.near.get(), Events::write);
  const auto fail_once = [&](Probe& self) {
    if (self.calls.size() == 1) throw std::runtime_error("refused");
  };
  first.action = [&] { fail_once(first); };
  second.action = [&] { fail_once(second); };
  EXPECT_THROW(reactor.handle_events(0ns), std::runtime_error);
  EXPECT_THROW(reactor.handle_events(0ns), std::runtime_error);
  EXPECT_EQ(reactor.handle_events(0ns), 2U);
}

TEST_P(ReactorContract, RegistersAgainAfterRemoval) {
  Probe probe(reactor, a.near.get(), Events::write);
  reactor.remove_handler(probe);
  reactor.remove_handler(probe);  // does nothing
  EXPECT_EQ(reactor.handle_events(0ns), 0U);
  reactor.register_handler(probe, Events::write);
  EXPECT_EQ(reactor.handle_events(0ns), 1U);
}

TEST_P(ReactorContract, AWakeUpEndsAWaitThatHasBegun) {
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    reactor.wake_up();
  });
  reactor.handle_events(-1ns);
  other.join();
  const auto begin = std::chrono::steady_clock::now();
  reactor.handle_events(20ms);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 19ms) << "a wake-up counts once";
}

TEST_P(ReactorContract, AWakeUpBeforehandEndsTheNextWait) {
  reactor.wake_up();
  reactor.wake_up();
  reactor.handle_events(-1ns);
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}

INSTANTIATE_TEST_SUITE_P(Each, ReactorContract, testing::Values("select", "poll", "epoll"),
                         name_of);

}  // namespace
}  // namespace iolab::reactor::test
