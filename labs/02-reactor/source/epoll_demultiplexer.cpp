#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

#include "demultiplexer.hpp"

namespace lab {
namespace {

[[noreturn]] void throw_system_error(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

//@ solution
// epoll_wait takes an int; a negative one is "without limit".
int to_epoll_timeout(std::chrono::milliseconds timeout) {
  if (timeout.count() < 0) return -1;
  constexpr std::chrono::milliseconds::rep longest = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(timeout.count(), longest));
}
//@ starter
//@ wrong timeout-cut-off
//| int to_epoll_timeout(std::chrono::milliseconds timeout) {
//|   return static_cast<int>(timeout.count());
//| }
//@ end

/// What epoll_ctl is told to watch for.
std::uint32_t to_epoll(Events events) {
  //@ solution
  // EPOLLERR and EPOLLHUP are reported even when they were not asked for. For a handler without
  // interest EPOLLET makes epoll report them once and not in every turn; the Reactor ignores that.
  if (events == Events::none) return EPOLLET;
  //@ starter
  //| // TODO: one line for each kind of event; none needs a thought of its own.
  //@ wrong hang-up-spins
  //@ end
  //@ solution
  return (has(events, Events::read) ? std::uint32_t{EPOLLIN} : 0) |
         (has(events, Events::write) ? std::uint32_t{EPOLLOUT} : 0);
  //@ starter
  //| (void)events;
  //| return 0;
  //@ wrong edge-triggered
  //| return (has(events, Events::read) ? std::uint32_t{EPOLLIN} : 0) |
  //|        (has(events, Events::write) ? std::uint32_t{EPOLLOUT} : 0) | std::uint32_t{EPOLLET};
  //@ end
}

/// What epoll_wait has reported.
Events from_epoll(std::uint32_t events) {
  //@ solution
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return Events::read_write;
  //@ starter
  //| // TODO: the other direction. EPOLLERR and EPOLLHUP come without being asked for.
  //| (void)events;
  //@ wrong error-ignored
  //@ end
  //@ solution
  return ((events & EPOLLIN) != 0 ? Events::read : Events::none) |
         ((events & EPOLLOUT) != 0 ? Events::write : Events::none);
  //@ starter
  //| return Events::none;
  //@ end
}

class EpollDemultiplexer final : public Demultiplexer {
 public:
  EpollDemultiplexer() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw_system_error("epoll_create1");
  }
  //@ solution
  ~EpollDemultiplexer() override { ::close(epoll_); }
  //@ starter
  //| ~EpollDemultiplexer() override = default;  // TODO: whose is epoll_?
  //@ wrong epoll-left-open
  //| ~EpollDemultiplexer() override = default;
  //@ end

  void add(int handle, EventHandler& handler, Events interest) override {
    control(EPOLL_CTL_ADD, handle, &handler, interest);
  }

  void change(int handle, EventHandler& handler, Events interest) override {
    //@ solution
    control(EPOLL_CTL_MOD, handle, &handler, interest);
    //@ starter
    //| // TODO: as add(), with another operation.
    //| (void)handle, (void)handler, (void)interest;
    //@ wrong none-is-removed
    //| if (interest == Events::none) return remove(handle);
    //| control(EPOLL_CTL_MOD, handle, &handler, interest);
    //@ end
  }

  void remove(int handle) noexcept override {
    //@ solution
    // Cannot fail: the Reactor removes only what it has added and what is still open.
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, handle, nullptr);
    //@ starter
    //| (void)handle;  // TODO
    //@ end
  }

  std::span<Ready> wait(std::chrono::milliseconds timeout) override {
    //@ solution
    const int n = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()),
                               to_epoll_timeout(timeout));
    //@ starter
    //| // TODO: one epoll_wait into events_, and from there into ready_.
    //@ wrong counts-bytes
    //| const int n = ::epoll_wait(epoll_, events_.data(), sizeof(epoll_event) * first_batch,
    //|                            to_epoll_timeout(timeout));
    //@ end
    //@ solution
    if (n < 0 && errno != EINTR) throw_system_error("epoll_wait");
    //@ starter
    //@ wrong interruption-is-fatal
    //| if (n < 0) throw_system_error("epoll_wait");
    //@ end
    //@ solution
    const std::size_t count = n > 0 ? static_cast<std::size_t>(n) : 0;
    ready_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      ready_.push_back(
          {static_cast<EventHandler*>(events_[i].data.ptr), from_epoll(events_[i].events)});
    }
    // Full: there may have been more. The next wait reports them, and has room for more at once.
    if (count == events_.size()) events_.resize(2 * count);
    return ready_;
    //@ starter
    //| (void)timeout, (void)from_epoll(0);
    //| return ready_;
    //@ end
  }

 private:
  void control(int operation, int handle, EventHandler* handler, Events interest) {
    //@ solution
    epoll_event event{.events = to_epoll(interest), .data = {.ptr = handler}};
    if (::epoll_ctl(epoll_, operation, handle, &event) != 0) throw_system_error("epoll_ctl");
    //@ starter
    //| // TODO: one epoll_ctl. epoll_event::data comes back from epoll_wait as it is.
    //| const std::uint32_t events = to_epoll(interest);
    //| (void)operation, (void)handle, (void)handler, (void)events;
    //@ end
  }

  static constexpr std::size_t first_batch = 64;

  const int epoll_;
  std::vector<epoll_event> events_{first_batch};  // as the system wants them
  std::vector<Ready> ready_;                      // as the Reactor wants them
};

}  // namespace

std::unique_ptr<Demultiplexer> make_epoll_demultiplexer() {
  return std::make_unique<EpollDemultiplexer>();
}

}  // namespace lab
