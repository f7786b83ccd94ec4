// raw_server.cpp
#include "libevent_server.hpp"

#define HALF Raw
static constexpr auto* make_server = lab::make_raw_server;

#include "both_halves.hpp"

namespace lab {
namespace {

HALF_TEST(Io, IsTheServersOwn, "echo") {
  EchoBench bench;
  bench.kernel.client("alice").sends("hello").receives("hello");
  bench.run();
  expect_equal("calls of readv(), by which libevent would receive", 0U,
               bench.kernel.calls("readv"));
}

}  // namespace
}  // namespace lab
