// An engine that accepts, and a thread for each connection, with an engine of its own to read by.
#include <unistd.h>

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

/// Waits until all is sent; false if the client is gone. As send() does, Asio leaves it to its
/// caller to go on after a signal.
bool send_all(tcp::socket& socket, std::span<const std::byte> bytes) {
  //@ solution
  while (!bytes.empty()) {
    error_code error;
    const std::size_t sent = socket.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    if (error && error != asio::error::interrupted) return false;
    bytes = bytes.subspan(sent);
  }
  return true;
  //@ wrong sends-past-the-engine
  //| while (!bytes.empty()) {
  //|   const ssize_t sent =
  //|       ::send(socket.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  //|   if (sent < 0 && errno == EINTR) continue;
  //|   if (sent < 0) return false;
  //|   bytes = bytes.subspan(static_cast<std::size_t>(sent));
  //| }
  //| return true;
  //@ wrong signals-forgotten
  //| error_code error;
  //| asio::write(socket, asio::buffer(bytes.data(), bytes.size()), error);
  //| return !error;
  //@ end
}

struct Conversation {
  Conversation(int connection, const ServerOptions& options)
      : socket(engine, tcp::v4(), connection), answers(options), input(options.read_size) {}

  asio::io_context engine{1};
  tcp::socket socket;
  Answers answers;
  std::vector<std::byte> input;  // lent to the read that is under way
};

/// Null if no descriptor is left for its engine: then `connection` is still the caller's.
std::unique_ptr<Conversation> make_conversation(int connection, const ServerOptions& options) {
  //@ solution
  try {
    return std::make_unique<Conversation>(connection, options);
  } catch (const boost::system::system_error&) {
    return nullptr;
  }
  //@ wrong dies-of-its-engine
  //| return std::make_unique<Conversation>(connection, options);
  //@ end
}

/// Begins a read and returns at once. Its handler holds the next step; if it begins no other read,
/// the conversation is over.
void read(Conversation& it) {
  //@ solution
  it.socket.async_read_some(asio::buffer(it.input), [&it](error_code error, std::size_t size) {
    if (error) return;
    if (!send_all(it.socket, it.answers.to(std::span(it.input).first(size)))) return;
    if (it.answers.ended()) it.socket.shutdown(tcp::socket::shutdown_send, error);
    read(it);
  });
  //@ wrong buffer-of-the-initiator
  //| std::vector<std::byte> input(it.input.size());
  //| const auto buffer = asio::buffer(input);
  //| it.socket.async_read_some(buffer, [&it, &input](error_code error, std::size_t size) {
  //|   if (error) return;
  //|   if (!send_all(it.socket, it.answers.to(std::span(input).first(size)))) return;
  //|   if (it.answers.ended()) it.socket.shutdown(tcp::socket::shutdown_send, error);
  //|   read(it);
  //| });
  //@ end
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
    if (out_of_resources(error)) return rest();
    if (!error) serve(std::move(socket));
    accept();
  }

  void serve(tcp::socket socket) {
    // From here on the descriptor is the thread's: released, `socket` does not close it.
    start_thread(
        [connection = socket.release(), options = options_] { converse(connection, options); });
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
  const auto conversation = make_conversation(connection, options);
  if (!conversation) {
    ::close(connection);
    return;
  }
  //@ solution
  read(*conversation);
  conversation->engine.run();  // until no operation is under way
  //@ wrong runs-too-early
  //| conversation->engine.run();
  //| read(*conversation);
  //@ wrong runs-one-operation
  //| read(*conversation);
  //| conversation->engine.run_one();
  //@ end
}

void serve(tcp::acceptor& acceptor, const ServerOptions& options) {
  std::make_shared<Acceptor>(acceptor, options)->accept();
}

}  // namespace lab
