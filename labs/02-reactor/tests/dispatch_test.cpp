// The Reactor on a demultiplexer that finds what the test says: who is called, and for what.
#include <stdexcept>

#include "machine/story/lab_test.hpp"
#include "scene.hpp"

namespace lab {
namespace {

LAB_TEST(Dispatch, AReadyHandlerIsCalled, "dispatch") {
  Scene scene;
  TestHandler alice("alice", 7);
  scene.registers(alice, Events::read);
  expect_that(scene.demultiplexer->watched.contains(7),
              "register_handler() adds the handle to the demultiplexer", "it was not added");
  const std::size_t called = scene.turn({{&alice, Events::read}});
  expect_calls(alice, {Events::read});
  expect_equal("the number that handle_events() returns", 1U, called);
}

LAB_TEST(Dispatch, AllAreCalledInTheOrderFound, "dispatch") {
  Scene scene;
  TestHandler alice("alice", 7);
  TestHandler bob("bob", 1000);
  TestHandler carol("carol", 9);
  std::string order;
  for (TestHandler* const handler : {&alice, &bob, &carol}) {
    handler->does = [&order, handler](Events) { order += handler->name() + " "; };
    scene.registers(*handler, Events::read_write);
  }
  const std::size_t called =
      scene.turn({{&carol, Events::read}, {&alice, Events::read_write}, {&bob, Events::write}});
  expect_equal("the order of the calls", "carol alice bob ", order);
  expect_calls(alice, {Events::read_write});
  expect_calls(bob, {Events::write});
  expect_equal("the number that handle_events() returns", 3U, called);
  expect_equal("the number returned by a turn that finds nothing", 0U, scene.turn({}));
}

LAB_TEST(Dispatch, OnlyForWhatItIsInterestedIn, "interest") {
  Scene scene;
  TestHandler alice("alice", 7);
  TestHandler bob("bob", 8);
  scene.registers(alice, Events::read);
  scene.registers(bob, Events::none);
  Story::current().step("both connections are in error, which is reported as read and write");
  const std::size_t called = scene.turn({{&bob, Events::read_write}, {&alice, Events::read_write}});
  expect_calls(bob, {});
  expect_calls(alice, {Events::read});
  expect_equal("the number that handle_events() returns", 1U, called);
}

LAB_TEST(Dispatch, TheTimeoutAndAFailureArePassedOn, "dispatch") {
  Scene scene;
  (void)scene.reactor->handle_events(std::chrono::milliseconds{1234});
  (void)scene.reactor->handle_events(std::chrono::milliseconds{-1});
  const auto& timeouts = scene.demultiplexer->timeouts;
  expect_equal("number of waits in two turns", 2U, timeouts.size());
  expect_equal("milliseconds to wait in the first turn", 1234, timeouts[0].count());
  expect_that(timeouts[1].count() < 0, "the second turn waits without limit",
              "it waits " + std::to_string(timeouts[1].count()) + " ms");
  scene.demultiplexer->next_call_fails(EBADF);
  expect_error("handle_events()", EBADF,
               [&] { (void)scene.reactor->handle_events(std::chrono::milliseconds{-1}); });
}

LAB_TEST(Dispatch, AChangeThatChangesNothingCostsNothing, "interest") {
  Scene scene;
  TestHandler alice("alice", 7);
  scene.registers(alice, Events::read);
  scene.changes(alice, Events::read);
  scene.changes(alice, Events::read);
  expect_equal("changes in the demultiplexer", 0, scene.demultiplexer->changes);
  scene.changes(alice, Events::none);
  scene.changes(alice, Events::none);
  expect_equal("changes in the demultiplexer", 1, scene.demultiplexer->changes);
  scene.changes(alice, Events::read_write);
  expect_equal("alice's interest in the demultiplexer", text(Events::read_write),
               text(scene.demultiplexer->watched.at(7).interest));
  scene.turn({{&alice, Events::write}});
  expect_calls(alice, {Events::write});
}

LAB_TEST(Dispatch, AChangeCountsForWhatWasFoundAlready, "interest") {
  Scene scene;
  TestHandler alice("alice", 7);
  TestHandler bob("bob", 8);
  TestHandler carol("carol", 9);
  for (TestHandler* const handler : {&alice, &bob, &carol}) {
    scene.registers(*handler, Events::read_write);
  }
  alice.does = [&](Events) {
    scene.changes(bob, Events::none);
    scene.changes(carol, Events::write);
  };
  const std::size_t called = scene.turn(
      {{&alice, Events::read}, {&bob, Events::read_write}, {&carol, Events::read_write}});
  expect_calls(bob, {});
  expect_calls(carol, {Events::write});
  expect_equal("the number that handle_events() returns", 2U, called);
}

LAB_TEST(Dispatch, WhatAHandlerThrowsEndsTheTurn, "exceptions") {
  Scene scene;
  TestHandler alice("alice", 7);
  TestHandler bob("bob", 8);
  TestHandler carol("carol", 9);
  for (TestHandler* const handler : {&alice, &bob, &carol}) {
    scene.registers(*handler, Events::read);
  }
  bob.does = [](Events) { throw std::runtime_error("bob's handler fails"); };
  std::string thrown = "nothing";
  try {
    scene.turn({{&alice, Events::read}, {&bob, Events::read}, {&carol, Events::read}});
  } catch (const std::runtime_error& failure) {
    thrown = failure.what();
  }
  expect_equal("what handle_events() throws", "bob's handler fails", thrown);
  expect_calls(carol, {});
  Story::current().step("carol's event has gone meanwhile");
  expect_equal("the number that the next turn returns", 0U, scene.turn({}));
  expect_calls(carol, {});
  scene.turn({{&carol, Events::read}});
  expect_calls(carol, {Events::read});
  expect_calls(alice, {Events::read});
}

}  // namespace
}  // namespace lab
