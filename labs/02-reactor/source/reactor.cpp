#include "reactor.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace lab {
namespace {

//@ solution
[[noreturn]] void throw_system_error(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}
//@ starter
//@ end

/// The Reactor's own handler, which is ready after a wake-up.
class WakeUp final : public EventHandler {
 public:
  //@ solution
  WakeUp() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (event_ < 0) throw_system_error("eventfd");
  }
  //@ starter
  //| WakeUp() {
  //|   // TODO: make an eventfd. Its descriptor is yours to close.
  //| }
  //@ wrong wake-up-blocks
  //| WakeUp() : event_(::eventfd(0, EFD_CLOEXEC)) {
  //|   if (event_ < 0) throw_system_error("eventfd");
  //| }
  //@ end
  //@ solution
  ~WakeUp() { ::close(event_); }
  //@ starter
  //| ~WakeUp() = default;  // TODO
  //@ end

  [[nodiscard]] int handle() const override { return event_; }

  void handle_event(Events) override {
    //@ solution
    // Takes all wake-ups at once, so that the handle is no longer ready.
    std::uint64_t wake_ups = 0;
    [[maybe_unused]] const auto n = ::read(event_, &wake_ups, sizeof wake_ups);
    //@ starter
    //| // TODO: what has to happen, so that it is no longer ready?
    //@ wrong wake-up-stays
    //@ end
  }

  void notify() const noexcept {
    //@ solution
    const int saved = errno;  // a signal handler must leave errno as it was
    const std::uint64_t one = 1;
    // Refused only if the counter is full: then a wake-up is pending already.
    [[maybe_unused]] const auto n = ::write(event_, &one, sizeof one);
    errno = saved;
    //@ starter
    //| // TODO
    //@ wrong errno-changed
    //| const std::uint64_t one = 1;
    //| [[maybe_unused]] const auto n = ::write(event_, &one, sizeof one);
    //@ end
  }

 private:
  int event_ = -1;
};

class TheReactor final : public Reactor {
 public:
  explicit TheReactor(std::unique_ptr<Demultiplexer> demultiplexer)
      : demultiplexer_(std::move(demultiplexer)) {
    //@ solution
    register_handler(wake_up_, Events::read);
    //@ starter
    //| // TODO: who watches wake_up_?
    //@ wrong wake-up-is-a-flag
    //@ end
  }

  //@ solution
  ~TheReactor() override { remove_handler(wake_up_); }
  //@ starter
  //| ~TheReactor() override = default;  // TODO: is there anything to undo?
  //@ end

  void register_handler(EventHandler& handler, Events interest) override {
    //@ solution
    const int handle = handler.handle();
    const auto index = static_cast<std::size_t>(handle);
    if (index >= table_.size()) table_.resize(index + 1);
    if (table_[index].handler != nullptr) {
      throw std::system_error(EEXIST, std::generic_category(), "register_handler");
    }
    //@ starter
    //| // TODO: what must be done first, so that a failure leaves the handler unregistered?
    //| (void)handler, (void)interest;
    //@ end
    //@ solution
    demultiplexer_->add(handle, handler, interest);
    table_[index] = {&handler, interest};
    //@ starter
    //@ wrong registered-too-early
    //| table_[index] = {&handler, interest};
    //| demultiplexer_->add(handle, handler, interest);
    //@ end
  }

  void change_interest(EventHandler& handler, Events interest) override {
    //@ solution
    Registration* const registration = find(handler);
    assert(registration != nullptr);
    //@ starter
    //| (void)handler, (void)interest;  // TODO
    //@ end
    //@ solution
    if (registration->interest == interest) return;
    //@ starter
    //@ wrong change-storm
    //@ end
    //@ solution
    demultiplexer_->change(handler.handle(), handler, interest);
    registration->interest = interest;
    //@ starter
    //@ end
  }

  void remove_handler(EventHandler& handler) noexcept override {
    //@ solution
    Registration* const registration = find(handler);
    if (registration == nullptr) return;
    //@ starter
    //| (void)handler;  // TODO: and the events that this turn has found already?
    //@ end
    //@ solution
    demultiplexer_->remove(handler.handle());
    //@ starter
    //@ wrong removed-later
    //| late_.push_back(handler.handle());
    //@ end
    //@ solution
    *registration = {};
    for (Demultiplexer::Ready& ready : found_) {
      if (ready.handler == &handler) ready.handler = nullptr;
    }
    //@ starter
    //@ wrong calls-the-dead by-address
    //| *registration = {};
    //@ end
  }

  std::size_t handle_events(std::chrono::milliseconds timeout) override {
    //@ solution
    //@ wrong wake-up-is-a-flag
    //| if (std::exchange(woken_, false)) timeout = std::chrono::milliseconds{0};
    //@ wrong removed-later
    //| for (const int handle : late_) demultiplexer_->remove(handle);
    //| late_.clear();
    //@ end
    //@ solution
    found_ = demultiplexer_->wait(timeout);
    std::size_t called = 0;
    while (!found_.empty()) {
      const auto [handler, events] = found_.front();
      // Taken out first: the handler may remove others from what is left.
      found_ = found_.subspan(1);
      if (handler != nullptr && call(*handler, events)) ++called;
    }
    return called;
    //@ starter
    //| // TODO: wait, then call one handler after the other. Each of them may remove any other.
    //| (void)timeout;
    //| return 0;
    //@ wrong by-address
    //| std::size_t called = 0;
    //| for (const auto [handler, events] : demultiplexer_->wait(timeout)) {
    //|   bool known = false;
    //|   for (const Registration& each : table_) known = known || each.handler == handler;
    //|   if (known && call(*handler, events)) ++called;
    //| }
    //| return called;
    //@ wrong by-number
    //| std::vector<std::pair<int, Events>> found;
    //| for (const auto& [handler, events] : demultiplexer_->wait(timeout)) {
    //|   found.emplace_back(handler->handle(), events);
    //| }
    //| std::size_t called = 0;
    //| for (const auto& [number, events] : found) {
    //|   EventHandler* const handler = table_[static_cast<std::size_t>(number)].handler;
    //|   if (handler != nullptr && call(*handler, events)) ++called;
    //| }
    //| return called;
    //@ wrong keeps-what-is-left
    //| if (found_.empty()) found_ = demultiplexer_->wait(timeout);
    //| std::size_t called = 0;
    //| while (!found_.empty()) {
    //|   const auto [handler, events] = found_.front();
    //|   found_ = found_.subspan(1);
    //|   if (handler != nullptr && call(*handler, events)) ++called;
    //| }
    //| return called;
    //@ end
  }

  void wake_up() noexcept override {
    //@ solution
    wake_up_.notify();
    //@ wrong wake-up-is-a-flag
    //| woken_ = true;
    //@ end
  }

 private:
  //@ solution
  struct Registration {
    EventHandler* handler = nullptr;
    Events interest = Events::none;
  };

  // Compares the handler, too: the system gives a closed handle's number to the next one.
  Registration* find(const EventHandler& handler) noexcept {
    const auto index = static_cast<std::size_t>(handler.handle());  // -1: beyond the end
    if (index >= table_.size() || table_[index].handler != &handler) return nullptr;
    return &table_[index];
  }
  //@ starter
  //@ end

  //@ solution
  // Calls a registered handler for those of `events` that it is interested in by now. Afterwards
  // the handler may be gone.
  bool call(EventHandler& handler, Events events) {
    const Events ready = events & find(handler)->interest;
    if (ready == Events::none) return false;
    handler.handle_event(ready);
    return true;
  }
  //@ starter
  //@ wrong calls-the-dead
  //| bool call(EventHandler& handler, Events events) {
  //|   const Registration* const known = find(handler);
  //|   const Events ready = known != nullptr ? events & known->interest : events;
  //|   if (ready == Events::none) return false;
  //|   handler.handle_event(ready);
  //|   return true;
  //| }
  //@ wrong calls-for-anything
  //| bool call(EventHandler& handler, Events events) {
  //|   handler.handle_event(events);
  //|   return true;
  //| }
  //@ wrong looks-again
  //| bool call(EventHandler& handler, Events events) {
  //|   const Events ready = events & find(handler)->interest;
  //|   if (has(ready, Events::read)) handler.handle_event(Events::read);
  //|   if (has(ready, Events::write)) handler.handle_event(Events::write);
  //|   return ready != Events::none;
  //| }
  //@ end

  std::unique_ptr<Demultiplexer> demultiplexer_;
  WakeUp wake_up_;
  //@ solution
  std::vector<Registration> table_;        // by handle: a look-up that costs nearly nothing
  std::span<Demultiplexer::Ready> found_;  // by this turn and not yet handled
  //@ starter
  //| // TODO: what has to be known of each handler, and of the turn that runs?
  //@ end
  //@ solution
  //@ wrong wake-up-is-a-flag
  //| bool woken_ = false;
  //@ wrong removed-later
  //| std::vector<int> late_;
  //@ end
};

}  // namespace

std::unique_ptr<Reactor> make_reactor(std::unique_ptr<Demultiplexer> demultiplexer) {
  return std::make_unique<TheReactor>(std::move(demultiplexer));
}

}  // namespace lab
