// The program: one io_context, run by as many threads as --threads says.
#include <csignal>
#include <cstdio>
#include <exception>

#include "program.hpp"
#include "threaded_server.hpp"

namespace {

using namespace lab;

void run(const Program& program) {
  std::unique_ptr<ThreadedServer> server;  // outlives the handlers, which the io_context destroys
  asio::io_context io;
  tcp::acceptor acceptor(io, tcp::v4(), program.listener);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](error_code, int) { io.stop(); });
  server = make_server(acceptor, program.options, [](std::span<std::byte>) {});
  announce(program);
  run_on(io, program.threads);
  const Totals totals = server->totals();
  std::fprintf(stderr, "%ju connections, %ju bytes\n", std::uintmax_t{totals.connections},
               std::uintmax_t{totals.bytes});
}

}  // namespace

int main(int argc, char** argv) {
  const Program program = set_up_program(argc, argv, {}, Threads::several);
  try {
    run(program);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
