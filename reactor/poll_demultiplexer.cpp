// poll is told the whole set with every call: a wait costs what is watched, busy or not.
#include <poll.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <vector>

#include "reactor/demultiplexers.hpp"
#include "shared/net/sockets.hpp"

namespace iolab::reactor {
namespace {

short to_poll(Events events) {
  return static_cast<short>((has(events, Events::read) ? POLLIN : 0) |
                            (has(events, Events::write) ? POLLOUT : 0));
}

Events from_poll(short events) {
  assert((events & POLLNVAL) == 0 && "a handle was closed before it was removed");
  if ((events & (POLLERR | POLLHUP)) != 0) return Events::read_write;
  return ((events & POLLIN) != 0 ? Events::read : Events::none) |
         ((events & POLLOUT) != 0 ? Events::write : Events::none);
}

// POLLERR and POLLHUP are reported whether asked for or not, so a handle without interest has to be
// hidden: poll skips negative ones.
pollfd make_entry(Handle handle, Events interest) {
  return {
      .fd = interest == Events::none ? ~handle : handle, .events = to_poll(interest), .revents = 0};
}
Handle handle_of(const pollfd& entry) {
  return entry.fd < 0 ? ~entry.fd : entry.fd;
}

class PollDemultiplexer final : public Demultiplexer {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "poll"; }

  void add(Handle handle, EventHandler& handler, Events interest) override;
  void change(Handle handle, EventHandler& handler, Events interest) override;
  void remove(Handle handle) noexcept override;
  std::span<Ready> wait(std::chrono::milliseconds timeout) override;

 private:
  [[nodiscard]] std::size_t& place_of(Handle handle) noexcept {
    return places_[static_cast<std::size_t>(handle)];
  }

  std::vector<pollfd> watched_;
  std::vector<EventHandler*> handlers_;  // of what is watched, at the same places
  std::vector<std::size_t> places_;      // of each handle in the two above
  std::array<Ready, 256> ready_;         // what is left over is reported by the next wait
  std::size_t first_ = 0;                // where the next wait looks first
};

// Allocates all that a handle will ever need, so that change() and remove() cannot fail.
void PollDemultiplexer::add(Handle handle, EventHandler& handler, Events interest) {
  const std::size_t place = watched_.size();
  const auto index = static_cast<std::size_t>(handle);
  if (places_.size() <= index) places_.resize(index + 1);
  handlers_.resize(place + 1);
  watched_.push_back(make_entry(handle, interest));
  handlers_[place] = &handler;
  places_[index] = place;
}

void PollDemultiplexer::change(Handle handle, EventHandler&, Events interest) {
  watched_[place_of(handle)] = make_entry(handle, interest);
}

// The last entry takes the place of the one that is removed.
void PollDemultiplexer::remove(Handle handle) noexcept {
  const std::size_t place = place_of(handle);
  watched_[place] = watched_.back();
  handlers_[place] = handlers_[watched_.size() - 1];
  place_of(handle_of(watched_[place])) = place;
  watched_.pop_back();
}

// Starts where the last call stopped: otherwise the last handles might never have their turn.
std::span<Demultiplexer::Ready> PollDemultiplexer::wait(std::chrono::milliseconds timeout) {
  const int n = ::poll(watched_.data(), watched_.size(), to_poll_timeout(timeout));
  if (n < 0 && errno != EINTR) throw_socket_error("poll");
  const std::size_t expected = std::min(n > 0 ? static_cast<std::size_t>(n) : 0, ready_.size());
  std::size_t found = 0;
  while (found < expected) {
    if (first_ >= watched_.size()) first_ = 0;
    const short events = watched_[first_].revents;
    if (events != 0) ready_[found++] = {handlers_[first_], from_poll(events)};
    ++first_;
  }
  return {ready_.data(), found};
}

}  // namespace

std::unique_ptr<Demultiplexer> make_poll_demultiplexer() {
  return std::make_unique<PollDemultiplexer>();
}

}  // namespace iolab::reactor
