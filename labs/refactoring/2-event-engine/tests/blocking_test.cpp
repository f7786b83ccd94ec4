// converse() of step 1 goes on unchanged: what it is handed must be what it expects.
#include "1-3_threads.hpp"
#include "begin.hpp"
#include "machine/asio/asio_bench.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

LAB_TEST(Engine, TheSocketBlocks, "handing-over") {
  forget_threads();
  AsioBench bench(Protocol::echo);
  const Client& alice = bench.kernel.client("alice");
  bench.run(&begin);
  expect_that(alice.descriptor() >= 0, "the connection is open", "it is closed");
  expect_that(!bench.kernel.is_non_blocking(alice.descriptor()),
              "the socket that a thread is handed blocks", "it does not");
  forget_threads();
}

}  // namespace
}  // namespace lab
