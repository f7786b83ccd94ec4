// The read is an operation of the engine: it begins, and its handler is called when it is complete.
#include <utility>

#include "conversation.hpp"
#include "machine/kernel/kernel.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

// Begins to converse with a client whose script goes on for a while.
void converse_with(Kernel& kernel, const Client& client) {
  kernel.run([&] { converse(client.descriptor(), ServerOptions{}); });
}

LAB_TEST(Completion, TheEngineWaits, "engine-waits") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.waits(1s).sends("hello").receives("hello").waits(1s).finishes().sees_close();
  converse_with(kernel, alice);
  expect_that(kernel.calls("epoll_wait") > 0, "waiting for bytes is the engine's (epoll_wait)",
              "nobody calls it");
  expect_equal("calls of poll(), while there is room for every answer", 0U, kernel.calls("poll"));
}

LAB_TEST(Completion, AnySocketWillDo, "engine-waits") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::non_blocking);
  alice.waits(1s).sends("hello").receives("hello").waits(1s).finishes().sees_close();
  converse_with(kernel, alice);
}

LAB_TEST(Completion, TheEngineOfAConversationEndsWithIt, "run-returns") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.sends("hello").receives("hello").finishes().sees_close();
  converse_with(kernel, alice);
  kernel.expect_open(0, "the connection and its engine are closed");
}

LAB_TEST(Completion, WithoutAnEngineTheClientIsClosed, "no-engine") {
  Kernel kernel;
  Client& alice = kernel.connected("alice", Mode::blocking);
  alice.sees_close();
  kernel.descriptor_limit(1);
  converse_with(kernel, alice);
  kernel.expect_open(0, "the connection is closed");
}

}  // namespace
}  // namespace lab
