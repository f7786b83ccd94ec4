#include "machine/reactor/simulated_reactor.hpp"

#include <algorithm>
#include <string>

#include "machine/kernel/system_calls.hpp"
#include "machine/story/story.hpp"

namespace lab {
namespace {

std::string text_of(Events events) {
  if (events == Events::read_write) return "read and write";
  if (events == Events::none) return "nothing";
  return events == Events::read ? "read" : "write";
}

void tell(const std::string& sentence) {
  Story::current().step(sentence);
}

}  // namespace

void SimulatedReactor::register_handler(EventHandler& handler, Events interest) {
  const int descriptor = handler.handle();
  tell("you register a handler for " + std::to_string(descriptor) + ": " + text_of(interest));
  expect_open_descriptors();
  expect_that(kernel_.is_open(descriptor), "a handler is registered for an open descriptor",
              std::to_string(descriptor) + " is not open");
  const bool taken = std::ranges::any_of(
      entries_, [&](const auto& entry) { return entry.second.descriptor == descriptor; });
  expect_that(!taken && !entries_.contains(&handler),
              "a handler is registered once, and removed before its descriptor is closed",
              "there is a handler for " + std::to_string(descriptor) + " already");
  entries_[&handler] = {descriptor, interest, ++registered_};
}

void SimulatedReactor::change_interest(EventHandler& handler, Events interest) {
  const auto found = entries_.find(&handler);
  expect_that(found != entries_.end(), "change_interest() is called for a registered handler",
              "this one is not registered");
  Entry& entry = found->second;
  if (entry.interest == interest) return;
  tell("you change the interest in " + std::to_string(entry.descriptor) + " from " +
       text_of(entry.interest) + " to " + text_of(interest));
  entry.interest = interest;
  ++changes_;
}

void SimulatedReactor::remove_handler(EventHandler& handler) noexcept {
  const auto found = entries_.find(&handler);
  if (found == entries_.end()) return;
  const int descriptor = found->second.descriptor;
  tell("you remove the handler of " + std::to_string(descriptor));
  entries_.erase(found);
  if (kernel_.is_open(descriptor)) return;
  Story::current().fail("remove_handler() is called before the descriptor is closed",
                        std::to_string(descriptor) + " is closed already");
}

std::size_t SimulatedReactor::handle_events(std::chrono::milliseconds timeout) {
  expect_open_descriptors();
  const auto somebody_is_ready = [this] {
    return awake_ || std::ranges::any_of(entries_, [this](const auto& entry) {
             return ready(entry.second) != Events::none;
           });
  };
  SystemCalls::in_charge()->wait("handle_events", timeout, somebody_is_ready);
  awake_ = false;
  std::size_t called = 0;
  for (const Found& found : find_ready()) {
    const auto entry = entries_.find(found.handler);
    if (entry == entries_.end() || entry->second.number != found.number) continue;
    const Events events = found.events & entry->second.interest;
    if (events == Events::none) continue;
    tell("the Reactor calls the handler of " + kernel_.label(entry->second.descriptor) + ": " +
         text_of(events));
    ++called;
    calling_ = true;
    found.handler->handle_event(events);
    calling_ = false;
  }
  if (called > 0) ++eventful_turns_;
  return called;
}

Events SimulatedReactor::interest(int descriptor) const {
  for (const auto& [handler, entry] : entries_) {
    if (entry.descriptor == descriptor) return entry.interest;
  }
  return Events::none;
}

// Does not ask the handlers: whoever was destroyed too early would be asked, too.
void SimulatedReactor::expect_open_descriptors() const {
  for (const auto& [handler, entry] : entries_) {
    expect_that(kernel_.is_open(entry.descriptor),
                "remove_handler() is called before the descriptor is closed",
                std::to_string(entry.descriptor) + " is closed and its handler still registered");
  }
}

Events SimulatedReactor::ready(const Entry& entry) const {
  const std::uint32_t state = kernel_.ready(entry.descriptor);
  const bool broken = (state & (EPOLLERR | EPOLLHUP)) != 0;
  const bool readable = broken || (state & (EPOLLIN | EPOLLRDHUP)) != 0;
  const bool writable = broken || (state & EPOLLOUT) != 0;
  const auto mistake = mistakes_.find(entry.descriptor);
  return ((readable ? Events::read : Events::none) | (writable ? Events::write : Events::none) |
          (mistake != mistakes_.end() ? mistake->second : Events::none)) &
         entry.interest;
}

// In the order in which they came.
std::vector<SimulatedReactor::Found> SimulatedReactor::find_ready() {
  std::vector<Found> found;
  for (const auto& [handler, entry] : entries_) {
    if (const Events events = ready(entry); events != Events::none) {
      found.push_back({handler, entry.number, events});
    }
  }
  mistakes_.clear();
  std::ranges::sort(found, {}, &Found::number);
  return found;
}

}  // namespace lab
