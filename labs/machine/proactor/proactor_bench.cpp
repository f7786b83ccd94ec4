#include "machine/proactor/proactor_bench.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <system_error>
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

Job::Job(ProactorBench& bench, std::string name, OperationKind kind, int handle)
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
  const std::string user = bench_.kernel.user_of(bytes_);
  expect_that(user.empty(), "the handler of " + name_ + " is called when the kernel has finished",
              "the " + user + " is in flight, and the kernel uses its buffer");
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

ProactorBench::~ProactorBench() {
  try {
    finish();
  } catch (const TestEnded&) {  // the story has failed
  }
}

void ProactorBench::use(std::unique_ptr<Proactor> proactor) {
  expect_that(proactor != nullptr, "the function that makes a Proactor makes one", "null");
  proactor_ = std::move(proactor);
  own_descriptors_ = kernel.open_descriptors();
}

// No operation may be in flight when a Proactor is destroyed. Whether cancel() works is for the
// tests of cancel() to say.
void ProactorBench::finish() {
  if (!proactor_ || Story::current().failed()) return;
  for (const auto& job : jobs_) {
    job->then = nullptr;
    if (job->in_flight()) job->cancel();
  }
  turns();
  tell("the test destroys your Proactor");
  proactor_.reset();
}

Client& ProactorBench::connected(const std::string& name) {
  Client& client = kernel.connected(name, Mode::non_blocking);
  associate(client.descriptor());
  return client;
}

Job& ProactorBench::add(const std::string& name, OperationKind kind, int handle) {
  jobs_.push_back(std::make_unique<Job>(*this, name, kind, handle));
  return *jobs_.back();
}

Job& ProactorBench::receive_from(const Client& client) {
  return add(client.name() + "'s receive", OperationKind::receive, client.descriptor());
}

Job& ProactorBench::send_to(const Client& client) {
  return add(client.name() + "'s send", OperationKind::send, client.descriptor());
}

Job& ProactorBench::accept_on(int listener) {
  return add("the accept", OperationKind::accept, listener);
}

void ProactorBench::destroy(Job& job) {
  tell("the test destroys " + job.name() + " with its buffer and its handler");
  std::erase_if(jobs_, [&](const auto& one) { return one.get() == &job; });
}

void ProactorBench::associate(int handle) {
  tell("associate(" + std::to_string(handle) + ")");
  proactor_->associate(handle);
  if (Story::current().failed()) throw TestEnded{};
}

void ProactorBench::dissociate(int handle) {
  tell("dissociate(" + std::to_string(handle) + ")");
  proactor_->dissociate(handle);
}

void ProactorBench::dissociate_and_close(int handle) {
  dissociate(handle);
  tell("the test closes " + std::to_string(handle));
  ::close(handle);
}

void ProactorBench::turn(std::chrono::milliseconds timeout) {
  tell("handle_events(" + std::to_string(timeout.count()) + " ms)");
  turns_ = true;
  try {
    proactor_->handle_events(timeout);
  } catch (const std::system_error& error) {
    expect_that(false, "handle_events() does not throw", error.what());
  }
  turns_ = false;
  if (Story::current().failed()) throw TestEnded{};
  for (const auto& job : jobs_) job->expect_buffer_untouched();
}

void ProactorBench::turns() {
  for (int i = 0; i < 4; ++i) turn(5ms);
}

void ProactorBench::until(const std::string& expected, const std::function<bool()>& holds) {
  for (int i = 0; i < most_turns && !holds(); ++i) turn(10ms);
  expect_that(holds(), expected,
              "not so after " + count_of(most_turns, "turn") + " of handle_events()");
}

void ProactorBench::until_complete(const Job& job) {
  until(job.name() + " completes", [&] { return job.is_complete(); });
}

void ProactorBench::expect_open(std::size_t number, const std::string& why) const {
  kernel.expect_open(own_descriptors_ + number, why);
}

}  // namespace lab
