// The Reactor on a demultiplexer that finds what the test says: registering that fails.
#include "machine/story/lab_test.hpp"
#include "scene.hpp"

namespace lab {
namespace {

LAB_TEST(Registration, WhatFailsIsNotRegistered, "registration") {
  Scene scene;
  TestHandler alice("alice", 7);
  scene.demultiplexer->next_call_fails(ENOSPC);
  expect_error("register_handler()", ENOSPC, [&] { scene.registers(alice, Events::read); });
  scene.removes(alice);  // the demultiplexer would complain if it heard of this
  Story::current().step("there is room again");
  scene.registers(alice, Events::read);
  scene.turn({{&alice, Events::read}});
  expect_calls(alice, {Events::read});
}

LAB_TEST(Registration, TwiceIsRefused, "registration") {
  Scene scene;
  TestHandler alice("alice", 7);
  TestHandler other("a second handler of alice", 7);
  scene.registers(alice, Events::read);
  expect_error("a second registration of a handler", EEXIST,
               [&] { scene.registers(alice, Events::write); });
  expect_error("registering a second handler of a descriptor", EEXIST,
               [&] { scene.registers(other, Events::read_write); });
  scene.removes(other);  // was never registered
  scene.turn({{&alice, Events::read_write}});
  expect_calls(alice, {Events::read});
  expect_calls(other, {});
}

LAB_TEST(Registration, RemovingAStrangerDoesNothing, "registration") {
  Scene scene;
  TestHandler alice("alice", 7);
  TestHandler closed("a stranger without a descriptor", -1);
  TestHandler stranger("a stranger", 12345);
  scene.removes(stranger);
  scene.removes(closed);
  scene.registers(alice, Events::read);
  scene.removes(alice);
  scene.removes(alice);
  expect_that(!scene.demultiplexer->watched.contains(7),
              "remove_handler() removes the handle from the demultiplexer", "it is still there");
  scene.registers(alice, Events::write);
  scene.turn({{&alice, Events::write}});
  expect_calls(alice, {Events::write});
}

LAB_TEST(Registration, AFailedChangeLeavesTheInterest, "registration") {
  Scene scene;
  TestHandler alice("alice", 7);
  scene.registers(alice, Events::read);
  scene.demultiplexer->next_call_fails(ENOMEM);
  expect_error("change_interest()", ENOMEM, [&] { scene.changes(alice, Events::write); });
  scene.turn({{&alice, Events::read}});
  expect_calls(alice, {Events::read});
  scene.changes(alice, Events::write);
  expect_equal("alice's interest in the demultiplexer", text(Events::write),
               text(scene.demultiplexer->watched.at(7).interest));
}

}  // namespace
}  // namespace lab
