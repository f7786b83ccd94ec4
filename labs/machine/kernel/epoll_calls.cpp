// The calls that wait for many descriptors at once.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "machine/kernel/system_calls.hpp"
#include "machine/story/story.hpp"

namespace lab {
namespace {

void tell(const std::string& sentence) {
  Story::current().step(sentence);
}

std::string text_of_events(std::uint32_t events) {
  std::string text;
  const auto add = [&](std::uint32_t bit, const char* name) {
    if ((events & bit) != 0) text += (text.empty() ? "" : "|") + std::string(name);
  };
  add(EPOLLIN, "EPOLLIN");
  add(EPOLLOUT, "EPOLLOUT");
  add(EPOLLRDHUP, "EPOLLRDHUP");
  add(EPOLLERR, "EPOLLERR");
  add(EPOLLHUP, "EPOLLHUP");
  add(EPOLLET, "EPOLLET");
  add(EPOLLONESHOT, "EPOLLONESHOT");
  return text.empty() ? "0" : text;
}

constexpr std::uint32_t always_reported = EPOLLERR | EPOLLHUP;
constexpr int long_wait_ms = 3'600'000;  // worth telling: who would wait so long by mistake?

// What a watch would report now.
std::uint32_t reported(const Descriptor& descriptor, const Epoll::Watch& watch) {
  if (watch.event.events == EPOLLONESHOT) return 0;  // used up
  const std::uint32_t events = descriptor.ready() & (watch.event.events | always_reported);
  const bool edge_seen =
      (watch.event.events & EPOLLET) != 0 && watch.reported_edge == descriptor.edges();
  return edge_seen ? 0 : events;
}

std::chrono::nanoseconds as_timeout(int timeout_ms) {
  return std::chrono::milliseconds(timeout_ms < 0 ? -1 : timeout_ms);
}

const char* name_of(int operation) {
  if (operation == EPOLL_CTL_ADD) return "EPOLL_CTL_ADD";
  return operation == EPOLL_CTL_MOD ? "EPOLL_CTL_MOD" : "EPOLL_CTL_DEL";
}

}  // namespace

int SystemCalls::make_epoll() {
  begin("epoll_create1", "epoll_create1", MayThrow::no);
  if (no_descriptor_is_left("your epoll_create1()")) return -1;
  const int number = kernel_.open(std::make_shared<Epoll>("an epoll", false));
  tell("your epoll_create1(): descriptor " + std::to_string(number));
  return number;
}

int SystemCalls::epoll_control(int number, int operation, int descriptor, epoll_event* event) {
  begin("epoll_ctl", "epoll_ctl", MayThrow::no);
  const auto epoll = find_as<Epoll>("epoll_ctl", number, MayThrow::no, EINVAL);
  if (!epoll) return -1;
  const auto watched = find("epoll_ctl", descriptor, MayThrow::no);
  if (!watched) return -1;
  std::string sentence =
      "your epoll_ctl(" + std::string(name_of(operation)) + ", " + kernel_.label(descriptor);
  sentence += operation == EPOLL_CTL_DEL ? ")" : ", " + text_of_events(event->events) + ")";
  int error = ordered_error("epoll_ctl");
  const bool known = epoll->watches.contains(descriptor);
  if (error == 0 && operation == EPOLL_CTL_ADD && known) error = EEXIST;
  if (error == 0 && operation != EPOLL_CTL_ADD && !known) error = ENOENT;
  if (error != 0) {
    tell(sentence + ": " + strerrorname_np(error));
    errno = error;
    return -1;
  }
  tell(sentence);
  if (operation == EPOLL_CTL_DEL) {
    epoll->watches.erase(descriptor);
  } else {
    epoll->watches[descriptor] = {*event, 0};
  }
  return 0;
}

int SystemCalls::epoll_wait(const char* call, int number, std::span<epoll_event> events,
                            int timeout_ms) {
  begin(call, "epoll_wait", MayThrow::yes);
  const auto epoll = find_as<Epoll>(call, number, MayThrow::yes, EINVAL);
  if (!epoll) return -1;
  if (const int error = ordered_error("epoll_wait")) {
    tell("your " + std::string(call) + "(): " + strerrorname_np(error));
    errno = error;
    return -1;
  }
  const auto somebody_is_ready = [&] {
    return std::ranges::any_of(epoll->watches, [&](const auto& entry) {
      return reported(*kernel_.descriptors_.at(entry.first), entry.second) != 0;
    });
  };
  if (timeout_ms >= long_wait_ms) {
    tell("your " + std::string(call) + "() waits at most " + std::to_string(timeout_ms) + " ms");
  }
  wait_for_any(call, as_timeout(timeout_ms), somebody_is_ready);
  return collect(*epoll, events);
}

int SystemCalls::collect(Epoll& epoll, std::span<epoll_event> events) {
  std::vector<int> order;
  for (const auto& [number, watch] : epoll.watches) order.push_back(number);
  // On behind the one reported last: with little room nobody starves.
  std::rotate(order.begin(), std::upper_bound(order.begin(), order.end(), epoll.last_reported),
              order.end());
  if (kernel_.capricious_) std::ranges::shuffle(order, kernel_.random_);
  std::size_t found = 0;
  std::string sentence;
  for (const int number : order) {
    const Descriptor& descriptor = *kernel_.descriptors_.at(number);
    Epoll::Watch& watch = epoll.watches.at(number);
    const std::uint32_t ready = reported(descriptor, watch);
    if (ready == 0) continue;
    if (found == events.size()) break;
    epoll.last_reported = number;
    events[found] = watch.event;
    events[found++].events = ready;
    watch.reported_edge = descriptor.edges();
    if ((watch.event.events & EPOLLONESHOT) != 0) watch.event.events = EPOLLONESHOT;
    sentence +=
        (sentence.empty() ? "" : ", ") + kernel_.label(number) + " " + text_of_events(ready);
  }
  tell("your epoll_wait(): " + (sentence.empty() ? "nothing is ready" : sentence));
  return static_cast<int>(found);
}

void SystemCalls::wait(const char* call, std::chrono::nanoseconds timeout,
                       const std::function<bool()>& holds) {
  begin(call, call, MayThrow::yes);
  wait_for_any(call, timeout, holds);
}

// Clients may also act while somebody is ready.
bool SystemCalls::wait_for_any(const char* call, std::chrono::nanoseconds timeout,
                               const std::function<bool()>& holds) {
  while (kernel_.capricious_ && kernel_.random_up_to(2) == 1 && kernel_.act_once()) continue;
  return kernel_.wait(call, timeout, holds);
}

int SystemCalls::poll(std::span<pollfd> watched, int timeout_ms) {
  begin("poll", "poll", MayThrow::yes);
  const auto look = [&] {
    int found = 0;
    for (pollfd& one : watched) {
      const auto asked = static_cast<std::uint32_t>(one.events) | always_reported;
      one.revents = static_cast<short>(kernel_.ready(one.fd) & asked);
      if (one.revents != 0) ++found;
    }
    return found;
  };
  kernel_.wait("poll", as_timeout(timeout_ms), [&] { return look() > 0; });
  const int found = look();
  tell("your poll(): " + count_of(static_cast<std::size_t>(found), "descriptor") + " ready");
  return found;
}

}  // namespace lab
