#include "bench.hpp"

#include <exception>
#include <string>

namespace lab {
namespace {

[[noreturn]] void fail_for(const std::string& what) {
  expect_that(false, "no exception leaves io_context::run(): it would end all connections",
              "one did: " + what);
  throw TestEnded{};
}

}  // namespace

Ending run_server(AsioBench& bench) {
  try {
    return bench.run();
  } catch (const boost::system::system_error& error) {
    fail_for(error.code().message());  // what() says where in Asio as well
  } catch (const std::exception& error) {
    fail_for(error.what());
  }
}

}  // namespace lab
