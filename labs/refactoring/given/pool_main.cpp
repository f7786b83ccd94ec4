// The program of steps 5 to 7: one io_context, run by several threads, with the student's server in
// it. SIGTERM closes the acceptor; the program ends when its io_context has no more work.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <thread>
#include <vector>

#include "pool_server.hpp"
#include "program.hpp"

namespace {

using namespace lab;

void run(const Program& program) {
  asio::io_context io;
  // The acceptor is used by two: by the server, and by whoever closes it.
  tcp::acceptor acceptor(asio::make_strand(io), tcp::v4(), program.listener);
  asio::signal_set signals(acceptor.get_executor(), SIGINT, SIGTERM);
  signals.async_wait([&acceptor](error_code, int) { acceptor.close(); });
  asio::post(acceptor.get_executor(), [&] { serve(io.get_executor(), acceptor, program.options); });
  announce(program);
  std::vector<std::jthread> threads(std::max(2U, std::thread::hardware_concurrency()));
  for (std::jthread& thread : threads) thread = std::jthread([&io] { io.run(); });
}

}  // namespace

int main(int argc, char** argv) {
  const Program program = set_up_program(argc, argv);
  try {
    run(program);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
