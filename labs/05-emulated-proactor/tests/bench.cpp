#include "bench.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace lab {
namespace {

constexpr std::byte untouched{'.'};
constexpr int most_turns = 6;

void tell(const std::string& sentence) {
  Story::current().step(sentence);
}

std::string code_of(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
}

}  // namespace

Job::Job(Bench& bench, std::string name, OperationKind kind, int handle)
    : bench_(bench), name_(std::move(name)), operation_(kind, handle, *this) {}

void Job::submit_receive(std::size_t size) {
  expect_buffer_untouched();
  bytes_.assign(size, untouched);
  bytes_.shrink_to_fit();
  operation_.buffer = bytes_;
  tell("submit(" + name_ + "): at most " + count_of(size, "byte"));
  submit();
}

void Job::submit_accept() {
  tell("submit(" + name_ + ")");
  submit();
}

void Job::submit_send(std::string_view bytes) {
  const auto given = bytes_of(bytes);
  bytes_.assign(given.begin(), given.end());
  operation_.output = bytes_;
  tell("submit(" + name_ + "): " + count_of(bytes.size(), "byte") + ": " + shown(bytes));
  submit();
}

// A handler that was called inside may not end the test there: submit() is noexcept.
void Job::submit() {
  ++submissions_;
  const char* const outer = std::exchange(bench_.inside_, "submit()");
  bench_.proactor().submit(operation_);
  bench_.inside_ = outer;
  if (Story::current().failed()) throw TestEnded{};
}

void Job::cancel() {
  tell("cancel(" + name_ + ")");
  const char* const outer = std::exchange(bench_.inside_, "cancel()");
  bench_.proactor().cancel(operation_);
  bench_.inside_ = outer;
  if (Story::current().failed()) throw TestEnded{};
}

void Job::handle_event(AsyncOperation& completed) {
  tell("your Proactor calls the handler of " + name_ + ": " + result_text());
  if (bench_.inside_ != nullptr) {
    Story::current().fail("no handler is called inside " + std::string(bench_.inside_),
                          "that of " + name_ + " is");
    return;
  }
  ++completions_;
  expect_that(bench_.turns_, "handlers are called from handle_events()",
              "that of " + name_ + " is called from elsewhere");
  expect_that(&completed == &operation_, "a handler is given its own operation",
              "that of " + name_ + " is given another one");
  expect_that(completions_ <= submissions_, "a handler is called once for each submit()",
              "that of " + name_ + " is called " + count_of(completions_, "time") + " for " +
                  count_of(submissions_, "submit()"));
  take_back_buffer();
  const auto last = then;  // may destroy this object
  if (last) last();
}

// From here on the bytes are the test's, and a change would be seen.
void Job::take_back_buffer() {
  received_.clear();
  if (operation_.kind == OperationKind::receive) {
    const std::size_t size = operation_.result.bytes;
    expect_that(size <= bytes_.size(), "no more bytes are received than the buffer has",
                count_of(size, "byte"));
    received_ = text_of(std::span(bytes_).first(size));
    all_received_ += received_;
  }
  std::ranges::fill(bytes_, untouched);
}

std::string Job::result_text() const {
  const OperationResult& result = operation_.result;
  if (result.error != 0) return code_of(result.error);
  if (operation_.kind == OperationKind::accept) {
    return "descriptor " + std::to_string(result.accepted);
  }
  return count_of(result.bytes, "byte");
}

void Job::expect_bytes_of(std::string_view expected) const {
  expect_that(is_complete(), name_ + " is complete", "it is not");
  expect_that(result().error == 0, name_ + " brings " + count_of(expected.size(), "byte"),
              code_of(result().error));
  expect_bytes("what " + name_ + " brings", expected, received_);
}

void Job::expect_success() const {
  expect_that(is_complete(), name_ + " is complete", "it is not");
  expect_that(result().error == 0, name_ + " brings no error", code_of(result().error));
}

void Job::expect_error(int error) const {
  expect_that(is_complete(), name_ + " is complete", "it is not");
  expect_that(
      result().error == error && result().bytes == 0 && result().accepted == -1,
      name_ + " brings " + code_of(error) + ", no bytes and no descriptor",
      result_text() + (result().error == 0 ? "" : " and " + count_of(result().bytes, "byte")));
}

void Job::expect_buffer_untouched() const {
  if (!is_complete()) return;
  const auto changed = std::ranges::find_if(bytes_, [](std::byte b) { return b != untouched; });
  expect_that(changed == bytes_.end(),
              "the buffer of " + name_ + " is not touched while nothing is in flight",
              "it holds " + shown(text_of(bytes_)) + " where the test had put dots");
}

Bench::Bench() {
  auto reactor = std::make_unique<SimulatedReactor>(kernel);
  reactor_ = reactor.get();
  proactor_ = make_proactor(std::move(reactor));
  expect_that(proactor_ != nullptr, "make_proactor() makes a Proactor", "null");
}

// No operation may be in flight when a Proactor is destroyed. Whether cancel() works is for the
// tests of cancel() to say.
Bench::~Bench() {
  if (!proactor_ || Story::current().failed()) return;
  try {
    for (const auto& job : jobs_) {
      job->then = nullptr;
      if (job->in_flight()) job->cancel();
    }
    turns();
  } catch (const TestEnded&) {  // the story has failed
  }
}

Client& Bench::connected(const std::string& name) {
  Client& client = kernel.connected(name, Mode::non_blocking);
  associate(client.descriptor());
  return client;
}

Job& Bench::add(const std::string& name, OperationKind kind, int handle) {
  jobs_.push_back(std::make_unique<Job>(*this, name, kind, handle));
  return *jobs_.back();
}

Job& Bench::receive_from(const Client& client) {
  return add(client.name() + "'s receive", OperationKind::receive, client.descriptor());
}

Job& Bench::send_to(const Client& client) {
  return add(client.name() + "'s send", OperationKind::send, client.descriptor());
}

Job& Bench::accept_on(int listener) {
  return add("the accept", OperationKind::accept, listener);
}

void Bench::destroy(Job& job) {
  tell("the test destroys " + job.name() + " with its buffer and its handler");
  std::erase_if(jobs_, [&](const auto& one) { return one.get() == &job; });
}

void Bench::associate(int handle) {
  tell("associate(" + std::to_string(handle) + ")");
  proactor_->associate(handle);
  if (Story::current().failed()) throw TestEnded{};
}

void Bench::dissociate(int handle) {
  tell("dissociate(" + std::to_string(handle) + ")");
  proactor_->dissociate(handle);
}

void Bench::dissociate_and_close(int handle) {
  dissociate(handle);
  tell("the test closes " + std::to_string(handle));
  ::close(handle);
}

void Bench::turn(std::chrono::milliseconds timeout) {
  tell("handle_events(" + std::to_string(timeout.count()) + " ms)");
  turns_ = true;
  proactor_->handle_events(timeout);
  turns_ = false;
  if (Story::current().failed()) throw TestEnded{};
  for (const auto& job : jobs_) job->expect_buffer_untouched();
}

void Bench::turns() {
  for (int i = 0; i < 4; ++i) turn(5ms);
}

void Bench::until(const std::string& expected, const std::function<bool()>& holds) {
  for (int i = 0; i < most_turns && !holds(); ++i) turn(10ms);
  expect_that(holds(), expected,
              "not so after " + count_of(most_turns, "turn") + " of handle_events()");
}

void Bench::until_complete(const Job& job) {
  until(job.name() + " completes", [&] { return job.is_complete(); });
}

}  // namespace lab
