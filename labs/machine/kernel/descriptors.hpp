#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace lab {

// The simulated kernel's numbers begin beyond those that the test program itself uses.
inline constexpr int first_descriptor = 100;
inline constexpr int end_of_descriptors = 1'000'000;

class Client;

/// What stands behind a number of the simulated kernel.
class Descriptor {
 public:
  Descriptor(std::string name, bool non_blocking)
      : name_(std::move(name)), non_blocking_(non_blocking) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  virtual ~Descriptor() = default;

  /// As the story calls it, such as "alice's connection".
  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] bool non_blocking() const { return non_blocking_; }
  void non_blocking(bool enabled) { non_blocking_ = enabled; }

  /// EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLERR, EPOLLHUP that hold now.
  [[nodiscard]] virtual std::uint32_t ready() const = 0;

  /// When the clock will change something about it, in virtual time.
  [[nodiscard]] virtual std::optional<std::chrono::nanoseconds> next_alarm() const { return {}; }

  /// Grows whenever something happens that an edge-triggered epoll would report.
  [[nodiscard]] std::uint64_t edges() const { return edges_; }
  void edge() { ++edges_; }

 private:
  std::string name_;
  bool non_blocking_;
  std::uint64_t edges_ = 1;
};

/// The program's end of a connection, with the wire to its client.
class Socket final : public Descriptor {
 public:
  Socket(std::string name, bool non_blocking, Client& peer, std::size_t capacity)
      : Descriptor(std::move(name), non_blocking), client(peer), send_buffer(capacity) {}

  [[nodiscard]] std::uint32_t ready() const override;
  [[nodiscard]] std::size_t room() const {
    return outgoing.size() < send_buffer ? send_buffer - outgoing.size() : 0;
  }
  /// Nothing can be sent any more, whatever the program does.
  [[nodiscard]] bool lost() const { return reset || reset_by_program; }

  Client& client;
  const std::size_t send_buffer;
  int number = -1;               ///< -1 before accept and after close
  std::string incoming;          ///< has arrived, not received yet
  std::string outgoing;          ///< sent, not taken by the client yet
  bool client_finished = false;  ///< its FIN is behind `incoming`
  bool client_closed = false;    ///< what is sent is answered by a reset
  bool client_reads = true;
  bool finished = false;          ///< the program's FIN is behind `outgoing`
  bool receives_no_more = false;  ///< by shutdown(SHUT_RD): behind `incoming` is the end
  bool closed = false;            ///< by the program
  bool reset = false;             ///< by the client
  bool reset_by_program = false;
  int pending_error = 0;  ///< what the next call on it says, once
};

class Listener final : public Descriptor {
 public:
  using Descriptor::Descriptor;
  [[nodiscard]] std::uint32_t ready() const override { return waiting.empty() ? 0U : EPOLLIN; }

  std::deque<std::shared_ptr<Socket>> waiting;  ///< connected, not accepted yet
};

class EventCounter final : public Descriptor {
 public:
  using Descriptor::Descriptor;
  [[nodiscard]] std::uint32_t ready() const override {
    return EPOLLOUT | (count > 0 ? EPOLLIN : 0U);
  }

  std::uint64_t count = 0;
};

class Epoll final : public Descriptor {
 public:
  using Descriptor::Descriptor;
  [[nodiscard]] std::uint32_t ready() const override { return 0; }  // not watched by another

  struct Watch {
    epoll_event event;
    std::uint64_t reported_edge = 0;
  };
  std::map<int, Watch> watches;
  int last_reported = -1;  ///< where the next wait goes on, so that nobody starves
};

}  // namespace lab
