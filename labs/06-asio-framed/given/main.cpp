// The program: one io_context, run by one thread, with the server that --io chooses in it.
#include <csignal>
#include <cstdio>
#include <exception>

#include "framed_server.hpp"
#include "program.hpp"

namespace {

using namespace lab;

void run(const Program& program) {
  asio::io_context io(1);  // one thread: Asio may leave out some locking
  tcp::acceptor acceptor(io, tcp::v4(), program.listener);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](error_code, int) { io.stop(); });
  const auto serve = program.io == "exact" ? serve_exact : serve_bulk;
  serve(acceptor, program.options);
  announce(program);
  io.run();
}

}  // namespace

int main(int argc, char** argv) {
  const Program program = set_up_program(argc, argv, {"exact", "bulk"});
  try {
    run(program);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
