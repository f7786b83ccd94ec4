#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "machine/kernel/client.hpp"

namespace lab {

using namespace std::chrono_literals;

class Descriptor;

enum class Mode : std::uint8_t { blocking, non_blocking };

/// How a program that was run ended.
enum class Ending : std::uint8_t {
  returned,  ///< by itself
  waiting,   ///< it waits, every client's script is done, and nothing more will ever happen
};

/// A simulated kernel under the system calls of the program under test: sockets, epoll, poll,
/// eventfd, and a clock that only moves when everybody waits. The linker puts it beneath the
/// program (--wrap), so that the program calls recv() and means recv(). One at a time; it is in
/// charge from its making to its end. For one thread.
///
/// Every call on its descriptors is told in the story. A call that real life would punish later is
/// punished at once, by failing the test: a blocking call where others wait, closing twice, using
/// a closed descriptor, writing to a lost connection without MSG_NOSIGNAL, the same call without
/// effect a thousand times.
class Kernel {
 public:
  /// Draws from the story's seed.
  Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  ~Kernel();

  // What the program finds.

  /// A listening socket; its descriptor is the program's to close, unless the test keeps it.
  [[nodiscard]] int listener(Mode mode);

  /// A client that connects to the (last made) listener as the first step of her script.
  Client& client(std::string name);

  /// A client whose connection was accepted already: Client::descriptor() is the program's to close.
  Client& connected(std::string name, Mode mode);

  /// Room for bytes that the program has sent and the client has not taken, of connections made
  /// from here on. Default 64 KiB.
  void send_buffer(std::size_t bytes) { send_buffer_ = bytes; }

  /// At most so many bytes per call are received or sent; 0: no limit.
  void at_most_per_call(std::size_t bytes) { most_per_call_ = bytes; }

  /// Receives and sends move a random part of what they could, from the seed.
  void moves_random_parts() { random_parts_ = true; }

  /// The next calls of this name say this error, such as ("accept4", EMFILE). A name stands for
  /// its family: "accept" also for accept4, "recv" for read, readv and recvmsg, "send" for write, …
  void fails(const std::string& call, int error, std::size_t times = 1);

  /// The program may have so many of the kernel's descriptors at once; accept says EMFILE beyond.
  void descriptor_limit(std::size_t number) { descriptor_limit_ = number; }

  // Running it.

  /// Runs a program, such as a loop around Reactor::handle_events(), and the clients' scripts
  /// whenever it waits. Fails the test if a script is not done at the end.
  Ending run(const std::function<void()>& program);

  /// Performs all the steps of all clients that can be done now, without the program.
  void settle();

  /// Virtual time since the kernel was made, and its advance without anybody waiting.
  [[nodiscard]] std::chrono::nanoseconds now() const { return now_; }
  void let_pass(std::chrono::nanoseconds time) { now_ += time; }

  // Asking it.

  /// How often the program has made calls of this name or family; 0 if never.
  [[nodiscard]] std::size_t calls(const std::string& name) const;

  /// Descriptors that are open: epoll's, eventfds, listeners and connections.
  [[nodiscard]] std::size_t open_descriptors() const { return descriptors_.size(); }
  [[nodiscard]] bool is_open(int descriptor) const { return descriptors_.contains(descriptor); }

  /// Fails the test unless exactly so many descriptors are open; names those that are.
  void expect_open(std::size_t number, const std::string& why);

 private:
  std::map<int, std::unique_ptr<Descriptor>> descriptors_;
};

}  // namespace lab
