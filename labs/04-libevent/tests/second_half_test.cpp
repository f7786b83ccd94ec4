// buffer_server.cpp
#include "libevent_server.hpp"

#define HALF Buffer
static constexpr auto* make_server = lab::make_buffer_server;

#include "both_halves.hpp"

namespace lab {
namespace {

HALF_TEST(Io, IsTheLibrarys, "echo") {
  EchoBench bench;
  bench.kernel.client("alice").sends("hello").receives("hello");
  bench.run();
  expect_that(bench.kernel.calls("readv") > 0, "libevent receives, by readv()",
              "readv() was never called");
  expect_that(bench.kernel.calls("writev") > 0, "libevent sends, by writev()",
              "writev() was never called");
}

}  // namespace
}  // namespace lab
