#include "scene.hpp"

#include <algorithm>
#include <cstring>

namespace lab {
namespace {

std::string with_name(const std::string& name, int handle) {
  return name + " (descriptor " + std::to_string(handle) + ")";
}

}  // namespace

void ScriptedDemultiplexer::fail_if_wanted(const std::string& call) {
  if (error_ == 0) return;
  Story::current().step("the demultiplexer's " + call + "() throws: " + std::strerror(error_));
  throw std::system_error(std::exchange(error_, 0), std::generic_category(), call);
}

bool ScriptedDemultiplexer::is_own(int handle) const {
  return std::ranges::find(own_handles, handle) != own_handles.end();
}

void ScriptedDemultiplexer::add(int handle, EventHandler& handler, Events interest) {
  fail_if_wanted("add");
  const auto* const known = dynamic_cast<const TestHandler*>(&handler);
  if (known == nullptr) {
    own_handles.push_back(handle);
    return;
  }
  expect_that(!watched.contains(handle), "each handle is added to the demultiplexer once",
              "descriptor " + std::to_string(handle) + " was added again");
  Story::current().step("your Reactor adds " + with_name(known->name(), handle) +
                        " to the demultiplexer: " + text(interest));
  watched.emplace(handle, Watched{known->name(), interest});
}

void ScriptedDemultiplexer::change(int handle, EventHandler& /*handler*/, Events interest) {
  fail_if_wanted("change");
  if (is_own(handle)) return;
  const auto found = watched.find(handle);
  expect_that(found != watched.end(), "only what was added to the demultiplexer is changed",
              "descriptor " + std::to_string(handle) + " was changed");
  Story::current().step("your Reactor changes " + with_name(found->second.name, handle) +
                        " in the demultiplexer: " + text(interest));
  found->second.interest = interest;
  ++changes;
}

void ScriptedDemultiplexer::remove(int handle) noexcept {
  if (std::erase(own_handles, handle) > 0) return;
  const auto found = watched.find(handle);
  if (found == watched.end()) {
    // Not expect_that(): nothing may be thrown from here.
    Story::current().fail("only what was added is removed from the demultiplexer",
                          "descriptor " + std::to_string(handle) + " was removed");
    return;
  }
  Story::current().step("your Reactor removes " + with_name(found->second.name, handle) +
                        " from the demultiplexer");
  watched.erase(found);
}

std::span<Demultiplexer::Ready> ScriptedDemultiplexer::wait(std::chrono::milliseconds timeout) {
  fail_if_wanted("wait");
  timeouts.push_back(timeout);
  // New memory each time, so that whoever looks at the last result is found out.
  found_ = script_.empty() ? std::vector<Ready>() : std::move(script_.front());
  if (!script_.empty()) script_.pop_front();
  std::string all;
  for (const Ready& ready : found_) {
    const auto& handler = dynamic_cast<const TestHandler&>(*ready.handler);
    all += (all.empty() ? "" : ", ") + handler.name() + " (" + text(ready.events) + ")";
  }
  Story::current().step("the demultiplexer finds " + (all.empty() ? "nothing" : all));
  return found_;
}

void ScriptedDemultiplexer::next_wait_finds(std::vector<std::pair<TestHandler*, Events>> found) {
  std::vector<Ready> ready;
  for (const auto& [handler, events] : found) ready.push_back({handler, events});
  script_.push_back(std::move(ready));
}

Scene::Scene() {
  auto made = std::make_unique<ScriptedDemultiplexer>();
  demultiplexer = made.get();
  reactor = make_reactor(std::move(made));
}

void Scene::registers(TestHandler& handler, Events interest) {
  Story::current().step(with_name(handler.name(), handler.handle()) + " is registered for " +
                        text(interest));
  reactor->register_handler(handler, interest);
}

void Scene::changes(TestHandler& handler, Events interest) {
  Story::current().step(handler.name() + "'s interest is changed to " + text(interest));
  reactor->change_interest(handler, interest);
}

void Scene::removes(TestHandler& handler) {
  Story::current().step(handler.name() + "'s handler is removed");
  reactor->remove_handler(handler);
}

std::size_t Scene::turn(std::vector<std::pair<TestHandler*, Events>> found) {
  demultiplexer->next_wait_finds(std::move(found));
  return reactor->handle_events(std::chrono::milliseconds{-1});
}

}  // namespace lab
