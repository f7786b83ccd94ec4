#pragma once

#include "machine/asio/asio_bench.hpp"
#include "machine/story/lab_test.hpp"
#include "machine/wire.hpp"

namespace lab {

/// Runs the server. That an exception leaves io_context::run() fails the test, since all
/// connections would go with it.
Ending run_server(AsioBench& bench);

}  // namespace lab
