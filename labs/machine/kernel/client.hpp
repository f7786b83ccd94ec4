#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace lab {

class Kernel;
class Socket;

/// A client of the program under test: a script, one step after the other. The kernel performs a
/// step whenever the program waits (or settle() is called) and the step can be done. Each is told
/// in the story. Made by Kernel::client(), owned by the kernel.
class Client {
 public:
  /// `bytes` arrive at the program's socket in one piece.
  Client& sends(const std::string& bytes);

  /// The same in pieces of 1 to `most` bytes, drawn from the seed: any of them may arrive in a
  /// receive of its own.
  Client& sends_in_pieces(const std::string& bytes, std::size_t most);

  /// Waits for so many bytes more as `expected` has. The test fails at the first that differs.
  Client& receives(const std::string& expected);

  /// From here on takes no byte out of the program's send buffer, or takes them again (as at the
  /// start). What has been taken out counts as received.
  Client& stops_reading();
  Client& reads_again();

  /// One who does not read takes what the send buffer holds, once.
  Client& takes_once();

  /// Has finished sending: the program's receive will say 0 (SHUT_WR).
  Client& finishes();

  /// Waits for the end of the program's stream (its FIN, by shutdown or close).
  Client& sees_end();

  /// Waits until the program has closed its descriptor, or reset the connection.
  Client& sees_close();

  /// Ends the connection by a reset: the program's calls say ECONNRESET, then EPIPE.
  Client& resets();

  /// Closes: as finishes(), and what the program sends from here on is answered by a reset.
  Client& closes();

  /// Virtual time.
  Client& waits(std::chrono::milliseconds time);

  /// Whatever the test likes. `sentence` is told if it is not empty.
  Client& does(std::string sentence, std::function<void()> what);

  /// Waits until a condition of the test holds; `sentence` is told then, and if it never does.
  Client& waits_until(const std::string& sentence, std::function<bool()> holds);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool done() const { return script_.empty(); }

  /// Everything received so far.
  [[nodiscard]] const std::string& received() const { return received_; }
  /// The program's descriptor of this connection; -1 before it was accepted and after it was
  /// closed.
  [[nodiscard]] int descriptor() const;

 private:
  friend class Kernel;
  friend class Socket;

  struct Step {
    std::string waits_for;  // said if it never can be done, as in "alice waits for 5 bytes more"
    std::function<bool()> can_be_done;
    std::function<void()> perform;  // tells the story itself
  };

  Client(Kernel& kernel, std::string name);
  void refused();
  Client& then(std::string waits_for, std::function<bool()> can_be_done,
               std::function<void()> perform);

  Kernel& kernel_;
  std::string name_;
  std::deque<Step> script_;
  Socket* socket_ = nullptr;  // the program's end; lives as long as the kernel
  std::string received_;
  std::size_t checked_ = 0;                // bytes of received_ that receives() has looked at
  std::chrono::nanoseconds awake_at_{-1};  // while it waits for a time
};

}  // namespace lab
