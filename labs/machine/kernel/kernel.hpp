#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "machine/kernel/client.hpp"
#include "machine/kernel/descriptors.hpp"

namespace lab {

using namespace std::chrono_literals;

enum class Mode : std::uint8_t { blocking, non_blocking };

/// How a program that was run ended.
enum class Ending : std::uint8_t {
  returned,  ///< by itself
  waiting,   ///< it waits, every client's script is done, and nothing more will ever happen
};

/// A simulated kernel under the system calls of the program under test: sockets, epoll, poll,
/// io_uring, eventfd, and a clock that only moves when everybody waits. The linker puts it beneath
/// the program (--wrap), so that the program calls recv() and means recv(). One at a time; it is in
/// charge from its making to its end. For one thread.
///
/// Every call on its descriptors is told in the story. A call that real life would punish later is
/// punished at once, by failing the test: a blocking call where nothing will come, closing twice,
/// using a closed descriptor, writing to a lost connection without MSG_NOSIGNAL, a thousand calls
/// without any effect.
class Kernel {
 public:
  /// Draws from the story's seed.
  Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  ~Kernel();

  // What the program finds.

  /// A listening socket. Its descriptor is whose it is given to: the program's to close, if its
  /// interface says so.
  [[nodiscard]] int listener(Mode mode);

  /// A client that connects to the listener made last, as the first step of its script.
  Client& client(const std::string& name);

  /// A client whose connection was accepted already: Client::descriptor() is the program's.
  Client& connected(const std::string& name, Mode mode);

  /// Room for bytes that the program has sent and the client has not taken, of connections made
  /// from here on. Default 64 KiB.
  void send_buffer(std::size_t bytes) { send_buffer_ = bytes; }

  /// At most so many bytes per call are received or sent; 0: no limit.
  void at_most_per_call(std::size_t bytes) { most_per_call_ = bytes; }

  /// From the seed: receives and sends move a random part of what they could, clients act also
  /// while something is ready, epoll reports in any order, and io_uring takes some entries later,
  /// completes in any order, and lets some operations complete while they are cancelled.
  void is_capricious() { capricious_ = true; }

  /// The next calls of this family say this error, such as ("accept", EMFILE). Families: "accept",
  /// "recv" (also read, readv, recvmsg), "send" (write, writev, sendmsg), "epoll_wait",
  /// "epoll_ctl". As in real life the call has no other effect. Of io_uring: "io_uring_setup",
  /// "io_uring_enter" (after EINTR what was submitted is taken, and nobody waits), "accept", "recv"
  /// and "send" as operations, and "cancel": EALREADY, and the operation ends with EINTR, as if a
  /// thread of the kernel had been in the middle of it.
  void fails(const std::string& family, int error, std::size_t times = 1);

  /// The program may have so many descriptors at once; beyond that accept, epoll_create1
  /// and eventfd say EMFILE.
  void descriptor_limit(std::size_t number) { descriptor_limit_ = number; }

  /// An older kernel: of IORING_SETUP_… it knows only these.
  void knows_setup_flags(unsigned flags) { known_setup_flags_ = flags; }

  // Running it.

  /// Runs a program, such as a loop around Reactor::handle_events(), and the clients' scripts
  /// whenever it waits. Fails the test if a script is not done at the end.
  Ending run(const std::function<void()>& program);

  /// Performs all steps of all clients that can be done now, without the program; no time passes.
  void settle();

  /// Virtual time since the kernel was made.
  [[nodiscard]] std::chrono::nanoseconds now() const { return now_; }
  /// Lets time pass without anybody waiting.
  void let_pass(std::chrono::nanoseconds time);

  /// Lets clients act and time pass until `holds`, as a waiting system call of the program does
  /// (`call` is its name in the story). False: `timeout` is over (negative: none). Ends run() if
  /// nothing more will happen.
  bool wait(const std::string& call, std::chrono::nanoseconds timeout,
            const std::function<bool()>& holds);

  // Asking it.

  /// How often the program has made calls of this name, or of this family.
  [[nodiscard]] std::size_t calls(const std::string& name) const;

  /// What of EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLERR, EPOLLHUP holds for an open descriptor.
  [[nodiscard]] std::uint32_t ready(int descriptor) const;

  /// An operation of an io_uring that uses some of these bytes, such as "receive on 101 (alice's
  /// connection)"; empty if none does.
  [[nodiscard]] std::string user_of(std::span<const std::byte> memory) const;

  [[nodiscard]] bool is_open(int descriptor) const { return descriptors_.contains(descriptor); }
  [[nodiscard]] std::size_t open_descriptors() const { return descriptors_.size(); }
  [[nodiscard]] bool is_non_blocking(int descriptor) const;

  /// A descriptor as the story calls it, such as "101 (alice's connection)".
  [[nodiscard]] std::string label(int descriptor) const;

  /// Fails the test unless so many descriptors are open; names those that are. `why` is such as
  /// "only the listener is open".
  void expect_open(std::size_t number, const std::string& why) const;

 private:
  friend class Client;
  friend class SystemCalls;

  struct Fault {
    std::string family;
    int error;
    std::size_t times;
  };

  Client& make_client(const std::string& name);
  int open(std::shared_ptr<Descriptor> descriptor);
  [[nodiscard]] bool everybody_is_done() const;
  /// One step of one client; false if none can do any.
  bool act_once();
  bool take_output(Client& client);
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next_alarm() const;
  [[noreturn]] void nothing_will_happen(const std::string& call);
  void fail_unfinished_scripts(const std::string& what_the_program_does) const;
  /// Something has happened: the program is not spinning.
  void progress() {
    idle_calls_ = 0;
    last_progress_ = now_;
  }
  std::size_t random_up_to(std::size_t most);

  std::mt19937_64 random_;
  std::chrono::nanoseconds now_{0};
  std::chrono::nanoseconds last_progress_{0};
  std::map<int, std::shared_ptr<Descriptor>> descriptors_;
  std::map<int, std::string> closed_;  // names of descriptors by numbers that are free again
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::shared_ptr<Socket>> sockets_;  // also closed ones: their clients go on
  std::weak_ptr<Listener> listener_;
  std::vector<Fault> faults_;
  std::map<std::string, std::size_t> calls_;
  std::size_t send_buffer_ = 64 * 1024;
  std::size_t most_per_call_ = 0;
  std::size_t descriptor_limit_ = 1'000'000;
  unsigned known_setup_flags_ = ~0U;
  std::size_t idle_calls_ = 0;
  bool capricious_ = false;
  bool running_ = false;
};

}  // namespace lab
