#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "machine/kernel/kernel.hpp"
#include "machine/story/lab_test.hpp"
#include "proactor.hpp"

namespace lab {

class ProactorBench;

/// One operation of a test, which plays the initiator: its buffer, its handler, and what came of
/// it. It checks what holds for every completion. Made by the ProactorBench.
class Job final : public CompletionHandler {
 public:
  Job(ProactorBench& bench, std::string name, OperationKind kind, int handle);

  /// Receive: into a buffer of so many bytes. The other ones: of an accept; of a send.
  void submit_receive(std::size_t size = 64);
  void submit_accept();
  void submit_send(std::string_view bytes);
  void cancel();

  void handle_event(AsyncOperation& completed) override;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool in_flight() const { return operation_.in_flight; }
  [[nodiscard]] const OperationResult& result() const { return operation_.result; }
  [[nodiscard]] std::size_t completions() const { return completions_; }
  [[nodiscard]] bool is_complete() const { return completions_ == submissions_; }
  /// What the last receive has brought, and what all of them have.
  [[nodiscard]] const std::string& received() const { return received_; }
  [[nodiscard]] const std::string& all_received() const { return all_received_; }

  /// Fails the test unless the job has one more completion, with this and no other result.
  void expect_bytes_of(std::string_view expected) const;
  void expect_success() const;
  void expect_error(int error) const;

  /// Fails the test if the buffer has changed although nothing is in flight.
  void expect_buffer_untouched() const;

  std::function<void()> then;  ///< the last thing its handler does; may destroy the job

 private:
  void submit();
  void take_back_buffer();
  [[nodiscard]] std::string result_text() const;

  ProactorBench& bench_;
  const std::string name_;
  std::vector<std::byte> bytes_;  // lent while in flight
  AsyncOperation operation_;
  std::size_t submissions_ = 0;
  std::size_t completions_ = 0;
  std::string received_;
  std::string all_received_;
};

/// The student's Proactor on the simulated kernel, and the jobs of a test. Each lab has one of its
/// own, which makes the Proactor and gives it to use().
class ProactorBench {
 public:
  /// A client whose connection is associated.
  Client& connected(const std::string& name);
  Job& receive_from(const Client& client);
  Job& send_to(const Client& client);
  Job& accept_on(int listener);
  void destroy(Job& job);

  /// Proactor::associate(), dissociate() and close(), told in the story.
  void associate(int handle);
  void dissociate(int handle);
  void dissociate_and_close(int handle);

  /// One handle_events(). Buffers of jobs that are not in flight must stay as they were.
  void turn(std::chrono::milliseconds timeout = 0ms);
  /// Several turns, in which whatever can happen does; some 20 ms.
  void turns();
  /// Turns until it holds; `expected` is a sentence.
  void until(const std::string& expected, const std::function<bool()>& holds);
  void until_complete(const Job& job);

  /// Ends what is in flight and destroys the Proactor, as the bench's own end does.
  void finish();

  /// Kernel::expect_open(), beside what the Proactor has for itself.
  void expect_open(std::size_t number, const std::string& why) const;

  [[nodiscard]] Proactor& proactor() { return *proactor_; }

 protected:
  ProactorBench() = default;
  ~ProactorBench();

  void use(std::unique_ptr<Proactor> proactor);

 private:
  friend class Job;
  Job& add(const std::string& name, OperationKind kind, int handle);

 public:
  Kernel kernel;  // first made, last destroyed

 private:
  std::list<std::unique_ptr<Job>> jobs_;  // outlive the Proactor, should a test end early
  std::unique_ptr<Proactor> proactor_;
  std::size_t own_descriptors_ = 0;  // of the Proactor
  const char* inside_ = nullptr;     // the member of the Proactor that runs and may call no handler
  bool turns_ = false;               // handle_events() runs
};

}  // namespace lab
