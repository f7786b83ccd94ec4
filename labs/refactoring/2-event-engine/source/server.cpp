// An engine that accepts, and a thread for each connection.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "answers.hpp"
#include "asio_server.hpp"
#include "conversation.hpp"

namespace lab {
namespace {

using namespace std::chrono_literals;

/// Whether accepting failed for lack of descriptors or memory: it will go on to, for a while.
bool out_of_resources(error_code error) {
  return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
         error == asio::error::no_memory ||
         error == boost::system::errc::too_many_files_open_in_system;
}

/// Waits for bytes and returns how many came; 0 if the client has finished or is gone.
std::size_t receive(int connection, std::span<std::byte> buffer) {
  for (;;) {
    const ssize_t size = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EINTR) return 0;
  }
}

/// False if the client is gone.
bool send_all(int connection, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

/// Accepts, until the acceptor is closed. The handler of what is under way, an accept or a rest,
/// keeps it alive.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(tcp::acceptor& acceptor, const ServerOptions& options)
      : acceptor_(acceptor), options_(options), rest_(acceptor.get_executor()) {}

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
      self->accepted(error, std::move(socket));
    });
  }

 private:
  void accepted(error_code error, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    //@ solution
    if (out_of_resources(error)) return rest();
    if (!error) serve(std::move(socket));
    accept();
    //@ wrong accepts-once
    //| if (out_of_resources(error)) return rest();
    //| if (!error) serve(std::move(socket));
    //@ wrong spins-without-descriptors
    //| if (!error) serve(std::move(socket));
    //| accept();
    //@ wrong any-error-is-the-end
    //| if (out_of_resources(error)) return rest();
    //| if (error) return;
    //| serve(std::move(socket));
    //| accept();
    //@ end
  }

  void serve(tcp::socket socket) {
    //@ solution
    // From here on the descriptor is the thread's: released, `socket` does not close it.
    start_thread(
        [connection = socket.release(), options = options_] { converse(connection, options); });
    //@ wrong not-released
    //| start_thread([connection = socket.native_handle(), options = options_] {
    //|   converse(connection, options);
    //| });
    //@ wrong converses-on-the-engine
    //| converse(socket.release(), options_);
    //@ end
  }

  void rest() {
    rest_.expires_after(100ms);
    rest_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->accept();
    });
  }

  tcp::acceptor& acceptor_;
  const ServerOptions& options_;
  asio::steady_timer rest_;
};

}  // namespace

void converse(int connection, const ServerOptions& options) {
  Answers answers(options);
  std::vector<std::byte> input(options.read_size);
  while (const std::size_t size = receive(connection, input)) {
    if (!send_all(connection, answers.to(std::span(input).first(size)))) break;
    if (answers.ended()) ::shutdown(connection, SHUT_WR);
  }
  ::close(connection);
}

void serve(tcp::acceptor& acceptor, const ServerOptions& options) {
  std::make_shared<Acceptor>(acceptor, options)->accept();
}

}  // namespace lab
