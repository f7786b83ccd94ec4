// epoll keeps the set of handles in the kernel: a wait costs what is ready, not what is watched.
#include <sys/epoll.h>

#include <array>
#include <cassert>
#include <cerrno>

#include "reactor/demultiplexers.hpp"
#include "shared/net/sockets.hpp"
#include "shared/net/unique_handle.hpp"

namespace iolab::reactor {
namespace {

// EPOLLERR and EPOLLHUP are reported even when they were not asked for. For a handler without
// interest EPOLLET makes epoll report them once and not in every turn; the Reactor ignores that.
std::uint32_t to_epoll(Events events) {
  if (events == Events::none) return EPOLLET;
  return (has(events, Events::read) ? std::uint32_t{EPOLLIN} : 0) |
         (has(events, Events::write) ? std::uint32_t{EPOLLOUT} : 0);
}

Events from_epoll(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return Events::read_write;
  return ((events & EPOLLIN) != 0 ? Events::read : Events::none) |
         ((events & EPOLLOUT) != 0 ? Events::write : Events::none);
}

class EpollDemultiplexer final : public Demultiplexer {
 public:
  EpollDemultiplexer() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) throw_socket_error("epoll_create1");
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "epoll"; }

  void add(Handle handle, EventHandler& handler, Events interest) override {
    control(EPOLL_CTL_ADD, handle, &handler, interest);
  }
  void change(Handle handle, EventHandler& handler, Events interest) override {
    control(EPOLL_CTL_MOD, handle, &handler, interest);
  }
  void remove(Handle handle) noexcept override {
    [[maybe_unused]] const int status = ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, handle, nullptr);
    assert(status == 0);
  }

  std::span<Ready> wait(std::chrono::milliseconds timeout) override {
    const int n = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()),
                               to_poll_timeout(timeout));
    if (n < 0 && errno != EINTR) throw_socket_error("epoll_wait");
    const std::size_t count = n > 0 ? static_cast<std::size_t>(n) : 0;
    for (std::size_t i = 0; i < count; ++i) {
      ready_[i] = {static_cast<EventHandler*>(events_[i].data.ptr), from_epoll(events_[i].events)};
    }
    return {ready_.data(), count};
  }

 private:
  void control(int operation, Handle handle, EventHandler* handler, Events interest) {
    epoll_event event{.events = to_epoll(interest), .data = {.ptr = handler}};
    if (::epoll_ctl(epoll_.get(), operation, handle, &event) != 0) throw_socket_error("epoll_ctl");
  }

  static constexpr std::size_t batch = 256;  // what is left over is reported by the next wait

  UniqueHandle epoll_;
  std::array<epoll_event, batch> events_;
  std::array<Ready, batch> ready_;
};

}  // namespace

std::unique_ptr<Demultiplexer> make_epoll_demultiplexer() {
  return std::make_unique<EpollDemultiplexer>();
}

}  // namespace iolab::reactor
