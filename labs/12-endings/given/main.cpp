// The program: nobody stops the io_context. It runs until it has nothing more to do.
#include <csignal>
#include <cstdio>
#include <exception>

#include "draining_server.hpp"
#include "program.hpp"

namespace {

using namespace lab;

void run(const Program& program) {
  asio::io_context io(1);  // one thread: Asio may leave out some locking
  const auto server =
      make_draining_server(tcp::acceptor(io, tcp::v4(), program.listener), program.options);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](error_code error, int) {
    if (error) return;
    signals.clear();  // a second signal does what signals do: it ends the program
    server->stop();
  });
  server->start();
  announce(program);
  io.run();
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
