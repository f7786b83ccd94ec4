// The Reactor on a demultiplexer that finds what the test says: handlers that go during a turn.
#include <memory>
#include <optional>
#include <stdexcept>

#include "machine/story/lab_test.hpp"
#include "scene.hpp"

namespace lab {
namespace {

LAB_TEST(Removal, OneThatWaitsForItsTurnIsNotCalled, "removal") {
  Scene scene;
  TestHandler alice("alice", 7);
  TestHandler bob("bob", 8);
  TestHandler carol("carol", 9);
  for (TestHandler* const handler : {&alice, &bob, &carol}) {
    scene.registers(*handler, Events::read);
  }
  alice.does = [&](Events) { scene.removes(bob); };
  const std::size_t called =
      scene.turn({{&alice, Events::read}, {&bob, Events::read}, {&carol, Events::read}});
  expect_calls(bob, {});
  expect_calls(carol, {Events::read});
  expect_equal("the number that handle_events() returns", 2U, called);
}

LAB_TEST(Removal, OneThatWaitsForItsTurnMayBeDestroyed, "removal") {
  Scene scene;
  TestHandler alice("alice", 7);
  auto bob = std::make_unique<TestHandler>("bob", 8);
  scene.registers(alice, Events::read);
  scene.registers(*bob, Events::read);
  alice.does = [&](Events) {
    scene.removes(*bob);
    Story::current().step("bob's handler is destroyed");
    bob.reset();
  };
  const std::size_t called = scene.turn({{&alice, Events::read}, {bob.get(), Events::read}});
  expect_equal("the number that handle_events() returns", 1U, called);
}

LAB_TEST(Removal, AHandlerMayDestroyItself, "removal") {
  Scene scene;
  auto alice = std::make_unique<TestHandler>("alice", 7);
  TestHandler bob("bob", 8);
  scene.registers(*alice, Events::read_write);
  scene.registers(bob, Events::read);
  alice->does = [&](Events) {
    scene.removes(*alice);
    Story::current().step("alice's handler is destroyed");
    alice.reset();
  };
  const std::size_t called = scene.turn({{alice.get(), Events::read_write}, {&bob, Events::read}});
  expect_calls(bob, {Events::read});
  expect_equal("the number that handle_events() returns", 2U, called);
}

LAB_TEST(Removal, TheDemultiplexerKnowsAtOnce, "removal") {
  Scene scene;
  TestHandler alice("alice", 7);
  scene.registers(alice, Events::read);
  bool watched = true;
  alice.does = [&](Events) {
    scene.removes(alice);
    Story::current().step("alice's connection is closed");
    watched = scene.demultiplexer->watched.contains(7);
  };
  scene.turn({{&alice, Events::read}});
  expect_calls(alice, {Events::read});
  expect_that(!watched, "when remove_handler() returns, the demultiplexer has forgotten the handle",
              "it still watches descriptor 7, which is closed now");
}

LAB_TEST(Removal, AnEventIsNotForTheNextOwnerOfTheNumber, "identity") {
  Scene scene;
  TestHandler alice("alice", 7);
  TestHandler bob("bob", 8);
  TestHandler carol("carol", 8);
  scene.registers(alice, Events::read);
  scene.registers(bob, Events::read);
  alice.does = [&](Events) {
    scene.removes(bob);
    Story::current().step("bob's connection is closed; carol's gets the same number");
    scene.registers(carol, Events::read);
  };
  const std::size_t called = scene.turn({{&alice, Events::read}, {&bob, Events::read}});
  expect_calls(bob, {});
  expect_calls(carol, {});
  expect_equal("the number that handle_events() returns", 1U, called);
  scene.turn({{&carol, Events::read}});
  expect_calls(carol, {Events::read});
}

LAB_TEST(Removal, AnEventIsNotForTheNextObjectAtTheAddress, "identity") {
  Scene scene;
  TestHandler alice("alice", 7);
  std::optional<TestHandler> place;
  place.emplace("bob", 8);
  scene.registers(alice, Events::read);
  scene.registers(*place, Events::read);
  alice.does = [&](Events) {
    scene.removes(*place);
    place.emplace("carol", 9);
    Story::current().step("bob's handler is destroyed; carol's lies where it has been");
    scene.registers(*place, Events::read);
  };
  scene.turn({{&alice, Events::read}, {&*place, Events::read}});
  expect_calls(*place, {});
  scene.turn({{&*place, Events::read}});
  expect_calls(*place, {Events::read});
}

LAB_TEST(Removal, WhoIsRegisteredAgainWaitsForTheNextTurn, "identity") {
  Scene scene;
  TestHandler alice("alice", 7);
  TestHandler bob("bob", 8);
  scene.registers(alice, Events::read);
  scene.registers(bob, Events::read);
  alice.does = [&](Events) {
    scene.removes(bob);
    scene.registers(bob, Events::read);
  };
  scene.turn({{&alice, Events::read}, {&bob, Events::read}});
  expect_calls(bob, {});
  scene.turn({{&bob, Events::read}});
  expect_calls(bob, {Events::read});
}

LAB_TEST(Removal, AfterAnExceptionNothingOfTheTurnIsTouched, "exceptions") {
  Scene scene;
  TestHandler alice("alice", 7);
  auto bob = std::make_unique<TestHandler>("bob", 8);
  scene.registers(alice, Events::read);
  scene.registers(*bob, Events::read);
  alice.does = [](Events) { throw std::runtime_error("alice's handler fails"); };
  bool thrown = false;
  try {
    scene.turn({{&alice, Events::read}, {bob.get(), Events::read}});
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  expect_that(thrown, "handle_events() throws what alice's handler throws", "it throws nothing");
  scene.removes(*bob);
  Story::current().step("bob's handler is destroyed");
  bob.reset();
  expect_equal("the number that the next turn returns", 0U, scene.turn({}));
  scene.removes(alice);
}

}  // namespace
}  // namespace lab
