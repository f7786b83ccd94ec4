#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "shared/net/sockets.hpp"
#include "shared/program/process.hpp"

namespace iolab {
namespace {

std::atomic<Server*> served{nullptr};

extern "C" void handle_stop_signal(int signal) {
  Server* const server = served.exchange(nullptr);
  if (!server) ::_exit(128 + signal);
  server->stop();
}

}  // namespace

std::int64_t process_id() noexcept {
  return ::getpid();
}

void stop_on_signals(Server& server) {
  served = &server;
  struct sigaction action {};
  action.sa_handler = handle_stop_signal;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (::sigaction(signal, &action, nullptr) != 0) throw_socket_error("sigaction");
  }
}

void ignore_broken_pipes() {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  if (::sigaction(SIGPIPE, &action, nullptr) != 0) throw_socket_error("sigaction");
}

}  // namespace iolab
