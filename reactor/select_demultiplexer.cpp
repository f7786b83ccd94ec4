// select is told the whole set with every call, as bits: handles at or beyond FD_SETSIZE have none.
#include <sys/select.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "reactor/demultiplexers.hpp"
#include "shared/net/sockets.hpp"

namespace iolab::reactor {
namespace {

void set_bit(fd_set& bits, Handle handle, bool wanted) noexcept {
  if (wanted) {
    FD_SET(handle, &bits);
  } else {
    FD_CLR(handle, &bits);
  }
}

class SelectDemultiplexer final : public Demultiplexer {
 public:
  SelectDemultiplexer() {
    FD_ZERO(&readable_);
    FD_ZERO(&writable_);
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "select"; }

  void add(Handle handle, EventHandler& handler, Events interest) override;
  void change(Handle handle, EventHandler& handler, Events interest) override;
  void remove(Handle handle) noexcept override;
  std::span<Ready> wait(std::chrono::milliseconds timeout) override;

 private:
  fd_set readable_;  // interest, by handle
  fd_set writable_;
  std::array<EventHandler*, FD_SETSIZE> handlers_{};  // by handle
  std::array<Ready, FD_SETSIZE> ready_;
  Handle end_ = 0;  // one more than the highest handle watched
};

// FD_SET does not check: it would write beyond the end of the set.
void SelectDemultiplexer::add(Handle handle, EventHandler& handler, Events interest) {
  if (handle >= FD_SETSIZE) {
    throw std::system_error(EINVAL, std::system_category(),
                            "select cannot watch descriptor " + std::to_string(handle) +
                                ", only those below FD_SETSIZE = " + std::to_string(FD_SETSIZE));
  }
  handlers_[static_cast<std::size_t>(handle)] = &handler;
  end_ = std::max(end_, handle + 1);
  change(handle, handler, interest);
}

void SelectDemultiplexer::change(Handle handle, EventHandler&, Events interest) {
  set_bit(readable_, handle, has(interest, Events::read));
  set_bit(writable_, handle, has(interest, Events::write));
}

void SelectDemultiplexer::remove(Handle handle) noexcept {
  set_bit(readable_, handle, false);
  set_bit(writable_, handle, false);
  handlers_[static_cast<std::size_t>(handle)] = nullptr;
  while (end_ > 0 && !handlers_[static_cast<std::size_t>(end_ - 1)]) --end_;
}

// An error makes a handle readable and writable here, so there is nothing to add to what was asked.
std::span<Demultiplexer::Ready> SelectDemultiplexer::wait(std::chrono::milliseconds timeout) {
  fd_set readable = readable_;
  fd_set writable = writable_;
  timeval left{.tv_sec = timeout.count() / 1000, .tv_usec = timeout.count() % 1000 * 1000};
  const int n =
      ::select(end_, &readable, &writable, nullptr, timeout.count() < 0 ? nullptr : &left);
  if (n < 0 && errno != EINTR) throw_socket_error("select");
  std::size_t found = 0;
  for (Handle handle = 0; n > 0 && handle < end_; ++handle) {
    const Events events = (FD_ISSET(handle, &readable) ? Events::read : Events::none) |
                          (FD_ISSET(handle, &writable) ? Events::write : Events::none);
    if (events == Events::none) continue;
    ready_[found++] = {handlers_[static_cast<std::size_t>(handle)], events};
  }
  return {ready_.data(), found};
}

}  // namespace

std::unique_ptr<Demultiplexer> make_select_demultiplexer() {
  return std::make_unique<SelectDemultiplexer>();
}

}  // namespace iolab::reactor
