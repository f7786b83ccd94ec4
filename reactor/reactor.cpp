#include "reactor/reactor.hpp"

#include <cassert>
#include <utility>

namespace iolab::reactor {
namespace {

using std::chrono::milliseconds;

// Rounded up, because a turn that ends a little too early would be followed by one that does not
// wait at all. A negative timeout means "without limit", so it must stay negative: rounded down.
milliseconds in_milliseconds(std::chrono::nanoseconds timeout) {
  return timeout.count() < 0 ? std::chrono::floor<milliseconds>(timeout)
                             : std::chrono::ceil<milliseconds>(timeout);
}

}  // namespace

Reactor::Reactor(std::unique_ptr<Demultiplexer> demultiplexer)
    : demultiplexer_(std::move(demultiplexer)) {
  register_handler(wake_up_handler_, Events::read);
}

Reactor::~Reactor() {
  remove_handler(wake_up_handler_);
}

void Reactor::register_handler(EventHandler& handler, Events interest) {
  assert(!handler.registered_);
  demultiplexer_->add(handler.get_handle(), handler, interest);
  handler.registered_ = true;
  handler.interest_ = interest;
}

void Reactor::change_interest(EventHandler& handler, Events interest) {
  assert(handler.registered_);
  if (handler.interest_ == interest) return;
  demultiplexer_->change(handler.get_handle(), handler, interest);
  handler.interest_ = interest;
}

void Reactor::remove_handler(EventHandler& handler) noexcept {
  if (!handler.registered_) return;
  demultiplexer_->remove(handler.get_handle());
  handler.registered_ = false;
  handler.interest_ = Events::none;
  for (Demultiplexer::Ready& ready : found_) {
    if (ready.handler == &handler) ready.handler = nullptr;
  }
}

std::size_t Reactor::handle_events(std::chrono::nanoseconds timeout) {
  found_ = demultiplexer_->wait(in_milliseconds(timeout));
  std::size_t handled = 0;
  while (!found_.empty()) {
    const auto [handler, events] = found_.front();
    // Taken out first: the handler may remove others from what is left.
    found_ = found_.subspan(1);
    if (!handler) continue;
    const Events ready = events & handler->interest_;
    if (ready == Events::none) continue;
    handler->handle_event(ready);
    ++handled;
  }
  return handled;
}

}  // namespace iolab::reactor
